//! Completions for zsh, by _arguments.

use super::{Grammar, LIST_TYPES, Opt, Value, Word};
use crate::tools::Values;

/// The script of a tool.
pub fn script(grammar: &Grammar) -> String {
    let tool = &grammar.tool;
    let mut specs: Vec<String> = grammar.options.iter().map(option).collect();
    specs.extend(grammar.words.iter().flat_map(word));
    let specs: String = specs.iter().map(|spec| format!(" \\\n    {spec}")).collect();
    format!(
        "#compdef {tool}\n\
         # Completion of {tool} for zsh, made by `make docs` from the tool's definition.\n\
         {}_arguments -s -S{specs}\n",
        helpers(&specs)
    )
}

/// Lists of what there is now, as far as the tool's arguments are such. Each file is loaded alone, so
/// each brings along what it needs.
fn helpers(specs: &str) -> String {
    let needed = |name: &str, helper: String| if specs.contains(name) { helper } else { String::new() };
    needed("_ms_sessions", SESSIONS.into()) + &needed("_ms_types", TYPES.replace("LIST", LIST_TYPES))
}

/// Behind "--" come options of msls; before it stand those that _arguments passes.
const SESSIONS: &str = r#"(( $+functions[_ms_sessions] )) || _ms_sessions() {
    local -a found options
    (( $argv[(I)--] )) && options=($argv[$argv[(i)--]+1,-1])
    found=(${(f)"$(msls $options --format '{name}:{status} {kind}' 2>/dev/null)"})
    _describe -t sessions session found
}
"#;

const TYPES: &str = r#"(( $+functions[_ms_types] )) || _ms_types() {
    local -a found
    found=(${(f)"$(LIST)"})
    _describe -t types type found
}
"#;

fn option(option: &Opt) -> String {
    let flags = option.flags();
    let apart = match (option.alone, option.again) {
        (true, _) => "(- *)".to_owned(),
        (false, true) => "*".to_owned(),
        (false, false) => format!("({})", flags.join(" ")),
    };
    let action = option.value.as_ref().map(value).unwrap_or_default();
    let help = quoted(&option.help);
    let each = |flag: &String| {
        let joined = match (&option.value, flag.starts_with("--")) {
            (None, _) => "",
            (Some(value), true) if value.joined => "=-",
            (Some(_), true) => "=",
            (Some(_), false) => "+",
        };
        format!("'{apart}{flag}{joined}[{help}]{action}'")
    };
    flags.iter().map(each).collect::<Vec<_>>().join(" \\\n    ")
}

fn value(value: &Value) -> String {
    let colon = if value.optional { "::" } else { ":" };
    let action = match (&value.values, value.list) {
        (Values::Words(words), true) => format!("_values -s , {} {}", quoted(&value.name), words.join(" ")),
        (values, _) => action(values),
    };
    format!("{colon}{}:{action}", quoted(&value.name))
}

fn action(values: &Values) -> String {
    match values {
        Values::Words(words) => format!("({})", words.join(" ")),
        Values::Sessions("") => "_ms_sessions".into(),
        Values::Sessions(options) => format!("{{_ms_sessions -- {options}}}"),
        Values::Types => "_ms_types".into(),
        Values::Directories => "_directories".into(),
        Values::Command => "_command_names -e".into(),
        Values::Nothing => " ".into(),
    }
}

fn word(word: &Word) -> Vec<String> {
    let name = quoted(&word.name);
    if word.values == Values::Command {
        return vec![format!("'(-):{name}:_command_names -e'"), "'*::arguments:_normal'".into()];
    }
    let star = if word.many { "*" } else { "" };
    vec![format!("'{star}:{name}:{}'", action(&word.values))]
}

/// Text within single quotes, within brackets and between colons.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '[' | ']' | ':' | '\\' => out.extend(['\\', c]),
            '\'' => out.push_str("'\\''"),
            c => out.push(c),
        }
    }
    out
}
