//! What is run outside a terminal: told of the status, and what comes of it taken over.

use super::Server;
use crate::server::now;

impl Server {
    /// Takes over how a command ended, if one has, and begins the next. The files say already what it is told.
    pub(super) fn run_outside(&mut self, ended: bool) {
        if ended && let Some((occasion, ended)) = self.on.ended() {
            self.status.command_ended(occasion, ended);
        }
        self.on.notice(&self.record, || self.dir.name(), self.status.record(), now());
        match self.on.start() {
            Some(Ok(runner)) => self.judge.leave_out(runner.as_raw()),
            Some(Err((occasion, error))) => self.status.command_ended(occasion, Err(error.to_string())),
            None => {}
        }
    }
}
