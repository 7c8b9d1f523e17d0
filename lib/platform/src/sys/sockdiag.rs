//! What the kernel knows of sockets: NETLINK_SOCK_DIAG, sock_diag(7). No privilege is needed for the
//! sockets of one's own network name space. It reports counters and draws no conclusion.
//!
//! By hand: two requests and three fields of their answers, where the netlink crates bring a family of packages.

use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};

/// SOCK_DIAG_BY_FAMILY: include/uapi/linux/sock_diag.h.
const BY_FAMILY: u16 = 20;
/// NLM_F_REQUEST and NLM_F_DUMP: include/uapi/linux/netlink.h.
const REQUEST: u16 = 1;
const DUMP: u16 = 0x300;
/// NLMSG_ERROR and NLMSG_DONE.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// Length of a message's header, of an inet socket's identity, of the fixed part of its answer.
const HEADER: usize = 16;
const IDENTITY: usize = 48;
const ANSWER: usize = 72;
/// INET_DIAG_INFO, UNIX_DIAG_PEER and UDIAG_SHOW_PEER.
const INFO: u16 = 2;
const PEER: u16 = 2;
const SHOW_PEER: u32 = 4;
/// What an IPv4 address begins with as one of IPv6: RFC 4291, 2.5.5.2.
const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/// TCP states by number: include/net/tcp_states.h.
const ESTABLISHED: u8 = 1;
const SYN_SENT: u8 = 2;
const CLOSE_WAIT: u8 = 8;
const LISTEN: u8 = 10;

/// What the kernel knows a TCP socket by: found by a dump once, then looked up exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketId {
    family: u8,
    identity: [u8; IDENTITY],
}

impl SocketId {
    /// Local address and port, as bytes; an IPv4 address is the same in a socket of IPv6.
    pub fn local(&self) -> ([u8; 16], u16) {
        self.end(4, 0)
    }

    /// The other end's address and port.
    pub fn remote(&self) -> ([u8; 16], u16) {
        self.end(20, 2)
    }

    fn end(&self, address: usize, port: usize) -> ([u8; 16], u16) {
        let mut bytes = [0; 16];
        let whole = &self.identity[address..address + 16];
        match whole.strip_prefix(&MAPPED) {
            Some(short) if self.family == libc::AF_INET6 as u8 => bytes[..4].copy_from_slice(short),
            _ => bytes.copy_from_slice(whole),
        }
        (bytes, u16::from_be_bytes([self.identity[port], self.identity[port + 1]]))
    }
}

/// A TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// Its inode, as /proc/PID/fd names it.
    pub ino: u64,
    /// Where to find it again.
    pub id: SocketId,
    /// It waits for connections.
    pub listening: bool,
    /// It waits for the answer to its SYN.
    pub connecting: bool,
    /// Bytes of data sent, without what was sent again.
    pub sent: u64,
    /// Bytes of data received.
    pub received: u64,
    /// Milliseconds since data was last sent.
    pub sent_ago: u32,
    /// Milliseconds since data was last received.
    pub received_ago: u32,
}

/// A socket to ask by.
#[derive(Debug)]
pub struct SockDiag {
    netlink: OwnedFd,
    buffer: Vec<u8>,
}

impl SockDiag {
    /// Opens it.
    ///
    /// # Errors
    /// The kernel lacks sock_diag, or a sandbox forbids it.
    pub fn open() -> nix::Result<SockDiag> {
        let netlink = socket(
            AddressFamily::Netlink,
            SockType::Datagram,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            SockProtocol::NetlinkSockDiag,
        )?;
        Ok(SockDiag { netlink, buffer: vec![0; 32 * 1024] })
    }

    /// Every TCP socket of the name space that is open or waits for connections.
    ///
    /// # Errors
    /// The kernel does not answer as it should.
    pub fn tcp(&mut self) -> nix::Result<Vec<Tcp>> {
        let mut found = Vec::new();
        for family in [libc::AF_INET, libc::AF_INET6] {
            let id = SocketId { family: family as u8, identity: [0; IDENTITY] };
            self.ask(&inet(&id, DUMP), |message| found.extend(tcp(message)))?;
        }
        Ok(found)
    }

    /// One socket, by its id; none if it is gone.
    ///
    /// # Errors
    /// The kernel does not answer as it should; a socket that is gone is none.
    pub fn one(&mut self, id: &SocketId) -> nix::Result<Option<Tcp>> {
        let mut found = None;
        match self.ask(&inet(id, 0), |message| found = tcp(message)) {
            Ok(()) | Err(Errno::ENOENT) => Ok(found),
            Err(errno) => Err(errno),
        }
    }

    /// The inode of a Unix socket's other end; none if it has none or is no Unix socket.
    ///
    /// # Errors
    /// The kernel does not answer as it should; a socket that is gone is none.
    pub fn unix_peer(&mut self, ino: u64) -> nix::Result<Option<u64>> {
        let Ok(ino) = u32::try_from(ino) else { return Ok(None) };
        let mut peer = None;
        match self.ask(&unix(ino), |message| peer = unix_peer(message)) {
            Ok(()) | Err(Errno::ENOENT) => Ok(peer),
            Err(errno) => Err(errno),
        }
    }

    /// Sends a request and hands each answer to `each`, without its header.
    fn ask(&mut self, request: &[u8], mut each: impl FnMut(&[u8])) -> nix::Result<()> {
        use std::os::fd::AsRawFd;
        send(self.netlink.as_raw_fd(), request, MsgFlags::empty())?;
        let dump = u16::from_ne_bytes([request[6], request[7]]) & DUMP != 0;
        loop {
            let length = recv(self.netlink.as_raw_fd(), &mut self.buffer, MsgFlags::empty())?;
            let mut rest = &self.buffer[..length];
            while let Some((kind, message, after)) = split(rest) {
                match kind {
                    DONE => return Ok(()),
                    ERROR => return error(message),
                    _ => each(message),
                }
                rest = after;
            }
            if !dump {
                return Ok(());
            }
        }
    }
}

fn header(length: usize, flags: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + length);
    bytes.extend(((HEADER + length) as u32).to_ne_bytes());
    bytes.extend(BY_FAMILY.to_ne_bytes());
    bytes.extend((REQUEST | flags).to_ne_bytes());
    bytes.extend([0; 8]);
    bytes
}

/// `struct inet_diag_req_v2`.
fn inet(id: &SocketId, flags: u16) -> Vec<u8> {
    let states: u32 = [ESTABLISHED, SYN_SENT, CLOSE_WAIT, LISTEN].iter().map(|state| 1 << state).sum();
    let mut bytes = header(8 + IDENTITY, flags);
    bytes.extend([id.family, libc::IPPROTO_TCP as u8, 1 << (INFO - 1), 0]);
    bytes.extend(states.to_ne_bytes());
    bytes.extend(id.identity);
    bytes
}

/// `struct unix_diag_req`, with any cookie.
fn unix(ino: u32) -> Vec<u8> {
    let mut bytes = header(24, 0);
    bytes.extend([libc::AF_UNIX as u8, 0, 0, 0]);
    for word in [u32::MAX, ino, SHOW_PEER, u32::MAX, u32::MAX] {
        bytes.extend(word.to_ne_bytes());
    }
    bytes
}

/// The first message: its type, its payload, and what follows it.
fn split(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = number::<4>(bytes, 0)? as usize;
    let kind = number::<2>(bytes, 4)? as u16;
    let message = bytes.get(HEADER..length)?;
    Some((kind, message, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

fn error(message: &[u8]) -> nix::Result<()> {
    match number::<4>(message, 0).map(|code| code as i32) {
        Some(0) => Ok(()),
        Some(code) => Err(Errno::from_raw(-code)),
        None => Err(Errno::EBADMSG),
    }
}

/// `struct inet_diag_msg` and `struct tcp_info` behind it.
fn tcp(message: &[u8]) -> Option<Tcp> {
    let state = *message.get(1)?;
    let identity = message.get(4..4 + IDENTITY)?.try_into().ok()?;
    let info = attribute(message.get(ANSWER..)?, INFO).unwrap_or_default();
    let word = |at| number::<4>(info, at).unwrap_or(0) as u32;
    let long = |at| number::<8>(info, at);
    let sent = long(200).map(|sent| sent.saturating_sub(long(208).unwrap_or(0)));
    Some(Tcp {
        ino: number::<4>(message, 68)?,
        id: SocketId { family: message[0], identity },
        listening: state == LISTEN,
        connecting: state == SYN_SENT,
        sent: sent.or_else(|| long(120)).unwrap_or(0),
        received: long(128).unwrap_or(0),
        sent_ago: word(44),
        received_ago: word(52),
    })
}

/// `struct unix_diag_msg` and UNIX_DIAG_PEER behind it.
fn unix_peer(message: &[u8]) -> Option<u64> {
    number::<4>(attribute(message.get(16..)?, PEER)?, 0).filter(|ino| *ino != 0)
}

/// The payload of an attribute: `struct nlattr`.
fn attribute(mut bytes: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let length = number::<2>(bytes, 0)? as usize;
        let kind = number::<2>(bytes, 2)? as u16;
        let payload = bytes.get(4..length)?;
        if kind == wanted {
            return Some(payload);
        }
        bytes = bytes.get(length.next_multiple_of(4)..)?;
    }
}

/// `N` bytes in this machine's order.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let part = bytes.get(at..at + N)?;
    let mut whole = [0u8; 8];
    match cfg!(target_endian = "little") {
        true => whole[..N].copy_from_slice(part),
        false => whole[8 - N..].copy_from_slice(part),
    }
    Some(u64::from_ne_bytes(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    fn ino(fd: &impl AsRawFd) -> u64 {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap();
        link.to_str().unwrap().trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
    }

    #[test]
    fn bytes_sent_and_received_are_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        near.write_all(&[1; 100]).unwrap();
        far.read_exact(&mut [0; 100]).unwrap();
        let mut diag = SockDiag::open().unwrap();
        let all = diag.tcp().unwrap();
        let find = |wanted: u64| all.iter().find(|tcp| tcp.ino == wanted).copied();
        assert!(find(ino(&listener)).unwrap().listening);
        let (near_end, far_end) = (find(ino(&near)).unwrap(), find(ino(&far)).unwrap());
        assert_eq!((near_end.sent, near_end.received, far_end.received), (100, 0, 100));
        assert_eq!(near_end.id.local(), far_end.id.remote());
        far.write_all(&[2; 7]).unwrap();
        near.read_exact(&mut [0; 7]).unwrap();
        let again = diag.one(&near_end.id).unwrap().unwrap();
        assert_eq!((again.ino, again.sent, again.received), (near_end.ino, 100, 7));
    }

    #[test]
    fn an_ipv4_address_is_the_same_in_a_socket_of_ipv6() {
        let mut short = SocketId { family: libc::AF_INET as u8, identity: [0; IDENTITY] };
        short.identity[4..8].copy_from_slice(&[127, 0, 0, 1]);
        let mut long = SocketId { family: libc::AF_INET6 as u8, identity: [0; IDENTITY] };
        long.identity[14..20].copy_from_slice(&[0xff, 0xff, 127, 0, 0, 1]);
        assert_eq!(short.local(), long.local());
        assert_ne!(short.local(), long.remote());
    }

    #[test]
    fn a_socket_that_is_gone_is_none() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut diag = SockDiag::open().unwrap();
        let wanted = ino(&listener);
        let id = diag.tcp().unwrap().into_iter().find(|tcp| tcp.ino == wanted).unwrap().id;
        drop(listener);
        assert_eq!(diag.one(&id), Ok(None));
    }

    #[test]
    fn the_ends_of_a_pair_know_each_other() {
        let (one, other) = UnixStream::pair().unwrap();
        let mut diag = SockDiag::open().unwrap();
        assert_eq!(diag.unix_peer(ino(&one)), Ok(Some(ino(&other))));
        assert_eq!(diag.unix_peer(4_000_000_000), Ok(None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = (tcp(&bytes), unix_peer(&bytes), error(&bytes));
            let mut rest = bytes.as_slice();
            let mut count = 0;
            while let Some((_, _, after)) = split(rest) {
                count += 1;
                prop_assert!(after.len() < rest.len() && count <= bytes.len());
                rest = after;
            }
        }
    }
}
