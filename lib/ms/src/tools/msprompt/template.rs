//! What the indicator says: words with numbers and names in them, as `[prompt]` in the configuration has
//! it. A word whose fields are all nothing is left out, and so nothing is said where nothing is to say.

use crate::tools::fields::{self, Part};
use ms_terminal::near;
use msession::format::config::Prompt;
use msession::format::status::Status;

use super::gather::Session;

const DEFAULT: &str = "◐{waiting} {names} ⏳{processing}";
const FIELDS: [&str; 6] = ["waiting", "processing", "active", "paused", "sessions", "names"];

/// A format, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    /// Parted by blanks.
    words: Vec<Vec<Part<Field>>>,
    max_names: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Field {
    Count(Option<Status>),
    Names,
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

    /// The indicator; empty if nothing waits or works. Sessions are in the order in which they began to
    /// wait.
    pub(super) fn fill(&self, sessions: &[Session]) -> String {
        let says = |session: &Session| matches!(session.status, Status::Waiting | Status::Processing);
        if !sessions.iter().any(says) {
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
                Part::Field(Field::Count(status)) => count(sessions, *status),
                Part::Field(Field::Names) => self.names(sessions),
            };
            fields += 1;
            said += usize::from(!value.is_empty());
            text.push_str(if value.is_empty() && *part != Part::Field(Field::Names) { "0" } else { &value });
        }
        (fields == 0 || said > 0).then_some(text)
    }

    /// `build,api,+2`
    fn names(&self, sessions: &[Session]) -> String {
        let waiting = sessions.iter().filter(|session| session.status == Status::Waiting);
        let all: Vec<&str> = waiting.map(|session| session.name.as_str()).collect();
        let (first, more) = all.split_at(all.len().min(self.max_names));
        match more.len() {
            0 => first.join(","),
            more => [first, &[format!("+{more}").as_str()]].concat().join(","),
        }
    }
}

/// How many have this status, or are there at all; nothing for none.
fn count(sessions: &[Session], status: Option<Status>) -> String {
    let has = |session: &&Session| status.is_none_or(|status| session.status == status);
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
        "sessions" => Ok(Field::Count(None)),
        "waiting" | "processing" | "active" | "paused" => Ok(Field::Count(name.parse().ok())),
        _ => Err(match near::nearest(name, &FIELDS) {
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
