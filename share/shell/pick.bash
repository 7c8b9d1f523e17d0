# ms-pick [OPTIONS OF MSLS]: choose a session with fzf, those that need you first, with its screen beside,
# and go there. Bound to Alt-J.
ms-pick() {
    local line
    line=$({
        msls --needs-me --format '{id}\t{name}\t{attention}\t{kind}\t{message}' "$@"
        msls --attention idle --format '{id}\t{name}\t{attention}\t{kind}\t{message}' "$@"
        msls --status processing,active,paused --format '{id}\t{name}\t{status}\t\t{message}' "$@"
    } | command grep -v "^${MS_SESSION:-none}" | fzf --delimiter '\t' --with-nth 2.. --tabstop 12 --no-sort \
        --no-multi --prompt 'session> ' --preview 'msbuf --screen {1}' --preview-window 'down,60%') || return
    msswitch "${line%%$'\t'*}"
}
if [[ $- == *i* && -z ${__ms_no_key-} ]]; then
    for __ms_map in emacs vi-insert vi-command; do
        bind -m "$__ms_map" -x '"\ej": ms-pick'
    done
    unset __ms_map
fi
