//! Who is signalled when: pausing and going on, hanging up, and killing what does not end. It decides, and
//! `processes` carries it out; it looks at no process itself.
//!
//! A program is asked to end as a terminal that hangs up does; one that does not within the grace is killed
//! with what belongs to its terminal. What has left the terminal stays. A pause stops all descendants, in
//! whatever process group or session; a process that was stopped before stays so when the others go on.

use std::time::Duration;

use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

use ms_platform::procfs::Stat;
use msession::format::status::Exit;

/// From SIGHUP to SIGKILL.
const GRACE: Duration = Duration::from_secs(3);

/// SIGHUP among the signals that a process ignores.
const SIGHUP_BIT: u64 = 1 << (Signal::SIGHUP as u64 - 1);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// A signal to this process group.
    ToGroup(Pid, Signal),
    /// A signal to the group that this process is in now.
    ToGroupOf(Pid, Signal),
    /// SIGKILL to this process.
    Kill(i32),
    /// SIGCONT to a process, if it is still the one that was stopped.
    GoOn(Stopped),
    /// The session is stopped as a whole now, for this reason.
    Paused(&'static str),
    /// It goes on.
    Resumed,
}

/// A process that was stopped, and when it began: a number alone may be another's by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopped {
    pub(super) pid: i32,
    pub(super) start: u64,
}

/// What is under way.
#[derive(Debug)]
pub(super) struct Signaller {
    program: Pid,
    /// When the program is to be killed, if it was asked to end.
    kill_at: Option<Duration>,
    /// How the program ended.
    exit: Option<Exit>,
    /// Somebody asked for a pause.
    asked: bool,
    /// The program stopped, and nobody had asked.
    itself: bool,
    /// What was stopped here, parents first.
    stopped: Vec<Stopped>,
}

impl Signaller {
    /// For a program that runs.
    pub(super) fn new(program: Pid) -> Signaller {
        Signaller { program, kill_at: None, exit: None, asked: false, itself: false, stopped: Vec::new() }
    }

    /// The program's process.
    pub(super) fn program(&self) -> Pid {
        self.program
    }

    /// How the program ended, once it has.
    pub(super) fn exit(&self) -> Option<Exit> {
        self.exit
    }

    /// When the program is to be killed, if it was asked to end: then [`Signaller::kill_late`] is.
    pub(super) fn due(&self) -> Option<Duration> {
        self.kill_at
    }

    /// Whether the session is stopped as a whole.
    pub(super) fn is_paused(&self) -> bool {
        self.asked || self.itself
    }

    /// A child of the server has ended, stopped or goes on: the program, or an orphan that was inherited.
    pub(super) fn child_changed(&mut self, status: WaitStatus) -> Vec<Effect> {
        match status {
            WaitStatus::Exited(pid, code) if pid == self.program => self.exit = Some(Exit::Code { code }),
            WaitStatus::Signaled(pid, signal, core) if pid == self.program => {
                self.exit = Some(Exit::Signal { signal: signal as i32, core });
            }
            WaitStatus::Stopped(pid, _) if pid == self.program && !self.has_stopped(pid) => {
                let known = self.is_paused();
                self.itself = true;
                if !known {
                    return vec![Effect::Paused("the program stopped itself")];
                }
            }
            WaitStatus::Continued(pid) if pid == self.program => return self.resume(),
            _ => {}
        }
        Vec::new()
    }

    fn has_stopped(&self, process: Pid) -> bool {
        self.stopped.iter().any(|stopped| stopped.pid == process.as_raw())
    }

    /// Every process of the session was stopped, these of them now, parents first.
    pub(super) fn paused(&mut self, stopped: Vec<Stopped>) -> Vec<Effect> {
        for process in stopped {
            if !self.stopped.contains(&process) {
                self.stopped.push(process);
            }
        }
        self.asked = true;
        vec![Effect::Paused("the session was paused")]
    }

    /// Lets go on what was stopped.
    pub(super) fn resume(&mut self) -> Vec<Effect> {
        if !self.is_paused() {
            return Vec::new();
        }
        let mut effects = self.let_go();
        effects.push(Effect::Resumed);
        effects
    }

    /// Continues what was stopped here, the youngest first, so that no shell sees a job of its own stopped,
    /// and the program if it had stopped itself.
    pub(super) fn let_go(&mut self) -> Vec<Effect> {
        let stopped = std::mem::take(&mut self.stopped).into_iter().rev().map(Effect::GoOn);
        let program = self.itself.then_some(Effect::ToGroupOf(self.program, Signal::SIGCONT));
        (self.asked, self.itself) = (false, false);
        stopped.chain(program).collect()
    }

    /// Asks the program to end, as a terminal that hangs up does (SIGHUP, then SIGCONT for the stopped).
    /// What was paused elsewhere goes on after that, or it would stay stopped for ever. `front`: the group
    /// in front on its terminal.
    pub(super) fn hang_up(&mut self, front: Option<i32>, now: Duration) -> Vec<Effect> {
        self.kill_at.get_or_insert(now + GRACE);
        let front = front.filter(|group| *group > 0 && *group != self.program.as_raw()).map(Pid::from_raw);
        let groups = || std::iter::once(self.program).chain(front);
        let signals = [Signal::SIGHUP, Signal::SIGCONT];
        let mut effects: Vec<Effect> = signals
            .into_iter()
            .flat_map(|signal| groups().map(move |group| Effect::ToGroup(group, signal)))
            .collect();
        effects.extend(self.let_go());
        effects
    }

    /// Kills the program and all that belongs to its terminal, of these processes. What stays may have been
    /// paused with the rest.
    pub(super) fn kill_all(&mut self, processes: &[Stat]) -> Vec<Effect> {
        let mut effects = self.kill_those(processes, |_| true);
        effects.extend(self.let_go());
        effects
    }

    /// Kills a program that did not end within the grace, and what belongs to its terminal; but not what
    /// ignores hang-ups behind it, which was meant to stay (nohup). `front`: the group in front.
    pub(super) fn kill_late(&mut self, front: Option<i32>, processes: &[Stat]) -> Vec<Effect> {
        // A job in front is the terminal's. Without job control all jobs are of the program's group.
        let front = front.filter(|group| *group != self.program.as_raw());
        self.kill_those(processes, |stat| stat.ignored & SIGHUP_BIT == 0 || Some(stat.pgrp) == front)
    }

    /// Kills the program, and those of its kernel session that are meant. What has begun a session of its own
    /// (setsid, daemons) has left the terminal.
    fn kill_those(&mut self, processes: &[Stat], meant: impl Fn(&Stat) -> bool) -> Vec<Effect> {
        self.kill_at = None;
        let program = self.program.as_raw();
        let doomed = processes.iter().filter(|stat| stat.session == program && meant(stat));
        std::iter::once(program).chain(doomed.map(|stat| stat.pid)).map(Effect::Kill).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ms_platform::procfs::TaskState;

    const PROGRAM: Pid = Pid::from_raw(100);

    fn signaller() -> Signaller {
        Signaller::new(PROGRAM)
    }

    fn process(pid: i32, pgrp: i32, session: i32, ignored: u64) -> Stat {
        let (state, start) = (TaskState::Sleeping, pid as u64);
        Stat { pid, state, ppid: 1, pgrp, session, tty: 0, foreground: -1, threads: 1, start, ignored }
    }

    fn stopped(pid: i32) -> Stopped {
        Stopped { pid, start: pid as u64 }
    }

    #[test]
    fn a_hang_up_reaches_the_program_and_the_job_in_front_and_is_followed_by_a_kill() {
        let mut signaller = signaller();
        let to = |group, signal| Effect::ToGroup(Pid::from_raw(group), signal);
        let (hup, cont) = (Signal::SIGHUP, Signal::SIGCONT);
        let now = Duration::from_secs(7);
        let wanted = [to(100, hup), to(200, hup), to(100, cont), to(200, cont)];
        assert_eq!(signaller.hang_up(Some(200), now), wanted);
        assert_eq!(signaller.due(), Some(now + GRACE));
        assert_eq!(signaller.hang_up(Some(100), now * 2), [to(100, hup), to(100, cont)]);
        assert_eq!(signaller.due(), Some(now + GRACE), "the first one counts");
        for nobody in [Some(0), Some(-1), None] {
            assert_eq!(signaller.hang_up(nobody, now).len(), 2, "{nobody:?}");
        }
    }

    #[test]
    fn what_ignores_hang_ups_behind_the_terminal_and_what_has_left_it_stays() {
        let processes = [
            process(100, 100, 100, 0),
            process(101, 101, 100, 0),
            process(102, 102, 100, SIGHUP_BIT),
            process(103, 103, 100, SIGHUP_BIT),
            process(104, 104, 104, 0),
        ];
        let kills = |pids: &[i32]| pids.iter().copied().map(Effect::Kill).collect::<Vec<_>>();
        let mut late = signaller();
        late.hang_up(None, Duration::ZERO).clear();
        assert_eq!(late.kill_late(Some(103), &processes), kills(&[100, 100, 101, 103]));
        assert_eq!(late.due(), None, "once");
        let without_jobs = signaller().kill_late(Some(100), &processes);
        assert_eq!(without_jobs, kills(&[100, 100, 101]));
        assert_eq!(signaller().kill_all(&processes), kills(&[100, 100, 101, 102, 103]));
    }

    #[test]
    fn a_pause_ends_with_the_youngest_first_and_is_told_once() {
        let mut signaller = signaller();
        assert_eq!(signaller.resume(), [], "nothing is paused");
        let told = [Effect::Paused("the session was paused")];
        assert_eq!(signaller.paused(vec![stopped(100), stopped(101)]), told);
        assert_eq!(signaller.paused(vec![stopped(101), stopped(102)]), told);
        assert_eq!(signaller.child_changed(WaitStatus::Stopped(PROGRAM, Signal::SIGSTOP)), []);
        assert!(signaller.is_paused());
        let wanted = [102, 101, 100].map(|pid| Effect::GoOn(stopped(pid)));
        assert_eq!(signaller.resume(), [&wanted[..], &[Effect::Resumed]].concat());
        assert!(!signaller.is_paused());
        assert_eq!(signaller.child_changed(WaitStatus::Continued(PROGRAM)), [], "by our own hand");
    }

    #[test]
    fn a_program_that_stops_itself_is_paused_until_somebody_lets_it_go_on() {
        let mut signaller = signaller();
        let stops = WaitStatus::Stopped(PROGRAM, Signal::SIGTSTP);
        assert_eq!(signaller.child_changed(stops), [Effect::Paused("the program stopped itself")]);
        assert_eq!(signaller.child_changed(stops), [], "known");
        let goes_on = Effect::ToGroupOf(PROGRAM, Signal::SIGCONT);
        assert_eq!(signaller.child_changed(WaitStatus::Continued(PROGRAM)), [goes_on, Effect::Resumed]);
        let orphan = WaitStatus::Stopped(Pid::from_raw(5), Signal::SIGTSTP);
        assert_eq!((signaller.child_changed(orphan), signaller.is_paused()), (vec![], false));
    }

    #[test]
    fn what_was_paused_goes_on_before_it_ends() {
        for end in [
            (|s| s.hang_up(None, Duration::ZERO)) as fn(&mut Signaller) -> Vec<Effect>,
            |s| s.kill_all(&[]),
            |s| s.let_go(),
        ] {
            let mut signaller = signaller();
            signaller.paused(vec![stopped(101)]).clear();
            assert_eq!(end(&mut signaller).last(), Some(&Effect::GoOn(stopped(101))));
            assert!(!signaller.is_paused());
        }
    }

    #[test]
    fn the_end_of_the_program_alone_is_the_end() {
        let mut signaller = signaller();
        signaller.child_changed(WaitStatus::Exited(Pid::from_raw(5), 1)).clear();
        assert_eq!(signaller.exit(), None);
        signaller.child_changed(WaitStatus::Exited(PROGRAM, 3)).clear();
        assert_eq!(signaller.exit(), Some(Exit::Code { code: 3 }));
        signaller.child_changed(WaitStatus::Signaled(PROGRAM, Signal::SIGKILL, false)).clear();
        assert_eq!(signaller.exit(), Some(Exit::Signal { signal: 9, core: false }));
    }
}
