//! From the queue into the program's terminal, and the word to scripts that all of theirs was taken.

use super::Server;
use crate::frame::Type;
use crate::time::Time;

impl Server {
    /// Writes what the terminal takes now.
    pub(super) fn type_input(&mut self) {
        let Some(master) = &self.master else { return };
        // EIO: the program's side is gone; its end is on the way.
        if self.input.write_to(master).is_ok_and(|count| count > 0)
            && let Some(answer) = &mut self.answer
        {
            answer.typed = super::now();
        }
        let written = self.ring.written();
        let receipts = self.input.receipts();
        if !receipts.is_empty() {
            self.publisher.record.sent_at = Some(Time::now());
            self.publisher.urgent();
        }
        for id in receipts {
            if let Some(client) = self.clients.get(id) {
                client.send(Type::Taken, &written.to_le_bytes());
            }
        }
    }

    /// Writes `status.json` if that is due. A full disk must not end the session: it is tried again
    /// with the next change.
    pub(super) fn publish(&mut self) {
        if self.ring.shortened() && self.publisher.record.warning.is_none() {
            self.publisher.record.warning =
                Some("no room left: less output is kept than was asked for".into());
            self.publisher.urgent();
        }
        let _ = self.publisher.write_if_due(self.home.session(), super::now());
    }
}
