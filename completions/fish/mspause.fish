# Completion of mspause for fish, made by `make docs` from the tool's definition.
function __ms_mspause_words
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
complete -c mspause -f
complete -c mspause -s r -l resume -d 'Let them go on'
complete -c mspause -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mspause -s V -l version -d 'Print version'
complete -c mspause -n 'test (__ms_mspause_words) -ge 0' -a '(msls --format "{name}\\t{status} {kind}" 2>/dev/null)'
