//! Completions for fish.

use super::{Grammar, LIST_TYPES, Opt, Word};
use crate::tools::Values;

/// The script of a tool.
pub fn script(grammar: &Grammar) -> String {
    let tool = &grammar.tool;
    let options: String = grammar.options.iter().map(|opt| option(grammar, opt)).collect();
    let words: String =
        grammar.words.iter().enumerate().map(|(place, found)| word(grammar, place, found)).collect();
    format!(
        "# Completion of {tool} for fish, made by `make docs` from the tool's definition.\n\
         {}complete -c {tool} -f\n{options}{words}",
        count(grammar)
    )
}

/// A function that counts the words before the cursor which are no options and no values of options.
fn count(grammar: &Grammar) -> String {
    let tool = &grammar.tool;
    let taking = grammar.flags_with_value();
    let skip = match taking.is_empty() {
        true => String::new(),
        false => format!("            case {}\n                set skip 1\n", taking.join(" ")),
    };
    format!(
        "function __ms_{tool}_words\n\
         \x20   set -l count 0\n\
         \x20   set -l skip 0\n\
         \x20   for word in (commandline -opc)[2..-1]\n\
         \x20       if test $skip -eq 1\n\
         \x20           set skip 0\n\
         \x20           continue\n\
         \x20       end\n\
         \x20       switch $word\n\
         {skip}\
         \x20           case '-*'\n\
         \x20           case '*'\n\
         \x20               set count (math $count + 1)\n\
         \x20       end\n\
         \x20   end\n\
         \x20   echo $count\n\
         end\n"
    )
}

fn option(grammar: &Grammar, option: &Opt) -> String {
    let mut line = format!("complete -c {}", grammar.tool);
    if let Some(place) = grammar.command_at() {
        line += &format!(" -n 'test (__ms_{}_words) -le {place}'", grammar.tool);
    }
    if let Some(short) = option.short {
        line += &format!(" -s {short}");
    }
    if let Some(long) = &option.long {
        line += &format!(" -l {long}");
    }
    if let Some(value) = &option.value {
        let given = match (&value.values, value.list) {
            (Values::Words(words), true) => {
                Some(format!("(__fish_complete_list , \"string join \\n {}\")", words.join(" ")))
            }
            (values, _) => candidates(grammar, values),
        };
        line += if value.optional { " -f" } else { " -x" };
        line += &given.map(|given| format!(" -a {}", quoted(&given))).unwrap_or_default();
    }
    line + &format!(" -d {}\n", quoted(&option.help))
}

fn word(grammar: &Grammar, place: usize, word: &Word) -> String {
    let Some(given) = candidates(grammar, &word.values) else { return String::new() };
    let test = if word.many { "-ge" } else { "-eq" };
    format!(
        "complete -c {tool} -n 'test (__ms_{tool}_words) {test} {place}' -a {}\n",
        quoted(&given),
        tool = grammar.tool
    )
}

fn candidates(grammar: &Grammar, values: &Values) -> Option<String> {
    Some(match values {
        Values::Words(words) => words.join(" "),
        Values::Sessions(options) => {
            let space = if options.is_empty() { "" } else { " " };
            format!("(msls{space}{options} --format \"{{name}}\\t{{status}} {{kind}}\" 2>/dev/null)")
        }
        Values::Types => format!("(sh -c {})", quoted(LIST_TYPES)),
        Values::Directories => "(__fish_complete_directories)".into(),
        Values::Command => {
            format!("(__fish_complete_subcommand -- {})", grammar.flags_with_value().join(" "))
        }
        Values::Nothing => return None,
    })
}

/// Text within single quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
