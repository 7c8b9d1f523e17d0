//! The command line that other users of the machine may read (`/proc/PID/cmdline`, ps(1)), overwritten in
//! place. It will never change what a process passes on: programs have their own arguments and environment.
//!
//! By hand: there is no call for it that nix or rustix could have; it is the process's own memory that is written.

use std::ops::Range;
use std::ptr::with_exposed_provenance_mut;

/// Where the kernel looks for a process's arguments, and for its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Area {
    arguments: Range<usize>,
    environment: Range<usize>,
}

/// Shows `text`, which has no NUL in it, as this process's whole command line. The caller must be the only
/// thread of its process. Where the kernel does not say where the line stands, it stays.
///
/// A text longer than the arguments goes on into the environment's place, as setproctitle(3) has it: where
/// the last byte of the arguments is not NUL, the kernel shows what stands before the first NUL
/// (get_mm_proctitle in fs/proc/base.c).
pub fn show(text: &str) {
    let Some(area) = std::fs::read("/proc/self/stat").ok().and_then(|stat| Area::parse(&stat)) else {
        return;
    };
    let room = area.arguments.len();
    let spills = text.len() >= room;
    let whole = if spills { area.whole() } else { area.arguments.clone() };
    if spills && whole.len() > room {
        set_environment_aside();
    }
    let text = &text.as_bytes()[..text.len().min(whole.len() - 1)];
    let place: *mut u8 = with_exposed_provenance_mut(whole.start);
    // SAFETY: the kernel names these bytes of our own stack, where it put the arguments and the variables;
    // they are ours to write (proc(5)). Nothing else uses them now: this is the only thread, the variables
    // were set aside, and who reads the arguments again finds strings that still end, at the latest with
    // those behind them. `text` is not longer than the place less its NUL.
    unsafe {
        std::ptr::write_bytes(place, 0, room);
        std::ptr::copy_nonoverlapping(text.as_ptr(), place, text.len());
        place.add(text.len()).write(0);
        if text.len() + 1 < room {
            place.add(room - 1).write(b' ');
        }
    }
}

/// Makes the environment's variables anew, elsewhere in memory.
fn set_environment_aside() {
    for (key, value) in std::env::vars_os() {
        // SAFETY: this is the only thread, so nobody reads the environment meanwhile.
        unsafe { std::env::set_var(key, value) };
    }
}

impl Area {
    /// Reads fields 48 to 51 of `/proc/self/stat` (proc_pid_stat(5)); none if the kernel keeps them secret.
    fn parse(stat: &[u8]) -> Option<Area> {
        let close = stat.iter().rposition(|&byte| byte == b')')?;
        let fields = std::str::from_utf8(stat.get(close + 1..)?).ok()?;
        // The first one behind the name is the third.
        let mut fields = fields.split_ascii_whitespace().skip(48 - 3).map(str::parse::<usize>);
        let mut next = || fields.next()?.ok();
        let area = Area { arguments: next()?..next()?, environment: next()?..next()? };
        (area.arguments.start > 0 && !area.arguments.is_empty()).then_some(area)
    }

    /// With the environment, where it follows.
    fn whole(&self) -> Range<usize> {
        let follows = self.environment.start == self.arguments.end && !self.environment.is_empty();
        self.arguments.start..if follows { self.environment.end } else { self.arguments.end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_are_fields_of_stat() {
        let fields: Vec<String> = (4..=52).map(|field| format!("{}", field * 10)).collect();
        let line = format!("7 (a ) b) S {}\n", fields.join(" "));
        let area = Area::parse(line.as_bytes()).unwrap();
        assert_eq!(area, Area { arguments: 480..490, environment: 500..510 });
        assert_eq!(area.whole(), 480..490);
        let beside = Area { environment: 490..600, ..area };
        assert_eq!(beside.whole(), 480..600);
        for bad in ["", "7 (a) S 1 2", "7 a"] {
            assert_eq!(Area::parse(bad.as_bytes()), None, "{bad}");
        }
        let secret = format!("7 (a) S {}\n", vec!["0"; 49].join(" "));
        assert_eq!(Area::parse(secret.as_bytes()), None);
    }
}
