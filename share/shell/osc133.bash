# Marks prompts and commands with OSC 133 (semantic prompts), so that a prompt is known for what it is.
# In ~/.bashrc:  . PREFIX/share/ms/shell/osc133.bash
if [[ $- == *i* && -n ${MS_SESSION-} && -z ${__ms_osc133-} ]]; then
    __ms_osc133=first
    __ms_precmd() {
        local code=$?
        [[ $__ms_osc133 == first ]] || printf '\e]133;D;%s\e\\' "$code"
        __ms_osc133=1
        return "$code"
    }
    PROMPT_COMMAND="__ms_precmd${PROMPT_COMMAND:+; $PROMPT_COMMAND}"
    PS1='\[\e]133;A\e\\\]'$PS1'\[\e]133;B\e\\\]'
    PS0=${PS0-}'\e]133;C\e\\'
fi
