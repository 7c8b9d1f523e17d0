//! The connections of the processes that count, of TCP with what went through them. The kernel's tables are dumped once for a socket
//! that is new; after that it is looked up exactly. Where that is not allowed there are no connections.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::constants::SOCKETS_DUMP;
use crate::facts::Link;
use ms_platform::procfs::{Proc, Target};
use ms_platform::sys::sockdiag::{SockDiag, SocketId, Tcp};

/// So many other ends are remembered.
const MOST_PEERS: usize = 256;

/// What is known of a socket's inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// A connection or a listener.
    Tcp { id: SocketId, listening: bool },
    /// A TCP socket that is not connected yet.
    WithoutId,
    /// A Unix socket or one of datagrams: nothing is told of what goes through it.
    Mute,
    /// Of another protocol.
    Other,
}

/// A socket where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub(super) ino: u64,
    pub(super) pid: i32,
    pub(super) fd: i32,
}

/// The sockets of one process, as last listed.
#[derive(Clone, Debug, Default)]
pub(super) struct Sockets {
    found: Vec<Found>,
    listed: Option<Duration>,
    /// When they are due to be listed: the process has run since they were, and that was too short ago.
    due: Option<Duration>,
}

impl Sockets {
    /// Lists them again if the process `ran`, or did so before, and the last list is so old (`apart`).
    pub(super) fn refresh(
        &mut self,
        proc: &mut Proc,
        pid: i32,
        now: Duration,
        (ran, apart): (bool, Duration),
    ) {
        if !ran && self.due.is_none() {
            return;
        }
        self.due = self.listed.map(|at| at + apart).filter(|due| *due > now);
        if self.due.is_some() {
            return;
        }
        self.listed = Some(now);
        let fds = proc.fds(pid).unwrap_or_default();
        let sockets = fds.into_iter().filter_map(|fd| match proc.target(pid, fd) {
            Ok(Target::Socket(ino)) => Some(Found { ino, pid, fd }),
            _ => None,
        });
        self.found = sockets.collect();
    }

    pub(super) fn found(&self) -> &[Found] {
        &self.found
    }

    /// When a list that was put off is due.
    pub(super) fn due(&self) -> Option<Duration> {
        self.due
    }
}

/// Knows sockets by their inodes.
#[derive(Debug, Default)]
pub(super) struct Net {
    diag: Option<SockDiag>,
    refused: bool,
    /// The other ends of Unix sockets, by inode.
    peers: BTreeMap<u64, Option<u64>>,
    known: BTreeMap<u64, Known>,
    dumped: Option<Duration>,
    /// A socket was new too short after the last dump.
    put_off: bool,
}

impl Net {
    /// The connections among `found` that the family opened itself.
    pub(super) fn links(&mut self, proc: &mut Proc, found: &[Found], now: Duration) -> Vec<Link> {
        self.put_off = false;
        let inodes: BTreeSet<u64> = found.iter().map(|socket| socket.ino).collect();
        self.known.retain(|ino, _| inodes.contains(ino));
        for socket in found {
            self.known.entry(socket.ino).or_insert_with(|| protocol(proc, socket));
        }
        let none = self.known.values().all(|known| matches!(known, Known::Other | Known::Mute));
        if none || !self.open() {
            return Vec::new();
        }
        self.dump(now);
        let ids = self.ids(false);
        let listeners: BTreeSet<u16> = self.ids(true).iter().map(|id| id.local().1).collect();
        let inside = |id: &SocketId| ids.iter().any(|other| other.local() == id.remote());
        let outward = ids.iter().filter(|id| !listeners.contains(&id.local().1));
        let outward: Vec<(SocketId, bool)> = outward.map(|id| (*id, inside(id))).collect();
        let link = |(id, inside): (SocketId, bool)| self.one(&id).map(|tcp| link(&tcp, inside));
        outward.into_iter().filter_map(link).collect()
    }

    /// Those of whose traffic the kernel tells nothing, once the [`links`](Net::links) were asked for.
    pub(super) fn channels(&self) -> Vec<u64> {
        let mute = self.known.iter().filter(|(_, known)| **known == Known::Mute);
        mute.map(|(ino, _)| *ino).collect()
    }

    /// The other end of the Unix socket that is descriptor `fd` of `pid`; none for other sockets.
    pub(super) fn unix_peer(&mut self, proc: &mut Proc, pid: i32, fd: i32, ino: u64) -> Option<u64> {
        if let Some(peer) = self.peers.get(&ino) {
            return *peer;
        }
        if self.peers.len() >= MOST_PEERS {
            self.peers.clear();
        }
        let is_unix = proc.protocol(pid, fd).is_ok_and(|name| name.starts_with("UNIX"));
        let peer = match is_unix && self.open() {
            true => self.diag.as_mut().and_then(|diag| diag.unix_peer(ino).ok().flatten()),
            false => None,
        };
        self.peers.insert(ino, peer);
        peer
    }

    /// When a dump that was put off is due.
    pub(super) fn due(&self) -> Option<Duration> {
        self.dumped.filter(|_| self.put_off).map(|at| at + SOCKETS_DUMP)
    }

    fn open(&mut self) -> bool {
        if self.diag.is_none() && !self.refused {
            self.diag = SockDiag::open().ok();
            self.refused = self.diag.is_none();
        }
        self.diag.is_some()
    }

    /// Finds the ids of sockets that have none.
    fn dump(&mut self, now: Duration) {
        let recently = self.dumped.is_some_and(|at| now.saturating_sub(at) < SOCKETS_DUMP);
        let wanted = self.known.values().any(|known| *known == Known::WithoutId);
        self.put_off = recently && wanted;
        if recently || !wanted {
            return;
        }
        self.dumped = Some(now);
        for tcp in self.diag.as_mut().and_then(|diag| diag.tcp().ok()).unwrap_or_default() {
            if let Some(known) = self.known.get_mut(&tcp.ino) {
                *known = Known::Tcp { id: tcp.id, listening: tcp.listening };
            }
        }
    }

    fn ids(&self, wanted: bool) -> Vec<SocketId> {
        let matching = self.known.values().filter_map(|known| match known {
            Known::Tcp { id, listening } if *listening == wanted => Some(*id),
            _ => None,
        });
        matching.collect()
    }

    fn one(&mut self, id: &SocketId) -> Option<Tcp> {
        self.diag.as_mut()?.one(id).ok().flatten()
    }
}

fn protocol(proc: &mut Proc, socket: &Found) -> Known {
    match proc.protocol(socket.pid, socket.fd) {
        Ok(name) if name.starts_with("UNIX") || name.starts_with("UDP") => Known::Mute,
        Ok(name) if !name.starts_with("TCP") => Known::Other,
        _ => Known::WithoutId,
    }
}

fn link(tcp: &Tcp, inside: bool) -> Link {
    Link {
        id: tcp.ino,
        sent: tcp.sent,
        received: tcp.received,
        sent_ago: tcp.sent_ago,
        received_ago: tcp.received_ago,
        connecting: tcp.connecting,
        inside,
    }
}
