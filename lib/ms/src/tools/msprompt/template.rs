//! What the indicator says: words with numbers and names in them, as `[prompt]` in the configuration has
//! it. A word whose fields are all nothing is left out, and so nothing is said where nothing is to say.

use crate::tools::fields::{self, Part};
use ms_terminal::did_you_mean;
use msession::format::attention::Attention;
use msession::format::config::Prompt;
use msession::format::status::Status;

use super::gather::Session;

const DEFAULT: &str = "◐{asks} {names} ●{done} ⏳{working}";
const FIELDS: [&str; 9] =
    ["asks", "done", "working", "names", "waiting", "processing", "active", "paused", "sessions"];

/// A format, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    /// Parted by blanks.
    words: Vec<Vec<Part<Field>>>,
    max_names: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Field {
    Count(Of),
    Names,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Of {
    Attention(Attention),
    Status(Status),
    All,
}

impl Default for Template {
    fn default() -> Template {
        Template::of(DEFAULT, Prompt::default().max_names).unwrap_or(Template { words: vec![], max_names: 0 })
    }
}

impl Template {
    /// The configured one; else what is wrong with it.
    pub(super) fn parse(config: &Prompt) -> Result<Template, String> {
        Template::of(config.format.as_deref().unwrap_or(DEFAULT), config.max_names)
            .map_err(|why| format!("prompt.format in the configuration: {why}"))
    }

    fn of(text: &str, max_names: usize) -> Result<Template, String> {
        let words = text.split_whitespace().map(word).collect::<Result<_, _>>()?;
        Ok(Template { words, max_names })
    }

    /// The indicator; empty if nobody is needed and nothing works. Sessions are in the order of urgency.
    pub(super) fn fill(&self, sessions: &[Session]) -> String {
        let counts_waits = self
            .words
            .iter()
            .flatten()
            .any(|part| *part == Part::Field(Field::Count(Of::Status(Status::Waiting))));
        let waits = |session: &Session| counts_waits && session.status == Status::Waiting;
        if !sessions.iter().any(|session| session.needs_somebody() || session.works() || waits(session)) {
            return String::new();
        }
        self.words.iter().filter_map(|word| self.fill_word(word, sessions)).collect::<Vec<_>>().join(" ")
    }

    fn fill_word(&self, word: &[Part<Field>], sessions: &[Session]) -> Option<String> {
        let (mut text, mut fields, mut said) = (String::new(), 0, 0);
        for part in word {
            let value = match part {
                Part::Text(plain) => {
                    text.push_str(plain);
                    continue;
                }
                Part::Field(Field::Count(of)) => count(sessions, *of),
                Part::Field(Field::Names) => self.names(sessions),
            };
            fields += 1;
            said += usize::from(!value.is_empty());
            text.push_str(if value.is_empty() && *part != Part::Field(Field::Names) { "0" } else { &value });
        }
        (fields == 0 || said > 0).then_some(text)
    }

    /// Those that ask: `build,api,+2`.
    fn names(&self, sessions: &[Session]) -> String {
        let asking = sessions.iter().filter(|session| session.asks());
        let all: Vec<&str> = asking.map(|session| session.name.as_str()).collect();
        let (first, more) = all.split_at(all.len().min(self.max_names));
        match more.len() {
            0 => first.join(","),
            more => [first, &[format!("+{more}").as_str()]].concat().join(","),
        }
    }
}

/// How many there are of these; nothing for none.
fn count(sessions: &[Session], of: Of) -> String {
    let has = |session: &&Session| match of {
        Of::Attention(attention) => session.attention == Some(attention),
        Of::Status(status) => session.status == status,
        // One that is over is told of only as long as nobody has looked.
        Of::All => session.status != Status::Completed,
    };
    match sessions.iter().filter(has).count() {
        0 => String::new(),
        some => some.to_string(),
    }
}

fn word(text: &str) -> Result<Vec<Part<Field>>, String> {
    fields::parse(text, None, |name, closed| match closed {
        true => field(name),
        false => Err(format!("{text:?} lacks a }}")),
    })
}

fn field(name: &str) -> Result<Field, String> {
    match name {
        "names" => Ok(Field::Names),
        "sessions" => Ok(Field::Count(Of::All)),
        "asks" => Ok(Field::Count(Of::Attention(Attention::Asks))),
        "done" => Ok(Field::Count(Of::Attention(Attention::Done))),
        "working" | "processing" => Ok(Field::Count(Of::Status(Status::Processing))),
        "waiting" => Ok(Field::Count(Of::Status(Status::Waiting))),
        "active" => Ok(Field::Count(Of::Status(Status::Active))),
        "paused" => Ok(Field::Count(Of::Status(Status::Paused))),
        _ => Err(match did_you_mean::nearest(name, &FIELDS) {
            Some(near) => format!("there is no field {{{name}}} (did you mean {{{near}}}?)"),
            None => format!("there is no field {{{name}}} (there are {})", FIELDS.join(", ")),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::msprompt::gather::tests::sessions;

    fn filled(format: &str, all: &[(&str, Status)]) -> String {
        Template::of(format, 3).unwrap().fill(&sessions(all))
    }

    #[test]
    fn words_that_say_nothing_are_left_out() {
        use Status::*;
        let two = [("build", Waiting), ("api", Waiting), ("job", Processing), ("top", Active)];
        assert_eq!(filled(DEFAULT, &two), "◐2 build,api ⏳1");
        assert_eq!(filled(DEFAULT, &two[..2]), "◐2 build,api");
        assert_eq!(filled(DEFAULT, &two[2..]), "⏳1");
        assert_eq!(filled(DEFAULT, &two[3..]), "");
        assert_eq!(filled(DEFAULT, &[]), "");
        assert_eq!(filled("ms: {waiting}/{sessions} {paused}", &two), "ms: 2/4");
        assert_eq!(filled("{waiting}/{processing}", &two[2..]), "0/1");
    }

    #[test]
    fn only_so_many_are_named() {
        let all = ["a", "b", "c", "d", "e"].map(|name| (name, Status::Waiting));
        assert_eq!(filled("{names}", &all), "a,b,c,+2");
        assert_eq!(Template::of("{names}", 0).unwrap().fill(&sessions(&all)), "+5");
    }

    #[test]
    fn mistakes_are_named() {
        for (format, part) in
            [("{wating}", "did you mean {waiting}"), ("{names", "lacks a }"), ("{}", "there")]
        {
            let error = Template::of(format, 3).unwrap_err();
            assert!(error.contains(part), "{format}: {error}");
        }
    }
}
