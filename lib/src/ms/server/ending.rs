//! The end of a session: what the program still wrote is taken, the record and the output are saved, the
//! name is given up, clients and watchers are told, the directory goes. In this order, so that nothing is
//! ever missing in between, and whoever has heard of the end finds the name free.

use std::time::Duration;

use super::Server;
use crate::platform::time::Time;
use crate::session::format::error::Result;
use crate::session::format::frame::{Ended, Type};
use crate::session::format::status::Exit;
use crate::session::store::burial;
use crate::session::store::faults;
use crate::session::store::history::{History, keep};
use crate::session::store::session::file;

/// Clients that do not take their last bytes within this are left behind, however many they are.
const LAST_BYTES: Duration = Duration::from_millis(200);

impl Server {
    /// Ends the session after its program has ended.
    pub(super) fn end(mut self) -> Result<()> {
        let effects = self.signaller.let_go();
        self.signal(effects);
        self.terminal.program_ended();
        self.drain();
        self.mend_ring();
        if self.home.session().lacks(file::OUTPUT) {
            let _ = self.home.renew_output(&mut self.ring);
        }
        self.ring_doorbells();
        let effects = self.status.completed(self.signaller.exit().unwrap_or(Exit::LOST), Time::now());
        self.carry_out(effects);
        self.record.name = self.home.name();
        let saved = self.save();
        if let Err(error) = &saved {
            self.status.warn(format!("not saved: {error}"));
        }
        // What could not be saved stays where it is: the next tool that sees it tries again.
        let hidden = saved.and_then(|()| self.home.hide());
        let _ = self.home.session().write_status(self.status.record());
        faults::step("end.tell")?;
        self.tell_clients();
        self.home.clear(&hidden?, &self.record.id)?;
        // Nobody waits for this server any more: its connections and its lock go first.
        burial::keep_limits(&self.let_all_go(), keep::A_WHILE);
        Ok(())
    }

    /// Everything but the history.
    fn let_all_go(self) -> History {
        self.history
    }

    /// The ring is saved from its own file, which may have lost its name.
    fn save(&mut self) -> Result<()> {
        self.renew_history();
        let (record, status) = (&self.record, self.status.record());
        burial::save(&self.history, self.home.session(), Some(self.ring.file()?), record, status)
    }

    /// Takes what is still in the terminal's buffer: the program cannot add to it any more.
    fn drain(&mut self) {
        for client in &mut self.clients.list {
            client.lagging = true;
        }
        let mut before = None;
        while self.terminal.master().is_some() && before != Some(self.ring.written()) {
            before = Some(self.ring.written());
            self.take_output();
        }
    }

    fn tell_clients(&mut self) {
        let status = self.status.record().clone();
        let ended = Ended { exit: status.exit.unwrap_or(Exit::LOST), status };
        for client in &mut self.clients.list {
            client.send_json(Type::Ended, &ended);
        }
        self.clients.flush_within(LAST_BYTES);
    }
}
