//! Completions for bash (3.2 and later; the package bash-completion is not needed).

use super::{Grammar, LIST_TYPES, Opt};
use crate::tools::Values;

/// The script of a tool.
pub fn script(grammar: &Grammar) -> String {
    let tool = &grammar.tool;
    format!(
        "# Completion of {tool} for bash, made by `make docs` from the tool's definition.\n\
         _ms_{tool}() {{\n\
         {head}{count}{values}{flags}{words}\
         }}\n\
         complete -F _ms_{tool} {tool}\n",
        head = HEAD,
        count = count(grammar),
        values = values_of_options(grammar),
        flags = flags(grammar),
        words = words(grammar),
    )
}

/// The word before the cursor and the one before that, whether or not bash splits words at `=`; and whether
/// a `=` stands between them (`joined`).
const HEAD: &str = "    \
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} IFS=$'\\n' done=0 rest='' at=0 joined='' i\n    \
    if [[ $cur == = ]]; then\n        \
        cur= joined=1\n    \
    elif [[ $prev == = ]]; then\n        \
        prev=${COMP_WORDS[COMP_CWORD-2]} joined=1\n    \
    fi\n    \
    COMPREPLY=()\n";

/// Counts the words that are no options and no values of options (`done`), and notes where the first of
/// them stands (`at`) and whether `--` came (`rest`).
fn count(grammar: &Grammar) -> String {
    let taking = grammar.flags_with_value();
    let skip = match taking.is_empty() {
        true => String::new(),
        false => format!(
            "        {}) [[ -n $rest ]] || {{ [[ ${{COMP_WORDS[i+1]}} == = ]] && ((i++)); ((i++)); }} ;;\n",
            taking.join("|")
        ),
    };
    // Behind the first word of a command everything is the command's.
    let end = if grammar.command_at().is_some() { "        [[ $done -eq 0 ]] || break\n" } else { "" };
    format!(
        "    for ((i = 1; i < COMP_CWORD; i++)); do\n\
         {end}\
         \x20       case ${{COMP_WORDS[i]}} in\n\
         {skip}\
         \x20       --) rest=1 ;;\n\
         \x20       -?*) [[ -z $rest ]] || ((done++)) ;;\n\
         \x20       =) ((i++)) ;;\n\
         \x20       *) [[ $done -gt 0 ]] || at=$i; ((done++)) ;;\n\
         \x20       esac\n\
         \x20   done\n"
    )
}

fn values_of_options(grammar: &Grammar) -> String {
    let arms: String = grammar.options.iter().filter_map(arm).collect();
    if arms.is_empty() {
        return String::new();
    }
    format!("    {} && case $prev in\n{arms}    esac\n", options_go_on(grammar))
}

/// Whether the word at the cursor may be an option or its value: neither `--` nor the words of a command
/// have begun.
fn options_go_on(grammar: &Grammar) -> String {
    match grammar.command_at() {
        Some(place) => format!("[[ -z $rest && $done -le {place} ]]"),
        None => "[[ -z $rest ]]".into(),
    }
}

fn arm(option: &Opt) -> Option<String> {
    let value = option.value.as_ref()?;
    let flags = option.flags().join("|");
    let reply = match (&value.values, value.list) {
        (Values::Words(words), true) => list_reply(words),
        (values, _) => reply(values),
    };
    Some(match value.joined {
        true => format!("    {flags}) [[ -z $joined ]] || {{ {reply}; return; }} ;;\n"),
        false => format!("    {flags}) {reply}; return ;;\n"),
    })
}

/// Completes what stands behind the last comma.
fn list_reply(words: &[String]) -> String {
    let words = words.join("\\n");
    format!(
        "local before=; [[ $cur == *,* ]] && before=${{cur%,*}},; \
         COMPREPLY=($(compgen -P \"$before\" -W $'{words}' -- \"${{cur##*,}}\"))"
    )
}

fn reply(values: &Values) -> String {
    match values {
        Values::Words(words) => format!("COMPREPLY=($(compgen -W $'{}' -- \"$cur\"))", words.join("\\n")),
        Values::Sessions(options) => {
            let space = if options.is_empty() { "" } else { " " };
            format!("COMPREPLY=($(compgen -W \"$(msls{space}{options} 2>/dev/null)\" -- \"$cur\"))")
        }
        Values::Types => format!("COMPREPLY=($(compgen -W \"$({LIST_TYPES})\" -- \"$cur\"))"),
        Values::Directories => {
            "compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- \"$cur\"))".into()
        }
        Values::Command => "COMPREPLY=($(compgen -c -- \"$cur\"))".into(),
        Values::Nothing => ":".into(),
    }
}

fn flags(grammar: &Grammar) -> String {
    let flags: Vec<String> = grammar.options.iter().flat_map(Opt::flags).collect();
    format!(
        "    if [[ $cur == -* ]] && {}; then\n\
         \x20       COMPREPLY=($(compgen -W $'{}' -- \"$cur\"))\n\
         \x20       return\n\
         \x20   fi\n",
        options_go_on(grammar),
        flags.join("\\n")
    )
}

fn words(grammar: &Grammar) -> String {
    let mut arms = String::new();
    for (place, word) in grammar.words.iter().enumerate() {
        if word.values == Values::Command {
            arms += &format!("    {place}) {} ;;\n    *) {} ;;\n", reply(&word.values), command_s_own());
        } else {
            let pattern = if word.many { "*".to_owned() } else { place.to_string() };
            arms += &format!("    {pattern}) {} ;;\n", reply(&word.values));
        }
    }
    if arms.is_empty() {
        return String::new();
    }
    format!("    case $done in\n{arms}    esac\n")
}

/// The command's completion where bash-completion can ask it, else files.
fn command_s_own() -> &'static str {
    "if declare -F _command_offset >/dev/null; then IFS=$' \\t\\n'; _command_offset $at; else \
     compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\")); fi"
}
