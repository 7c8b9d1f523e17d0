//! To be told of a session's output without being a terminal on it. The output itself is read from the
//! ring; its file is written through a map, which inotify does not see, so the server rings. It will
//! never make the session wait, and never waits for a server itself.

use std::os::fd::{AsFd, BorrowedFd};

use super::connect::Connection;
use crate::error::Result;
use crate::frame::{self, Hello, Type};
use crate::session::SessionDir;

/// A connection that hears doorbells.
#[derive(Debug)]
pub struct Follow {
    connection: Connection,
    rung: bool,
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing new.
    Nothing,
    /// There may be output that was not there before.
    Output,
    /// The session is over, or its server is: nothing more will be written.
    End,
}

impl Follow {
    /// Connects. Everything that is written from now on is heard of; what was written before is not.
    pub fn open(session: &SessionDir) -> Result<Follow> {
        let hello = Hello { follow: true, ..Hello::default() };
        Ok(Follow { connection: Connection::begin(session, &hello)?, rung: false })
    }

    /// Takes what has come. After [`Heard::Output`] the caller reads the ring to its end and says so by
    /// [`Follow::answer`].
    pub fn take(&mut self) -> Heard {
        let mut heard = Heard::Nothing;
        loop {
            match self.connection.recv_now() {
                Ok(None) => return heard,
                // The welcome too: something may have been written before the server knew of us.
                Ok(Some(frame)) if matches!(frame.kind, Type::Doorbell | Type::Welcome) => {
                    self.rung |= frame.kind == Type::Doorbell;
                    heard = Heard::Output;
                }
                Ok(Some(frame)) if matches!(frame.kind, Type::Ended | Type::Refused) => return Heard::End,
                Ok(Some(_)) => {}
                Err(_) => return Heard::End,
            }
        }
    }

    /// Says that everything before `offset` was read: the server rings again for what comes after it.
    pub fn answer(&mut self, offset: u64) {
        if std::mem::take(&mut self.rung) {
            self.connection.send(frame::Type::Progress, &offset.to_le_bytes());
            // A server that is gone is heard of when its connection is read.
            let _ = self.connection.flush();
        }
    }
}

impl AsFd for Follow {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}
