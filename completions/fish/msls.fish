# Completion of msls for fish, made by `make docs` from the tool's definition.
function __ms_msls_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case --attention --status -t --type --exit --newer --older --format --explain --record
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c msls -f
complete -c msls -s a -l all -d 'Completed sessions too'
complete -c msls -s w -l waiting -d 'Only those that wait, those that need somebody first'
complete -c msls -s n -l needs-me -d 'Only those that need somebody: asks or done, the most urgent first'
complete -c msls -l attention -x -a '(__fish_complete_list , "string join \\n asks done idle")' -d 'Only those whose attention is one of these'
complete -c msls -l status -x -a '(__fish_complete_list , "string join \\n active processing waiting paused completed")' -d 'Only those with one of these statuses'
complete -c msls -s t -l type -x -d 'Only those of one of these types'
complete -c msls -l exit -x -d 'Only completed ones that ended so: ok, failed, lost, or a code'
complete -c msls -l newer -x -d 'Only those that ended, or began if they live, no longer ago than this'
complete -c msls -l older -x -d 'Only those for which that is longer ago than this'
complete -c msls -s l -l long -d 'Memory, CPU and age too'
complete -c msls -l json -d 'One JSON array'
complete -c msls -l format -x -d 'One line a session: {name} {status} … as --json has them; \\t \\n \\\\ are known'
complete -c msls -s 0 -l null -d 'Names alone, each ended by NUL'
complete -c msls -l explain -f -a '(msls --format "{name}\\t{status} {kind}" 2>/dev/null)' -d 'Say why a session has its status'
complete -c msls -l record -x -d 'Record what it is judged by into this new file, until the session or a signal ends it'
complete -c msls -l doctor -d 'Check directories, limits and what may be seen of other processes'
complete -c msls -s h -l help -d 'Print help (see more with \'--help\')'
complete -c msls -s V -l version -d 'Print version'
