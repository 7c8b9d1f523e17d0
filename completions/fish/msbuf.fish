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
            case -n --lines -c --bytes --since
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c msbuf -f
complete -c msbuf -s s -l screen -d 'What is on its screen now'
complete -c msbuf -l text -d 'Plain lines; so it is if nothing else is said'
complete -c msbuf -s r -l raw -d 'The bytes as the program wrote them'
complete -c msbuf -s a -l ansi -d 'With colours, but without what a terminal would answer to or be changed by; also with --screen'
complete -c msbuf -l cast -f -a '2 3' -d 'A recording for asciinema players, in this version of their format (default: 2)'
complete -c msbuf -s f -l follow -d 'Go on as more is written, until the session is over'
complete -c msbuf -s n -l lines -x -d 'Only the last LINES lines'
complete -c msbuf -s c -l bytes -x -d 'Only the last BYTES bytes'
complete -c msbuf -l since -x -d 'Only what was written from there on: an offset, a time (RFC 3339), or a span before now (10m)'
complete -c msbuf -l since-send -d 'Only what was written since mssend last began to type'
complete -c msbuf -l json -d 'An object with the text, its offset, how much is missing before it (gap) and where to go on (next)'
complete -c msbuf -s h -l help -d 'Print help (see more with \'--help\')'
complete -c msbuf -s V -l version -d 'Print version'
complete -c msbuf -n 'test (__ms_msbuf_words) -eq 0' -a '(msls --all --format "{name}\\t{status} {kind}" 2>/dev/null)'
