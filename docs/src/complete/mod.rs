//! Completions: for each tool and each of three shells a script that knows its options, the words that
//! they take, and the sessions that there are at that moment. clap_complete's scripts know no live
//! values, and its dynamic ones would be part of every tool; so a definition is taken apart here, and
//! each shell's module only writes it down.

mod bash;
mod fish;
mod zsh;

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};

use crate::Made;
use crate::tools::{self, Values};

/// Every script.
pub fn all() -> Vec<Made> {
    let tools = tools::all();
    tools.iter().map(Grammar::of).flat_map(|grammar| grammar.scripts()).collect()
}

/// What a tool can be told.
#[derive(Debug)]
struct Grammar {
    tool: String,
    options: Vec<Opt>,
    words: Vec<Word>,
}

/// An option.
#[derive(Debug)]
struct Opt {
    short: Option<char>,
    long: Option<String>,
    help: String,
    /// Its value; none for a flag.
    value: Option<Value>,
    /// May be given again.
    again: bool,
    /// Goes with no other argument.
    alone: bool,
}

/// The value of an option.
#[derive(Debug)]
struct Value {
    name: String,
    values: Values,
    /// Several, with commas between.
    list: bool,
    /// May be left out.
    optional: bool,
    /// Stands behind `=` in the option's own word, never in the next one.
    joined: bool,
}

/// An argument that is no option.
#[derive(Debug)]
struct Word {
    name: String,
    values: Values,
    /// All further ones too.
    many: bool,
}

impl Grammar {
    fn of(tool: &Command) -> Grammar {
        let name = tool.get_name();
        let shown = |arg: &&Arg| !arg.is_hide_set();
        let (words, options): (Vec<&Arg>, Vec<&Arg>) =
            tool.get_arguments().filter(shown).partition(|arg| arg.is_positional());
        Grammar {
            tool: name.to_owned(),
            options: options.iter().map(|arg| Opt::of(name, arg)).collect(),
            words: words.iter().map(|arg| Word::of(name, arg)).collect(),
        }
    }

    fn scripts(&self) -> [Made; 3] {
        let tool = &self.tool;
        let made = |path: String, text: String| Made { path: PathBuf::from("completions").join(path), text };
        [
            made(format!("bash/{tool}"), bash::script(self)),
            made(format!("zsh/_{tool}"), zsh::script(self)),
            made(format!("fish/{tool}.fish"), fish::script(self)),
        ]
    }

    /// The flags of the options whose value stands in a word of its own.
    fn flags_with_value(&self) -> Vec<String> {
        let takes = |option: &&Opt| option.value.as_ref().is_some_and(|value| !value.joined);
        self.options.iter().filter(takes).flat_map(Opt::flags).collect()
    }

    /// The place of the first word that belongs to a command to be run.
    fn command_at(&self) -> Option<usize> {
        self.words.iter().position(|word| word.values == Values::Command)
    }
}

impl Opt {
    fn of(tool: &str, arg: &Arg) -> Opt {
        let range = arg.get_num_args().unwrap_or_default();
        let value = range.takes_values().then(|| Value {
            name: value_name(arg),
            values: tools::values(tool, arg),
            list: arg.get_value_delimiter().is_some(),
            optional: range.min_values() == 0,
            joined: arg.is_require_equals_set(),
        });
        Opt {
            short: arg.get_short(),
            long: arg.get_long().map(str::to_owned),
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            value,
            again: matches!(arg.get_action(), ArgAction::Append | ArgAction::Count),
            alone: arg.is_exclusive_set() || is_help(arg),
        }
    }

    /// `-s` and `--long`, as far as there are.
    fn flags(&self) -> Vec<String> {
        let short = self.short.map(|short| format!("-{short}"));
        short.into_iter().chain(self.long.as_ref().map(|long| format!("--{long}"))).collect()
    }
}

fn is_help(arg: &Arg) -> bool {
    matches!(
        arg.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    )
}

impl Word {
    fn of(tool: &str, arg: &Arg) -> Word {
        let many = matches!(arg.get_action(), ArgAction::Append) || arg.is_trailing_var_arg_set();
        Word { name: value_name(arg), values: tools::values(tool, arg), many }
    }
}

fn value_name(arg: &Arg) -> String {
    let name = arg.get_value_names().and_then(|names| names.first());
    name.map_or_else(|| arg.get_id().to_string().to_uppercase(), ToString::to_string)
}

/// Prints the names of the types in the configuration, for a shell.
const LIST_TYPES: &str = r#"sed -n 's/^ *\[types\.\([A-Za-z0-9_-]*\)\].*/\1/p' "${XDG_CONFIG_HOME:-$HOME/.config}/ms/config.toml" 2>/dev/null"#;
