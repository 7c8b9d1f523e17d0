//! How keys are reported: the kitty keyboard protocol's stacks, one a screen, and xterm's
//! modifyOtherKeys.

/// The most entries of one stack; the oldest goes first.
const MAX_STACK: usize = 16;

/// Keyboard modes other than DECCKM and DECKPAM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keyboard {
    /// Kitty's flags, the last in force: of the primary and of the alternate screen.
    pub(super) stacks: [Vec<u8>; 2],
    /// modifyOtherKeys (XTMODKEYS 4): 0 to 3.
    pub(super) modify_other: u8,
}

impl Keyboard {
    /// Kitty's flags in force.
    pub(super) fn flags(&self, alt: bool) -> u8 {
        self.stacks[usize::from(alt)].last().copied().unwrap_or(0)
    }

    /// `CSI > flags u`. Pushing on an empty stack keeps the flags that were in force: none.
    pub(super) fn push(&mut self, alt: bool, flags: u8) {
        let stack = &mut self.stacks[usize::from(alt)];
        if stack.is_empty() {
            stack.push(0);
        }
        if stack.len() == MAX_STACK {
            stack.remove(0);
        }
        stack.push(flags);
    }

    /// `CSI < count u`.
    pub(super) fn pop(&mut self, alt: bool, count: usize) {
        let stack = &mut self.stacks[usize::from(alt)];
        stack.truncate(stack.len().saturating_sub(count));
    }

    /// `CSI = flags ; how u`: 1 sets, 2 adds, 3 takes away.
    pub(super) fn set(&mut self, alt: bool, flags: u8, how: u16) {
        let stack = &mut self.stacks[usize::from(alt)];
        if stack.is_empty() {
            stack.push(0);
        }
        if let Some(top) = stack.last_mut() {
            match how {
                1 => *top = flags,
                2 => *top |= flags,
                3 => *top &= !flags,
                _ => {}
            }
        }
    }
}
