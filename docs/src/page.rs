//! A manual page: the head, and for a tool its synopsis and options, from its definition; the rest from
//! `man/src/NAME.SECTION.md`, whose first heading is DESCRIPTION for a tool and NAME for other pages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};
use clap_mangen::Man;

use crate::Made;
use crate::prose;
use crate::roff;
use crate::source;
use crate::tools;

/// Every page.
///
/// # Errors
/// A file of the prose cannot be read, or holds what no page can show.
pub fn all(root: &Path) -> io::Result<Vec<Made>> {
    let sources = source::files(&root.join("man/src"))?;
    sources.iter().filter_map(|file| file.strip_suffix(".md")).map(|page| make(root, page)).collect()
}

fn make(root: &Path, page: &str) -> io::Result<Made> {
    let path = root.join("man/src").join(format!("{page}.md"));
    let markdown = source::include(root, &fs::read_to_string(&path)?)?;
    let markdown = fill_in(root, &markdown)?;
    let wrong = |why: String| io::Error::other(format!("{}: {why}", path.display()));
    let (name, section) = page.rsplit_once('.').ok_or_else(|| wrong("NAME.SECTION.md".into()))?;
    let text = match tools::named(name) {
        Some(tool) => of_tool(&tool, &markdown).map_err(wrong)?,
        None => prose::to_roff(&markdown).map_err(wrong)?,
    };
    Ok(Made { path: PathBuf::from("man").join(page), text: head(name, section) + &text })
}

/// Replaces what lists all tools or all pages.
fn fill_in(root: &Path, markdown: &str) -> io::Result<String> {
    let tool = |tool: &Command| format!("**{}**(1)\n: {}\n", tool.get_name(), about(tool));
    let tools: Vec<String> = tools::all().iter().map(tool).collect();
    let pages = source::files(&root.join("man/src"))?;
    let other = |page: &String| {
        let (name, section) = page.strip_suffix(".md")?.rsplit_once('.')?;
        (name != "ms").then(|| format!("**{name}**({section})"))
    };
    let pages: Vec<String> = pages.iter().filter_map(other).collect();
    Ok(markdown.replace("<!-- tools -->", &tools.join("\n")).replace("<!-- see also -->", &pages.join(",\n")))
}

fn head(name: &str, section: &str) -> String {
    let version = concat!("ms ", env!("CARGO_PKG_VERSION"));
    let title = name.to_uppercase();
    let comment = ".\\\" Made by `make docs` from the tool's definition and man/src: change those.\n";
    // As clap_mangen writes an apostrophe.
    let apostrophe = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";
    format!("{comment}{apostrophe}.TH {} {section} \"\" \"{version}\" \"ms\"\n", roff::quoted(&title))
}

fn of_tool(tool: &Command, markdown: &str) -> Result<String, String> {
    let (description, rest) = split_after_description(markdown)?;
    let mut text = roff::section("NAME");
    text += &roff::line(&format!("{} \\- {}", tool.get_name(), roff::escape(&about(tool))));
    text += &roff::section("SYNOPSIS");
    text += &synopsis(tool);
    text += &prose::to_roff(description)?;
    text += &options(tool)?;
    text += &prose::to_roff(rest)?;
    Ok(text)
}

/// The definition's first line, as the NAME section has it: without a capital.
pub(crate) fn about(tool: &Command) -> String {
    let about = tool.get_about().map(ToString::to_string).unwrap_or_default();
    let mut rest = about.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

fn split_after_description(markdown: &str) -> Result<(&str, &str), String> {
    let rest = markdown.strip_prefix("# DESCRIPTION\n").ok_or("the first line must be '# DESCRIPTION'")?;
    let end = rest.find("\n# ").map_or(markdown.len(), |at| markdown.len() - rest.len() + at + 1);
    Ok(markdown.split_at(end))
}

fn options(tool: &Command) -> Result<String, String> {
    let mut bytes = Vec::new();
    Man::new(tool.clone().mut_args(name_words))
        .render_options_section(&mut bytes)
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    // clap_mangen repeats the preamble that only whole pages need.
    Ok(text.lines().skip_while(|line| *line != ".SH OPTIONS").map(|line| format!("{line}\n")).collect())
}

/// The words that an argument may be, in its help: clap_mangen would give each a line of its own.
fn name_words(arg: Arg) -> Arg {
    let words: Vec<String> =
        arg.get_possible_values().iter().map(|word| word.get_name().to_owned()).collect();
    if words.is_empty() || !arg.get_num_args().unwrap_or_default().takes_values() {
        return arg;
    }
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    arg.hide_possible_values(true).help(format!("{help}: {}", words.join(", ")))
}

/// One form with all options that go together, and one for each that goes alone.
fn synopsis(tool: &Command) -> String {
    let shown = |arg: &&Arg| !arg.is_hide_set() && !is_help(arg);
    let (alone, together): (Vec<&Arg>, Vec<&Arg>) =
        tool.get_arguments().filter(shown).partition(|arg| arg.is_exclusive_set());
    let mut forms = vec![form(tool, &together)];
    forms.extend(alone.iter().map(|arg| form(tool, &[arg])));
    let lines: Vec<String> = forms.iter().map(|form| roff::line(form)).collect();
    lines.join(".br\n")
}

fn is_help(arg: &Arg) -> bool {
    matches!(
        arg.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    )
}

fn form(tool: &Command, args: &[&Arg]) -> String {
    let mut words = vec![roff::bold(tool.get_name())];
    let lone = args.len() == 1 && args[0].is_exclusive_set();
    for arg in args.iter().filter(|arg| !arg.is_positional()) {
        words.push(if lone { option(arg) } else { format!("[{}]{}", option(arg), dots(arg)) });
    }
    for arg in args.iter().filter(|arg| arg.is_positional()) {
        let value = roff::italic(&value_name(arg));
        let value = if arg.is_required_set() { value } else { format!("[{value}]") };
        words.push(value + dots(arg));
    }
    words.join(" ")
}

/// `-s`, `-s VALUE`, `--long VALUE`: the short form where there is one.
fn option(arg: &Arg) -> String {
    let flag = match (arg.get_short(), arg.get_long()) {
        (Some(short), _) => format!("-{short}"),
        (None, long) => format!("--{}", long.unwrap_or_default()),
    };
    let range = arg.get_num_args().unwrap_or_default();
    match (range.takes_values(), range.min_values()) {
        (true, 0) if arg.is_require_equals_set() => {
            format!("{}[={}]", roff::bold(&flag), roff::italic(&value_name(arg)))
        }
        (false, _) => roff::bold(&flag),
        (true, 0) => format!("{} [{}]", roff::bold(&flag), roff::italic(&value_name(arg))),
        (true, _) => format!("{} {}", roff::bold(&flag), roff::italic(&value_name(arg))),
    }
}

fn value_name(arg: &Arg) -> String {
    let name = arg.get_value_names().and_then(|names| names.first());
    name.map_or_else(|| arg.get_id().to_string().to_uppercase(), ToString::to_string)
}

fn dots(arg: &Arg) -> &'static str {
    if matches!(arg.get_action(), ArgAction::Append | ArgAction::Count) { "..." } else { "" }
}
