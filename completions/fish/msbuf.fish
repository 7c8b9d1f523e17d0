# Completion of msbuf for fish, made by `make docs` from the tool's definition.
function __ms_msbuf_words
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
complete -c msbuf -f
complete -c msbuf -l raw -d 'The bytes as the program wrote them'
complete -c msbuf -s h -l help -d 'Print help'
complete -c msbuf -s V -l version -d 'Print version'
complete -c msbuf -n 'test (__ms_msbuf_words) -eq 0' -a '(msls --all --format "{name}\\t{status} {kind}" 2>/dev/null)'
