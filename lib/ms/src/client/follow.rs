//! To be told of a session's output without being a terminal on it. The output itself is read from the
//! ring; its file is written through a map, which inotify does not see, so the server rings. It will
//! never make the session wait, and never waits for a server itself.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use super::connect::Connection;
use msession::format::error::Result;
use msession::format::frame::{Hello, Request, ScreenReply, Type};
use msession::store::session::SessionDir;

/// A connection that hears doorbells.
#[derive(Debug)]
pub struct Follow {
    connection: Connection,
    rung: bool,
}

/// What was heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Nothing new.
    Nothing,
    /// There may be output that was not there before.
    Output,
    /// The screen that was asked for.
    Screen(ScreenReply),
    /// The session is over, or its server is: nothing more will be written.
    End,
}

impl Follow {
    /// Connects. Everything that is written from now on is heard of; what was written before is not.
    ///
    /// # Errors
    /// The session is over, or its server cannot be reached.
    pub fn open(session: &SessionDir) -> Result<Follow> {
        Follow::open_by(session, None)
    }

    /// As [`Follow::open`], by a deadline: connecting may take a while where many connect.
    ///
    /// # Errors
    /// Those of [`Follow::open`], and that the time is over.
    pub fn open_by(session: &SessionDir, deadline: Option<Instant>) -> Result<Follow> {
        let hello = Hello { follow: true, ..Hello::default() };
        Ok(Follow { connection: Connection::begin(session, &hello, deadline)?, rung: false })
    }

    /// Takes the next of what has come. After [`Heard::Output`] the caller reads the ring to its end and
    /// says so by [`Follow::answer`].
    pub fn take(&mut self) -> Heard {
        loop {
            let Ok(frame) = self.connection.recv_now() else { return Heard::End };
            let Some(frame) = frame else { return Heard::Nothing };
            match frame.kind {
                // Something may have been written before the server knew of us.
                Type::Welcome => return Heard::Output,
                Type::Doorbell => {
                    self.rung = true;
                    return Heard::Output;
                }
                Type::Reply => {
                    return Heard::Screen(self.connection.decode(&frame.payload).unwrap_or_default());
                }
                Type::Ended | Type::Refused => return Heard::End,
                _ => {}
            }
        }
    }

    /// Says that everything before `offset` was read: the server rings again for what comes after it.
    pub fn answer(&mut self, offset: u64) {
        if std::mem::take(&mut self.rung) {
            self.say(Type::Progress, &offset.to_le_bytes());
        }
    }

    /// Asks for the screen.
    pub fn ask_screen(&mut self) {
        self.connection.send_json(Type::Request, &Request::Screen);
        self.connection.flush();
    }

    fn say(&mut self, kind: Type, payload: &[u8]) {
        self.connection.send(kind, payload);
        // A server that is gone is heard of when its connection is read.
        self.connection.flush();
    }
}

impl AsFd for Follow {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}
