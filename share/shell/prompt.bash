# Puts the sessions that wait in the prompt: see msprompt(1). Renewed at each prompt, as is what the
# session's terminal brought along. To have it elsewhere, use $MS_PROMPT in PS1.
if [[ $- == *i* && -z ${__ms_prompt_on-} ]]; then
    __ms_prompt_on=1 MS_PROMPT= __ms_seen=
    __ms_prompt() {
        local code=$?
        MS_PROMPT=
        eval "$(msprompt --hook bash --seen "$__ms_seen" 2>/dev/null)"
        [[ $PS1 == *MS_PROMPT* ]] || PS1='${MS_PROMPT:+\[\e[33m\]$MS_PROMPT\[\e[39m\] }'$PS1
        return "$code"
    }
    # The last of the commands, since others may set PS1.
    if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
        PROMPT_COMMAND+=(__ms_prompt)
    else
        PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__ms_prompt"
    fi
fi
