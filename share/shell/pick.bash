# ms-pick [OPTIONS OF MSLS]: choose a session with fzf, those that wait first, with its screen beside,
# and go there. Bound to Alt-J.
ms-pick() {
    local name
    name=$({
        msls --waiting --format '{name}\t{status}\t{kind}\t{message}' "$@"
        msls --status processing,active,paused --format '{name}\t{status}\t\t{message}' "$@"
    } | fzf --delimiter '\t' --tabstop 12 --no-sort --no-multi --prompt 'session> ' \
        --preview 'msbuf --screen {1}' --preview-window 'down,60%') || return
    msswitch "${name%%$'\t'*}"
}
if [[ $- == *i* && -z ${__ms_no_key-} ]]; then
    for __ms_map in emacs vi-insert vi-command; do
        bind -m "$__ms_map" -x '"\ej": ms-pick'
    done
    unset __ms_map
fi
