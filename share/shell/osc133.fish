# Marks commands with OSC 133 (semantic prompts), so that a prompt is known for what it is.
# fish 4 does so by itself; this is for fish 3. In ~/.config/fish/config.fish:
#   source PREFIX/share/ms/shell/osc133.fish
if status is-interactive; and set -q MS_SESSION; and string match -qr '^[0-3]\.' -- $version
    function __ms_prompt --on-event fish_prompt
        printf '\e]133;A\e\\'
    end
    function __ms_preexec --on-event fish_preexec
        printf '\e]133;C\e\\'
    end
    function __ms_postexec --on-event fish_postexec
        printf '\e]133;D;%s\e\\' $status
    end
end
