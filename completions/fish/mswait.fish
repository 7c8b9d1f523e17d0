# Completion of mswait for fish, made by `make docs` from the tool's definition.
function __ms_mswait_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case -u --until --text --since --quiet -t --timeout
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c mswait -f
complete -c mswait -s u -l until -x -d 'Until it is one of these: active, processing, waiting, paused, completed; asks, done, idle'
complete -c mswait -l text -x -d 'Until REGEX matches in what it wrote or writes, or on its screen'
complete -c mswait -l since -x -d 'With --text: only in what was written from there on (an offset, a time, or a span such as 10m)'
complete -c mswait -l since-send -d 'With --text: only in what was written since mssend last began to type; with --quiet: only the silence after it has typed, which is so by itself where it has'
complete -c mswait -l quiet -x -d 'Until it has written nothing for TIME (2, 0.5, 300ms, 1m)'
complete -c mswait -l changed -d 'Until its status, or what it waits for, is another than now'
complete -c mswait -l any -d 'One of them is enough'
complete -c mswait -s a -l all -d 'All of them'
complete -c mswait -s t -l timeout -x -d 'Give up after TIME'
complete -c mswait -s e -l exit-status -d 'Exit as the program did, 128+n after signal n; without a condition, wait until it is over'
complete -c mswait -s f -l follow -d 'Print a line for each change, until nobody reads them'
complete -c mswait -l json -d 'With --follow: an object a line'
complete -c mswait -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mswait -s V -l version -d 'Print version'
complete -c mswait -n 'test (__ms_mswait_words) -ge 0' -a '(msls --format "{name}\\t{status} {kind}" 2>/dev/null)'
