//! A program's report of its own status: OSC 7501, the program status protocol, revision 0.3
//! (<https://www.superlogical.com/rex/docs/build/program-status>). A report that breaks a limit or
//! says no known state is nothing; it never stands for another.

use super::encoded::decode_text;

/// What the program says it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportState {
    /// Nothing to do.
    Idle,
    /// At work.
    Working,
    /// Needs a person.
    Blocked,
    /// Finished well.
    Done,
    /// Finished badly.
    Error,
    /// Takes the record, and those below it, back.
    Clear,
}

/// What a blocked program needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// Consent.
    Permission,
    /// An answer.
    Question,
    /// A login.
    Auth,
}

/// One report. It replaces the record of its id whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The state.
    pub state: ReportState,
    /// A path of segments; empty for the root. Cleared with it goes what is below it.
    pub id: String,
    /// Only if blocked.
    pub kind: Option<ReportKind>,
    /// Per cent; only if working or blocked.
    pub progress: Option<u8>,
    /// The program's stable name.
    pub app: Option<String>,
    /// A title, safe to show.
    pub title: Option<String>,
    /// A message, safe to show.
    pub message: Option<String>,
}

const MAX_REPORT: usize = 4096 - "\x1b]7501;\x1b\\".len();
const MAX_KEY: usize = 16;
const MAX_MESSAGE: (usize, usize) = (2732, 2048);
const MAX_TITLE: (usize, usize) = (256, 192);
const MAX_ID: usize = 128;
const MAX_DEPTH: usize = 8;
const MAX_SEGMENT: usize = 32;

impl Report {
    /// Reads what follows `7501;`.
    pub fn parse(body: &[u8]) -> Option<Report> {
        if body.len() > MAX_REPORT {
            return None;
        }
        let mut fields = Fields::default();
        for pair in body.split(|b| *b == b':') {
            fields.take(pair.trim_ascii())?;
        }
        fields.report()
    }
}

/// The pairs read so far; of a key given twice the last counts.
#[derive(Default)]
struct Fields<'a> {
    state: Option<&'a str>,
    id: Option<&'a str>,
    kind: Option<&'a str>,
    progress: Option<&'a str>,
    app: Option<&'a str>,
    title: Option<String>,
    message: Option<String>,
}

impl<'a> Fields<'a> {
    /// Takes a pair; none if it breaks the whole report.
    fn take(&mut self, pair: &'a [u8]) -> Option<()> {
        let Some((key, value)) = split_pair(pair) else { return Some(()) };
        if key.len() > MAX_KEY {
            return None;
        }
        match key {
            "state" => self.state = Some(value),
            "id" if value.len() > MAX_ID || !segments_fit(value) => return None,
            "id" => self.id = Some(value),
            "kind" => self.kind = Some(value),
            "progress" => self.progress = Some(value),
            "app" if value.len() > MAX_SEGMENT => return None,
            "app" => self.app = Some(value),
            "title" => self.title = Some(text(value, MAX_TITLE)?),
            "msg" => self.message = Some(text(value, MAX_MESSAGE)?),
            _ => {}
        }
        Some(())
    }

    fn report(self) -> Option<Report> {
        let state = match self.state? {
            "idle" => ReportState::Idle,
            "working" => ReportState::Working,
            "blocked" => ReportState::Blocked,
            "done" => ReportState::Done,
            "error" => ReportState::Error,
            "clear" => ReportState::Clear,
            _ => return None,
        };
        let id = match self.id {
            Some(id) if !id.split('/').all(is_segment) => return None,
            id => id.unwrap_or_default().to_owned(),
        };
        let kind = match self.kind {
            Some("permission") => Some(ReportKind::Permission),
            Some("question") => Some(ReportKind::Question),
            Some("auth") => Some(ReportKind::Auth),
            _ => None,
        };
        let progresses = matches!(state, ReportState::Working | ReportState::Blocked);
        let progress = self.progress.and_then(|value| value.parse().ok()).filter(|value| *value <= 100);
        Some(Report {
            state,
            id,
            kind: kind.filter(|_| state == ReportState::Blocked),
            progress: progress.filter(|_| progresses),
            app: self.app.filter(|app| is_segment(app)).map(str::to_owned),
            title: self.title,
            message: self.message,
        })
    }
}

/// Key and value; none of a pair that is not well formed, which is skipped.
fn split_pair(pair: &[u8]) -> Option<(&str, &str)> {
    let (key, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
    let (key, value) = (key.trim_end(), value.trim_start());
    let valid_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase());
    let valid_value = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.,+/=-".contains(&b));
    (valid_key && valid_value).then_some((key, value))
}

fn segments_fit(id: &str) -> bool {
    id.split('/').count() <= MAX_DEPTH && id.split('/').all(|segment| segment.len() <= MAX_SEGMENT)
}

fn is_segment(segment: &str) -> bool {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b"_.+-".contains(&b);
    (1..=MAX_SEGMENT).contains(&segment.len()) && segment.bytes().all(valid)
}

/// Text in base64; the limits are of it encoded and decoded.
fn text(value: &str, (encoded, decoded): (usize, usize)) -> Option<String> {
    if value.len() > encoded { None } else { decode_text(value.as_bytes(), decoded) }
}
