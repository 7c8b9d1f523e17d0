//! From the queue into the program's terminal, and the word to scripts that all of theirs was taken.

use super::Server;
use crate::platform::time::Time;
use crate::session::format::error::Error;
use crate::session::format::frame::Type;
use crate::terminal::keyboard::line::Line;

impl Server {
    /// Writes what the terminal takes now.
    pub(super) fn type_input(&mut self) {
        let Some(master) = self.terminal.master() else { return self.lose_input() };
        // EIO: the program's side is gone; its end is on the way.
        if self.input.write_to(master).is_ok_and(|count| count > 0) {
            self.status.terminal_took(super::now());
        }
        let written = self.ring.written();
        let receipts = self.input.receipts();
        if !receipts.is_empty() {
            self.status.script_done(Time::now());
        }
        for id in receipts {
            if let Some(client) = self.clients.get(id) {
                client.send_taken(written);
            }
        }
        let input = &self.input;
        self.clients.list.iter_mut().for_each(|client| client.tell_room(input.share(client.id)));
    }

    /// Nobody will ever read what waits.
    fn lose_input(&mut self) {
        if !self.input.is_empty() {
            self.drop_input("the program has let go of its terminal");
        }
    }

    /// Drops what waits to be typed, and tells those whose it was; returns how many bytes that were.
    pub(super) fn drop_input(&mut self, why: &str) -> usize {
        let (total, name) = (self.input.len(), self.home.name());
        let dropped = self.input.drop_all();
        for client in &mut self.clients.list {
            let of = dropped.get(&client.id).copied().unwrap_or_default();
            if of.receipt {
                let bytes = of.bytes;
                client.refuse(&Error::Refused(format!("{name}: {bytes} bytes were not typed: {why}")));
            } else if client.counts_typed() {
                client.send(Type::Dropped, &(of.bytes as u64).to_le_bytes());
            }
        }
        self.line = Line::default();
        total
    }
}
