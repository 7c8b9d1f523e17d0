//! `--format`: a text with `{field}` in it, the fields being those of `--json`. What programs wrote is
//! made safe, so that the result is one line of text whatever they did.

use serde_json::Value;

use crate::tools::fields::{self, Part};
use ms_terminal::safe;
use msession::format::error::{Error, Result};
use msession::query::catalog::FIELDS;

/// A format, taken apart.
#[derive(Debug, PartialEq)]
pub struct Format(Vec<Part<&'static str>>);

impl Format {
    /// Takes a format apart; an unknown field is wrong use.
    ///
    /// # Errors
    ///
    /// A field or an escape that there is not, and a field that no `}` ends.
    pub fn parse(text: &str) -> Result<Format> {
        let whole = |name: &str, closed: bool| match (field(name), closed) {
            (Ok(_), false) => Err(Error::Usage(format!("--format: {{{name} lacks a }}"))),
            (field, _) => field,
        };
        fields::parse(text, Some(escape), whole).map(Format)
    }

    /// Whether it has this field.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Field(field) if *field == name))
    }

    /// Fills in one session.
    pub fn apply(&self, session: &Value) -> String {
        let show = |part: &Part<&str>| match part {
            Part::Text(text) => text.clone(),
            Part::Field(name) => show(&session[*name]),
        };
        self.0.iter().map(show).collect()
    }
}

fn field(name: &str) -> Result<&'static str> {
    FIELDS.into_iter().find(|known| *known == name).ok_or_else(|| {
        let near = ms_terminal::did_you_mean::nearest(name, &FIELDS)
            .map(|near| format!(" (did you mean '{near}'?)"));
        let (near, all) = (near.unwrap_or_default(), FIELDS.join(" "));
        Error::Usage(format!("--format: no such field: {{{name}}}{near}; there are {all}"))
    })
}

fn escape(c: Option<char>) -> Result<char> {
    match c {
        Some('n') => Ok('\n'),
        Some('t') => Ok('\t'),
        Some('0') => Ok('\0'),
        Some(c @ ('\\' | '{' | '}')) => Ok(c),
        Some(c) => Err(Error::Usage(format!("--format: unknown escape \\{c}"))),
        None => Err(Error::Usage("--format: ends in a lone \\".into())),
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => safe::safe_text(text, 4096),
        Value::Array(list) => list.iter().map(show).collect::<Vec<_>>().join(" "),
        Value::Object(object) => {
            object.iter().map(|(key, value)| format!("{key}={}", show(value))).collect::<Vec<_>>().join(" ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_filled_in_and_made_safe() {
        let format = Format::parse("{name}\\t{argv}|{exit}|{kind}\\{x\\}").unwrap();
        let session = json!({"name": "a", "argv": ["ls", "\u{1b}[31m"], "exit": {"code": 7}, "kind": null});
        let text = format.apply(&session);
        assert!(text.starts_with("a\tls ") && text.ends_with("|code=7|{x}"), "{text:?}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn mistakes_are_named() {
        for (text, part) in [
            ("{nam}", "did you mean 'name'"),
            ("\\q", "escape"),
            ("x\\", "lone"),
            ("{", "no such field"),
            ("{name", "lacks a }"),
            ("{nope}", "there are name id"),
        ] {
            let error = Format::parse(text).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
