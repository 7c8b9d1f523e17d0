//! What each escape sequence means: the table from its bytes to the operations of the model. It
//! answers no query (`answers` does, from what the scanner saw) and rings no bell.

use alacritty_terminal::vte::{Params, Perform};

use super::lines::Size;
use super::model::Model;
use super::{osc, sgr};

impl Perform for Model {
    fn print(&mut self, c: char) {
        // Text goes to `Model::text`; what is left is a character inside of a broken sequence.
        Model::print(self, c);
    }

    fn execute(&mut self, byte: u8) {
        self.control(byte);
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _bell_terminated: bool) {
        osc::apply(self, params);
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], ignore: bool, byte: u8) {
        if ignore {
            return;
        }
        if matches!((intermediates, byte), ([], b'6'..=b'9' | b'D' | b'E' | b'H' | b'M') | ([b'#'], _)) {
            self.last = None;
        }
        match (intermediates, byte) {
            ([], b'6') => self.back_index(),
            ([], b'7') => self.save_cursor(),
            ([], b'8') => self.restore_cursor(),
            ([], b'9') => self.forward_index(),
            ([], b'=') => self.modes.keypad = true,
            ([], b'>') => self.modes.keypad = false,
            ([], b'D') => self.index(),
            ([], b'E') => {
                self.index();
                self.carriage_return();
            }
            ([], b'H') => self.set_tab(),
            ([], b'M') => self.reverse_index(),
            ([], b'N') => self.charsets.single = Some(2),
            ([], b'O') => self.charsets.single = Some(3),
            ([], b'V') => self.guard(true),
            ([], b'W') => self.guard(false),
            ([], b'c') => self.reset(),
            ([], b'n') => self.charsets.shift(2),
            ([], b'o') => self.charsets.shift(3),
            ([b'#'], b'3'..=b'6') => self.size_line(Size::of(byte)),
            ([b'#'], b'8') => self.align(),
            ([set @ b'('..=b'+'], charset) => {
                self.charsets.drawing[usize::from(set - b'(')] = matches!(charset, b'0' | b'2');
            }
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        if ignore {
            return;
        }
        match intermediates {
            [] => self.csi(params, action),
            [b'?'] => self.csi_private(params, action),
            [b'>'] => self.csi_greater(params, action),
            [b'='] if action == 'u' => {
                let (alt, how) = (self.alt, nth(params, 1).max(1));
                self.keyboard.set(alt, nth(params, 0) as u8, how);
            }
            [b'<'] if action == 'u' => self.keyboard.pop(self.alt, count(params)),
            [b'!'] if action == 'p' => self.soft_reset(),
            [b' '] if action == 'q' && nth(params, 0) <= 6 => {
                self.modes.cursor_style = nth(params, 0) as u8;
            }
            [b'"'] if action == 'q' => self.protect(nth(params, 0)),
            [b'*'] if action == 'x' => self.modes.rectangle = nth(params, 0) == 2,
            [b' ' | b'\''] => self.columns(params, intermediates[0], action),
            [b'$'] => self.rectangle(params, action),
            _ => {}
        }
    }
}

/// A parameter, 0 if it was left out.
fn nth(params: &Params, index: usize) -> u16 {
    params.iter().nth(index).map_or(0, |param| param[0])
}

/// The first parameter as a count, which is at least 1.
fn count(params: &Params) -> usize {
    usize::from(nth(params, 0).max(1))
}

impl Model {
    fn csi(&mut self, params: &Params, action: char) {
        let count = count(params);
        // REP repeats a character that stands right before it; a new look or mode may come between.
        if !matches!(action, 'b' | 'h' | 'l' | 'm' | 't') {
            self.last = None;
        }
        match action {
            '@' => self.insert_cells(count),
            'A' => self.up(count),
            'B' => self.down(count),
            'C' => self.move_on(|model| model.right(count)),
            'D' => self.move_on(|model| model.left(count)),
            'E' => {
                self.down(count);
                self.carriage_return();
            }
            'F' => {
                self.up(count);
                self.carriage_return();
            }
            'G' | '`' => self.goto_col(count - 1),
            'H' | 'f' => self.goto(count - 1, usize::from(nth(params, 1).max(1)) - 1),
            'I' => self.tab(count),
            'J' => self.erase_display(nth(params, 0), false),
            'K' => self.erase_line(nth(params, 0), false),
            'L' => self.insert_lines(count),
            'M' => self.delete_lines(count),
            'P' => self.delete_cells(count),
            'S' => self.scroll_off(count),
            // More parameters are xterm's highlight tracking.
            'T' if params.len() <= 1 => self.scroll_down(self.region.start, count),
            'X' => self.erase_cells(count),
            'Z' => self.back_tab(count),
            'a' => self.move_on(|model| model.right_past_margins(count)),
            'b' => self.repeat(count),
            'd' => self.goto_row(count - 1),
            'e' => self.down_past_region(count),
            'g' => self.clear_tabs(nth(params, 0)),
            'h' => self.set_modes(params, true),
            'l' => self.set_modes(params, false),
            'm' => sgr::apply(self.pen(), params),
            'r' => {
                let bottom = match nth(params, 1) {
                    0 => self.rows,
                    bottom => usize::from(bottom),
                };
                self.set_region(count - 1, bottom);
            }
            's' if !self.modes.is_on(69) => self.save_cursor(),
            's' => {
                let right = match nth(params, 1) {
                    0 => self.cols,
                    right => usize::from(right),
                };
                self.set_margins(count - 1, right);
            }
            't' => match nth(params, 0) {
                22 => self.titles.push(),
                23 => self.titles.pop(nth(params, 1)),
                _ => {}
            },
            'u' => self.restore_cursor(),
            _ => {}
        }
    }

    fn csi_private(&mut self, params: &Params, action: char) {
        let modes = params.iter().map(|param| param[0]);
        if matches!(action, 'J' | 'K') {
            self.last = None;
        }
        match action {
            'h' => modes.for_each(|mode| self.set_private(mode, true)),
            'l' => modes.for_each(|mode| self.set_private(mode, false)),
            's' => modes.for_each(|mode| self.modes.save(mode)),
            'r' => modes.for_each(|mode| {
                if let Some(on) = self.modes.saved(mode) {
                    self.set_private(mode, on);
                }
            }),
            'J' => self.erase_display(nth(params, 0), true),
            'K' => self.erase_line(nth(params, 0), true),
            'W' if nth(params, 0) == 5 => self.default_tabs(),
            _ => {}
        }
    }

    fn columns(&mut self, params: &Params, intermediate: u8, action: char) {
        let count = count(params);
        self.last = None;
        match (intermediate, action) {
            (b' ', '@') => self.scroll_left(count),
            (b' ', 'A') => self.scroll_right(count),
            (b'\'', '}') => self.insert_columns(count),
            (b'\'', '~') => self.delete_columns(count),
            _ => {}
        }
    }

    fn rectangle(&mut self, params: &Params, action: char) {
        self.last = None;
        match action {
            'r' => self.mark_rect(params, false),
            't' => self.mark_rect(params, true),
            'v' => self.copy_rect(params),
            'x' => self.fill_rect(params),
            'z' => self.erase_rect(params),
            '{' => self.wipe_rect(params),
            _ => {}
        }
    }

    fn csi_greater(&mut self, params: &Params, action: char) {
        match (action, nth(params, 0)) {
            ('m', 4) => self.keyboard.modify_other = nth(params, 1).min(3) as u8,
            ('m', 0) if params.len() <= 1 => self.keyboard.modify_other = 0,
            ('n', 4) => self.keyboard.modify_other = 0,
            ('u', flags) => self.keyboard.push(self.alt, flags as u8),
            _ => {}
        }
    }

    fn set_modes(&mut self, params: &Params, on: bool) {
        for param in params.iter() {
            match param[0] {
                4 => self.modes.insert = on,
                20 => self.modes.newline = on,
                _ => {}
            }
        }
    }

    fn set_private(&mut self, mode: u16, on: bool) {
        if matches!(mode, 3 | 6 | 47 | 69 | 1047..=1049) {
            self.last = None;
        }
        match mode {
            3 => self.columns_mode(),
            6 => {
                self.modes.origin = on;
                self.goto(0, 0);
            }
            69 => self.allow_margins(on),
            47 | 1047 | 1049 => self.switch_screen(mode, on),
            1048 if on => self.save_cursor(),
            1048 => self.restore_cursor(),
            _ => self.modes.set(mode, on),
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
