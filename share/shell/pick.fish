# ms-pick [OPTIONS OF MSLS]: choose a session with fzf, those that need you first, with its screen beside,
# and go there. Bound to Alt-J.
function ms-pick
    set -q MS_SESSION; and set -l own $MS_SESSION; or set -l own none
    set -l line (begin
        msls --needs-me --format '{id}\t{name}\t{attention}\t{kind}\t{message}' $argv
        msls --attention idle --format '{id}\t{name}\t{attention}\t{kind}\t{message}' $argv
        msls --status processing,active,paused --format '{id}\t{name}\t{status}\t\t{message}' $argv
    end | command grep -v "^$own" | fzf --delimiter '\t' --with-nth 2.. --tabstop 12 --no-sort --no-multi \
        --prompt 'session> ' --preview 'msbuf --screen {1}' --preview-window 'down,60%'); or return
    msswitch (string split -f 1 \t -- $line)
end
if status is-interactive; and not set -q __ms_no_key
    function __ms_pick
        ms-pick </dev/tty
        commandline -f repaint
    end
    bind \ej __ms_pick
    bind -M insert \ej __ms_pick
end
