# Completion of msgate for fish, made by `make docs` from the tool's definition.
function __ms_msgate_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case -n --slots -g --group --rate -t --timeout
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c msgate -f
complete -c msgate -n 'test (__ms_msgate_words) -le 0' -s n -l slots -x -d 'How many may run at once; without it, what api_calls in the configuration says'
complete -c msgate -n 'test (__ms_msgate_words) -le 0' -s g -l group -x -d 'The commands that take turns, a name; without it, "default" (with --list: all)'
complete -c msgate -n 'test (__ms_msgate_words) -le 0' -l rate -x -d 'And at most so many begin in a span of time: 30/min, 5/s, 100/2h'
complete -c msgate -n 'test (__ms_msgate_words) -le 0' -s t -l timeout -x -d 'Give up after TIME without a slot'
complete -c msgate -n 'test (__ms_msgate_words) -le 0' -s l -l list -d 'Show who holds slots, and who waits'
complete -c msgate -n 'test (__ms_msgate_words) -le 0' -l json -d 'With --list: one JSON array'
complete -c msgate -n 'test (__ms_msgate_words) -le 0' -s h -l help -d 'Print help (see more with \'--help\')'
complete -c msgate -n 'test (__ms_msgate_words) -le 0' -s V -l version -d 'Print version'
complete -c msgate -n 'test (__ms_msgate_words) -ge 0' -a '(__fish_complete_subcommand -- -n --slots -g --group --rate -t --timeout)'
