# Completion of mshooks for fish, made by `make docs` from the tool's definition.
function __ms_mshooks_words
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
complete -c mshooks -f
complete -c mshooks -s u -l user -d 'In your own configuration: the default'
complete -c mshooks -s p -l project -f -a '(__fish_complete_directories)' -d 'In the configuration of the project in this directory, the current one if none is named'
complete -c mshooks -s n -l dry-run -d 'Change nothing; print what would change, as a diff'
complete -c mshooks -s j -l json -d 'List as JSON'
complete -c mshooks -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mshooks -s V -l version -d 'Print version'
complete -c mshooks -n 'test (__ms_mshooks_words) -eq 0' -a 'install check remove list'
complete -c mshooks -n 'test (__ms_mshooks_words) -ge 1' -a 'claude codex gemini opencode qwen aider'
