# Completion of msprompt for fish, made by `make docs` from the tool's definition.
function __ms_msprompt_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case --format
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c msprompt -f
complete -c msprompt -l format -x -a 'plain bash zsh fish starship tmux waybar' -d 'What it is for'
complete -c msprompt -s f -l follow -d 'Print it again whenever it is another, until nobody reads it'
complete -c msprompt -l no-key -d 'With init: bind no key'
complete -c msprompt -s h -l help -d 'Print help (see more with \'--help\')'
complete -c msprompt -s V -l version -d 'Print version'
complete -c msprompt -n 'test (__ms_msprompt_words) -eq 0' -a 'init'
complete -c msprompt -n 'test (__ms_msprompt_words) -eq 1' -a 'bash zsh fish'
