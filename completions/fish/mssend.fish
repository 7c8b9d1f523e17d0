# Completion of mssend for fish, made by `make docs` from the tool's definition.
function __ms_mssend_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $word
            case -k --key -t --timeout
                set skip 1
            case '-*'
            case '*'
                set count (math $count + 1)
        end
    end
    echo $count
end
complete -c mssend -f
complete -c mssend -s k -l key -x -d 'Press a key: a character or Enter, Escape, Up, F5, …, with C- M- S- before it; may be repeated'
complete -c mssend -s e -l enter -d 'Press Enter at the end'
complete -c mssend -s s -l submit -d 'Type TEXT, press Enter apart from it, and see that it was sent off: exit 1 if it was not'
complete -c mssend -s p -l paste -d 'Paste TEXT instead of typing it: in brackets where the program asked for that'
complete -c mssend -s d -l discard -d 'First drop what was typed and not read yet, by whomever, and print how many bytes that were'
complete -c mssend -s t -l timeout -x -d 'Give up if not all was taken within TIME (30, 1.5, 500ms, 2m)'
complete -c mssend -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mssend -s V -l version -d 'Print version'
complete -c mssend -n 'test (__ms_mssend_words) -eq 0' -a '(msls --format "{name}\\t{status} {kind}" 2>/dev/null)'
