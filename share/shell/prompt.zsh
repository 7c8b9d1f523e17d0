# Puts the sessions that wait in the prompt: see msprompt(1). It changes by itself, while a line is being
# typed too. To have it elsewhere, use %33v in PROMPT, or $MS_PROMPT with prompt_subst.
if [[ -o interactive && -z ${__ms_prompt_on-} ]]; then
    typeset -g __ms_prompt_on=1 MS_PROMPT= __ms_seen= __ms_fd=
    autoload -Uz add-zsh-hook
    __ms_show() { emulate -L zsh; MS_PROMPT=$1 psvar[33]=$1 }
    # What was told last, if anything.
    __ms_hear() {
        emulate -L zsh
        local line told=1
        while [[ -n $__ms_fd ]] && IFS= read -r -t 0 -u $__ms_fd line; do
            REPLY=$line told=0
        done
        return told
    }
    __ms_changed() {
        emulate -L zsh
        local REPLY
        __ms_hear && [[ $REPLY != $MS_PROMPT ]] || return 0
        __ms_show $REPLY
        zle reset-prompt
        zle -R
    }
    # It is told by a process that ends with this one. The descriptor is for both ends, so that only the
    # terminal counts as what this shell waits for, and goes at exec.
    __ms_listen() {
        zmodload zsh/system 2>/dev/null || return
        sysopen -rw -o cloexec -u __ms_fd \
            <(exec msprompt --follow --end-with $$ </dev/null 2>/dev/null) 2>/dev/null || return
        zle -F $__ms_fd __ms_changed
    }
    __ms_prompt() {
        local code=$? REPLY
        emulate -L zsh
        [[ -n $__ms_fd ]] || __ms_listen
        # What was told meanwhile is older than what is asked for now.
        __ms_hear
        MS_PROMPT=
        eval "$(msprompt --hook zsh --seen "$__ms_seen" 2>/dev/null)"
        __ms_show "$MS_PROMPT"
        [[ $PROMPT == *(%33v|MS_PROMPT)* ]] || PROMPT='%(33V.%F{yellow}%33v%f .)'$PROMPT
        return $code
    }
    add-zsh-hook precmd __ms_prompt
fi
