//! The end of a session: what the program still wrote is taken, the record and the output are saved, the
//! name is given up, clients and watchers are told, the directory goes. In this order, so that nothing is
//! ever missing in between, and whoever has heard of the end finds the name free.

use std::time::Duration;

use super::Server;
use crate::server::now;
use crate::server::on::End;
use ms_platform::time::Time;
use msession::format::error::Result;
use msession::format::frame::{Ended, Type};
use msession::format::status::Exit;
use msession::store::faults;
use msession::store::finalize;
use msession::store::history::{History, keep};
use msession::store::session::file;

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
        if self.dir.session().lacks(file::OUTPUT) {
            let _ = self.dir.renew_output(self.intake.ring_mut());
        }
        self.clients.ring_doorbells(self.intake.written(), now());
        let attended = self.clients.attendance().typists;
        let effects = self.status.completed(self.signaller.exit().unwrap_or(Exit::LOST), Time::now());
        self.follow_status(effects);
        self.record.name = self.dir.name();
        let saved = self.save();
        if let Err(error) = &saved {
            self.status.warn(format!("not saved: {error}"));
        }
        // What could not be saved stays where it is: the next tool that sees it tries again.
        let hidden = saved.and_then(|()| self.dir.hide());
        let _ = self.dir.session().write_status(self.status.record());
        faults::step("end.tell")?;
        self.tell_clients();
        let cleared = hidden.and_then(|hidden| self.dir.clear(&hidden, &self.record.id));
        self.run_last(attended);
        cleared?;
        // Nobody waits for this server any more: its connections and its lock go first.
        let history = self.let_all_go();
        finalize::keep_limits(&history, keep::A_WHILE);
        Ok(())
    }

    /// Begins what is to be run at a session's end; nobody waits for it.
    fn run_last(&mut self, attended: bool) {
        let end = End {
            record: &self.record,
            status: self.status.record(),
            history: self.history.history(),
            is_no_news: attended || self.status.was_ended_on_purpose(),
        };
        self.on.session_ended(&end);
    }

    /// Everything but the history.
    fn let_all_go(self) -> History {
        self.history.into_history()
    }

    /// The ring is saved from its own file, which may have lost its name.
    fn save(&mut self) -> Result<()> {
        self.history.renew();
        let (record, status) = (&self.record, self.status.record());
        let output = self.intake.ring().file()?;
        finalize::save(self.history.history(), self.dir.session(), Some(output), record, status)
    }

    /// Takes what is still in the terminal's buffer: the program cannot add to it any more.
    fn drain(&mut self) {
        for client in &mut self.clients.list {
            client.lagging = true;
        }
        let mut before = None;
        while self.terminal.master().is_some() && before != Some(self.intake.written()) {
            before = Some(self.intake.written());
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
