//! What a person typed and the server has no room for yet. It waits here, so that nothing else that the
//! client has to say ever waits behind it. Pure: bytes in, and what is to be sent now.

use std::collections::VecDeque;

use msession::format::frame::WINDOW;

/// Bytes that are sent at a time.
const PIECE: usize = 16 << 10;

/// Typed bytes that wait.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<u8>,
    /// Places among them of keys that the server was asked about: nothing from there on is sent before it
    /// has answered.
    urgent: VecDeque<usize>,
    /// Bytes that were sent.
    sent: u64,
    /// How many of them have left the server's queue, as far as it has told; none if it never tells.
    room: Option<u64>,
}

impl Outbox {
    /// For a server that tells how much it has room for, or does not.
    pub(super) fn new(tells: bool) -> Outbox {
        Outbox { room: tells.then_some(0), ..Outbox::default() }
    }

    /// Takes what was typed at once. A key that may have to come before all that waits is returned: then the
    /// server is to be asked about it.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Option<u8> {
        self.waiting.extend(bytes);
        let behind = self.may_send() < self.waiting.len();
        // Of what is read at once, such a key is the last: it was pressed after the rest.
        let key = *bytes.last().filter(|key| behind && is_control(**key))?;
        self.urgent.push_back(self.waiting.len() - 1);
        Some(key)
    }

    /// What is to be sent now.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        let count = self.may_send().min(PIECE);
        if count == 0 {
            return None;
        }
        self.urgent.iter_mut().for_each(|place| *place -= count);
        self.sent += count as u64;
        Some(self.waiting.drain(..count).collect())
    }

    /// Bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// So many of the bytes that were sent have left the server's queue.
    pub(super) fn made_room(&mut self, room: u64) {
        self.room = self.room.map(|before| before.max(room));
    }

    /// The server has looked at the first key that it was asked about: is it done with?
    pub(super) fn answered(&mut self, done: bool) {
        let Some(place) = self.urgent.pop_front() else { return };
        if done {
            self.waiting.remove(place);
            self.urgent.iter_mut().for_each(|place| *place -= 1);
        }
    }

    /// Drops what waits up to the first key that the server was asked about, with that key; without such a key,
    /// everything. Returns how many bytes went, not counting the key.
    pub(super) fn drop_first(&mut self) -> usize {
        let (count, keys) = match self.urgent.pop_front() {
            Some(place) => (place + 1, 1),
            None => (self.waiting.len(), 0),
        };
        self.waiting.drain(..count);
        self.urgent.iter_mut().for_each(|place| *place -= count);
        count - keys
    }

    fn may_send(&self) -> usize {
        let room = self.room.map_or(u64::MAX, |room| (room + WINDOW).saturating_sub(self.sent));
        let until = self.urgent.front().copied().unwrap_or(self.waiting.len());
        until.min(usize::try_from(room).unwrap_or(usize::MAX))
    }
}

/// Whether a terminal may have a meaning of its own for it: a control character that is no part of a text.
fn is_control(key: u8) -> bool {
    (key < b' ' || key == 0x7f) && !matches!(key, 0 | b'\t' | b'\n' | b'\r' | 0x1b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FULL: usize = WINDOW as usize;

    fn drain(outbox: &mut Outbox) -> Vec<u8> {
        std::iter::from_fn(|| outbox.next()).flatten().collect()
    }

    #[test]
    fn no_more_is_sent_than_there_is_room_for() {
        let mut outbox = Outbox::new(true);
        assert_eq!(outbox.push(&vec![b'x'; FULL + 1000]), None);
        assert_eq!((drain(&mut outbox).len(), outbox.len()), (FULL, 1000));
        outbox.made_room(10);
        assert_eq!((drain(&mut outbox).len(), outbox.len()), (10, 990));
        outbox.made_room(FULL as u64);
        assert_eq!((drain(&mut outbox).len(), outbox.len()), (990, 0));
        let mut old = Outbox::new(false);
        old.push(&vec![b'x'; 10 * FULL]);
        assert_eq!(old.push(b"\x03"), None, "a server that never tells is not asked");
        assert_eq!(drain(&mut old).len(), 10 * FULL + 1);
    }

    #[test]
    fn a_key_is_asked_about_only_where_others_wait_before_it() {
        let mut outbox = Outbox::new(true);
        assert_eq!(outbox.push(b"\x03"), None);
        drain(&mut outbox);
        outbox.push(&vec![b'x'; FULL + 10]);
        assert_eq!((outbox.push(b"abc"), outbox.push(b"\r")), (None, None));
        assert_eq!(outbox.push(b"d\x03"), Some(3));
        assert_eq!(outbox.push(b"\x1c"), Some(0x1c));
    }

    #[test]
    fn an_answer_keeps_the_key_or_takes_it_out_and_nothing_passes_it_before() {
        for (done, left) in [(false, &b"12\x0334"[..]), (true, b"1234")] {
            let mut outbox = Outbox::new(true);
            outbox.push(&vec![b'x'; FULL]);
            drain(&mut outbox);
            assert_eq!(outbox.push(b"12\x03"), Some(3));
            outbox.push(b"34");
            outbox.made_room(FULL as u64);
            assert_eq!(drain(&mut outbox), b"12");
            outbox.answered(done);
            assert_eq!([b"12".to_vec(), drain(&mut outbox)].concat(), left);
        }
    }

    #[test]
    fn what_was_typed_before_an_interrupt_goes_and_what_comes_after_stays() {
        let mut outbox = Outbox::new(true);
        outbox.push(&vec![b'x'; FULL + 5]);
        drain(&mut outbox);
        outbox.push(b"\x03");
        outbox.push(b"after\x03");
        assert_eq!(outbox.drop_first(), 5);
        outbox.made_room(FULL as u64);
        assert_eq!(drain(&mut outbox), b"after");
        outbox.answered(false);
        assert_eq!(drain(&mut outbox), b"\x03");
        outbox.push(b"all");
        assert_eq!((outbox.drop_first(), outbox.len()), (3, 0));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_out_of_order(
            typed in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40_000), 0..12),
        ) {
            let mut outbox = Outbox::new(true);
            let (mut asked, mut sent) = (0, Vec::new());
            for bytes in &typed {
                asked += usize::from(outbox.push(bytes).is_some());
                sent.extend(drain(&mut outbox));
                outbox.made_room(sent.len() as u64 / 2);
            }
            (0..asked).for_each(|_| outbox.answered(false));
            while outbox.len() > 0 {
                outbox.made_room(sent.len() as u64);
                sent.extend(drain(&mut outbox));
            }
            prop_assert_eq!(sent, typed.concat());
        }
    }
}
