# Completion of msswitch for fish, made by `make docs` from the tool's definition.
function __ms_msswitch_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case --replay
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c msswitch -f
complete -c msswitch -s r -l read-only -d 'Only look: nothing that is typed reaches the program, and the size does not count'
complete -c msswitch -l replay -x -a 'none screen missed all' -d 'What is shown first'
complete -c msswitch -l exit-status -d 'Hand on the exit code of a program that ends'
complete -c msswitch -s h -l help -d 'Print help (see more with \'--help\')'
complete -c msswitch -s V -l version -d 'Print version'
complete -c msswitch -n 'test (__ms_msswitch_words) -eq 0' -a '(msls --format "{name}\\t{status} {kind}" 2>/dev/null)'
