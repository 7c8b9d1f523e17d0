//! How keys are reported: the kitty keyboard protocol's stacks, one a screen, and xterm's key options.
//! Sources: the kitty keyboard protocol; xterm's ctlseqs (XTMODKEYS).

use crate::tokens::Csi;

/// The most entries of one stack; the oldest goes first.
const MAX_STACK: usize = 16;
/// The most key options that are remembered.
const MAX_OPTIONS: usize = 16;
/// The key option that is modifyOtherKeys.
const MODIFY_OTHER: u16 = 4;
/// The key option that `CSI > n` without a number switches off.
const MODIFY_FUNCTION: u16 = 2;

/// Keyboard modes other than DECCKM and DECKPAM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyboardModes {
    /// Kitty's flags, the last in force: of the primary and of the alternate screen. The lowest entry is what was
    /// in force before anything was pushed.
    pub(crate) stacks: [Vec<u8>; 2],
    /// Key options (XTMODKEYS) that were set, by their number; those that were switched off among them.
    options: Vec<(u16, u16)>,
}

impl KeyboardModes {
    /// Kitty's flags in force.
    pub(crate) fn flags(&self, alt: bool) -> u8 {
        self.stacks[usize::from(alt)].last().copied().unwrap_or(0)
    }

    /// xterm's modifyOtherKeys: 0 to 3.
    pub(crate) fn modify_other(&self) -> u8 {
        let option = self.options.iter().find(|(option, _)| *option == MODIFY_OTHER);
        option.map_or(0, |(_, value)| (*value).min(3) as u8)
    }

    /// The numbers of the key options that were set, in their order.
    pub(crate) fn options(&self) -> impl Iterator<Item = u16> {
        self.options.iter().map(|(option, _)| *option)
    }

    /// Of these modes, what a terminal can be brought back to.
    pub(super) fn restored(&self) -> KeyboardModes {
        let modify = Some((MODIFY_OTHER, self.modify_other().into())).filter(|(_, value)| *value != 0);
        KeyboardModes { stacks: self.stacks.clone(), options: modify.into_iter().collect() }
    }

    /// `CSI > flags u` pushes, `CSI < count u` pops, `CSI = flags ; how u` sets (1), adds (2) or takes away (3).
    pub(super) fn apply(&mut self, alt: bool, csi: &Csi<'_>) {
        let (stack, flags) = (&mut self.stacks[usize::from(alt)], csi.param(0) as u8);
        if csi.prefix == b'<' {
            return stack.truncate(stack.len().saturating_sub(csi.param(0).max(1).into()));
        }
        if stack.is_empty() {
            stack.push(0);
        }
        if csi.prefix == b'>' {
            if stack.len() == MAX_STACK {
                stack.remove(0);
            }
            return stack.push(flags);
        }
        if let Some(top) = stack.last_mut() {
            match csi.param(1) {
                0 | 1 => *top = flags,
                2 => *top |= flags,
                3 => *top &= !flags,
                _ => {}
            }
        }
    }

    /// `CSI > option ; value m` sets, `CSI > option m` resets, `CSI > option n` switches off.
    pub(super) fn set_option(&mut self, csi: &Csi<'_>) {
        let (bare, value) = (csi.numbers().all(|number| number == 0), csi.param(1));
        match csi.action {
            b'm' if bare => self.options.clear(),
            b'm' if value == 0 => self.options.retain(|(option, _)| *option != csi.param(0)),
            b'm' => self.put(csi.param(0), value),
            _ if bare => self.put(MODIFY_FUNCTION, 0),
            _ => self.put(csi.param(0), 0),
        }
    }

    fn put(&mut self, option: u16, value: u16) {
        match self.options.binary_search_by_key(&option, |(known, _)| *known) {
            Ok(index) => self.options[index].1 = value,
            Err(index) if self.options.len() < MAX_OPTIONS => self.options.insert(index, (option, value)),
            Err(_) => {}
        }
    }
}
