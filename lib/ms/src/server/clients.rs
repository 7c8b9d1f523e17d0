//! The connections of a server: accepting them, and which of them is in front. A connection that is slow,
//! silent or wrong is cut off; none can make the server wait or grow. What their frames ask for is
//! `command`'s and the loop's.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::client::Client;
use super::door::{self, Came, Door};
use super::input::{Dropped, InputQueue};
use super::now;
use super::query_router::{Front, Sender, TerminalBytes};
use msession::format::error::Error;
use msession::format::frame::{self, Type};
use msession::format::session_name::SessionName;

/// A connection that has not said HELLO by then is cut off.
const HELLO_WITHIN: Duration = Duration::from_secs(1);
/// One that was refused and does not take the word is gone after this.
const LEAVES_WITHIN: Duration = Duration::from_secs(1);
/// While all connections together leave this many bytes unread, no more screens are painted, and those go that
/// have taken nothing for [`STALLED`].
const CROWDED: usize = 16 << 20;
/// Who has taken nothing for so long takes nothing.
const STALLED: Duration = Duration::from_secs(1);
/// From this many bytes on that all connections together keep here, those go that have kept most for the
/// longest time.
const MAX_KEPT: usize = 32 << 20;
/// Time in which screens are painted before others are served.
const PAINT_WITHIN: Duration = Duration::from_millis(20);
/// Why one is not let in.
const TOO_MANY: &str = "too many connections to this session";

/// Who is on a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attendance {
    /// How many terminals there are.
    pub(super) terminals: u32,
    /// One of them can type.
    pub(super) typists: bool,
    /// A person sees what one of them shows.
    pub(super) viewers: bool,
}

/// All connections.
#[derive(Debug)]
pub(super) struct Clients {
    /// In the order in which they came.
    pub(super) list: Vec<Client>,
    /// The one that typed last: its size counts, and its terminal answers queries.
    pub(super) front: Option<u64>,
    next_id: u64,
    listener: UnixListener,
    door: Door,
    /// Offset up to which a person has seen the output.
    seen: u64,
    /// Time that went into painting screens since others were served.
    painted_for: Duration,
}

impl Clients {
    /// None yet, of a server that has opened what it needs.
    pub(super) fn new(listener: UnixListener) -> Clients {
        let (list, door, painted_for) = (Vec::new(), Door::new(), Duration::ZERO);
        Clients { list, front: None, next_id: 1, listener, door, seen: 0, painted_for }
    }

    /// The listener.
    pub(super) fn listener(&self) -> &UnixListener {
        &self.listener
    }

    /// The listener, to be replaced by another.
    pub(super) fn listener_mut(&mut self) -> &mut UnixListener {
        &mut self.listener
    }

    /// Lets in the next one that has connected. Without room for it the oldest goes that has not said who it
    /// is. None if there is no other; else the connection, if it was let in.
    pub(super) fn accept(&mut self, now: Duration) -> Option<Option<u64>> {
        if !self.door.may_let_in() {
            return None;
        }
        match self.door.next(&self.listener) {
            Came::Friend(stream) if self.list.len() < self.door.room() || self.drop_silent() => {
                Some(Some(self.admit(stream, now)))
            }
            Came::Friend(stream) => {
                door::refuse(&stream, TOO_MANY);
                Some(None)
            }
            Came::Nobody => Some(None),
            Came::NoRoom if self.drop_silent() => Some(None),
            Came::NoRoom => {
                self.door.turn_away(&self.listener, now);
                None
            }
            Came::Empty => None,
        }
    }

    /// Whether the listener is to be watched now.
    pub(super) fn is_open(&mut self, now: Duration) -> bool {
        self.door.open(now)
    }

    fn drop_silent(&mut self) -> bool {
        let oldest = self.list.iter().position(|client| client.hello.is_none());
        let silent = oldest.map(|at| self.list.remove(at));
        silent.as_ref().map(|silent| door::refuse(&silent.stream, TOO_MANY)).is_some()
    }

    fn admit(&mut self, stream: UnixStream, now: Duration) -> u64 {
        self.list.push(Client::new(self.next_id, stream, now));
        self.next_id += 1;
        self.next_id - 1
    }

    /// The connection `id`.
    pub(super) fn get(&mut self, id: u64) -> Option<&mut Client> {
        self.list.iter_mut().find(|client| client.id == id)
    }

    /// The terminal in front.
    pub(super) fn front(&self) -> Option<&Client> {
        self.list.iter().find(|client| Some(client.id) == self.front)
    }

    /// What matters of the terminal in front to a query.
    pub(super) fn asked(&self) -> Option<Front> {
        self.front().map(Client::as_front)
    }

    /// What matters of a connection to what its terminal answers, and the bytes that have come from that.
    pub(super) fn sender(&mut self, id: u64, now: Duration) -> Option<(Sender, &mut TerminalBytes)> {
        let in_front = self.front == Some(id);
        let client = self.get(id)?;
        let has_just_come = client.has_just_come(now);
        Some((Sender { id, in_front, has_just_come }, &mut client.bytes))
    }

    /// The person's terminals.
    pub(super) fn terminals(&self) -> impl Iterator<Item = &Client> {
        self.list.iter().filter(|client| client.is_terminal() && !client.leaving)
    }

    /// Puts the terminal `id` in front.
    pub(super) fn bring_to_front(&mut self, id: u64) {
        if self.get(id).is_some_and(|client| client.may_type()) {
            self.front = Some(id);
        }
    }

    /// Who is on the session.
    pub(super) fn attendance(&self) -> Attendance {
        Attendance {
            terminals: self.terminals().count() as u32,
            typists: self.terminals().any(Client::may_type),
            viewers: self.terminals().any(Client::is_viewed),
        }
    }

    /// Tells the size of the program's terminal to the terminal `id`, or to all that were welcomed.
    pub(super) fn tell_size(&mut self, size: (u16, u16), id: Option<u64>) {
        let size = frame::size_bytes(size);
        let told = |client: &&mut Client| {
            client.is_terminal() && client.welcomed && id.is_none_or(|id| client.id == id)
        };
        self.list.iter_mut().filter(told).for_each(|client| client.send(Type::Size, &size));
    }

    /// Offset up to which a person has seen the output.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// One was given the output up to `shown`. If it is a terminal: up to where it is now, and whether it
    /// comes back after it made no progress for too long.
    pub(super) fn progressed(
        &mut self,
        id: u64,
        (shown, written): (u64, u64),
        now: Duration,
    ) -> Option<(u64, bool)> {
        let client = self.get(id)?;
        client.rung = false;
        client.shown = shown.min(written).max(client.shown);
        client.progress_at = now;
        if !client.is_terminal() {
            return None;
        }
        let (shown, lagging) = (client.shown, std::mem::take(&mut client.lagging));
        self.seen = self.seen.max(shown);
        Some((shown, lagging))
    }

    /// Until when the program has to wait for the terminal in front, if it has to.
    pub(super) fn hold_until(&self, written: u64, now: Duration) -> Option<Duration> {
        self.front()?.hold_until(written, now)
    }

    /// Rings for new output, and gives up on terminals that have made no progress for too long.
    pub(super) fn ring_doorbells(&mut self, written: u64, now: Duration) {
        for client in &mut self.list {
            client.give_up_if_stalled(written, now);
            client.ring(written);
        }
    }

    /// Others were served: screens may be painted again.
    pub(super) fn begin_round(&mut self) {
        self.painted_for = Duration::ZERO;
    }

    /// Whether a screen may be painted before others are served: painting takes time, and what nobody reads
    /// takes memory.
    pub(super) fn may_paint(&self) -> bool {
        self.painted_for < PAINT_WITHIN && !self.is_crowded()
    }

    /// That took so long.
    pub(super) fn painted(&mut self, span: Duration) {
        self.painted_for += span;
    }

    /// Those that have frames which can be looked at now and could not before.
    pub(super) fn those_who_waited(&self) -> Vec<u64> {
        let paints = self.may_paint();
        self.list.iter().filter(|client| client.can_go_on(paints)).map(|client| client.id).collect()
    }

    /// Tells those whose it was that what waited to be typed was dropped.
    pub(super) fn tell_dropped(&mut self, dropped: &BTreeMap<u64, Dropped>, name: &SessionName, why: &str) {
        for client in &mut self.list {
            let of = dropped.get(&client.id).copied().unwrap_or_default();
            if of.receipt {
                let bytes = of.bytes;
                client.refuse(&Error::Refused(format!("{name}: {bytes} bytes were not typed: {why}")));
            } else if client.counts_typed() {
                client.send(Type::Dropped, &(of.bytes as u64).to_le_bytes());
            }
        }
    }

    /// Tells these that theirs was taken, and all how much room there is for more.
    pub(super) fn tell_taken(&mut self, receipts: Vec<u64>, written: u64, queue: &InputQueue) {
        for id in receipts {
            self.get(id).into_iter().for_each(|client| client.send_taken(written));
        }
        self.list.iter_mut().for_each(|client| client.tell_room(queue.share(client.id)));
    }

    /// Sends what can be sent and drops the connections that are over; returns which those were.
    pub(super) fn flush(&mut self, now: Duration) -> Vec<u64> {
        let mut over = Vec::new();
        self.list.retain_mut(|client| {
            let lives = client.flush(now) && client.leaves_at.is_none_or(|at| now < at);
            over.extend((!lives).then_some(client.id));
            lives
        });
        over.extend(self.drop_greedy(now));
        self.mend_front();
        over
    }

    /// Sends what can be sent to the terminals. One that is over is left to [`Clients::flush`].
    pub(super) fn flush_terminals(&mut self, now: Duration) {
        for client in self.list.iter_mut().filter(|client| client.is_terminal() && !client.leaving) {
            let _ = client.flush(now);
        }
    }

    /// Waits at most so long for the last bytes to go out; for the end of a session only.
    pub(super) fn flush_within(&mut self, limit: Duration) {
        let until = now() + limit;
        loop {
            // Those that have all stay: that the connection closes tells them that the session is gone.
            self.list.retain_mut(|client| client.flush(now()));
            let left = until.saturating_sub(now());
            let unsent = self.list.iter().filter(|client| client.has_unsent());
            let mut fds: Vec<_> =
                unsent.map(|client| PollFd::new(client.as_fd(), PollFlags::POLLOUT)).collect();
            if fds.is_empty() || left.is_zero() {
                return;
            }
            let _ = poll(&mut fds, PollTimeout::try_from(left.as_millis() + 1).unwrap_or(PollTimeout::ZERO));
        }
    }

    /// While all together keep too much, drops who has kept most for longest; returns which those were.
    fn drop_greedy(&mut self, now: Duration) -> Vec<u64> {
        let mut over = Vec::new();
        let rests = |client: &Client| now.saturating_sub(client.moved_at);
        let greed = |client: &Client| client.kept() as u128 * (rests(client).as_millis() + 1);
        loop {
            let kept: usize = self.list.iter().map(Client::kept).sum();
            let crowded = self.is_crowded();
            let goes = |client: &Client| {
                kept > MAX_KEPT || crowded && client.has_unsent() && rests(client) >= STALLED
            };
            let worst = (0..self.list.len()).filter(|at| goes(&self.list[*at]));
            let Some(at) = worst.max_by_key(|at| greed(&self.list[*at])) else { return over };
            over.push(self.list.remove(at).id);
        }
    }

    /// Whether so much is unread that no more screens are to be painted.
    pub(super) fn is_crowded(&self) -> bool {
        self.list.iter().map(|client| client.unsent.len()).sum::<usize>() >= CROWDED
    }

    /// Drops a connection.
    pub(super) fn drop_client(&mut self, id: u64) {
        self.list.retain(|client| client.id != id);
        self.mend_front();
    }

    /// Refuses those that have not said who they are though all that they sent was read.
    pub(super) fn cut_silent(&mut self, now: Duration) {
        for client in &mut self.list {
            if client.hello.is_none() && !client.leaving && now >= client.began + HELLO_WITHIN {
                client.refuse(&Error::Refused("no greeting came in time".into()));
            }
            if client.leaving {
                client.leaves_at.get_or_insert(now + LEAVES_WITHIN);
            }
        }
    }

    /// When somebody is next to be cut off, or the door to be looked at.
    pub(super) fn due(&self) -> Option<Duration> {
        let silent = self.list.iter().filter(|client| client.hello.is_none() && !client.leaving);
        let leaving = self.list.iter().filter(|client| client.leaving);
        let unread = self.list.iter().filter(|client| self.is_crowded() && client.has_unsent());
        silent
            .map(|client| client.began + HELLO_WITHIN)
            .chain(unread.map(|client| client.moved_at + STALLED))
            .chain(leaving.map(|client| client.leaves_at.unwrap_or_default()))
            .chain(self.door.due())
            .min()
    }

    /// When the one in front has left, the latest of the others is.
    fn mend_front(&mut self) {
        if self.front().is_none() {
            self.front = self.list.iter().rev().find(|client| client.may_type()).map(|client| client.id);
        }
    }
}
