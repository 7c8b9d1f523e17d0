//! What one cell of the screen holds, and how it looks. A cell is 24 bytes, since a model has
//! thousands of them; what is rare (marks, links, underline colours) is kept outside it.

use std::sync::Arc;

use alacritty_terminal::grid::GridCell;
use alacritty_terminal::term::cell::{Flags, ResetDiscriminant};

/// Of a line's first cell, while the grid gets another size: that the line has a size of its own.
pub(super) const CARRIED: Flags = Flags::BOLD.union(Flags::ITALIC).union(Flags::UNDERLINE);

/// A colour as a program gave it: the default, one of the palette, or red, green and blue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Color(u32);

/// A colour taken apart.
pub(super) enum Kind {
    Default,
    /// SGR 30 to 37 and 90 to 97.
    Basic(u8),
    /// SGR 38;5.
    Indexed(u8),
    Rgb(u8, u8, u8),
}

impl Color {
    pub(super) const DEFAULT: Color = Color(0);

    pub(super) fn basic(index: u8) -> Color {
        Color((1 << 24) | u32::from(index))
    }

    pub(super) fn indexed(index: u8) -> Color {
        Color((2 << 24) | u32::from(index))
    }

    pub(super) fn rgb(r: u8, g: u8, b: u8) -> Color {
        Color(u32::from_be_bytes([3, r, g, b]))
    }

    pub(super) fn kind(self) -> Kind {
        let [kind, r, g, b] = self.0.to_be_bytes();
        match kind {
            0 => Kind::Default,
            1 => Kind::Basic(b),
            2 => Kind::Indexed(b),
            _ => Kind::Rgb(r, g, b),
        }
    }

    pub(super) fn bits(self) -> u32 {
        self.0
    }
}

/// Attributes that SGR switches, and in the upper bits the style of the underline (0 to 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Attrs(u16);

impl Attrs {
    pub(super) const BOLD: u16 = 1;
    pub(super) const DIM: u16 = 1 << 1;
    pub(super) const ITALIC: u16 = 1 << 2;
    pub(super) const BLINK: u16 = 1 << 3;
    pub(super) const RAPID: u16 = 1 << 4;
    pub(super) const INVERSE: u16 = 1 << 5;
    pub(super) const HIDDEN: u16 = 1 << 6;
    pub(super) const STRIKE: u16 = 1 << 7;
    pub(super) const OVERLINE: u16 = 1 << 8;
    /// DECSCA: selective erasing leaves the cell. It is not to be seen, and SGR does not change it.
    pub(super) const PROTECTED: u16 = 1 << 9;
    const UNDERLINE_SHIFT: u16 = 12;

    pub(super) fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }

    pub(super) fn set(&mut self, bits: u16, on: bool) {
        self.0 = if on { self.0 | bits } else { self.0 & !bits };
    }

    /// The style of the underline as SGR 4 numbers it; 0 is none.
    pub(super) fn underline(self) -> u16 {
        self.0 >> Self::UNDERLINE_SHIFT
    }

    pub(super) fn set_underline(&mut self, style: u16) {
        let others = self.0 & ((1 << Self::UNDERLINE_SHIFT) - 1);
        self.0 = others | (style.min(5) << Self::UNDERLINE_SHIFT);
    }

    pub(super) fn bits(self) -> u16 {
        self.0
    }

    /// What is to be seen of them.
    pub(super) fn seen(self) -> u16 {
        self.0 & !Self::PROTECTED
    }

    /// What SGR 0 leaves of them.
    pub(super) fn plain(self) -> Attrs {
        Attrs(self.0 & Self::PROTECTED)
    }
}

/// A hyperlink (OSC 8).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link {
    /// The id that joins cells to one link; empty if the program gave none.
    pub(super) id: Box<str>,
    pub(super) uri: Box<str>,
}

/// What few cells have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extra {
    /// Zero-width characters that belong to the cell's character.
    pub(super) marks: String,
    /// The underline's own colour.
    pub(super) underline: Color,
    pub(super) link: Option<Arc<Link>>,
}

/// Set in a cell that was written right behind one of disputed width (`width`), or behind such a one. The
/// grid knows nothing of it.
pub(super) const FOLLOWS: Flags = Flags::HIDDEN;

/// One cell. The grid uses `flags` for wide characters and wrapped lines alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) c: char,
    pub(super) fg: Color,
    pub(super) bg: Color,
    pub(super) flags: Flags,
    pub(super) attrs: Attrs,
    pub(super) extra: Option<Arc<Extra>>,
}

/// Makes all of the cells like one. Where it has nothing of what few cells have, nothing has to be cloned for
/// each.
pub(super) fn spread(cells: &mut [Cell], like: &Cell) {
    if like.extra.is_some() {
        return cells.fill(like.clone());
    }
    let Cell { c, fg, bg, flags, attrs, .. } = *like;
    for cell in cells {
        *cell = Cell { c, fg, bg, flags, attrs, extra: None };
    }
}

/// The most zero-width characters that one cell keeps.
const MAX_MARKS: usize = 8;

impl Cell {
    /// A cell as erasing leaves it.
    pub(super) fn blank(bg: Color) -> Cell {
        Cell { bg, ..Cell::default() }
    }

    pub(super) fn is_wide(&self) -> bool {
        self.flags.contains(Flags::WIDE_CHAR)
    }

    /// True of the second half of a wide character.
    pub(super) fn is_spacer(&self) -> bool {
        self.flags.contains(Flags::WIDE_CHAR_SPACER)
    }

    /// True if only what was before it tells a terminal where the cell is.
    pub(super) fn follows(&self) -> bool {
        self.flags.contains(FOLLOWS)
    }

    /// True if it is the same as another, and has nothing of what few cells have.
    pub(super) fn is_plainly(&self, other: &Cell) -> bool {
        (self.c, self.fg, self.bg) == (other.c, other.fg, other.bg)
            && (self.flags, self.attrs) == (other.flags, other.attrs)
            && self.extra.is_none()
            && other.extra.is_none()
    }

    /// True if it is as a cleared screen has it.
    pub(super) fn is_clear(&self) -> bool {
        self.c == ' '
            && (self.fg, self.bg, self.attrs) == (Color::DEFAULT, Color::DEFAULT, Attrs::default())
            && (self.flags - FOLLOWS).is_empty()
            && self.extra.is_none()
    }

    /// True if the same pen writes two cells, whatever their characters are.
    pub(super) fn same_look(&self, other: &Cell) -> bool {
        self.same_sgr(other) && self.attrs == other.attrs && self.link() == other.link()
    }

    /// True if nothing that SGR sets differs.
    pub(super) fn same_sgr(&self, other: &Cell) -> bool {
        self.fg == other.fg
            && self.bg == other.bg
            && self.attrs.seen() == other.attrs.seen()
            && self.underline() == other.underline()
    }

    pub(super) fn marks(&self) -> &str {
        self.extra.as_ref().map_or("", |extra| &extra.marks)
    }

    /// True if the marks are the same. Most cells have none, and an empty text is slow to compare: its bytes are
    /// nowhere, which a processor that compares by vectors finds out the hard way.
    pub(super) fn same_marks(&self, other: &Cell) -> bool {
        match (&self.extra, &other.extra) {
            (None, None) => true,
            _ => self.marks() == other.marks(),
        }
    }

    pub(super) fn underline(&self) -> Color {
        self.extra.as_ref().map_or(Color::DEFAULT, |extra| extra.underline)
    }

    pub(super) fn link(&self) -> Option<&Arc<Link>> {
        self.extra.as_ref()?.link.as_ref()
    }

    pub(super) fn push_mark(&mut self, mark: char) {
        let extra = self.extra.get_or_insert_default();
        if extra.marks.chars().count() < MAX_MARKS {
            Arc::make_mut(extra).marks.push(mark);
        }
    }

    pub(super) fn set_underline(&mut self, color: Color) {
        let link = self.link().cloned();
        self.set_extra(color, link);
    }

    pub(super) fn set_link(&mut self, link: Option<Arc<Link>>) {
        let underline = self.underline();
        self.set_extra(underline, link);
    }

    /// Turns an orphan half of a wide character into a space that looks like it.
    pub(super) fn clear_wide(&mut self) {
        self.flags.remove(Flags::WIDE_CHAR | Flags::WIDE_CHAR_SPACER);
        self.c = ' ';
        let (underline, link) = (self.underline(), self.link().cloned());
        self.set_extra(underline, link);
    }

    /// The cell as it is anywhere but at the end of a line that goes on.
    pub(super) fn alone(mut self) -> Cell {
        self.flags.remove(Flags::WRAPLINE | Flags::LEADING_WIDE_CHAR_SPACER);
        self
    }

    /// What is after this cell is another line.
    pub(super) fn end_line(&mut self) {
        self.flags.remove(Flags::WRAPLINE);
    }

    fn set_extra(&mut self, underline: Color, link: Option<Arc<Link>>) {
        let none = underline == Color::DEFAULT && link.is_none();
        self.extra = (!none).then(|| Arc::new(Extra { marks: String::new(), underline, link }));
    }
}

impl Default for Cell {
    #[inline]
    fn default() -> Cell {
        Cell {
            c: ' ',
            fg: Color::DEFAULT,
            bg: Color::DEFAULT,
            flags: Flags::empty(),
            attrs: Attrs::default(),
            extra: None,
        }
    }
}

impl ResetDiscriminant<Color> for Cell {
    fn discriminant(&self) -> Color {
        self.bg
    }
}

impl GridCell for Cell {
    /// True if nothing is lost when the cell is dropped from the end of a line.
    fn is_empty(&self) -> bool {
        let kept = Flags::WRAPLINE | Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER | CARRIED;
        self.c == ' '
            && self.bg == Color::DEFAULT
            && self.attrs == Attrs::default()
            && !self.flags.intersects(kept)
            && self.extra.is_none()
    }

    fn reset(&mut self, template: &Cell) {
        *self = Cell::blank(template.bg);
    }

    fn flags(&self) -> &Flags {
        &self.flags
    }

    fn flags_mut(&mut self) -> &mut Flags {
        &mut self.flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_small() {
        assert_eq!(size_of::<Cell>(), 24);
    }
}
