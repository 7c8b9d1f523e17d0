//! Cuts what a terminal sends into pieces: single bytes, escape sequences, the inside of a bracketed
//! paste. It knows where a piece ends, wherever a read was cut, and nothing of what a piece means.

/// The byte that begins every sequence.
pub const ESC: u8 = 0x1b;
/// What ends an operating system command beside `ESC \`.
const BEL: u8 = 7;
/// What ends a bracketed paste (xterm, "Bracketed Paste Mode").
const PASTE_END: &[u8] = b"\x1b[201~";
/// Longer control sequences are no keys; they are let go.
const LONGEST: usize = 128;

/// A piece of input, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A byte outside of any sequence.
    Byte(u8),
    /// ESC with nothing that belongs to it.
    Escape,
    /// ESC and one printable byte: a key with Alt.
    Alt(&'a [u8]),
    /// `ESC O` and one byte.
    Ss3(&'a [u8]),
    /// `ESC [` up to its final byte.
    Csi(&'a [u8]),
    /// A control sequence that was broken off.
    Broken(&'a [u8]),
    /// A byte of a bracketed paste, and whether it may belong to the end marker.
    Paste(u8, bool),
    /// Bytes of a string that the terminal sends by itself: an answer (`ESC ]`, `ESC P`, `ESC _`).
    Answer(&'a [u8]),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum InputState {
    #[default]
    Ground,
    Escape,
    Ss3,
    Csi,
    /// In an answer.
    Answer,
    /// After ESC in an answer.
    AnswerEscape,
    /// In a paste, after so many bytes of its end marker.
    Paste(usize),
}

/// The cutter; keeps the beginning of a sequence that is not whole.
#[derive(Clone, Debug, Default)]
pub struct Splitter {
    state: InputState,
    held: Vec<u8>,
}

impl Splitter {
    /// Takes one byte and gives the pieces that it ends to `emit`: at most two, when it breaks a sequence off.
    pub fn step(&mut self, byte: u8, emit: &mut dyn FnMut(Piece<'_>)) {
        match (self.state, byte) {
            (InputState::Ground, ESC) => self.begin(),
            (InputState::Ground, _) => emit(Piece::Byte(byte)),
            (InputState::Paste(matched), _) => {
                self.state = after_paste_byte(matched, byte);
                emit(Piece::Paste(byte, self.state != InputState::Paste(0)));
            }
            (InputState::Answer, ESC) => self.enter(InputState::AnswerEscape, byte),
            (InputState::Answer, 0x20.. | BEL) => {
                emit(Piece::Answer(&[byte]));
                self.state = if byte == BEL { InputState::Ground } else { InputState::Answer };
            }
            (InputState::AnswerEscape, b'\\') => self.finish(byte, |held| emit(Piece::Answer(held))),
            (InputState::AnswerEscape, _) => {
                self.state = InputState::Escape;
                self.step(byte, emit);
            }
            (InputState::Escape, b'[') => self.enter(InputState::Csi, byte),
            (InputState::Escape, b'O') => self.enter(InputState::Ss3, byte),
            (InputState::Escape, b']' | b'P' | b'_') => {
                self.finish(byte, |held| emit(Piece::Answer(held)));
                self.state = InputState::Answer;
            }
            (InputState::Escape, 0x20..=0x7e) => self.finish(byte, |held| emit(Piece::Alt(held))),
            (InputState::Ss3, 0x20..=0x7e) => self.finish(byte, |held| emit(Piece::Ss3(held))),
            (InputState::Csi, 0x20..=0x3f) if self.held.len() < LONGEST => self.held.push(byte),
            (InputState::Csi, 0x40..=0x7e) => self.finish_csi(byte, emit),
            _ => self.break_off(byte, emit),
        }
    }

    /// The bytes of a sequence that is not whole yet.
    pub fn held(&self) -> &[u8] {
        &self.held
    }

    /// Whether only the ESC of a sequence is there.
    pub fn holds_escape_alone(&self) -> bool {
        matches!(self.state, InputState::Escape | InputState::AnswerEscape)
    }

    /// Takes a lone ESC for the key of that name.
    pub fn give_up_escape(&mut self) -> bool {
        let alone = self.holds_escape_alone();
        if alone {
            self.reset();
        }
        alone
    }

    fn begin(&mut self) {
        self.held.clear();
        self.enter(InputState::Escape, ESC);
    }

    fn enter(&mut self, state: InputState, byte: u8) {
        self.held.push(byte);
        self.state = state;
    }

    fn reset(&mut self) {
        self.held.clear();
        self.state = InputState::Ground;
    }

    fn finish(&mut self, byte: u8, emit: impl FnOnce(&[u8])) {
        self.held.push(byte);
        emit(&self.held);
        self.reset();
    }

    fn finish_csi(&mut self, byte: u8, emit: &mut dyn FnMut(Piece<'_>)) {
        let mut paste = false;
        self.finish(byte, |held| {
            paste = held == b"\x1b[200~";
            emit(Piece::Csi(held));
        });
        if paste {
            self.state = InputState::Paste(0);
        }
    }

    /// The held bytes are no sequence; `byte` begins something of its own.
    fn break_off(&mut self, byte: u8, emit: &mut dyn FnMut(Piece<'_>)) {
        match self.state {
            InputState::Escape => emit(Piece::Escape),
            InputState::Ss3 | InputState::Csi => emit(Piece::Broken(&self.held)),
            _ => {}
        }
        self.reset();
        match byte {
            ESC => self.begin(),
            _ => emit(Piece::Byte(byte)),
        }
    }
}

fn after_paste_byte(matched: usize, byte: u8) -> InputState {
    match matched {
        _ if byte != PASTE_END[matched] => InputState::Paste(usize::from(byte == ESC)),
        _ if matched + 1 == PASTE_END.len() => InputState::Ground,
        _ => InputState::Paste(matched + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(bytes: &[u8]) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut all = Vec::new();
        bytes.iter().for_each(|&b| splitter.step(b, &mut |piece| all.push(format!("{piece:?}"))));
        all
    }

    #[test]
    fn sequences_are_whole_pieces() {
        let shown = pieces(b"a\x1b[1;5A\x1bOP\x1bx");
        let want = [Piece::Byte(b'a'), Piece::Csi(b"\x1b[1;5A"), Piece::Ss3(b"\x1bOP"), Piece::Alt(b"\x1bx")];
        assert_eq!(shown, want.map(|p| format!("{p:?}")));
    }

    #[test]
    fn a_control_character_breaks_a_sequence_off() {
        let want = [Piece::Escape, Piece::Byte(0x1c), Piece::Broken(b"\x1b[9"), Piece::Byte(0x1c)];
        assert_eq!(pieces(b"\x1b\x1c\x1b[9\x1c"), want.map(|p| format!("{p:?}")));
    }

    #[test]
    fn an_answer_is_passed_over_and_ends_at_any_control_character() {
        for answer in [&b"\x1b]11;rgb:0/0/0\x07"[..], b"\x1bP>|x\x1b\\", b"\x1b_Gi=1;OK\x1b\\"] {
            let shown = pieces(&[answer, b"d"].concat());
            let (last, answer) = shown.split_last().unwrap();
            assert!(answer.iter().all(|p| p.starts_with("Answer")), "{answer:?}");
            assert_eq!(last, "Byte(100)");
        }
        assert_eq!(pieces(b"\x1b]\x1c").last().unwrap(), "Byte(28)");
        assert_eq!(pieces(b"\x1b]1\x1b[A").last().unwrap(), &format!("{:?}", Piece::Csi(b"\x1b[A")));
    }

    #[test]
    fn a_paste_lasts_until_its_end_marker() {
        let shown = pieces(b"\x1b[200~\x1b\x1b[201\x1b[201~z");
        assert_eq!(shown.len(), 1 + 12 + 1);
        assert_eq!(shown[13], format!("{:?}", Piece::Byte(b'z')));
    }

    #[test]
    fn an_endless_sequence_is_let_go() {
        let mut endless = b"\x1b[".to_vec();
        endless.extend([b'1'; 1000]);
        let mut splitter = Splitter::default();
        endless.iter().for_each(|&b| splitter.step(b, &mut |_| ()));
        assert!(splitter.held().is_empty());
    }
}
