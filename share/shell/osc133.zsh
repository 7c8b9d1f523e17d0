# Marks prompts and commands with OSC 133 (semantic prompts), so that a prompt is known for what it is.
# In ~/.zshrc:  . PREFIX/share/ms/shell/osc133.zsh
if [[ -o interactive && -n ${MS_SESSION-} && -z ${__ms_osc133-} ]]; then
    __ms_osc133=1
    autoload -Uz add-zsh-hook
    __ms_precmd() {
        local code=$?
        [[ -n ${__ms_ran-} ]] && printf '\e]133;D;%s\e\\' "$code"
        __ms_ran=
        [[ $PS1 == *'133;A'* ]] || PS1=$'%{\e]133;A\e\\%}'$PS1$'%{\e]133;B\e\\%}'
        return $code
    }
    __ms_preexec() { __ms_ran=1; printf '\e]133;C\e\\' }
    add-zsh-hook precmd __ms_precmd
    add-zsh-hook preexec __ms_preexec
fi
