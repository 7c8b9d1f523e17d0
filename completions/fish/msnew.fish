# Completion of msnew for fish, made by `make docs` from the tool's definition.
function __ms_msnew_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case -n --name -t --type -C --directory -e --env -b --buffer --again
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c msnew -f
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -s n -l name -x -d 'Name of the session: 1 to 20 of A-Z a-z 0-9 _ -'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -s t -l type -x -a '(sh -c \'sed -n \\\'s/^ *\\\\[types\\\\.\\\\([A-Za-z0-9_-]*\\\\)\\\\].*/\\\\1/p\\\' "${XDG_CONFIG_HOME:-$HOME/.config}/ms/config.toml" 2>/dev/null\')' -d 'A type from the configuration: command, directory, limits'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -s C -l directory -x -a '(__fish_complete_directories)' -d 'Start in DIR'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -s e -l env -x -d 'Set a variable for the program; may be repeated'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -s b -l buffer -x -d 'Keep the last SIZE of output, e.g. 512K or 10MiB'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -s s -l switch -d 'Put this terminal on the session'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -l again -f -a '(msls --status completed --format "{name}\\t{status} {kind}" 2>/dev/null)' -d 'Start completed sessions again: the command of each, or what its type has for that, in its directory, under its name'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -l lost -d 'With --again: all that a reboot or the like has ended'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -l marked -d 'With --lost: those alone whose type says `again = true`'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -l check-config -d 'Check the configuration and exit'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -s h -l help -d 'Print help (see more with \'--help\')'
complete -c msnew -n 'test (__ms_msnew_words) -le 0' -s V -l version -d 'Print version'
complete -c msnew -n 'test (__ms_msnew_words) -ge 0' -a '(__fish_complete_subcommand -- -n --name -t --type -C --directory -e --env -b --buffer --again)'
