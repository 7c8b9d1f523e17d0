//! The private modes that are known: how terminals start, and what is said of them to programs that ask.
//! One table for all who follow modes, who restore them, and who answer (DECRQM).

/// A private mode (DECSET).
pub struct Known {
    /// Its number in `CSI ? n h`.
    pub mode: u16,
    /// On where a terminal starts.
    pub on_at_start: bool,
    /// A program that asks is told of it: the model follows it, or only a terminal does and any has it.
    pub claimed: bool,
}

const fn off(mode: u16) -> Known {
    Known { mode, on_at_start: false, claimed: true }
}

const fn on(mode: u16) -> Known {
    Known { mode, on_at_start: true, claimed: true }
}

/// Not every terminal has it, and none is there where this is asked.
const fn unclaimed(known: Known) -> Known {
    Known { claimed: false, ..known }
}

/// In the order of their numbers. Not among them is what terminals start with differently, as clusters
/// (2027): such a mode is remembered as it was set, and never claimed, since the widths here are those of
/// characters. The alternate screen (47, 1047, 1049) is no mode of its own.
pub const KNOWN: &[Known] = &[
    off(1),
    off(5),
    off(6),
    on(7),
    unclaimed(on(8)),
    off(9),
    off(12),
    on(25),
    off(45),
    off(66),
    unclaimed(off(67)),
    off(69),
    off(1000),
    unclaimed(off(1001)),
    off(1002),
    off(1003),
    off(1004),
    off(1005),
    off(1006),
    off(1015),
    off(1016),
    off(1045),
    off(2004),
    off(2026),
    unclaimed(off(2031)),
    unclaimed(off(2048)),
    unclaimed(off(9001)),
];

/// The modes that show the alternate screen.
pub const ALTERNATE: [u16; 3] = [47, 1047, 1049];

fn find(mode: u16) -> Option<usize> {
    KNOWN.binary_search_by_key(&mode, |known| known.mode).ok()
}

/// The bit of a known mode, and whether a terminal starts with it; none if that is not known.
pub fn bit_of(mode: u16) -> Option<(u32, bool)> {
    find(mode).map(|index| (1 << index, KNOWN[index].on_at_start))
}

/// The bit of a mode that is known.
pub const fn bit(mode: u16) -> u32 {
    let mut index = 0;
    while KNOWN[index].mode != mode {
        index += 1;
    }
    1 << index
}

/// True if a program may be told of the mode.
pub fn is_claimed(mode: u16) -> bool {
    ALTERNATE.contains(&mode) || find(mode).is_some_and(|index| KNOWN[index].claimed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_stand_in_the_order_of_their_numbers() {
        assert!(KNOWN.is_sorted_by(|one, other| one.mode < other.mode));
    }
}
