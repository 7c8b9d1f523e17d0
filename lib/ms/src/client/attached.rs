//! The session that the terminal is on: its connection and its ring. It knows in which order frames
//! come and turns them into events; what becomes of those is the loop's business.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::env;
use std::os::fd::{AsFd, BorrowedFd};

use super::connect::{Connection, Frame, refusal};
use super::outbox::Outbox;
use super::paint::Paint;
use super::relay::{Effect, Source};
use super::replay::{self, Stretch};
use msession::format::error::{Error, Result};
use msession::format::frame::{
    self, ENVIRONMENT, Ended, Goto, Hello, Request, Role, ScreenReply, Type, Welcome,
};
use msession::format::session_name::SessionName;
use msession::format::status::StatusRecord;
use msession::query::elsewhere;
use msession::store::ring;
use msession::store::session::{Runtime, SessionDir, file};

/// What a server said.
#[derive(Debug)]
pub(crate) enum ServerEvent {
    /// There is output.
    Output,
    /// A screen, whole.
    Painted(Paint),
    /// A screen as text.
    Screen(ScreenReply),
    /// The program ended.
    Ended(Box<Ended>),
    /// The terminal is to go to another session.
    Goto(String),
    /// So many bytes of what was typed were dropped.
    Dropped(u64),
    /// The session's terminal has a size, perhaps another than before.
    Size,
}

/// How to be on a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttachOptions {
    /// Only look.
    pub(crate) read_only: bool,
    /// Have the screen painted first.
    pub(crate) paint: bool,
    /// Columns and rows of the terminal.
    pub(crate) size: (u16, u16),
}

/// A session with a terminal on it.
#[derive(Debug)]
pub(crate) struct Attached {
    session: SessionDir,
    connection: Connection,
    ring: ring::Reader,
    /// What the server said first.
    pub(crate) welcome: Welcome,
    /// Offset after the output that the server has told of.
    rung: u64,
    /// A screen of which more is to come.
    partial: Vec<u8>,
    outbox: Outbox,
    /// Typed bytes that the socket may not have taken: where their frame ends, and how many.
    under_way: VecDeque<(u64, usize)>,
    lost: usize,
    /// Columns and rows of the session's terminal; 0 if the server has not told.
    size: (u16, u16),
    /// The session's directory is another than before.
    moved: bool,
    /// The server is to be told once somebody is at this terminal, which only looks.
    is_unattended: bool,
}

impl Attached {
    /// Goes on the session `name`.
    ///
    /// # Errors
    /// The session is over, its server does not answer or refuses, or the ring cannot be read.
    pub(crate) fn open(runtime: &Runtime, name: &SessionName, options: AttachOptions) -> Result<Attached> {
        let session = runtime.session(name)?;
        let (connection, welcome) = Connection::open(&session, &hello(options))?;
        let ring = ring::Reader::open(session.open_file(file::OUTPUT)?)?;
        let (rung, size) = (welcome.written, (welcome.cols, welcome.rows));
        let outbox = Outbox::new(welcome.window);
        let is_unattended = options.read_only && welcome.attention;
        let (partial, under_way) = (Vec::new(), VecDeque::new());
        Ok(Attached {
            session,
            connection,
            ring,
            welcome,
            rung,
            partial,
            outbox,
            under_way,
            lost: 0,
            size,
            moved: false,
            is_unattended,
        })
    }

    /// The session's name now.
    pub(crate) fn name(&self) -> SessionName {
        self.session.current_name()
    }

    /// What the session does now, as far as that can be read.
    pub(crate) fn status(&self) -> Option<StatusRecord> {
        self.session.status().ok()
    }

    /// The session's id.
    pub(crate) fn id(&self) -> &str {
        &self.welcome.id
    }

    /// The output.
    pub(crate) fn ring(&self) -> &ring::Reader {
        &self.ring
    }

    /// Whether the session's directory is another than at the last call.
    pub(crate) fn has_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// There may be output that the server will not tell of any more.
    pub(crate) fn expect_more(&mut self) {
        self.rung = u64::MAX;
    }

    /// The next thing that the server said; none if nothing more is there now.
    ///
    /// # Errors
    /// The refusal that the server sent, or that the connection is broken or what came makes no sense.
    pub(crate) fn next_event(&mut self) -> Result<Option<ServerEvent>> {
        while let Some(frame) = self.connection.recv_now()? {
            if let Some(event) = self.understand(frame)? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Hands on what was typed at once.
    pub(crate) fn input(&mut self, bytes: &[u8]) {
        if let Some(key) = self.outbox.push(bytes) {
            self.connection.send(Type::Urgent, &[key]);
        }
        self.send_typed();
    }

    fn send_typed(&mut self) {
        while let Some(bytes) = self.outbox.next() {
            self.connection.send(Type::Input, &bytes);
            self.under_way.push_back((self.connection.queued(), bytes.len()));
        }
    }

    /// Tells what came of passing output on. A plain terminal is sent its screens as text.
    pub(crate) fn tell(&mut self, effects: Vec<Effect>, plain: bool) {
        for effect in effects {
            match effect {
                Effect::Repaint => self.repaint(plain),
                Effect::Progress(offset) => self.progress(offset),
            }
        }
    }

    /// Tells up to where the terminal was given the output.
    pub(crate) fn progress(&mut self, offset: u64) {
        self.connection.send(Type::Progress, &offset.to_le_bytes());
    }

    /// A key came from the terminal. Of one that only looks the server hears of no key otherwise.
    pub(crate) fn somebody_is_there(&mut self) {
        if std::mem::take(&mut self.is_unattended) {
            self.connection.send_json(Type::Request, &Request::Seen);
        }
    }

    /// Tells the terminal's size.
    pub(crate) fn resize(&mut self, size: (u16, u16)) {
        self.connection.send(Type::Resize, &frame::size_bytes(size));
    }

    /// Asks for the screen, to be painted or as text.
    pub(crate) fn repaint(&mut self, as_text: bool) {
        if as_text {
            self.connection.send_json(Type::Request, &Request::Screen);
        } else {
            self.partial.clear();
            self.connection.send(Type::Repaint, &[]);
        }
    }

    /// Leaves, if the server still listens. Input that it has not taken by then is lost.
    pub(crate) fn detach(&mut self) {
        self.lost = self.untaken();
        self.connection.send(Type::Detach, &[]);
        self.flush();
    }

    /// Bytes that were typed and that the server had not taken when the terminal left.
    pub(crate) fn lost_input(&self) -> usize {
        self.lost
    }

    /// Bytes that were typed and that the server has not taken yet.
    pub(crate) fn untaken(&self) -> usize {
        let taken = self.connection.queued() - self.connection.unsent() as u64;
        // A frame's payload is its end.
        let left = |(end, count): &(u64, usize)| (*count).min(end.saturating_sub(taken) as usize);
        self.outbox.len() + self.under_way.iter().map(left).sum::<usize>()
    }

    /// Whether there is something for the server that it did not take.
    pub(crate) fn has_unsent(&self) -> bool {
        self.connection.unsent() > 0
    }

    /// Hands the server what it takes now.
    pub(crate) fn flush(&mut self) {
        self.connection.flush();
        let taken = self.connection.queued() - self.connection.unsent() as u64;
        while self.under_way.front().is_some_and(|(end, _)| *end <= taken) {
            self.under_way.pop_front();
        }
    }

    fn understand(&mut self, frame: Frame) -> Result<Option<ServerEvent>> {
        Ok(match frame.kind {
            Type::Doorbell => {
                self.rung = frame::read_u64(&frame.payload).unwrap_or(self.rung);
                Some(ServerEvent::Output)
            }
            Type::Paint => self.take_paint(&frame.payload)?.map(ServerEvent::Painted),
            // The reply to anything but [`Request::Screen`] is null.
            Type::Reply => self.connection.decode::<Option<_>>(&frame.payload)?.map(ServerEvent::Screen),
            Type::Ended => Some(ServerEvent::Ended(self.connection.decode(&frame.payload)?)),
            Type::Goto => Some(ServerEvent::Goto(self.connection.decode::<Goto>(&frame.payload)?.to)),
            Type::Refused => return Err(refusal(&frame.payload)),
            Type::Room => {
                self.outbox.made_room(frame::read_u64(&frame.payload).unwrap_or_default());
                self.send_typed();
                None
            }
            Type::Urged => {
                self.outbox.answered(frame.payload.first() == Some(&1));
                self.send_typed();
                None
            }
            Type::Dropped => {
                let there = frame::read_u64(&frame.payload).unwrap_or_default();
                let dropped = there + self.outbox.drop_first() as u64;
                self.send_typed();
                (dropped > 0).then_some(ServerEvent::Dropped(dropped))
            }
            Type::Size => {
                self.size = frame::read_size(&frame.payload).unwrap_or(self.size);
                Some(ServerEvent::Size)
            }
            _ => None,
        })
    }

    fn take_paint(&mut self, payload: &[u8]) -> Result<Option<Paint>> {
        let (Some(offset), Some((&last, bytes))) =
            (frame::read_u64(payload), payload.get(8..).and_then(<[u8]>::split_first))
        else {
            return Err(Error::damaged(format!("{}: screen", self.name()), "a frame that is too short"));
        };
        self.partial.extend_from_slice(bytes);
        let bytes = if last == 0 { return Ok(None) } else { std::mem::take(&mut self.partial) };
        Ok(Some(Paint { offset, bytes }))
    }
}

impl Source for Attached {
    /// The ring may have moved to another file since it was opened.
    fn read(&mut self, offset: u64, max: usize, out: &mut Vec<u8>) -> Result<ring::Chunk> {
        let chunk = self.ring.read(offset, max, out)?;
        if !out.is_empty() || offset >= self.rung || !self.ring.snapshot()?.moved {
            return Ok(chunk);
        }
        // Its directory may be another, too; if it is not there yet, the next doorbell is the time.
        let Ok(Some(again)) = elsewhere::find_again(&self.welcome.id) else { return Ok(chunk) };
        self.ring = ring::Reader::open(again.open_file(file::OUTPUT)?)?;
        self.session = again;
        self.moved = true;
        self.ring.read(offset, max, out)
    }

    fn has_told_of(&self, offset: u64) -> bool {
        offset < self.rung
    }

    fn size(&self) -> (u16, u16) {
        self.size
    }

    fn written(&self) -> Result<u64> {
        Ok(self.ring.snapshot()?.written)
    }

    fn scrolled_off(&self, stretch: Stretch) -> Result<Vec<u8>> {
        replay::missed(&self.ring, stretch, self.name().as_str())
    }
}

impl AsFd for Attached {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.connection.as_fd()
    }
}

fn hello(options: AttachOptions) -> Hello {
    let variable = |name: &&str| Some(((*name).to_owned(), env::var(name).ok()?));
    Hello {
        role: Role::Client,
        read_only: options.read_only,
        cols: options.size.0,
        rows: options.size.1,
        term: env::var("TERM").unwrap_or_default(),
        follow: false,
        no_paint: !options.paint,
        window: true,
        env: ENVIRONMENT.iter().filter_map(variable).collect(),
    }
}
