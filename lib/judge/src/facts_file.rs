//! Recordings of facts: what a judge saw, line by line, to be judged again on any machine. For a verdict
//! that was wrong, and for the tests. No I/O here: lines out, lines in.
//!
//! # Recording (format 1)
//!
//! What `msls --explain NAME --record FILE` writes: one JSON object a line, the first of them the header:
//!
//! ```text
//! format    1
//! ms        version of the ms that wrote it
//! began     when, in milliseconds since 1970
//! detect    what the session's type sets for the judgement, if anything: see ms-config(5)
//! ```
//!
//! Each other line has `at`, in microseconds, and one of these:
//!
//! ```text
//! look      a look was taken: "kernel", "screen", both or neither, for what neither ran nor was printed
//! event     something happened between looks: {"output":{"bytes":…}}, {"typed":{…}}, {"said":{…}},
//!           {"marked":{…}}, "resize", "attach", "detach", "child", "paused", "resumed"
//! verdict   what was judged then: status, kind, rule. Who judges again makes verdicts of its own
//! lost      so many facts are missing here, since the file could not be written as fast
//! ```
//!
//! `at` of the first line is less than a second, and only differences mean anything. The first look has
//! all there is to see, and events at the same moment tell what stood already: a mark, reports, a prompt.
//! In each look after it `kernel` and `screen` are JSON merge patches (RFC 7396) on what they were at the
//! look before: only what has changed is written, and null takes a value away. False and empty lists are
//! the same as nothing. `processes` is keyed by process number, `text` and `page` by the number of the line.
//!
//! It holds what the screen showed and what the program said by escape sequences, and when a person typed.
//! What was typed is not in it. While a password is asked for, neither keys but Enter nor the screen are
//! written. A last line that has no end was being written when the writer ended, and is passed over.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::config::DetectConfig;
use super::engine::Engine;
use super::facts::{Event, Fact, KernelSnapshot, Look, ScreenSnapshot, Timed};
use super::verdict::Verdict;
use crate::words::{Kind, Status};

/// The version of the format.
const FORMAT: u32 = 1;

/// A fact, as a judge took it in.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The fact.
    pub timed: Timed,
    /// The verdict, if this changed it, or if the look saw all there is.
    pub verdict: Option<VerdictLine>,
    /// With a look that saw all there is: events that tell what stood already.
    pub standing: Option<Vec<Event>>,
}

/// What a recording tells of a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictLine {
    /// What the program does.
    pub status: Status,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The rule that decided.
    pub rule: String,
}

impl VerdictLine {
    /// What is told of `verdict`.
    pub fn of(verdict: &Verdict) -> VerdictLine {
        VerdictLine { status: verdict.status, kind: verdict.kind, rule: verdict.rule.to_owned() }
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    #[serde(default)]
    ms: String,
    #[serde(default)]
    began: u64,
    #[serde(default)]
    detect: DetectConfig,
}

#[derive(Serialize, Deserialize)]
struct Line {
    at: u64,
    #[serde(flatten)]
    what: Entry,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Entry {
    Look(Patches),
    Event(Event),
    Verdict(VerdictLine),
    Lost(u64),
}

#[derive(Default, Serialize, Deserialize)]
struct Patches {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kernel: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    screen: Option<Value>,
}

/// Makes the lines of one recording.
#[derive(Debug)]
pub struct FactsWriter {
    kernel: Value,
    screen: Value,
    /// The judge's time of `at` 0.
    zero: Option<Duration>,
    /// A password is asked for.
    password: bool,
    /// The terminal shows what is typed.
    echo: bool,
    /// The last screen that was not written, since it showed a password's prompt.
    withheld: Option<ScreenSnapshot>,
    /// Bytes of output that no line has told of.
    output: u64,
    lost: u64,
}

impl FactsWriter {
    /// One that has written nothing, and the line with which its recording begins. `began` is the
    /// present moment, in milliseconds since 1970.
    pub fn begin(config: &DetectConfig, began: u64) -> (FactsWriter, String) {
        let ms = env!("CARGO_PKG_VERSION").to_owned();
        let header = line(&Header { format: FORMAT, ms, began, detect: config.clone() });
        let nothing = || Value::Object(Map::new());
        let writer = FactsWriter {
            kernel: nothing(),
            screen: nothing(),
            zero: None,
            password: false,
            echo: true,
            withheld: None,
            output: 0,
            lost: 0,
        };
        (writer, header)
    }

    /// The lines of a fact, each with its end: none before the first look that saw all there is.
    pub fn lines(&mut self, taken: &Taken) -> String {
        if self.zero.is_none() && taken.standing.is_none() {
            return String::new();
        }
        if let Fact::Event(Event::Output { bytes }) = taken.timed.fact {
            self.output += bytes;
            return String::new();
        }
        let first = self.zero.is_none();
        let at = self.at(taken.timed.at);
        let mut lines = self.owed(at);
        let asked = self.password;
        if let Some(told) = &taken.verdict {
            self.password = told.kind == Some(Kind::Password);
        }
        let what = match &taken.timed.fact {
            Fact::Event(event) => {
                (!asked).then(|| event.clone()).or_else(|| of_a_secret(event)).map(Entry::Event)
            }
            Fact::Look(look) => Some(Entry::Look(self.patches(look, asked))),
        };
        lines.extend(what.map(|what| line(&Line { at, what })));
        let standing = taken.standing.iter().flatten().filter(|_| first).cloned().map(Entry::Event);
        let verdict = taken.verdict.clone().map(Entry::Verdict);
        lines.extend(standing.chain(verdict).map(|what| line(&Line { at, what })));
        lines
    }

    /// The lines that must stand before the next.
    fn owed(&mut self, at: u64) -> String {
        let (lost, bytes) = (std::mem::take(&mut self.lost), std::mem::take(&mut self.output));
        let lost = (lost > 0).then_some(Entry::Lost(lost));
        let output = (bytes > 0).then_some(Entry::Event(Event::Output { bytes }));
        lost.into_iter().chain(output).map(|what| line(&Line { at, what })).collect()
    }

    /// A fact could not be written; the next line that can says so.
    pub fn lose(&mut self) {
        self.lost += 1;
    }

    /// The judge counts quarters of a second of its clock: they are the same in the recording.
    fn at(&mut self, at: Duration) -> u64 {
        let zero = *self.zero.get_or_insert(Duration::from_secs(at.as_secs()));
        at.saturating_sub(zero).as_micros() as u64
    }

    /// `asked`: a password was asked for before this look.
    fn patches(&mut self, look: &Look, asked: bool) -> Patches {
        if let Some(modes) = look.kernel.as_ref().and_then(|kernel| kernel.modes) {
            self.echo = modes.echo;
        }
        let kernel = look.kernel.as_ref().map(|kernel| change(&mut self.kernel, kernel));
        if asked && self.password && !self.echo {
            self.withheld = look.screen.clone().or(self.withheld.take());
            return Patches { kernel, screen: None };
        }
        let screen = look.screen.clone().or(self.withheld.take());
        self.withheld = None;
        Patches { kernel, screen: screen.map(|screen| change(&mut self.screen, &screen)) }
    }
}

/// What is told of an event while a password is typed: of keys, that the line was sent off.
pub(super) fn of_a_secret(event: &Event) -> Option<Event> {
    match event {
        Event::Typed { enter: false, .. } => None,
        Event::Typed { interrupt, .. } => {
            Some(Event::Typed { enter: true, interrupt: *interrupt, several: false })
        }
        other => Some(other.clone()),
    }
}

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).map(|text| text + "\n").unwrap_or_default()
}

/// Makes `old` the new value; returns the patch between them.
fn change(old: &mut Value, new: &impl Serialize) -> Value {
    let new = lean(serde_json::to_value(new).unwrap_or_default());
    let patch = difference(old, &new);
    *old = new;
    patch
}

/// A value without what means nothing.
fn lean(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields = map.into_iter().map(|(key, value)| (key, lean(value)));
            Value::Object(fields.filter(|(_, value)| !is_nothing(value)).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(lean).collect()),
        value => value,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The merge patch that makes `new` of `old`, which are objects without null.
fn difference(old: &Value, new: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return new.clone() };
    let gone = old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let changed = new.iter().filter(|(key, value)| old.get(*key) != Some(value));
    let changed = changed.map(|(key, value)| {
        let patch = old.get(key).map_or_else(|| value.clone(), |old| difference(old, value));
        (key.clone(), patch)
    });
    Value::Object(gone.chain(changed).collect())
}

/// Applies a merge patch: RFC 7396.
fn apply(value: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *value = patch;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Value::Object(fields) = value else { return };
    for (key, patch) in patch {
        match patch {
            Value::Null => drop(fields.remove(&key)),
            patch => apply(fields.entry(key).or_insert(Value::Null), patch),
        }
    }
}

/// A recording that was read.
#[derive(Clone, Debug, Default)]
pub struct FactsFile {
    /// When it began, in milliseconds since 1970.
    pub began: u64,
    /// What the session's type set for the judgement.
    pub config: DetectConfig,
    /// The facts. Their times are those of the recording.
    pub facts: Vec<Timed>,
    /// What was judged then.
    pub told: Vec<(Duration, VerdictLine)>,
    /// How many facts are missing.
    pub lost: u64,
}

/// Why a recording can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for Unreadable {}

impl FactsFile {
    /// Reads the text of a recording.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] names the first line that is none of this format, or says that a newer ms wrote it.
    pub fn read(text: &str) -> Result<FactsFile, Unreadable> {
        let end = text.rfind('\n').map_or(0, |at| at + 1);
        let mut lines = text[..end].lines().enumerate();
        let header = lines.next().map_or("", |(_, text)| text);
        let header: Header = parse(0, header)?;
        if header.format > FORMAT {
            let why = format!("format {} is of a newer ms; this one reads {FORMAT}", header.format);
            return Err(Unreadable { line: 1, why });
        }
        let mut recording = FactsFile { began: header.began, config: header.detect, ..FactsFile::default() };
        let mut seen = (Value::Null, Value::Null);
        for (number, text) in lines {
            recording.add(number, parse(number, text)?, &mut seen)?;
        }
        Ok(recording)
    }

    fn add(&mut self, number: usize, line: Line, seen: &mut (Value, Value)) -> Result<(), Unreadable> {
        let at = Duration::from_micros(line.at);
        let fact = match line.what {
            Entry::Event(event) => Fact::Event(event),
            Entry::Look(patches) => Fact::Look(Box::new(Look {
                kernel: patched::<KernelSnapshot>(number, &mut seen.0, patches.kernel)?,
                screen: patched::<ScreenSnapshot>(number, &mut seen.1, patches.screen)?,
            })),
            Entry::Verdict(told) => {
                self.told.push((at, told));
                return Ok(());
            }
            Entry::Lost(facts) => {
                self.lost += facts;
                return Ok(());
            }
        };
        self.facts.push(Timed { at, fact });
        Ok(())
    }

    /// Judges what was recorded: each verdict that differed from the one before it, with its moment.
    pub fn replay(&self) -> Vec<(Duration, Verdict)> {
        replay(&self.config, &self.facts)
    }
}

fn patched<T: serde::de::DeserializeOwned>(
    number: usize,
    value: &mut Value,
    patch: Option<Value>,
) -> Result<Option<T>, Unreadable> {
    let Some(patch) = patch else { return Ok(None) };
    apply(value, patch);
    let read = T::deserialize(&*value).map_err(|why| Unreadable { line: number + 1, why: why.to_string() });
    read.map(Some)
}

fn parse<T: serde::de::DeserializeOwned>(number: usize, text: &str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|why| Unreadable { line: number + 1, why: why.to_string() })
}

/// Judges facts: each verdict that differed from the one before it, with its moment.
pub fn replay<'a>(
    config: &DetectConfig,
    facts: impl IntoIterator<Item = &'a Timed>,
) -> Vec<(Duration, Verdict)> {
    let mut engine = Engine::new(config);
    let mut verdicts = Vec::new();
    for Timed { at, fact } in facts {
        if engine.take(*at, fact) {
            verdicts.push((*at, engine.verdict().clone()));
        }
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::facts::{
        KernelSnapshot, Link, Look, Modes, Reader, ScreenSnapshot, WaitCall, WakeSource,
    };
    use super::*;
    use crate::words::Status;

    /// A program that reads keys and hears from a server, which has sent so much by now.
    fn listens(received: u64) -> KernelSnapshot {
        let reader = Reader {
            pid: 7,
            tid: 7,
            call: WaitCall::Epoll,
            woken_by: WakeSource::Other,
            limit: None,
            clock: None,
            beside: vec!["a socket".into()],
            threads: 1,
            job_control: false,
            ran: received,
        };
        let link = Link { id: 1, sent: 500, received, ..Link::default() };
        KernelSnapshot {
            foreground: 7,
            modes: Some(Modes { canonical: false, echo: false, limit: None }),
            readers: vec![reader],
            links: vec![link],
            ..KernelSnapshot::default()
        }
    }

    fn at(millis: u64, kernel: Option<KernelSnapshot>, picture: Option<u64>) -> Timed {
        let screen = picture.map(|picture| ScreenSnapshot {
            picture,
            changed: 40,
            rows: Some((3, 4)),
            visible: true,
            size: (80, 24),
            text: vec![format!("line {picture}")],
            line: Some(0),
            ..ScreenSnapshot::default()
        });
        let look = Look { kernel, screen };
        Timed { at: Duration::from_millis(millis), fact: Fact::Look(Box::new(look)) }
    }

    fn taken(millis: u64, kernel: Option<KernelSnapshot>, picture: Option<u64>) -> Taken {
        Taken { timed: at(millis, kernel, picture), verdict: None, standing: None }
    }

    fn typed(millis: u64, enter: bool) -> Taken {
        let event = Event::Typed { enter, interrupt: false, several: true };
        let timed = Timed { at: Duration::from_millis(millis), fact: Fact::Event(event) };
        Taken { timed, verdict: None, standing: None }
    }

    fn told(kind: Kind) -> Option<VerdictLine> {
        Some(VerdictLine { status: Status::Waiting, kind: Some(kind), rule: "a rule".into() })
    }

    fn begun() -> (FactsWriter, String) {
        let (mut writer, header) = FactsWriter::begin(&DetectConfig::default(), 5);
        let standing = Some(vec![Event::Said(super::super::facts::Said::Paste(true))]);
        let first = Taken { standing, verdict: told(Kind::Turn), ..taken(61_250, Some(listens(7)), Some(1)) };
        let lines = writer.lines(&first);
        (writer, header + &lines)
    }

    #[test]
    fn a_recording_has_these_bytes() {
        let (mut writer, text) = begun();
        let text = text + &writer.lines(&taken(61_300, Some(listens(8)), None));
        let version = env!("CARGO_PKG_VERSION");
        let wanted = [
            format!(r#"{{"format":1,"ms":"{version}","began":5,"detect":{{"enabled":true}}}}"#),
            r#"{"at":250000,"look":{"kernel":{"foreground":7,"links":[{"id":1,"received":7,"received_ago":0,"sent":500,"sent_ago":0}],"modes":{},"nested":0,"readers":[{"beside":["a socket"],"call":"epoll","pid":7,"ran":7,"threads":1,"tid":7,"woken_by":"other"}]},"screen":{"changed":40,"cursor":[0,0],"line":0,"picture":1,"prompt":"","rows":[3,4],"size":[80,24],"text":{"0":"line 1"},"visible":true}}}"#.replace(r#""modes":{},"#, ""),
            r#"{"at":250000,"event":{"said":{"paste":true}}}"#.into(),
            r#"{"at":250000,"verdict":{"status":"waiting","kind":"turn","rule":"a rule"}}"#.into(),
            r#"{"at":300000,"look":{"kernel":{"links":[{"id":1,"received":8,"received_ago":0,"sent":500,"sent_ago":0}],"readers":[{"beside":["a socket"],"call":"epoll","pid":7,"ran":8,"threads":1,"tid":7,"woken_by":"other"}]}}}"#.into(),
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn what_was_written_is_read() {
        let (mut writer, mut text) = begun();
        writer.lose();
        let output = Event::Output { bytes: 9 };
        let output = Timed { at: Duration::from_millis(61_300), fact: Fact::Event(output) };
        text += &writer.lines(&Taken { timed: output, verdict: None, standing: None });
        text += &writer.lines(&taken(61_400, None, Some(2)));
        let recording = FactsFile::read(&(text.clone() + r#"{"at":9"#)).unwrap();
        assert_eq!((recording.began, recording.lost, recording.told.len()), (5, 1, 1));
        let moments: Vec<u64> = recording.facts.iter().map(|timed| timed.at.as_millis() as u64).collect();
        assert_eq!(moments, [250, 250, 400, 400]);
        assert_eq!(recording.facts[2].fact, Fact::Event(Event::Output { bytes: 9 }));
        assert_eq!(recording.facts[3].fact, at(0, None, Some(2)).fact);
    }

    #[test]
    fn what_is_no_recording_is_said_with_its_line() {
        let (_, text) = begun();
        let why = |text: &str| FactsFile::read(text).unwrap_err().to_string();
        assert!(why("").starts_with("line 1: "), "{}", why(""));
        assert!(why("{\"format\":2}\n").contains("format 2 is of a newer ms"));
        assert!(why(&(text.clone() + "nonsense\n")).starts_with("line 5: "));
        let wrong = "{\"at\":1,\"look\":{\"kernel\":{\"foreground\":\"x\"}}}\n";
        assert!(why(&(text + wrong)).starts_with("line 5: "));
    }

    #[test]
    fn while_a_password_is_typed_only_enter_is_told() {
        let (mut writer, _) = begun();
        let asks = Taken { verdict: told(Kind::Password), ..taken(61_300, None, Some(2)) };
        assert!(writer.lines(&asks).contains("line 2"));
        assert_eq!(writer.lines(&typed(61_400, false)), "");
        assert_eq!(writer.lines(&taken(61_450, None, Some(3))), "{\"at\":450000,\"look\":{}}\n");
        assert!(!writer.lines(&taken(61_460, Some(listens(8)), Some(4))).contains("screen"));
        let enter = writer.lines(&typed(61_500, true));
        assert!(enter.contains(r#""enter":true"#) && enter.contains(r#""several":false"#), "{enter}");
        // What was shown meanwhile comes with the look that finds it over.
        let over = Taken { verdict: told(Kind::Line), ..taken(61_600, None, None) };
        assert!(writer.lines(&over).contains("line 4"));
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (0u64..3).prop_map(Value::from),
            "[ab]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[abc]", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_patch_makes_the_new_value_of_the_old(old in json(), new in json()) {
            let (old, new) = (lean(json_object(old)), lean(json_object(new)));
            let mut patched = old.clone();
            apply(&mut patched, difference(&old, &new));
            prop_assert_eq!(patched, new);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "[ -~\n]{0,200}") {
            let (_, begun) = begun();
            let _ = (FactsFile::read(&text), FactsFile::read(&(begun + &text + "\n")));
        }
    }

    fn json_object(value: Value) -> Value {
        serde_json::json!({ "a": value })
    }

    #[test]
    fn a_reason_does_not_outlive_what_it_tells_of() {
        let comes = (0..20).map(|step| at(1000 + step * 100, Some(listens(step * 5000)), Some(step)));
        let silence = (0..60).map(|step| at(3000 + step * 100, None, None));
        let patient = DetectConfig { quiet: Some(Duration::from_secs(4)), ..DetectConfig::default() };
        let verdicts = replay(&patient, &comes.chain(silence).collect::<Vec<_>>());
        let told: Vec<(u64, Status, &str)> = verdicts
            .iter()
            .map(|(at, verdict)| (at.as_millis() as u64, verdict.status, verdict.rule))
            .collect();
        let last_work = told.iter().rposition(|(_, status, _)| *status == Status::Processing).unwrap();
        let (moment, _, rule) = told[last_work];
        assert_eq!(rule, "nothing certain was seen since", "{told:?}");
        // The last bytes came at 2900.
        assert!(moment < 4500, "{told:?}");
        assert_eq!(told[last_work - 1].1, Status::Processing, "{told:?}");
        assert!(told[last_work + 1..].iter().any(|(_, status, _)| *status == Status::Waiting), "{told:?}");
        for (_, verdict) in &verdicts {
            assert!(verdict.evidence.iter().any(|sign| sign.decided), "{verdict:?}");
        }
    }
}
