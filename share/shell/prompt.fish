# Puts the sessions that wait in the prompt, before what fish_prompt prints: see msprompt(1). It changes
# by itself, while a line is being typed too. To have it elsewhere, set MS_PROMPT_ELSEWHERE and use
# $MS_PROMPT in fish_prompt or fish_right_prompt.
if status is-interactive; and not set -q __ms_prompt_on
    set -g __ms_prompt_on 1
    set -g MS_PROMPT ''
    set -g __ms_seen ''
    function __ms_renew
        set -g MS_PROMPT ''
        msprompt --hook fish --seen "$__ms_seen" 2>/dev/null | source
    end
    # It is told by a process that ends with this one, by a signal that is ignored where nobody expects it.
    function __ms_changed --on-signal SIGURG
        set -l before "$MS_PROMPT"
        __ms_renew
        test "$before" = "$MS_PROMPT"; or commandline -f repaint
    end
    function __ms_prompt --on-event fish_prompt
        if test -z "$__ms_told"
            set -g __ms_told 1
            msprompt --follow --end-with $fish_pid --signal </dev/null >/dev/null 2>&1
        end
        __ms_renew
    end
    functions -q fish_mode_prompt; and functions -c fish_mode_prompt __ms_mode_prompt
    function fish_mode_prompt
        if test -n "$MS_PROMPT"; and not set -q MS_PROMPT_ELSEWHERE
            printf '%s%s%s ' (set_color yellow) "$MS_PROMPT" (set_color normal)
        end
        functions -q __ms_mode_prompt; and __ms_mode_prompt
    end
end
