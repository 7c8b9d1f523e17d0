//! `/proc/PID/task/TID/syscall`: proc_pid_syscall(5), the number and arguments of the call that a
//! thread is blocked in.

/// What a thread is doing in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// It is on a processor or ready for one.
    Running,
    /// It is blocked, but not in a system call (a page fault, a stop).
    Elsewhere,
    /// It is blocked in this system call.
    Blocked {
        /// The call's number on this architecture.
        number: i64,
        /// Its arguments.
        args: [u64; 6],
        /// Width of the caller's words: an i386 program has its own numbers and layouts.
        word: Word,
    },
}

/// Width of a program's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// 32 bits.
    Narrow,
    /// 64 bits.
    Wide,
}

impl Call {
    /// Reads the file's text: `running`, `-1 SP PC`, or `NR A0 A1 A2 A3 A4 A5 SP PC`.
    pub(super) fn parse(text: &[u8]) -> Option<Call> {
        let text = std::str::from_utf8(text).ok()?.trim_ascii();
        if text == "running" {
            return Some(Call::Running);
        }
        let mut words = text.split_ascii_whitespace();
        let number: i64 = words.next()?.parse().ok()?;
        if number < 0 {
            return Some(Call::Elsewhere);
        }
        let mut values = [0u64; 8];
        for value in &mut values {
            *value = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
        }
        let [a, b, c, d, e, f, stack, _pc] = values;
        let word = if stack != 0 && stack <= u64::from(u32::MAX) { Word::Narrow } else { Word::Wide };
        Some(Call::Blocked { number, args: [a, b, c, d, e, f], word })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_three_forms_are_read() {
        assert_eq!(Call::parse(b"running\n"), Some(Call::Running));
        assert_eq!(Call::parse(b"-1 0x7ffd 0x7f\n"), Some(Call::Elsewhere));
        let text = b"0 0x3 0x7f5d16d68000 0x20000 0x0 0xffffffff 0x0 0x7ffdda89fad8 0x7f5d16ee42ad\n";
        let args = [3, 0x7f5d16d68000, 0x20000, 0, 0xffff_ffff, 0];
        assert_eq!(Call::parse(text), Some(Call::Blocked { number: 0, args, word: Word::Wide }));
    }

    #[test]
    fn a_stack_below_4_gib_is_a_32_bit_program_s() {
        let text = b"3 0x0 0xffd0 0x400 0x0 0x0 0x0 0xffd0b1c0 0xf7f0\n";
        assert!(matches!(Call::parse(text), Some(Call::Blocked { word: Word::Narrow, .. })));
    }

    #[test]
    fn other_text_is_nothing() {
        for text in ["", "0", "0 0x1", "0 1 2 3 4 5 6 7 8", "x 0x1 0x1 0x1 0x1 0x1 0x1 0x1 0x1"] {
            assert_eq!(Call::parse(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = Call::parse(&bytes);
        }
    }
}
