//! The tools, and what completes each of their arguments.

use clap::{Arg, Command, CommandFactory};
use ms::tools;

/// Every tool's definition, in the order of the manual.
pub fn all() -> Vec<Command> {
    let mut all = vec![
        tools::msnew::Msnew::command(),
        tools::msls::Msls::command(),
        tools::msswitch::Msswitch::command(),
        tools::msbuf::Msbuf::command(),
        tools::msname::Msname::command(),
        tools::msclose::Msclose::command(),
        tools::mssend::Mssend::command(),
        tools::mswait::Mswait::command(),
        tools::mspause::Mspause::command(),
        tools::msmark::Msmark::command(),
        tools::mshooks::Mshooks::command(),
        tools::msgate::Msgate::command(),
        tools::msprompt::Msprompt::command(),
    ];
    all.iter_mut().for_each(Command::build);
    all
}

/// The definition of a tool; none if there is no such tool.
pub fn named(name: &str) -> Option<Command> {
    all().into_iter().find(|tool| tool.get_name() == name)
}

/// What completes the value of an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// One of these words.
    Words(Vec<String>),
    /// A session, as `msls` with these options lists them.
    Sessions(&'static str),
    /// A type from the configuration.
    Types,
    /// A directory.
    Directories,
    /// A command and its arguments.
    Command,
    /// Nothing that could be known.
    Nothing,
}

/// Arguments whose value is no live session although they are called NAME, or is another list of them.
const EXCEPTIONS: [(&str, &str, Values); 3] = [
    ("msnew", "name", Values::Nothing),
    ("msnew", "again", Values::Sessions("--status completed")),
    ("msbuf", "name", Values::Sessions("--all")),
];

/// What completes the value of an argument of a tool: the words that its definition allows, else by the
/// name of the value.
pub fn values(tool: &str, arg: &Arg) -> Values {
    let exception = EXCEPTIONS.into_iter().find(|(of, id, _)| *of == tool && arg.get_id() == id);
    if let Some((_, _, values)) = exception {
        return values;
    }
    let words: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if !words.is_empty() {
        return Values::Words(words);
    }
    match arg.get_value_names().and_then(|names| names.first()).map(|name| name.as_str()) {
        Some("NAME") => Values::Sessions(""),
        Some("TYPE") => Values::Types,
        Some("DIR") => Values::Directories,
        Some("COMMAND") => Values::Command,
        _ => Values::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_binary_is_here() {
        let mut sources = crate::source::files(&crate::root().join("bins")).unwrap();
        let mut tools: Vec<String> = all().iter().map(|tool| format!("{}.rs", tool.get_name())).collect();
        sources.sort();
        tools.sort();
        assert_eq!(sources, tools, "docs/src/tools.rs lists the tools, man/src/TOOL.1.md their prose");
    }

    #[test]
    fn exceptions_are_of_arguments_that_there_are() {
        for (tool, id, _) in EXCEPTIONS {
            let command = named(tool).unwrap();
            assert!(command.get_arguments().any(|arg| arg.get_id() == id), "{tool} {id}");
        }
    }
}
