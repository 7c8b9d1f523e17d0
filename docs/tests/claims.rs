//! What the documentation says, held against the tools' definitions: every command that it shows is one
//! that they understand, and every option that it names is one that there is.

use std::fs;
use std::path::{Path, PathBuf};

use ms_docs::{examples, source, tools};

/// Everything written in Markdown, by its path.
fn texts() -> Vec<(String, String)> {
    let root = ms_docs::root();
    let mut paths = vec!["README.md".to_owned(), "ARCHITECTURE.md".to_owned()];
    let pages = source::files(&root.join("man/src")).unwrap();
    paths.extend(pages.iter().map(|page| format!("man/src/{page}")));
    paths.into_iter().map(|path| (path.clone(), read(&root.join(path)))).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails unless the tool's definition takes these words.
fn check(place: &str, words: &[String]) {
    let tool = tools::named(&words[0]).unwrap();
    if let Err(error) = tool.try_get_matches_from(words) {
        use clap::error::ErrorKind::{DisplayHelp, DisplayVersion, MissingRequiredArgument};
        // What is missing may come from xargs.
        let harmless = matches!(error.kind(), DisplayHelp | DisplayVersion | MissingRequiredArgument);
        assert!(harmless, "{place}: {}\n{error}", words.join(" "));
    }
}

#[test]
fn commands_that_are_shown_are_understood() {
    let mut checked = 0;
    for (path, text) in texts() {
        for script in examples::scripts(&text) {
            for words in examples::invocations(&script) {
                check(&path, &words);
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "only {checked} commands were found");
}

#[test]
fn examples_of_help_are_understood() {
    for tool in tools::all() {
        let help = tool.get_after_help().map(ToString::to_string).unwrap_or_default();
        for command in examples::of_help(&help) {
            let calls = examples::invocations(&command);
            assert!(!calls.is_empty(), "{}: no tool is called by: {command}", tool.get_name());
            calls.iter().for_each(|words| check(tool.get_name(), words));
        }
    }
}

/// Options named in running text, such as `--all`, with the tool before them if there is one.
fn options_in(text: &str) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    for code in text.split('`').skip(1).step_by(2).filter(|code| !code.contains('\n')) {
        let words: Vec<&str> = code.split_whitespace().collect();
        let tool = words.first().filter(|word| tools::named(word).is_some()).map(|word| (*word).to_owned());
        let ours = tool.is_some() || words.first().is_some_and(|word| word.starts_with("--"));
        let long = words.iter().filter(|word| word.starts_with("--") && word.len() > 2);
        found.extend(long.filter(|_| ours).map(|word| (tool.clone(), (*word).to_owned())));
    }
    found
}

fn has_option(tool: &clap::Command, option: &str) -> bool {
    let name = option.trim_start_matches("--").split('=').next().unwrap_or_default();
    tool.get_arguments().any(|arg| arg.get_long() == Some(name))
}

#[test]
fn options_that_pages_name_are_there() {
    for (path, text) in texts() {
        for (tool, option) in options_in(&text) {
            let known = match tool.and_then(|name| tools::named(&name)) {
                Some(tool) => has_option(&tool, &option),
                None => tools::all().iter().any(|tool| has_option(tool, &option)),
            };
            assert!(known, "{path}: there is no option {option}");
        }
    }
}

#[test]
fn the_text_of_a_page_names_every_section_1_page_that_it_refers_to() {
    for (path, text) in texts() {
        for (at, _) in text.match_indices("**(1)") {
            let start = text[..at].rfind("**").unwrap_or(0);
            let name = &text[start + 2..at];
            assert!(tools::named(name).is_some(), "{path}: there is no page {name}(1)");
        }
    }
}

#[test]
fn the_map_names_every_module() {
    let root = ms_docs::root();
    let map = read(&root.join("ARCHITECTURE.md"));
    let layers = ["platform/src", "terminal/src", "judge/src", "ms/src"].map(str::to_owned);
    let session = ["format", "store", "query"].map(|part| format!("session/src/{part}"));
    for layer in layers.iter().chain(&session) {
        for entry in fs::read_dir(root.join("lib").join(layer)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let module = name.trim_end_matches(".rs");
            let named = matches!(module, "lib" | "mod") || map.contains(&format!("`{module}`"));
            assert!(named, "ARCHITECTURE.md does not name lib/{layer}/{name}");
        }
    }
}

/// The code of the crates by its file.
fn code() -> Vec<(PathBuf, String)> {
    fn collect(dir: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push((path.clone(), read(&path)));
            }
        }
    }
    let mut found = Vec::new();
    for layer in ["platform", "terminal", "judge", "session", "ms"] {
        collect(&ms_docs::root().join("lib").join(layer).join("src"), &mut found);
    }
    found
}

/// Whether a step of a walk (`file::function`, `Type::function`) is there.
fn is_there(code: &[(PathBuf, String)], step: &str) -> bool {
    let (place, function) = step.rsplit_once("::").unwrap();
    let place = place.rsplit("::").next().unwrap();
    let is_type = place.starts_with(char::is_uppercase);
    let begins = |text: &str, head: &str| {
        text.match_indices(head)
            .any(|(at, _)| !text[at + head.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    code.iter().any(|(path, text)| {
        let names = |part: Option<&std::ffi::OsStr>| part.is_some_and(|part| part == place);
        let is_file = names(path.file_stem()) || path.ends_with(format!("{place}/mod.rs"));
        let is_impl = begins(text, &format!("impl {place}")) || begins(text, &format!("for {place}"));
        (if is_type { is_impl } else { is_file }) && begins(text, &format!("fn {function}"))
    })
}

/// The walks of the map: each with its name, how many steps it has, and every function that it names.
fn walks(map: &str) -> Vec<(String, usize, Vec<String>)> {
    let start = map.find("The walks, from").expect("no walks");
    let text = &map[start..start + map[start..].find("\n## ").unwrap()];
    let walk = |item: &str| {
        let functions = item.split('`').skip(1).step_by(2).filter(|code| code.contains("::"));
        let name = item.split("**").nth(1).unwrap_or("?");
        (name.to_owned(), item.matches('→').count(), functions.map(str::to_owned).collect())
    };
    text.split("\n- ").skip(1).map(walk).collect()
}

#[test]
fn the_walks_lead_through_functions_that_are_there_in_eight_steps_at_most() {
    let (map, code) = (read(&ms_docs::root().join("ARCHITECTURE.md")), code());
    let walks = walks(&map);
    for wanted in ["A byte", "A key", "A look", "A list"] {
        assert!(walks.iter().any(|(name, ..)| name.starts_with(wanted)), "there is no walk of {wanted}");
    }
    for (name, steps, functions) in walks {
        assert!((2..=8).contains(&steps), "{name}: {steps} steps");
        for step in functions {
            assert!(is_there(&code, &step), "{name}: there is no {step}");
        }
    }
}

#[test]
fn a_walk_through_what_is_not_there_is_seen() {
    let code = [(PathBuf::from("lib/x/src/part/door.rs"), "impl Door { fn open(&self) {} }".to_owned())];
    for (step, there) in [
        ("door::open", true),
        ("part::door::open", true),
        ("Door::open", true),
        ("door::ope", false),
        ("Doo::open", false),
        ("window::open", false),
    ] {
        assert_eq!(is_there(&code, step), there, "{step}");
    }
    let map = "The walks, from a to b:\n\n- **One**: `a::b` → `c::d`\n  (`E::f`) → `g`.\n\n## Next\n- `x::y`";
    assert_eq!(walks(map), [("One".into(), 2, vec!["a::b".into(), "c::d".into(), "E::f".into()])]);
}
