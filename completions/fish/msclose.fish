# Completion of msclose for fish, made by `make docs` from the tool's definition.
function __ms_msclose_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c msclose -f
complete -c msclose -s f -l force -d 'Kill what belongs to the terminal at once'
complete -c msclose -l all -d 'All sessions'
complete -c msclose -l self -d 'The session that this runs in'
complete -c msclose -s h -l help -d 'Print help (see more with \'--help\')'
complete -c msclose -s V -l version -d 'Print version'
complete -c msclose -n 'test (__ms_msclose_words) -ge 0' -a '(msls --format "{name}\\t{status} {kind}" 2>/dev/null)'
