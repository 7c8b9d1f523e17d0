//! Where connections come in. Nobody can shut the door for the others: of those that have not said who
//! they are the oldest goes when there is no room, and without a descriptor left one that was kept back
//! serves to tell the newcomer so. A listener that stays readable never makes the server spin.

use std::io::{ErrorKind, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::getuid;

use msession::format::error::exit;
use msession::format::frame::{self, Refusal, Type};

/// More connections than this are refused: each costs a descriptor.
const MAX_CLIENTS: usize = 512;
/// Descriptors that the server needs for a moment now and then, for files and for looks at processes.
const HEADROOM: usize = 8;
/// Connections that are let in before others are served again.
const AT_ONCE: usize = 64;
/// Where not even a refusal is possible, the door is looked at again after this.
const AGAIN: Duration = Duration::from_secs(1);

/// The door, and how many it lets in.
#[derive(Debug)]
pub(super) struct Door {
    room: usize,
    /// A descriptor to let go of when there is none left.
    spare: Option<OwnedFd>,
    /// How many were in this round.
    let_in: usize,
    /// Until then nobody is let in.
    shut_until: Option<Duration>,
}

/// What came of looking.
pub(super) enum Came {
    /// One of ours.
    Friend(UnixStream),
    /// Somebody else, or one that is gone again.
    Nobody,
    /// There is no descriptor for it.
    NoRoom,
    /// Nobody waits.
    Empty,
}

impl Door {
    /// For a process that has opened what it needs.
    pub(super) fn new() -> Door {
        Door { room: room(), spare: spare(), let_in: 0, shut_until: None }
    }

    /// How many connections there may be.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    /// When it is to be looked at again; none if the listener tells.
    pub(super) fn due(&self) -> Option<Duration> {
        self.shut_until
    }

    /// Begins a round; whether the listener is to be watched in it.
    pub(super) fn open(&mut self, now: Duration) -> bool {
        self.let_in = 0;
        self.shut_until = self.shut_until.filter(|until| now < *until);
        self.shut_until.is_none()
    }

    /// Whether one more may be let in before others are served again.
    pub(super) fn may_let_in(&mut self) -> bool {
        self.let_in += 1;
        self.let_in <= AT_ONCE && self.shut_until.is_none()
    }

    /// Lets the next one in; peers of another user are cut off without a word.
    pub(super) fn next(&self, listener: &UnixListener) -> Came {
        match listener.accept() {
            Ok((stream, _)) if is_ours(&stream) && stream.set_nonblocking(true).is_ok() => {
                Came::Friend(stream)
            }
            Ok(_) => Came::Nobody,
            Err(error) if error.kind() == ErrorKind::WouldBlock => Came::Empty,
            Err(error) if is_scarce(error.raw_os_error()) => Came::NoRoom,
            Err(_) => Came::Nobody,
        }
    }

    /// Tells the next one that there is no descriptor for it, by means of the spare one.
    pub(super) fn turn_away(&mut self, listener: &UnixListener, now: Duration) {
        drop(self.spare.take());
        let came = listener.accept();
        if let Ok((stream, _)) = &came {
            refuse(stream, "its server has no descriptors left (ulimit -n); try again");
        }
        let scarce = came.is_err_and(|error| is_scarce(error.raw_os_error()));
        self.spare = spare();
        if scarce || self.spare.is_none() {
            self.shut_until = Some(now + AGAIN);
        }
    }
}

/// Says no to one that is not let in.
pub(super) fn refuse(mut stream: &UnixStream, why: &str) {
    let mut bytes = Vec::new();
    frame::push_json(&mut bytes, Type::Refused, &Refusal { code: exit::REFUSED, message: why.into() });
    let _ = stream.set_nonblocking(true);
    let _ = stream.write(&bytes);
}

fn is_ours(stream: &UnixStream) -> bool {
    getsockopt(stream, PeerCredentials).is_ok_and(|peer| peer.uid() == getuid().as_raw())
}

fn is_scarce(code: Option<i32>) -> bool {
    let scarce = [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM, Errno::ENOBUFS];
    code.is_some_and(|code| scarce.contains(&Errno::from_raw(code)))
}

/// As many as the process has descriptors for beside its own.
fn room() -> usize {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, _)| soft as usize);
    let own = std::fs::read_dir("/proc/self/fd").map_or(32, Iterator::count);
    limit.saturating_sub(own + HEADROOM).clamp(2, MAX_CLIENTS)
}

fn spare() -> Option<OwnedFd> {
    std::io::stdin().as_fd().try_clone_to_owned().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn who_is_turned_away_is_told_and_the_spare_descriptor_is_there_again() {
        let dir = std::env::temp_dir().join(format!("ms-door-{}", std::process::id()));
        let _ = std::fs::remove_file(&dir);
        let listener = UnixListener::bind(&dir).unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut door = Door::new();
        assert!(door.room() > 2 && door.room() <= MAX_CLIENTS);
        for _ in 0..3 {
            let mut peer = UnixStream::connect(&dir).unwrap();
            door.turn_away(&listener, Duration::ZERO);
            let mut got = Vec::new();
            peer.read_to_end(&mut got).unwrap();
            assert_eq!(got[1], Type::Refused as u8);
            assert!(door.open(Duration::ZERO) && door.due().is_none());
        }
        door.turn_away(&listener, Duration::ZERO);
        assert!(door.open(Duration::ZERO), "nobody there is no reason to shut it");
        door.shut_until = Some(AGAIN);
        assert!(!door.open(Duration::ZERO) && door.due() == Some(AGAIN) && door.open(AGAIN));
        std::fs::remove_file(&dir).unwrap();
    }
}
