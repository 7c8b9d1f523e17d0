//! How much of a core the processes that count use, over the last second.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::constants::{CPU_LEAST, CPU_RECENT, CPU_WINDOW, PRESSED, PRESSED_LOOKS};
use crate::facts::Process;

/// CPU time used, as a sum that only grows, at moments within the window.
#[derive(Debug, Default)]
pub(crate) struct Cpu {
    last: BTreeMap<(i32, u64), u64>,
    sum: u64,
    samples: VecDeque<(Duration, u64)>,
    /// Since when, and at how many looks, a thread has always been running or ready to.
    running: Option<(Duration, u32)>,
}

impl Cpu {
    /// Takes a look in; without processes, none of them has run.
    pub(crate) fn note(&mut self, at: Duration, processes: Option<&[Process]>) {
        if let Some(processes) = processes {
            let first = self.last.is_empty();
            let now: BTreeMap<_, _> = processes.iter().map(|p| ((p.pid, p.start), p.cpu)).collect();
            let used = now.iter().map(|(id, cpu)| cpu.saturating_sub(*self.last.get(id).unwrap_or(&0)));
            self.sum += if first { 0 } else { used.sum() };
            self.last = now;
        }
        let runs = processes.is_some_and(|processes| processes.iter().any(|process| process.running));
        self.running = runs.then(|| self.running.map_or((at, 1), |(since, looks)| (since, looks + 1)));
        self.samples.push_back((at, self.sum));
        while self.samples.get(1).is_some_and(|(next, _)| *next + CPU_WINDOW <= at) {
            self.samples.pop_front();
        }
    }

    /// Measures anew from the next look: what was used before answers something else.
    pub(crate) fn restart(&mut self) {
        self.samples.clear();
        self.running = None;
    }

    /// Whether a thread wants the processor all the time, however little of it a busy machine gives.
    pub(crate) fn pressed(&self, now: Duration) -> bool {
        self.running
            .is_some_and(|(since, looks)| looks >= PRESSED_LOOKS && now.saturating_sub(since) >= PRESSED)
    }

    /// Share of a core; 0 while too little time was measured. What has just come to rest is not at work,
    /// however much it did before.
    pub(crate) fn share(&self) -> f64 {
        let whole = self.samples.front().and_then(|from| self.since(from)).unwrap_or(0.0);
        let last = self.samples.back().map_or(Duration::ZERO, |(at, _)| *at);
        let recent = self.samples.iter().rev().find(|(at, _)| *at + CPU_RECENT <= last);
        recent.and_then(|from| self.since(from)).map_or(whole, |recent| whole.min(recent * 2.0))
    }

    fn since(&self, (from, low): &(Duration, u64)) -> Option<f64> {
        let (to, high) = self.samples.back()?;
        let span = to.saturating_sub(*from);
        (span >= CPU_LEAST).then(|| (high - low) as f64 / span.as_nanos() as f64)
    }

    /// Whether it was at work up to the last look, by this share of a core since the look before it.
    pub(crate) fn goes_on(&self, share: f64) -> bool {
        let mut last = self.samples.iter().rev();
        let (Some((to, high)), Some((from, low))) = (last.next(), last.next()) else { return false };
        (high - low) as f64 >= share * to.saturating_sub(*from).as_nanos() as f64
    }

    /// When it can be told whether it has come to rest.
    pub(crate) fn moments(&self) -> Option<Duration> {
        self.samples.back().map(|(at, _)| *at + CPU_RECENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, cpu: u64) -> Process {
        Process {
            pid,
            parent: 1,
            start: 7,
            cpu: cpu * 1_000_000,
            threads: 1,
            foreground: true,
            running: false,
            listening: false,
            closed: false,
            unheard: false,
        }
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn the_share_is_of_the_last_second() {
        let mut cpu = Cpu::default();
        cpu.note(at(0), Some(&[process(1, 5000)]));
        assert_eq!(cpu.share(), 0.0);
        cpu.note(at(500), Some(&[process(1, 5250)]));
        assert!((cpu.share() - 0.5).abs() < 1e-9);
        for step in 2..6 {
            cpu.note(at(step * 500), None);
        }
        assert_eq!(cpu.share(), 0.0);
    }

    #[test]
    fn a_new_process_counts_from_its_beginning_and_one_that_ended_no_more() {
        let mut cpu = Cpu::default();
        cpu.note(at(0), Some(&[process(1, 100)]));
        cpu.note(at(1000), Some(&[process(1, 100), process(2, 300)]));
        assert!((cpu.share() - 0.3).abs() < 1e-9);
        cpu.note(at(2000), Some(&[process(1, 100)]));
        assert_eq!(cpu.share(), 0.0);
    }

    #[test]
    fn what_has_come_to_rest_is_not_at_work() {
        let mut cpu = Cpu::default();
        cpu.note(at(0), Some(&[process(1, 0)]));
        cpu.note(at(500), Some(&[process(1, 500)]));
        assert!(cpu.share() > 0.9);
        cpu.note(at(800), Some(&[process(1, 503)]));
        assert!(cpu.share() < 0.03);
    }

    #[test]
    fn work_goes_on_if_the_last_interval_had_some() {
        let mut cpu = Cpu::default();
        cpu.note(at(0), Some(&[process(1, 0)]));
        assert!(!cpu.goes_on(0.1));
        cpu.note(at(100), Some(&[process(1, 90)]));
        assert!(cpu.goes_on(0.1));
        cpu.note(at(150), None);
        assert!(!cpu.goes_on(0.1) && cpu.share() > 0.5);
    }

    #[test]
    fn who_runs_at_every_look_wants_the_processor() {
        let mut cpu = Cpu::default();
        let running = Process { running: true, ..process(1, 0) };
        for step in 0..5 {
            cpu.note(at(step * 100), Some(&[running]));
        }
        assert!(cpu.pressed(at(400)));
        cpu.note(at(500), Some(&[process(1, 0)]));
        cpu.note(at(600), Some(&[running]));
        assert!(!cpu.pressed(at(2000)));
    }

    #[test]
    fn after_a_restart_only_what_comes_counts() {
        let mut cpu = Cpu::default();
        cpu.note(at(0), Some(&[process(1, 0)]));
        cpu.note(at(1000), Some(&[process(1, 900)]));
        cpu.restart();
        cpu.note(at(1020), Some(&[process(1, 910)]));
        assert_eq!(cpu.share(), 0.0);
        cpu.note(at(1120), Some(&[process(1, 960)]));
        assert!((cpu.share() - 0.5).abs() < 1e-9);
    }
}
