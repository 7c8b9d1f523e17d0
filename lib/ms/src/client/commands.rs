//! The command line behind the prefix: slash commands, what is wrong with one that is wrong, and what
//! Tab makes of a beginning. Pure: it says what is to be done and does nothing.

use ms_terminal::did_you_mean::nearest;
use msession::format::session_name::{RULE, SessionName};

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Show a list of sessions: all, or the waiting ones only.
    Sessions(Which),
    /// Go to a session.
    Switch(SessionName),
    /// Start a session, of a type and with a name if they were given, and go there.
    New(Option<String>, Option<SessionName>),
    /// End a session: the one given, else this one.
    Close(Option<SessionName>),
    /// Give this session another name.
    Rename(SessionName),
    /// Say what this session is called.
    ShowName,
    /// Show what this session wrote in a pager.
    Output,
    /// Stop this session's programs.
    Pause,
    /// Let them go on.
    Resume,
    /// Leave; the session goes on.
    Detach,
    /// Show the commands and keys.
    Help,
}

/// Which sessions a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The live ones.
    Live,
    /// The completed ones too.
    All,
    /// Those that wait.
    Waiting,
}

/// The words that a line can be made of beside the commands themselves.
#[derive(Clone, Debug)]
pub struct Words {
    /// Names of live sessions, and of those that ended unseen.
    pub sessions: Vec<String>,
    /// Whether this is the name or id of a session that is over.
    pub is_over: fn(&str) -> bool,
    /// Types of the configuration.
    pub types: Vec<String>,
}

impl Words {
    fn has(&self, name: &str) -> bool {
        self.sessions.iter().any(|known| known == name)
    }
}

/// A beginning with all that Tab could tell of its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The line as far as it is certain.
    pub line: String,
    /// The words among which it is open.
    pub choices: Vec<String>,
}

/// What a command's argument may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Options,
    Session,
    NewName,
    TypeAndName,
}

/// The commands with their arguments and what they do, as the help shows them.
pub const COMMANDS: [(&str, &str, &str); 12] = [
    ("/sessions", "[--all|--waiting]", "list the sessions and pick one"),
    ("/switch", "NAME", "go to a session"),
    ("/s", "NAME", "the same"),
    ("/new", "[TYPE] [NAME]", "start a session and go there"),
    ("/close", "[NAME]", "end a session, or this one"),
    ("/rename", "NAME", "give this session another name"),
    ("/session-name", "[NAME]", "show this session's name, or change it"),
    ("/output", "", "page through what this session wrote"),
    ("/pause", "", "stop this session's programs"),
    ("/resume", "", "let them go on"),
    ("/detach", "", "leave; the session goes on"),
    ("/help", "", "this help"),
];

const OPTIONS: [&str; 2] = ["--all", "--waiting"];

/// Reads a line; an error is the sentence to show.
///
/// # Errors
/// The sentence that says what is wrong with it.
pub fn parse(line: &str, words: &Words) -> Result<Action, String> {
    let mut parts = one_slash(line).split_whitespace();
    let command = parts.next().unwrap_or_default();
    let arguments: Vec<&str> = parts.collect();
    let most = match takes(command).ok_or_else(|| unknown(command))? {
        Takes::Nothing => 0,
        Takes::TypeAndName => 2,
        _ => 1,
    };
    if let Some(extra) = arguments.get(most) {
        return Err(format!("{command}: {extra}: one word too many"));
    }
    read(command, &arguments, words).map_err(|why| format!("{command}: {why}"))
}

/// The line without the slashes that are too many: the prompt brings one, and people type it all the same.
fn one_slash(line: &str) -> &str {
    let line = line.trim_start();
    let slashes = line.len() - line.trim_start_matches('/').len();
    &line[slashes.saturating_sub(1)..]
}

fn read(command: &str, arguments: &[&str], words: &Words) -> Result<Action, String> {
    let first = arguments.first().copied();
    Ok(match command {
        "/sessions" => Action::Sessions(which(first)?),
        "/switch" | "/s" => match first.ok_or("which session?")? {
            name if !words.has(name) && (words.is_over)(name) => Action::Switch(new_name(name)?),
            name => Action::Switch(session(name, words)?),
        },
        "/new" => return new(arguments, words),
        "/close" => Action::Close(first.map(|name| session(name, words)).transpose()?),
        "/rename" => Action::Rename(new_name(first.ok_or("which name?")?)?),
        "/session-name" => first.map(new_name).transpose()?.map_or(Action::ShowName, Action::Rename),
        "/output" => Action::Output,
        "/pause" => Action::Pause,
        "/resume" => Action::Resume,
        "/detach" => Action::Detach,
        _ => Action::Help,
    })
}

fn takes(command: &str) -> Option<Takes> {
    Some(match command {
        "/sessions" => Takes::Options,
        "/switch" | "/s" | "/close" => Takes::Session,
        "/rename" | "/session-name" => Takes::NewName,
        "/new" => Takes::TypeAndName,
        "/output" | "/pause" | "/resume" | "/detach" | "/help" => Takes::Nothing,
        _ => return None,
    })
}

fn unknown(command: &str) -> String {
    // Everything begins as /s does.
    let known: Vec<&str> = COMMANDS.iter().map(|(name, ..)| *name).filter(|name| *name != "/s").collect();
    match nearest(command, &known) {
        _ if matches!(command, "" | "/") => "type a command; /help lists them".into(),
        Some(near) => format!("{command}: no such command (did you mean {near}?)"),
        None => format!("{command}: no such command; /help lists them"),
    }
}

fn which(option: Option<&str>) -> Result<Which, String> {
    match option {
        None => Ok(Which::Live),
        Some("--all" | "-a") => Ok(Which::All),
        Some("--waiting" | "-w") => Ok(Which::Waiting),
        Some(other) => Err(format!("{other}: not one of {}", OPTIONS.join(", "))),
    }
}

fn session(text: &str, words: &Words) -> Result<SessionName, String> {
    if words.has(text) {
        return new_name(text);
    }
    Err(match nearest(text, &words.sessions) {
        Some(near) => format!("{text}: no such session (did you mean {near}?)"),
        None => format!("{text}: no such session"),
    })
}

fn new_name(text: &str) -> Result<SessionName, String> {
    SessionName::new(text).map_err(|_| format!("{text}: {RULE}"))
}

/// One word is a type if there is one of that name, else the session's name.
fn new(arguments: &[&str], words: &Words) -> Result<Action, String> {
    let is_type = |word: &str| words.types.iter().any(|kind| kind == word);
    match arguments {
        [kind] if is_type(kind) => Ok(Action::New(Some((*kind).into()), None)),
        [name] => match nearest(name, &words.types) {
            Some(near) => Err(format!("{name}: no such type (did you mean {near}?)")),
            None => Ok(Action::New(None, Some(new_name(name)?))),
        },
        [kind, name] if is_type(kind) => Ok(Action::New(Some((*kind).into()), Some(new_name(name)?))),
        [kind, _] => Err(match nearest(kind, &words.types) {
            Some(near) => format!("{kind}: no such type (did you mean {near}?)"),
            None => format!("{kind}: no such type in the configuration"),
        }),
        _ => Ok(Action::New(None, None)),
    }
}

/// What Tab makes of the line, whose last word is the one to complete.
pub fn complete(line: &str, words: &Words) -> Completion {
    let space = line.char_indices().rfind(|(_, c)| c.is_whitespace());
    let start = space.map_or(0, |(at, c)| at + c.len_utf8());
    let (before, beginning) = match line.split_at(start) {
        ("", word) => ("", one_slash(word)),
        parts => parts,
    };
    let choices: Vec<String> =
        candidates(before, words).into_iter().filter(|word| word.starts_with(beginning)).collect();
    let certain = common_beginning(&choices).unwrap_or_else(|| beginning.to_owned());
    let space = if choices.len() == 1 { " " } else { "" };
    Completion { line: format!("{before}{certain}{space}"), choices }
}

/// The words that may follow.
fn candidates(before: &str, words: &Words) -> Vec<String> {
    let mut parts = one_slash(before).split_whitespace();
    let Some(command) = parts.next() else {
        return COMMANDS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    };
    match (takes(command), parts.next()) {
        (Some(Takes::Options), None) => OPTIONS.map(str::to_owned).to_vec(),
        (Some(Takes::Session), None) => words.sessions.clone(),
        (Some(Takes::TypeAndName), None) => words.types.clone(),
        _ => Vec::new(),
    }
}

fn common_beginning(choices: &[String]) -> Option<String> {
    let (first, rest) = choices.split_first()?;
    let length = rest.iter().fold(first.len(), |length, word| {
        let same = first.chars().zip(word.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8());
        length.min(same.sum())
    });
    Some(first[..length].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words() -> Words {
        let own = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
        Words {
            sessions: own(&["build", "builder", "api"]),
            types: own(&["claude", "shell"]),
            is_over: |name| name == "done",
        }
    }

    fn name(text: &str) -> SessionName {
        SessionName::new(text).unwrap()
    }

    #[test]
    fn every_command_is_understood() {
        let kind = || Some("claude".to_owned());
        for (line, action) in [
            ("/sessions", Action::Sessions(Which::Live)),
            ("/sessions --all", Action::Sessions(Which::All)),
            ("/sessions --waiting", Action::Sessions(Which::Waiting)),
            ("/switch api", Action::Switch(name("api"))),
            ("  /s   build ", Action::Switch(name("build"))),
            ("/new", Action::New(None, None)),
            ("/new claude", Action::New(kind(), None)),
            ("/new web", Action::New(None, Some(name("web")))),
            ("/switch done", Action::Switch(name("done"))),
            ("/new claude web", Action::New(kind(), Some(name("web")))),
            ("/close", Action::Close(None)),
            ("/close api", Action::Close(Some(name("api")))),
            ("/rename web", Action::Rename(name("web"))),
            ("/session-name", Action::ShowName),
            ("/session-name web", Action::Rename(name("web"))),
            ("/pause", Action::Pause),
            ("/resume", Action::Resume),
            ("/detach", Action::Detach),
            ("/help", Action::Help),
            ("//s build", Action::Switch(name("build"))),
            (" ///close", Action::Close(None)),
        ] {
            assert_eq!(parse(line, &words()), Ok(action), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, part) in [
            ("", "/help"),
            ("switch api", "no such command"),
            ("/swich api", "did you mean /switch?"),
            ("/frobnicate", "no such command; /help"),
            ("/switch", "/switch: which session?"),
            ("/switch buid", "buid: no such session (did you mean build?)"),
            ("/switch a b", "/switch: b: one word too many"),
            ("/sessions --al", "--al: not one of --all, --waiting"),
            ("/new claud", "no such type (did you mean claude?)"),
            ("/new nothing here", "nothing: no such type"),
            ("/rename a/b", "a/b: a name is 1 to 20 of"),
            ("/rename", "which name?"),
            ("/pause now", "one word too many"),
            ("//", "/help"),
            ("//swich api", "did you mean /switch?"),
        ] {
            let error = parse(line, &words()).unwrap_err();
            assert!(error.contains(part), "{line:?}: {error}");
        }
    }

    #[test]
    fn tab_goes_as_far_as_it_is_certain() {
        let tab = |line: &str| complete(line, &words());
        assert_eq!(tab("/sw").line, "/switch ");
        assert_eq!(tab("/se").line, "/session");
        assert_eq!(tab("/s").choices, ["/sessions", "/switch", "/s", "/session-name"]);
        assert_eq!(
            tab("/switch b"),
            Completion { line: "/switch build".into(), choices: vec!["build".into(), "builder".into()] }
        );
        assert_eq!(tab("/close builde").line, "/close builder ");
        assert_eq!(tab("/new c").line, "/new claude ");
        assert_eq!(tab("/sessions --w").line, "/sessions --waiting ");
        assert_eq!(tab("/switch x"), Completion { line: "/switch x".into(), choices: vec![] });
        assert_eq!(tab("/rename a").choices, Vec::<String>::new());
        assert_eq!(tab("//sw").line, "/switch ");
        assert_eq!(tab("//switch builde").line, "//switch builder ");
    }

    proptest! {
        #[test]
        fn no_line_is_a_panic_and_tab_only_adds(line in ".{0,30}") {
            let _ = parse(&line, &words());
            let completed = complete(&line, &words()).line;
            prop_assert!(completed.starts_with(&line) || completed.starts_with(one_slash(&line)));
        }
    }
}
