//! The session's status: the only writer of the record that `status.json` holds. It is told what was judged,
//! paused, typed and seen, changes the record, and returns what is to be done about that. It judges nothing
//! and asks nobody.

use std::time::Duration;

use super::Moment;
use super::answer::{Answer, Looked, Outcome, ScriptTyped, Work};
use super::attention_tracker::{Activity, AttentionTracker};
use super::clients::Attendance;
use super::on::{self, Occasion};
use super::publish::Schedule;
use ms_judge::{Source, Verdict};
use ms_platform::time::Time;
use msession::format::error::Result;
use msession::format::status::{
    Confidence, Evidence, Exit, Kind, Mode, Status, StatusRecord, Wait, join_warnings,
};
use msession::store::faults;
use msession::store::session::SessionDir;

/// What is to be done because the status changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Effect {
    /// A wait has ended: a line in the log of waits.
    LogWait(Wait),
    /// The judge is to look again soon: only time was missing.
    LookAgain,
}

/// The record, when it is to be written, and what a script typed last.
#[derive(Debug)]
pub(super) struct SessionStatus {
    record: StatusRecord,
    file: Schedule,
    /// What a script typed, until it was seen what came of that.
    answer: Option<Answer>,
    /// What it waited for when it was paused, until it goes on.
    interrupted: Option<Kind>,
    attention: AttentionTracker,
    /// What the server wants known.
    warning: Option<String>,
    /// The command outside a terminal that failed last, and how, until one for the same does not.
    failed: Option<(Occasion, String)>,
}

impl SessionStatus {
    /// The status of a session, not yet written.
    pub(super) fn new(record: StatusRecord) -> SessionStatus {
        let (attention, warning) = (AttentionTracker::new(record.since), record.warning.clone());
        let file = Schedule::new();
        SessionStatus { record, file, answer: None, interrupted: None, attention, warning, failed: None }
    }

    /// What `status.json` says, or will once it is written.
    pub(super) fn record(&self) -> &StatusRecord {
        &self.record
    }

    /// Columns and rows of the program's terminal.
    pub(super) fn size(&self) -> (u16, u16) {
        (self.record.cols, self.record.rows)
    }

    /// When it is to be written next; none if nothing changed.
    pub(super) fn write_due(&self) -> Option<Duration> {
        self.file.due()
    }

    /// Writes `status.json` if that is due. What could not be written stays due.
    ///
    /// # Errors
    /// What kept it from being written.
    pub(super) fn write_if_due(&mut self, session: &SessionDir, now: Duration) -> Result<()> {
        if self.file.due().is_none_or(|due| due > now) {
            return Ok(());
        }
        let written = faults::step("status.write").and_then(|()| session.write_status(&self.record));
        self.file.settle(written.is_ok(), now);
        written
    }

    /// The judge has drawn this verdict. While the session is paused only that counts: a pause ends by
    /// resuming, not by what was seen before it or in the middle of it. Nor does a wait count that a script
    /// may have answered.
    pub(super) fn judged(&mut self, verdict: &Verdict, paused: bool, moment: Moment) -> Vec<Effect> {
        let waits = verdict.status == Status::Waiting;
        if paused && verdict.status != Status::Paused || waits && self.answer.is_some() {
            return Vec::new();
        }
        let before = (self.record.status, self.record.kind);
        let effects = if waits { Vec::new() } else { self.end_wait(moment.wall) };
        self.record.answered = false;
        self.take_over(verdict, moment);
        if before == (self.record.status, self.record.kind) {
            self.file.patient();
        } else {
            self.file.urgent();
        }
        self.see(moment.wall);
        effects
    }

    /// Takes over what is known of whether somebody is needed, now that the session does this.
    fn see(&mut self, now: Time) {
        let record = &self.record;
        let halts = |evidence: &Evidence| {
            evidence.decided && [Source::Stop, Source::Write].iter().any(|it| it.as_str() == evidence.source)
        };
        let halted = record.evidence.iter().any(halts);
        self.attention.does(Activity::of(record.status, record.kind, halted), now);
        self.note_attention();
    }

    fn note_attention(&mut self) {
        let attention = self.attention.attention();
        if self.record.status != Status::Completed && self.record.attention != attention {
            self.record.attention = attention;
            self.file.urgent();
        }
    }

    /// Something was typed that is meant to be done something about.
    pub(super) fn was_given_input(&mut self, now: Time) {
        self.attention.typed(now);
        self.note_attention();
    }

    /// A person says that they have seen it.
    pub(super) fn was_seen(&mut self) {
        self.attention.seen();
        self.note_attention();
    }

    /// Somebody has it end: they need not be told of that.
    pub(super) fn is_ended_on_purpose(&mut self) {
        self.attention.ends_on_purpose();
    }

    /// Whether somebody has it end.
    pub(super) fn was_ended_on_purpose(&self) -> bool {
        self.attention.ends_so_on_purpose()
    }

    /// The verdict's times are of the server's clock, the record's of the wall.
    fn take_over(&mut self, verdict: &Verdict, Moment { at: now, wall }: Moment) {
        let on_the_wall = |moment| Time(wall.0.saturating_sub(now.saturating_sub(moment).as_millis() as u64));
        let record = &mut self.record;
        if record.status != verdict.status {
            // No status begins before the one that it follows, which a script may have ended unseen by the judge.
            record.since = on_the_wall(verdict.since).max(record.since.min(wall));
        }
        (record.status, record.kind, record.confidence) = (verdict.status, verdict.kind, verdict.confidence);
        record.message = verdict.message.clone();
        record.rule = Some(verdict.rule.to_owned());
        record.until = Some(verdict.until.to_owned());
        let evidence = verdict.evidence.iter().map(|sign| Evidence {
            source: sign.source.as_str().to_owned(),
            says: sign.says.clone(),
            seen: on_the_wall(sign.seen),
            decided: sign.decided,
        });
        record.evidence = evidence.collect();
    }

    /// Whether a shell prompts, or did when the session was paused: stopped, it is still the one that reads
    /// what is typed.
    pub(super) fn at_shell(&self, verdict: &Verdict) -> bool {
        verdict.kind.or(self.interrupted) == Some(Kind::Shell)
    }

    /// The session was stopped as a whole.
    pub(super) fn paused(&mut self, says: &str, wall: Time) -> Vec<Effect> {
        if self.record.status != Status::Paused {
            self.interrupted = self.record.kind;
        }
        self.show(Status::Paused, says, Some("mspause --resume"), wall)
    }

    /// It goes on. What the judge thinks counts, if it has looked since; else it will soon say.
    pub(super) fn resumed(&mut self, verdict: &Verdict, moment: Moment) -> Vec<Effect> {
        self.interrupted = None;
        let mut effects = self.show(Status::Active, "the session goes on", None, moment.wall);
        if verdict.status != Status::Paused {
            effects.extend(self.judged(verdict, false, moment));
        }
        effects
    }

    fn show(&mut self, status: Status, says: &str, until: Option<&str>, now: Time) -> Vec<Effect> {
        let effects = self.end_wait(now);
        let record = &mut self.record;
        if record.status != status {
            record.since = now;
        }
        record.status = status;
        (record.kind, record.message, record.confidence) = (None, None, Confidence::High);
        (record.rule, record.until, record.answered) = (Some(says.into()), until.map(str::to_owned), false);
        let evidence = Evidence { source: "pause".into(), says: says.into(), seen: now, decided: true };
        record.evidence = vec![evidence];
        self.file.urgent();
        self.see(now);
        effects
    }

    /// Counts a wait that ends now, if there is one.
    fn end_wait(&mut self, now: Time) -> Vec<Effect> {
        let record = &mut self.record;
        if record.status != Status::Waiting {
            return Vec::new();
        }
        let seconds = record.since.until(now).as_secs_f64();
        record.waits.count += 1;
        record.waits.seconds += seconds;
        let (kind, message) = (record.kind, record.message.clone());
        vec![Effect::LogWait(Wait { since: record.since, seconds, kind, message })]
    }

    /// A script has typed this. What sends an answer off ends the wait; a key that may be one of many leaves
    /// it standing, as `answered`.
    pub(super) fn script_typed(&mut self, typed: &ScriptTyped, wall: Time) -> Vec<Effect> {
        let waits = self.record.status == Status::Waiting;
        self.was_given_input(wall);
        self.answer = Some(Answer::new(self.answer.as_ref(), typed, waits));
        if !waits {
            return Vec::new();
        }
        self.file.urgent();
        if typed.sends_off {
            return self.leave_wait(wall);
        }
        self.record.answered = true;
        Vec::new()
    }

    fn leave_wait(&mut self, now: Time) -> Vec<Effect> {
        let effects = self.end_wait(now);
        let record = &mut self.record;
        (record.status, record.since, record.confidence) = (Status::Processing, now, Confidence::Low);
        (record.kind, record.message, record.answered) = (None, None, false);
        record.rule = Some("what it waited for was typed".into());
        record.until = Some("the next look".into());
        let says = "a script has typed".into();
        record.evidence = vec![Evidence { source: "input".into(), says, seen: now, decided: true }];
        self.see(now);
        effects
    }

    /// The terminal has taken some of what waited to be typed.
    pub(super) fn terminal_took(&mut self, now: Duration) {
        self.answer.iter_mut().for_each(|answer| answer.taken(now));
    }

    /// Whether something that a script typed may still be without its effect.
    pub(super) fn awaits_answer(&self) -> bool {
        self.answer.is_some()
    }

    /// Takes over the verdict that stands once it is of a new wait, and not of the one that was answered.
    pub(super) fn settle(&mut self, looked: &Looked<'_>, paused: bool, wall: Time) -> Vec<Effect> {
        let Some(answer) = &mut self.answer else { return Vec::new() };
        match answer.outcome(looked, paused) {
            Outcome::Open => Vec::new(),
            Outcome::LookAgain => vec![Effect::LookAgain],
            Outcome::WaitsAnew => {
                self.answer = None;
                self.file.urgent();
                self.judged(looked.verdict, paused, Moment { at: looked.now, wall })
            }
        }
    }

    /// When a wait that stands may count, if time alone is missing.
    pub(super) fn settle_due(&self, verdict: &Verdict, work: &Work, now: Duration) -> Option<Duration> {
        let answer = self.answer.as_ref().filter(|_| verdict.status == Status::Waiting)?;
        Some(answer.begun_by(work)).filter(|due| *due > now)
    }

    /// The program has ended; that is not due to be written, but is to be written now.
    pub(super) fn completed(&mut self, exit: Exit, now: Time) -> Vec<Effect> {
        let effects = self.end_wait(now);
        self.record.complete(exit, now);
        self.record.attention = self.attention.ended(now);
        effects
    }

    /// The program's title is this; an empty one is none.
    pub(super) fn titled(&mut self, text: &str) {
        if self.record.title.as_deref() != Some(text) {
            self.record.title = Some(text.to_owned()).filter(|text| !text.is_empty());
            self.file.patient();
        }
    }

    /// The terminal has this size now, in columns and rows.
    pub(super) fn sized(&mut self, (cols, rows): (u16, u16)) {
        (self.record.cols, self.record.rows) = (cols, rows);
        self.file.urgent();
    }

    /// These terminals are on it now.
    pub(super) fn attended(&mut self, attendance: Attendance, now: Time) {
        self.attention.looked_at(attendance.viewers, now);
        self.note_attention();
        self.record.clients = attendance.terminals;
        self.record.mode = if attendance.typists { Mode::Foreground } else { Mode::Background };
        self.file.urgent();
    }

    /// A script begins to type, with the output at this offset.
    pub(super) fn script_begins(&mut self, written: u64) {
        self.record.sent = Some(written);
        self.file.urgent();
    }

    /// The terminal has taken all that some script typed.
    pub(super) fn script_done(&mut self, now: Time) {
        self.record.sent_at = Some(now);
        self.file.urgent();
    }

    /// The server wants this known, in place of what it wanted known before.
    pub(super) fn warn(&mut self, text: String) {
        self.warning = Some(text);
        self.show_warnings();
    }

    /// The server wants this known, if there is nothing else.
    pub(super) fn warn_at_last(&mut self, text: &str) {
        if self.warning.is_none() {
            self.warn(text.to_owned());
        }
    }

    /// A command that ran outside a terminal for this has ended so.
    pub(super) fn command_ended(&mut self, occasion: Occasion, ended: on::Ended) {
        match ended {
            Err(why) => self.failed = Some((occasion, why)),
            Ok(()) if self.failed.as_ref().is_some_and(|(failed, _)| *failed == occasion) => {
                self.failed = None
            }
            Ok(()) => {}
        }
        self.show_warnings();
    }

    fn show_warnings(&mut self) {
        let failed = self.failed.as_ref().map(|(occasion, why)| on::warning(*occasion, why));
        let warning = match failed {
            Some(failed) => Some(join_warnings(self.warning.as_deref(), &failed)),
            None => self.warning.clone(),
        };
        if self.record.warning != warning {
            self.record.warning = warning;
            self.file.urgent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_judge::Sign;
    use msession::format::explain::Explanation;

    fn verdict(status: Status) -> Verdict {
        let waits = status == Status::Waiting;
        let sign = |source, says: &str, seen, decided| Sign {
            source,
            says: says.to_owned(),
            seen: Duration::from_secs(seen),
            decided,
        };
        Verdict {
            status,
            kind: Some(Kind::Line).filter(|_| waits),
            confidence: Confidence::High,
            message: Some("Name:".into()).filter(|_| waits),
            since: Duration::from_secs(95),
            rule: "it waits for the terminal and for nothing else",
            until: "a key",
            evidence: vec![
                sign(Source::Reader, "process 7 waits in read for the terminal alone", 95, true),
                sign(Source::Cpu, "0 % of a core", 100, false),
            ],
        }
    }

    fn moment(seconds: u64) -> Moment {
        Moment { at: Duration::from_secs(seconds), wall: Time(900_000 + seconds * 1000) }
    }

    fn fresh() -> SessionStatus {
        let mut status = SessionStatus::new(StatusRecord::begin(80, 24, Time(0)));
        status.file.settle(true, Duration::from_secs(90));
        status
    }

    fn waiting() -> SessionStatus {
        let mut status = fresh();
        assert_eq!(status.judged(&verdict(Status::Waiting), false, moment(100)), []);
        status.file.settle(true, Duration::from_secs(100));
        status
    }

    fn logged(since: u64, seconds: f64) -> Vec<Effect> {
        let (kind, message) = (Some(Kind::Line), Some("Name:".to_owned()));
        vec![Effect::LogWait(Wait { since: Time(since), seconds, kind, message })]
    }

    fn typed(sends_off: bool) -> ScriptTyped {
        ScriptTyped { at: Duration::from_secs(110), sends_off, written: 50, echoed: 2 }
    }

    #[test]
    fn a_verdict_is_explained_from_the_file() {
        let record = waiting().record().clone();
        assert_eq!(record.since, Time(995_000));
        let text = serde_json::to_string(&record).unwrap();
        let read: StatusRecord = serde_json::from_str(&text).unwrap();
        let wanted = "\
waiting (line) for 10s, high confidence
  message  Name:
  because  it waits for the terminal and for nothing else
  until    a key
  evidence, strongest first (→ decided):
→ reader     10s ago  process 7 waits in read for the terminal alone
  cpu         5s ago  0 % of a core
";
        assert_eq!(Explanation::new(&read, Time(1_005_000)).to_string(), wanted);
    }

    #[test]
    fn a_change_is_written_at_once_and_more_of_the_same_when_there_is_time() {
        let mut status = fresh();
        assert_eq!(status.judged(&verdict(Status::Waiting), false, moment(100)), []);
        assert_eq!(status.write_due(), Some(Duration::ZERO));
        let mut status = waiting();
        assert_eq!(status.judged(&verdict(Status::Waiting), false, moment(101)), []);
        assert_eq!(status.write_due(), Some(Duration::from_secs(101)));
    }

    #[test]
    fn every_way_out_of_a_wait_counts_and_logs_it_once() {
        type Change = fn(&mut SessionStatus) -> Vec<Effect>;
        let changes: [(Change, Status); 4] = [
            (|s| s.judged(&verdict(Status::Processing), false, moment(105)), Status::Processing),
            (|s| s.paused("the session was paused", moment(105).wall), Status::Paused),
            (|s| s.script_typed(&typed(true), moment(105).wall), Status::Processing),
            (|s| s.completed(Exit::Code { code: 0 }, moment(105).wall), Status::Completed),
        ];
        for (leave, into) in changes {
            let mut status = waiting();
            assert_eq!(leave(&mut status), logged(995_000, 10.0), "{into}");
            let record = status.record();
            assert_eq!((record.status, record.kind, record.waits.count), (into, None, 1), "{into}");
            assert_eq!(status.completed(Exit::LOST, moment(106).wall), [], "{into}: once");
        }
    }

    #[test]
    fn a_pause_is_left_by_resuming_alone() {
        let mut status = fresh();
        assert_eq!(status.paused("the session was paused", Time(0)), []);
        let record = status.record().clone();
        assert_eq!((record.status, record.until.as_deref()), (Status::Paused, Some("mspause --resume")));
        for seen in [Status::Waiting, Status::Active, Status::Processing] {
            assert_eq!(status.judged(&verdict(seen), true, moment(100)), []);
            assert_eq!(*status.record(), record);
        }
        assert_eq!(status.resumed(&verdict(Status::Paused), moment(101)), []);
        assert_eq!(status.record().status, Status::Active, "the judge has not looked since");
        status.paused("the session was paused", moment(102).wall).clear();
        assert_eq!(status.resumed(&verdict(Status::Waiting), moment(103)), []);
        assert_eq!(status.record().status, Status::Waiting);
    }

    #[test]
    fn a_shell_that_is_paused_is_still_one_to_type_to() {
        let at = |kind| Verdict { kind, ..verdict(Status::Waiting) };
        let paused = verdict(Status::Paused);
        for (kind, wanted) in [(Some(Kind::Shell), true), (Some(Kind::Repl), false), (None, false)] {
            let mut status = fresh();
            status.judged(&at(kind), false, moment(100)).clear();
            assert_eq!(status.at_shell(&at(kind)), wanted);
            for again in 101..103 {
                status.paused("the session was paused", moment(again).wall).clear();
                status.judged(&paused, true, moment(again)).clear();
                assert_eq!(status.at_shell(&paused), wanted, "{kind:?}");
            }
            status.resumed(&paused, moment(104)).clear();
            assert!(!status.at_shell(&verdict(Status::Active)), "the judge has not looked since");
        }
    }

    #[test]
    fn an_old_wait_does_not_count_after_a_script_has_typed() {
        let mut status = waiting();
        let effects = status.script_typed(&typed(false), moment(110).wall);
        assert_eq!((effects, status.record().answered), (vec![], true));
        assert_eq!(status.record().status, Status::Waiting, "it may be one key of many");
        let mut status = waiting();
        status.script_typed(&typed(true), moment(110).wall).clear();
        status.judged(&verdict(Status::Waiting), false, moment(111)).clear();
        assert_eq!(status.record().status, Status::Processing);
        status.judged(&verdict(Status::Active), false, moment(112)).clear();
        assert_eq!(status.record().status, Status::Active, "any other verdict counts");
        // The judge has not seen that the wait was another, and dates it from before.
        let mut status = waiting();
        status.script_typed(&typed(true), moment(110).wall).clear();
        status.answer = None;
        status.judged(&verdict(Status::Waiting), false, moment(111)).clear();
        assert_eq!((status.record().status, status.record().since), (Status::Waiting, moment(110).wall));
    }

    #[test]
    fn what_is_beside_the_status_is_written_as_soon_as_it_matters() {
        let changes: [fn(&mut SessionStatus); 5] = [
            |s| s.sized((100, 30)),
            |s| s.attended(Attendance { terminals: 1, typists: true, viewers: true }, Time(7)),
            |s| s.script_begins(7),
            |s| s.script_done(Time(8)),
            |s| s.warn("full".into()),
        ];
        for change in changes {
            let mut status = fresh();
            change(&mut status);
            assert_eq!(status.write_due(), Some(Duration::ZERO));
        }
        let mut status = fresh();
        status.titled("vim");
        assert_eq!(status.write_due(), Some(Duration::from_secs(91)), "a title may spin");
        status.warn("lost".into());
        status.warn_at_last("short");
        assert_eq!(status.record().warning.as_deref(), Some("lost"));
        status.titled("");
        assert_eq!(status.record().title, None);
    }

    #[test]
    fn a_command_that_failed_is_said_beside_all_else_until_one_succeeds() {
        let mut status = fresh();
        status.warn("lost".into());
        status.command_ended(Occasion::Asks, Err("exit 1".into()));
        assert_eq!(status.record().warning.as_deref(), Some("lost; [on] asks: exit 1"));
        status.file.settle(true, Duration::from_secs(100));
        status.command_ended(Occasion::Asks, Err("exit 1".into()));
        assert_eq!(status.write_due(), None, "it is said once");
        status.command_ended(Occasion::Done, Ok(()));
        assert_eq!(status.record().warning.as_deref(), Some("lost; [on] asks: exit 1"));
        status.command_ended(Occasion::Asks, Ok(()));
        assert_eq!(status.record().warning.as_deref(), Some("lost"));
    }
}
