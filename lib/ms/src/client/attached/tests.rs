use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};

use super::*;
use ms_platform::time::Time;
use msession::format::frame::{Decoder, Refusal, WINDOW};

/// A server's side of a connection, at the end of which the test speaks for it.
struct Server {
    socket: UnixStream,
    decoder: Decoder,
    /// What keeps the session alive, and its directory there.
    _session: (tempfile::TempDir, std::os::fd::OwnedFd),
}

impl Server {
    fn say(&mut self, kind: Type, payload: &[u8]) {
        let mut bytes = Vec::new();
        frame::push(&mut bytes, kind, payload);
        self.socket.write_all(&bytes).unwrap();
    }

    fn hear(&mut self) -> (Type, Vec<u8>) {
        loop {
            if let Some((kind, payload)) = self.decoder.next_frame().unwrap() {
                return (kind, payload.to_vec());
            }
            let mut buffer = [0; 4096];
            let count = self.socket.read(&mut buffer).unwrap();
            assert!(count > 0, "the client is gone");
            self.decoder.push(&buffer[..count]);
        }
    }
}

/// A client on a session that has printed `printed`, and the session's server.
fn attached(printed: &[u8]) -> (Attached, Server) {
    let tmp = tempfile::tempdir().unwrap();
    std::fs::set_permissions(tmp.path(), PermissionsExt::from_mode(0o700)).unwrap();
    let runtime = Runtime::open_at(tmp.path()).unwrap().unwrap();
    let name = SessionName::new("api").unwrap();
    let (session, lock) = runtime.claim(&name).unwrap();
    let output = session.create_file(file::OUTPUT).unwrap();
    ring::Writer::create(output, 1 << 16, 80, 24, Time(0)).unwrap().append_at(printed, Time(1));
    let listener = UnixListener::bind(tmp.path().join("api").join(file::CONTROL)).unwrap();
    let greeter = std::thread::spawn(move || {
        let socket = listener.accept().unwrap().0;
        let mut server = Server { socket, decoder: Decoder::default(), _session: (tmp, lock) };
        assert_eq!(server.hear().0, Type::Hello);
        let welcome = Welcome { written: 3, cols: 80, rows: 24, window: true, ..Welcome::default() };
        server.say(Type::Welcome, &serde_json::to_vec(&welcome).unwrap());
        server
    });
    let options = AttachOptions { read_only: false, paint: true, size: (80, 24) };
    let attached = Attached::open(&runtime, &name, options).unwrap();
    (attached, greeter.join().unwrap())
}

/// The next event; the server has said it already.
fn event(attached: &mut Attached) -> Option<ServerEvent> {
    attached.next_event().unwrap()
}

#[test]
fn what_a_server_says_is_an_event_each_and_a_screen_one_once_it_is_whole() {
    let (mut attached, mut server) = attached(b"abc");
    assert!(event(&mut attached).is_none() && !attached.has_told_of(3) && attached.size() == (80, 24));
    server.say(Type::Doorbell, &7u64.to_le_bytes());
    assert!(matches!(event(&mut attached), Some(ServerEvent::Output)) && attached.has_told_of(3));
    server.say(Type::Paint, &[&7u64.to_le_bytes()[..], b"\x00first "].concat());
    assert!(event(&mut attached).is_none());
    server.say(Type::Paint, &[&7u64.to_le_bytes()[..], b"\x01second"].concat());
    let whole = Paint { offset: 7, bytes: b"first second".to_vec() };
    assert!(matches!(event(&mut attached), Some(ServerEvent::Painted(paint)) if paint == whole));
    server.say(Type::Size, &frame::size_bytes((132, 50)));
    assert!(matches!(event(&mut attached), Some(ServerEvent::Size)) && attached.size() == (132, 50));
    server.say(Type::Reply, b"null");
    assert!(event(&mut attached).is_none(), "an answer that says nothing");
    let screen = ScreenReply { offset: 9, ..ScreenReply::default() };
    server.say(Type::Reply, &serde_json::to_vec(&screen).unwrap());
    assert!(matches!(event(&mut attached), Some(ServerEvent::Screen(reply)) if reply == screen));
    server.say(Type::Goto, br#"{"to":"other"}"#);
    assert!(matches!(event(&mut attached), Some(ServerEvent::Goto(to)) if to == "other"));
    let mut read = Vec::new();
    attached.read(1, 10, &mut read).unwrap();
    assert_eq!((read.as_slice(), attached.written().unwrap()), (&b"bc"[..], 3));
}

#[test]
fn a_refusal_a_frame_that_is_cut_and_a_server_that_is_gone_are_errors() {
    let (mut client, mut server) = attached(b"");
    let refusal = Refusal::of(&Error::Refused("not now".into()));
    server.say(Type::Refused, &serde_json::to_vec(&refusal).unwrap());
    assert!(client.next_event().unwrap_err().to_string().contains("not now"));
    server.say(Type::Paint, b"short");
    assert!(client.next_event().unwrap_err().to_string().contains("too short"));
    let (mut client, server) = attached(b"");
    // To drop it is not enough: what another test has just forked has it, too, until it executes a program.
    server.socket.shutdown(std::net::Shutdown::Both).unwrap();
    assert!(client.next_event().unwrap_err().to_string().contains("api"));
}

#[test]
fn no_more_is_typed_than_there_is_room_for_and_what_nobody_took_is_counted() {
    let (mut attached, mut server) = attached(b"");
    let window = WINDOW as usize;
    attached.input(&vec![b'x'; window + 10]);
    attached.flush();
    assert_eq!(attached.untaken(), 10, "the socket took the rest");
    server.say(Type::Dropped, &5u64.to_le_bytes());
    assert!(matches!(event(&mut attached), Some(ServerEvent::Dropped(15))), "there 5, and here 10");
    attached.input(b"abc");
    server.say(Type::Room, &2u64.to_le_bytes());
    assert!(event(&mut attached).is_none());
    assert_eq!(attached.untaken(), 3, "two have a frame that no flush has sent yet");
    attached.flush();
    assert_eq!(attached.untaken(), 1);
    attached.detach();
    assert_eq!(attached.lost_input(), 1);
    let mut typed = 0;
    let last = loop {
        match server.hear() {
            (Type::Input, bytes) => typed += bytes.len(),
            (kind, _) => break kind,
        }
    };
    assert_eq!((typed, last), (window + 2, Type::Detach));
}

#[test]
fn what_the_relay_has_for_the_server_is_told_in_its_order() {
    let (mut attached, mut server) = attached(b"");
    attached.tell(vec![Effect::Repaint, Effect::Progress(7)], false);
    attached.tell(vec![Effect::Repaint], true);
    attached.resize((100, 40));
    assert!(attached.has_unsent());
    attached.flush();
    assert!(!attached.has_unsent());
    assert_eq!(server.hear(), (Type::Repaint, vec![]));
    assert_eq!(server.hear(), (Type::Progress, 7u64.to_le_bytes().to_vec()));
    assert_eq!(server.hear().0, Type::Request);
    assert_eq!(server.hear(), (Type::Resize, frame::size_bytes((100, 40)).to_vec()));
}
