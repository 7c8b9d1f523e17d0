//! What each escape sequence means: the table from its bytes to the operations of the model. It
//! answers no query (`answers` does, from what the scanner saw) and rings no bell.

use crate::modes::terminal_modes::{ModeOwner, TerminalModes};
use crate::tokens::{Csi, Params};

use super::lines::Size;
use super::model::Model;
use super::sgr;

impl Model {
    /// A sequence that is neither a control sequence nor a string: what follows its ESC.
    pub(super) fn escape(&mut self, body: &[u8]) {
        if matches!(body, [b'6'..=b'9' | b'D' | b'E' | b'H' | b'M'] | [b'#', _]) {
            self.last = None;
        }
        match body {
            b"6" => self.back_index(),
            b"7" => self.save_cursor(),
            b"8" => self.restore_cursor(),
            b"9" => self.forward_index(),
            b"=" | b">" => self.modes.set(66, body == b"="),
            b"D" => self.index(),
            b"E" => {
                self.index();
                self.carriage_return();
            }
            b"H" => self.set_tab(),
            b"M" => self.reverse_index(),
            b"N" => self.charsets.single = Some(2),
            b"O" => self.charsets.single = Some(3),
            b"V" => self.guard(true),
            b"W" => self.guard(false),
            b"c" => self.reset(),
            b"n" => self.charsets.shift(2),
            b"o" => self.charsets.shift(3),
            [b'#', size @ b'3'..=b'6'] => self.size_line(Size::of(*size)),
            b"#8" => self.align(),
            [set @ b'('..=b'+', charset] => {
                self.charsets.drawing[usize::from(set - b'(')] = matches!(charset, b'0' | b'2');
            }
            _ => {}
        }
    }

    /// A control sequence.
    pub(super) fn csi(&mut self, csi: &Csi<'_>) {
        let (params, action) = (&csi.params, csi.action);
        match (csi.prefix, csi.intermediates) {
            (0, []) if !matches!(action, b'h' | b'l') => self.plain_csi(params, action),
            (b'?', []) if matches!(action, b'J' | b'K' | b'W') => self.csi_private(params, action),
            _ if self.apply_modes(csi) => {}
            (0, b"!") if action == b'p' => self.soft_reset(),
            (0, b"\"") if action == b'q' => self.protect(params.get(0)),
            (0, [between @ (b' ' | b'\'')]) => self.columns(params, *between, action),
            (0, b"$") => self.rectangle(params, action),
            _ => {}
        }
    }
}

/// The first parameter as a count, which is at least 1.
fn count(params: &Params) -> usize {
    usize::from(params.get(0).max(1))
}

impl Model {
    fn plain_csi(&mut self, params: &Params, action: u8) {
        let count = count(params);
        // REP repeats a character that stands right before it; a new look or mode may come between.
        if !matches!(action, b'b' | b'm' | b't') {
            self.last = None;
        }
        match action {
            b'@' => self.insert_cells(count),
            b'A' => self.up(count),
            b'B' => self.down(count),
            b'C' => self.move_on(|model| model.right(count)),
            b'D' => self.move_on(|model| model.left(count)),
            b'E' => {
                self.down(count);
                self.carriage_return();
            }
            b'F' => {
                self.up(count);
                self.carriage_return();
            }
            b'G' | b'`' => self.goto_col(count - 1),
            b'H' | b'f' => self.goto(count - 1, usize::from(params.get(1).max(1)) - 1),
            b'I' => self.tab(count),
            b'J' => self.erase_display(params.get(0), false),
            b'K' => self.erase_line(params.get(0), false),
            b'L' => self.insert_lines(count),
            b'M' => self.delete_lines(count),
            b'P' => self.delete_cells(count),
            b'S' => self.scroll_off(count),
            // More parameters are xterm's highlight tracking.
            b'T' if params.count() <= 1 => self.scroll_down(self.region.start, count),
            b'X' => self.erase_cells(count),
            b'Z' => self.back_tab(count),
            b'a' => self.move_on(|model| model.right_past_margins(count)),
            b'b' => self.repeat(count),
            b'd' => self.goto_row(count - 1),
            b'e' => self.down_past_region(count),
            b'g' => self.clear_tabs(params.get(0)),
            b'm' => sgr::apply(self.pen(), params),
            b'r' => {
                let bottom = match params.get(1) {
                    0 => self.rows,
                    bottom => usize::from(bottom),
                };
                self.set_region(count - 1, bottom);
            }
            b's' if !self.modes.is_on(69) => self.save_cursor(),
            b's' => {
                let right = match params.get(1) {
                    0 => self.cols,
                    right => usize::from(right),
                };
                self.set_margins(count - 1, right);
            }
            b't' => match params.get(0) {
                22 => self.titles.push(),
                23 => self.titles.pop(params.get(1)),
                _ => {}
            },
            b'u' => self.restore_cursor(),
            _ => {}
        }
    }

    fn csi_private(&mut self, params: &Params, action: u8) {
        if matches!(action, b'J' | b'K') {
            self.last = None;
        }
        match action {
            b'J' => self.erase_display(params.get(0), true),
            b'K' => self.erase_line(params.get(0), true),
            b'W' if params.get(0) == 5 => self.default_tabs(),
            _ => {}
        }
    }

    fn columns(&mut self, params: &Params, intermediate: u8, action: u8) {
        let count = count(params);
        self.last = None;
        match (intermediate, action) {
            (b' ', b'@') => self.scroll_left(count),
            (b' ', b'A') => self.scroll_right(count),
            (b'\'', b'}') => self.insert_columns(count),
            (b'\'', b'~') => self.delete_columns(count),
            _ => {}
        }
    }

    fn rectangle(&mut self, params: &Params, action: u8) {
        self.last = None;
        match action {
            b'r' => self.mark_rect(params, false),
            b't' => self.mark_rect(params, true),
            b'v' => self.copy_rect(params),
            b'x' => self.fill_rect(params),
            b'z' => self.erase_rect(params),
            b'{' => self.wipe_rect(params),
            _ => {}
        }
    }

    /// DECCOLM: the width stays, its side effects happen.
    fn columns_mode(&mut self) {
        self.region = 0..self.rows;
        self.free_margins();
        self.erase_rows(0..self.rows);
        self.goto(0, 0);
    }

    /// The four ways to the alternate screen and back, as xterm has them.
    fn switch_screen(&mut self, mode: u16, on: bool) {
        match (mode, on) {
            (1049, true) => {
                self.save_cursor();
                self.show_alternate();
                self.erase_rows(0..self.rows);
                self.forget_wrap();
            }
            (1049, false) => {
                self.leave_alternate();
                self.restore_cursor();
            }
            (1047, false) if self.alt => {
                self.erase_display(2, false);
                self.show_primary();
            }
            (_, true) => self.show_alternate(),
            (_, false) => self.show_primary(),
        }
    }
}

impl ModeOwner for Model {
    fn modes(&mut self) -> &mut TerminalModes {
        &mut self.modes
    }

    fn is_on_alternate(&self) -> bool {
        self.alt
    }

    fn set_private(&mut self, mode: u16, on: bool) {
        if matches!(mode, 3 | 6 | 47 | 69 | 1047..=1049) {
            self.last = None;
        }
        match mode {
            3 => self.columns_mode(),
            6 => {
                self.modes.set(6, on);
                self.goto(0, 0);
            }
            69 => self.allow_margins(on),
            47 | 1047 | 1049 => self.switch_screen(mode, on),
            1048 if on => self.save_cursor(),
            1048 => self.restore_cursor(),
            _ => self.modes.set(mode, on),
        }
    }
}
