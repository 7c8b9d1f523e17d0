//! What the program said of itself: `msmark`, OSC 7501, OSC 133, progress, bells and notices; and when
//! that no longer holds: another program is in front, the reporter has ended, a shell prompts, or what was
//! asked for has been typed.

use std::time::Duration;

use super::reports::Reports;
use crate::constants::{JOB, PROMPT_OPEN, QUIET_BELL};
use crate::facts::{Event, KernelSnapshot, Marked, Prompt, Report, Reporter, Said};
use crate::words::Status;

/// All that was said and still holds.
#[derive(Debug, Default)]
pub(crate) struct Saying {
    mark: Option<(Marked, Duration)>,
    /// Since when a job of the shell that was marked for is in front of it.
    away: Option<Duration>,
    reports: Reports,
    reported: Duration,
    /// Who reported: the readers at the look after the report, or all in front if nobody read.
    reporters: Option<Vec<i32>>,
    prompt: Option<(Prompt, Duration)>,
    /// The foreground group at the look after the prompt.
    prompter: Option<i32>,
    progress: Option<Duration>,
    doubt: Option<(String, Duration)>,
    /// Since when bracketed paste is on.
    pasting: Option<Duration>,
}

impl Saying {
    /// `msmark` said something. Said again without its message, a wait keeps the one that it had.
    pub(crate) fn mark(&mut self, at: Duration, marked: &Marked) {
        let mut marked = marked.clone();
        if let Some((old, _)) = self.mark.take().filter(|(old, _)| is_same_wait(old, &marked)) {
            marked.message = marked.message.or(old.message);
        }
        self.mark = marked.status.is_some().then_some((marked, at));
        self.away = None;
    }

    /// The program said something.
    pub(crate) fn say(&mut self, at: Duration, said: &Said) {
        match said {
            Said::Bell => self.doubt = Some(("it rang the bell".into(), at)),
            Said::Notice(text) => self.doubt = Some((format!("it notified: {text}"), at)),
            Said::Progress { state } => self.progress = matches!(state, 1 | 3).then_some(at),
            Said::Report(report) => self.report(at, report),
            Said::Prompt(prompt) => self.prompts(at, *prompt),
            Said::Paste(on) => self.pasting = on.then_some(at),
            Said::Reset => self.reset(),
            Said::Title(_) => {}
        }
    }

    fn report(&mut self, at: Duration, report: &Report) {
        self.reports.apply(report);
        self.reported = at;
        self.reporters = None;
    }

    fn prompts(&mut self, at: Duration, prompt: Prompt) {
        self.prompt = matches!(prompt, Prompt::Start | Prompt::End).then_some((prompt, at));
        self.prompter = None;
        if prompt == Prompt::Start {
            self.end_reports();
        }
    }

    /// A shell prompts, whether it marks its prompts or not: what its jobs said is over.
    pub(crate) fn end_reports(&mut self) {
        self.reports.clear();
        self.progress = None;
        self.mark = self.mark.take().filter(|(marked, _)| marked.reporter.shell);
    }

    fn reset(&mut self) {
        self.reports.clear();
        self.progress = None;
        self.prompt = None;
        self.pasting = None;
    }

    /// A key was typed: what was asked for has been answered, and Escape breaks off what was done.
    pub(crate) fn typed(&mut self, enter: bool, interrupt: bool) {
        self.doubt = None;
        if enter {
            self.prompt = None;
        }
        let stands = |marked: &Marked| {
            !marked.reporter.shell && marked.status == Some(Status::Processing) && !interrupt
                || marked.status == Some(Status::Active)
        };
        self.mark = self.mark.take().filter(|(marked, _)| stands(marked));
    }

    /// Takes a look in. If another program came to the front since the last look, at `looked`, then what
    /// was said up to that was not said by it.
    pub(crate) fn note(&mut self, at: Duration, snapshot: &KernelSnapshot, looked: Option<Duration>) {
        if let Some(looked) = looked {
            self.progress = self.progress.filter(|at| *at > looked);
            self.doubt = self.doubt.take().filter(|(_, at)| *at > looked);
        }
        self.note_mark(at, snapshot);
        self.note_reports(snapshot);
        let prompter = *self.prompter.get_or_insert(snapshot.foreground);
        if prompter != snapshot.foreground {
            self.prompt = None;
        }
    }

    /// A mark ends with its reporter, and when the reporter is no longer in front.
    fn note_mark(&mut self, at: Duration, snapshot: &KernelSnapshot) {
        let Some((Marked { reporter, .. }, _)) = self.mark else { return };
        let in_front = reporter.group == snapshot.foreground;
        let holds = match reporter.shell {
            true => self.note_shell(at, in_front),
            // Where nobody can be seen, nothing can be said of the reporter either.
            false if snapshot.processes.is_empty() => true,
            false => (in_front || snapshot.nested > 0) && lives(snapshot, &reporter),
        };
        self.mark = self.mark.take().filter(|_| holds);
    }

    /// What a person marked at a shell's prompt holds for the command that follows, and ends when the
    /// shell prompts again.
    fn note_shell(&mut self, at: Duration, in_front: bool) -> bool {
        match (in_front, self.away) {
            (true, Some(since)) if at.saturating_sub(since) >= JOB => false,
            (true, _) => {
                self.away = None;
                true
            }
            (false, since) => {
                self.away = since.or(Some(at));
                true
            }
        }
    }

    fn note_reports(&mut self, snapshot: &KernelSnapshot) {
        if self.reports.foremost().is_none() || snapshot.processes.is_empty() {
            return;
        }
        let reporters = self.reporters.get_or_insert_with(|| {
            let readers: Vec<i32> = snapshot.readers.iter().map(|reader| reader.pid).collect();
            let front =
                snapshot.processes.iter().filter(|process| process.foreground).map(|process| process.pid);
            if readers.is_empty() { front.collect() } else { readers }
        });
        if !snapshot.processes.iter().any(|process| reporters.contains(&process.pid)) {
            self.reports.clear();
        }
    }

    /// What stands, as it would be said anew.
    pub(crate) fn standing(&self) -> Vec<Event> {
        let prompt = self.prompt.map(|(prompt, _)| Said::Prompt(prompt));
        let reports = self.reports.all().iter().cloned().map(Said::Report);
        let progress = self.progress.map(|_| Said::Progress { state: 3 });
        let paste = self.pasting.map(|_| Said::Paste(true));
        let said = prompt.into_iter().chain(reports).chain(progress).chain(paste).map(Event::Said);
        said.chain(self.mark.iter().map(|(marked, _)| Event::Marked(marked.clone()))).collect()
    }

    /// What `msmark` said, and when.
    pub(crate) fn marked(&self) -> Option<(&Marked, Duration)> {
        self.mark.as_ref().map(|(marked, at)| (marked, *at))
    }

    /// What the program's own report says of it, and when.
    pub(crate) fn foremost_report(&self) -> Option<(&Report, Duration)> {
        self.reports.foremost().map(|report| (report, self.reported))
    }

    /// Whether somebody reads who did not report: then a report of work says nothing of it.
    pub(crate) fn reported_by(&self, pid: i32) -> bool {
        self.reporters.as_ref().is_none_or(|reporters| reporters.contains(&pid))
    }

    /// When a shell last prompted, if it still does.
    pub(crate) fn prompted(&self, now: Duration) -> Option<Duration> {
        match self.prompt? {
            (Prompt::Start, at) if now.saturating_sub(at) < PROMPT_OPEN => None,
            (_, at) => Some(at),
        }
    }

    /// When the program said that it makes progress, if it still does.
    pub(crate) fn progress(&self) -> Option<Duration> {
        self.progress
    }

    /// A bell or a notice, and when.
    pub(crate) fn doubt(&self) -> Option<(&str, Duration)> {
        self.doubt.as_ref().map(|(text, at)| (text.as_str(), *at))
    }

    /// Since when bracketed paste is on: line editors switch it on at each prompt and off after Enter.
    pub(crate) fn pasting(&self) -> Option<Duration> {
        self.pasting
    }

    /// When time alone changes what holds.
    pub(crate) fn moments(&self) -> [Option<Duration>; 2] {
        [self.prompt.map(|(_, at)| at + PROMPT_OPEN), self.doubt.as_ref().map(|(_, at)| *at + QUIET_BELL)]
    }
}

fn lives(snapshot: &KernelSnapshot, reporter: &Reporter) -> bool {
    snapshot.processes.iter().any(|process| (process.pid, process.start) == (reporter.pid, reporter.start))
}

fn is_same_wait(old: &Marked, new: &Marked) -> bool {
    new.status == Some(Status::Waiting) && (old.status, old.kind) == (new.status, new.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Process, ReportState};

    fn process(pid: i32) -> Process {
        Process {
            pid,
            parent: 1,
            start: 7,
            cpu: 0,
            threads: 1,
            foreground: true,
            running: false,
            listening: false,
            closed: false,
            unheard: false,
        }
    }

    fn snapshot(foreground: i32, pids: &[i32]) -> KernelSnapshot {
        let processes = pids.iter().map(|pid| process(*pid)).collect();
        KernelSnapshot { foreground, processes, ..KernelSnapshot::default() }
    }

    fn marked(status: Status, shell: bool) -> Marked {
        let reporter = Reporter { pid: 10, start: 7, group: 10, shell };
        Marked { status: Some(status), kind: None, message: None, reporter }
    }

    fn report(state: ReportState) -> Said {
        Said::Report(Report { state, id: String::new(), kind: None, message: None })
    }

    const NOW: Duration = Duration::from_secs(9);

    #[test]
    fn a_mark_ends_with_its_reporter_or_when_another_group_is_in_front() {
        let mut saying = Saying::default();
        saying.mark(NOW, &marked(Status::Processing, false));
        saying.note(NOW, &snapshot(10, &[10, 11]), None);
        assert!(saying.marked().is_some());
        saying.note(NOW, &snapshot(12, &[10, 12]), Some(NOW));
        assert!(saying.marked().is_none());
        saying.mark(NOW, &marked(Status::Processing, false));
        saying.note(NOW, &snapshot(10, &[11]), None);
        assert!(saying.marked().is_none());
    }

    #[test]
    fn a_wait_that_was_marked_ends_with_a_key_and_work_with_an_interrupt() {
        let mut saying = Saying::default();
        saying.mark(NOW, &marked(Status::Waiting, false));
        saying.typed(false, false);
        assert!(saying.marked().is_none());
        saying.mark(NOW, &marked(Status::Processing, false));
        saying.typed(true, false);
        assert!(saying.marked().is_some());
        saying.typed(false, true);
        assert!(saying.marked().is_none());
        saying.mark(NOW, &marked(Status::Processing, true));
        saying.say(NOW, &Said::Prompt(Prompt::Start));
        assert!(saying.marked().is_some());
        saying.typed(false, false);
        assert!(saying.marked().is_none());
    }

    #[test]
    fn reports_end_with_a_prompt_a_reset_or_their_reporter() {
        for end in [Said::Prompt(Prompt::Start), Said::Reset] {
            let mut saying = Saying::default();
            saying.say(NOW, &report(ReportState::Working));
            assert!(saying.foremost_report().is_some());
            saying.say(NOW, &end);
            assert!(saying.foremost_report().is_none());
        }
        let mut saying = Saying::default();
        saying.say(NOW, &report(ReportState::Working));
        saying.note(NOW, &snapshot(10, &[10]), None);
        saying.note(NOW, &snapshot(10, &[10, 11]), None);
        assert!(saying.foremost_report().is_some());
        saying.note(NOW, &snapshot(10, &[11]), None);
        assert!(saying.foremost_report().is_none());
    }

    #[test]
    fn a_prompt_holds_until_enter_a_command_or_another_group() {
        let prompted = |act: &dyn Fn(&mut Saying)| {
            let mut saying = Saying::default();
            saying.say(NOW, &Said::Prompt(Prompt::Start));
            assert_eq!(saying.prompted(NOW), None);
            saying.say(NOW, &Said::Prompt(Prompt::End));
            saying.note(NOW, &snapshot(10, &[10]), None);
            assert!(saying.prompted(NOW).is_some());
            act(&mut saying);
            saying.prompted(NOW * 2).is_some()
        };
        assert!(prompted(&|_| {}));
        assert!(prompted(&|saying| saying.typed(false, false)));
        assert!(!prompted(&|saying| saying.typed(true, false)));
        assert!(!prompted(&|saying| saying.say(NOW, &Said::Prompt(Prompt::Output))));
        assert!(!prompted(&|saying| saying.note(NOW, &snapshot(11, &[10, 11]), Some(NOW))));
    }

    #[test]
    fn progress_and_bells_end_with_the_program() {
        let mut saying = Saying::default();
        saying.say(NOW, &Said::Progress { state: 3 });
        saying.say(NOW, &Said::Bell);
        assert!(saying.progress().is_some() && saying.doubt().is_some());
        saying.note(NOW, &snapshot(10, &[10]), Some(NOW));
        assert!(saying.progress().is_none() && saying.doubt().is_none());
        saying.say(NOW, &Said::Progress { state: 1 });
        saying.say(NOW, &Said::Progress { state: 0 });
        assert!(saying.progress().is_none());
    }
}
