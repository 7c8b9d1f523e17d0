//! `/proc/PID/stat` and `/proc/PID/task/TID/stat`: proc_pid_stat(5).

use super::decimal;

/// What a process is, as far as the judgement needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its number.
    pub pid: i32,
    /// What it does.
    pub state: TaskState,
    /// Its parent.
    pub ppid: i32,
    /// Its process group.
    pub pgrp: i32,
    /// Its session.
    pub session: i32,
    /// The device of its controlling terminal as `st_rdev` has it; 0 for none.
    pub tty: u64,
    /// The foreground group of its controlling terminal; -1 for none.
    pub foreground: i32,
    /// How many threads it has.
    pub threads: u32,
    /// When it began, in clock ticks since the machine started: with `pid`, the process's identity.
    pub start: u64,
    /// The signals that it ignores, one bit each from bit 0 for signal 1, up to 31.
    pub ignored: u64,
}

/// The states of proc_pid_stat(5), as far as they differ for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// R: on a processor or ready for one.
    Running,
    /// S, I: asleep.
    Sleeping,
    /// D: in a wait that no signal ends, mostly for a disk.
    Uninterruptible,
    /// T: stopped by a signal.
    Stopped,
    /// t: held for a moment by a debugger or tracer, which is at work or waits itself.
    Traced,
    /// Z, X: ended.
    Zombie,
}

impl Stat {
    /// Reads the file's text. The name stands in parentheses and may hold anything, `)` too.
    pub(super) fn parse(text: &[u8]) -> Option<Stat> {
        let open = text.iter().position(|&b| b == b'(')?;
        let close = text.iter().rposition(|&b| b == b')')?;
        let pid = decimal(text[..open].trim_ascii())?;
        let mut fields = text.get(close + 1..)?.split(|b| b.is_ascii_whitespace()).filter(|f| !f.is_empty());
        let state = TaskState::of(*fields.next()?.first()?);
        let ppid = decimal(fields.next()?)?;
        let pgrp = decimal(fields.next()?)?;
        let session = decimal(fields.next()?)?;
        let tty = device(decimal::<i32>(fields.next()?)?);
        let foreground = decimal(fields.next()?)?;
        let threads = decimal(fields.nth(11)?)?;
        let start = decimal(fields.nth(1)?)?;
        let ignored = fields.nth(10).and_then(decimal).unwrap_or(0);
        Some(Stat { pid, state, ppid, pgrp, session, tty, foreground, threads, start, ignored })
    }
}

/// `tty_nr` as a device: major in bits 15 to 8, minor in 31 to 20 and 7 to 0 (kernel: new_encode_dev).
fn device(number: i32) -> u64 {
    let number = number as u32;
    let major = (number >> 8) & 0xfff;
    let minor = (number & 0xff) | ((number >> 12) & 0xfff00);
    nix::libc::makedev(major, minor)
}

impl TaskState {
    fn of(letter: u8) -> TaskState {
        match letter {
            b'R' => TaskState::Running,
            b'D' => TaskState::Uninterruptible,
            b'T' => TaskState::Stopped,
            b't' => TaskState::Traced,
            b'Z' | b'X' | b'x' => TaskState::Zombie,
            _ => TaskState::Sleeping,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &[u8] =
        b"4242 (a) (b c) S 4000 4242 3999 34816 4242 4194304 1 0 0 0 7 3 0 0 20 0 11 0 987654 1 2 \
        18446744073709551615 0 0 0 0 0 0 0 3670020 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    #[test]
    fn the_file_is_read_as_the_man_page_has_it() {
        let stat = Stat::parse(TEXT).unwrap();
        let wanted = Stat {
            pid: 4242,
            state: TaskState::Sleeping,
            ppid: 4000,
            pgrp: 4242,
            session: 3999,
            tty: nix::libc::makedev(136, 0),
            foreground: 4242,
            threads: 11,
            start: 987654,
            ignored: 0x38_0004,
        };
        assert_eq!(stat, wanted);
    }

    #[test]
    fn a_high_terminal_number_is_decoded() {
        assert_eq!(device(2 << 20 | 136 << 8 | 5), nix::libc::makedev(136, 0x205));
        assert_eq!(device(0), 0);
    }

    #[test]
    fn a_cut_text_is_nothing() {
        for end in 0..TEXT.len() {
            let _ = Stat::parse(&TEXT[..end]);
        }
        assert_eq!(Stat::parse(&TEXT[..40]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = Stat::parse(&bytes);
        }
    }
}
