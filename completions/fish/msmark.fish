# Completion of msmark for fish, made by `make docs` from the tool's definition.
function __ms_msmark_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case -k --kind -m --message --hook
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c msmark -f
complete -c msmark -s k -l kind -x -a 'password confirm line shell repl menu pager editor permission question turn auth unknown' -d 'What it waits for'
complete -c msmark -s m -l message -x -d 'A line for a person'
complete -c msmark -s q -l quiet -d 'Do nothing, silently, where there is no session or nothing may be said'
complete -c msmark -l hook -x -a 'claude codex gemini opencode qwen aider' -d 'Say what an agent tells its hook on standard input; never fails, prints nothing'
complete -c msmark -s h -l help -d 'Print help (see more with \'--help\')'
complete -c msmark -s V -l version -d 'Print version'
complete -c msmark -n 'test (__ms_msmark_words) -eq 0' -a 'waiting processing active clear seen'
complete -c msmark -n 'test (__ms_msmark_words) -eq 1' -a '(msls --format "{name}\\t{status} {kind}" 2>/dev/null)'
