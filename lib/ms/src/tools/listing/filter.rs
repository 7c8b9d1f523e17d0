//! Which sessions are listed, by what they were and how they ended. Pure.

use std::str::FromStr;
use std::time::Duration;

use ms_platform::time::Time;
use msession::format::error::Error;
use msession::format::session_record::SessionRecord;
use msession::format::status::{Exit, StatusRecord};

/// Ends that are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With exit code 0.
    Well,
    /// In any other way.
    Badly,
    /// Nobody saw it.
    Lost,
    /// With what a shell would report so: 128+n for a signal.
    With(u8),
}

impl FromStr for Ended {
    type Err = Error;
    fn from_str(text: &str) -> Result<Ended, Error> {
        match text {
            "ok" => Ok(Ended::Well),
            "failed" => Ok(Ended::Badly),
            "lost" => Ok(Ended::Lost),
            code => code.parse().map(Ended::With).map_err(|_| {
                Error::Usage(format!("{text:?} is no end (ok, failed, lost, or a code from 0 to 255)"))
            }),
        }
    }
}

impl Ended {
    fn is_of(self, exit: Exit) -> bool {
        match self {
            Ended::Well => exit.is_success(),
            Ended::Badly => !exit.is_success(),
            Ended::Lost => exit == Exit::LOST,
            Ended::With(code) => exit.shell_code() == Some(code),
        }
    }
}

/// What a session must be to be listed; an empty list means any.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Its type is one of these.
    pub types: Vec<String>,
    /// It has ended in one of these ways.
    pub ends: Vec<Ended>,
    /// It has ended, or began if it lives, no longer ago than this.
    pub newer: Option<Duration>,
    /// Longer ago than this.
    pub older: Option<Duration>,
}

impl Filter {
    /// Whether everything is listed.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.ends.is_empty() && self.newer.is_none() && self.older.is_none()
    }

    /// Whether this session is listed.
    pub fn takes(&self, record: &SessionRecord, status: &StatusRecord, now: Time) -> bool {
        let age = status.ended.unwrap_or(record.created).until(now);
        let ended = |exit: Exit| self.ends.iter().any(|end| end.is_of(exit));
        (self.types.is_empty() || self.types.contains(&record.kind))
            && (self.ends.is_empty() || status.exit.is_some_and(ended))
            && self.newer.is_none_or(|limit| age <= limit)
            && self.older.is_none_or(|limit| age > limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msession::format::session_name::SessionName;

    fn takes(filter: &Filter, kind: &str, exit: Option<Exit>, ended: u64) -> bool {
        let unknown = SessionRecord::unknown(SessionName::new("x").unwrap());
        let record = SessionRecord { kind: kind.into(), created: Time(1000), ..unknown };
        let mut status = StatusRecord::begin(80, 24, Time(1000));
        exit.into_iter().for_each(|exit| status.complete(exit, Time(ended)));
        filter.takes(&record, &status, Time(10_000))
    }

    #[test]
    fn each_end_is_told_from_the_others_and_what_lives_has_none() {
        let ends = [
            ("ok", [true, false, false, false]),
            ("failed", [false, true, true, true]),
            ("lost", [false, false, false, true]),
            ("7", [false, true, false, false]),
            ("137", [false, false, true, false]),
        ];
        for (word, wanted) in ends {
            let filter = Filter { ends: vec![word.parse().unwrap()], ..Filter::default() };
            let killed = Exit::Signal { signal: 9, core: false };
            let all = [Exit::Code { code: 0 }, Exit::Code { code: 7 }, killed, Exit::LOST];
            assert_eq!(all.map(|exit| takes(&filter, "", Some(exit), 5000)), wanted, "{word}");
            assert!(!takes(&filter, "", None, 0), "{word}");
        }
        for bad in ["", "256", "-1", "OK"] {
            assert_eq!(bad.parse::<Ended>().unwrap_err().exit_code(), 2, "{bad}");
        }
    }

    #[test]
    fn types_and_ages_narrow_it_together() {
        let done = Some(Exit::Code { code: 0 });
        let api = Filter { types: vec!["api".into(), "web".into()], ..Filter::default() };
        assert!(takes(&api, "api", done, 5000) && takes(&api, "web", None, 0) && !takes(&api, "", None, 0));
        let newer = Filter { newer: Some(Duration::from_secs(5)), ..api.clone() };
        assert!(takes(&newer, "api", done, 5000), "since its end");
        assert!(
            !takes(&newer, "api", done, 4999)
                && !takes(&newer, "api", None, 0)
                && !takes(&newer, "", done, 9000)
        );
        let older = Filter { newer: None, older: Some(Duration::from_secs(5)), ..newer };
        assert!(!takes(&older, "api", done, 5000) && takes(&older, "api", done, 4999));
        assert!(Filter::default().is_empty() && !older.is_empty());
    }
}
