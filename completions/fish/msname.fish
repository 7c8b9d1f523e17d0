# Completion of msname for fish, made by `make docs` from the tool's definition.
function __ms_msname_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case --generate
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c msname -f
complete -c msname -l generate -f -d 'Print a name made of TEXT, or of standard input'
complete -c msname -s h -l help -d 'Print help (see more with \'--help\')'
complete -c msname -s V -l version -d 'Print version'
complete -c msname -n 'test (__ms_msname_words) -eq 0' -a '(msls --format "{name}\\t{status} {kind}" 2>/dev/null)'
