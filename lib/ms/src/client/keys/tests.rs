//! What a person types, in any protocol and cut anywhere.

use proptest::prelude::*;

use super::*;

fn with(prefix: &str) -> Keys {
    Keys::new(Prefix::configured(prefix).unwrap())
}

/// Feeds the pieces one read after another, with a keyboard protocol on.
fn feed(keys: &mut Keys, reads: &[&[u8]]) -> (Vec<u8>, Vec<Command>) {
    let (mut pass, mut commands) = (Vec::new(), Vec::new());
    for read in reads {
        let mut rest = *read;
        while !rest.is_empty() {
            let (taken, command) = keys.feed(rest, &mut pass);
            commands.extend(command);
            rest = &rest[taken..];
        }
        keys.settle(true, &mut pass);
    }
    (pass, commands)
}

fn typed(bytes: &[u8]) -> (Vec<u8>, Vec<Command>) {
    feed(&mut with("C-\\"), &[bytes])
}

#[test]
fn every_key_behind_the_prefix_is_a_command() {
    for (key, command, _) in COMMANDS {
        let (pass, commands) = typed(format!("ab\x1c{key}cd").as_bytes());
        assert_eq!((pass, commands), (b"abcd".to_vec(), vec![command]), "{key}");
    }
    assert_eq!(typed(b"\x1c\x04"), (vec![], vec![Command::Detach]), "with Ctrl kept down");
}

#[test]
fn every_form_of_the_prefix_is_found_anywhere() {
    for prefix in ["\x1c", "\x1b[92;5u", "\x1b[92::92;5u", "\x1b[92;69u", "\x1b[92;133:1u", "\x1b[27;5;92~"] {
        let (pass, commands) = typed(format!("x\x1b[A{prefix}dy").as_bytes());
        assert_eq!((pass, commands), (b"x\x1b[Ay".to_vec(), vec![Command::Detach]), "{prefix:?}");
    }
}

#[test]
fn releases_of_keys_that_the_client_took_are_swallowed() {
    let all = b"\x1b[92;5:1u\x1b[92;5:2u\x1b[92;5:3u\x1b[100;1:1u\x1b[100;1:3ux\x1b[100;1:1u\x1b[100;1:3u";
    let (pass, commands) = typed(all);
    assert_eq!(commands, [Command::Detach]);
    assert_eq!(pass, b"x\x1b[100;1:1u\x1b[100;1:3u");
}

#[test]
fn modifiers_between_the_two_keys_change_nothing() {
    let (pass, commands) = typed(b"\x1b[57442;5u\x1b[92;5u\x1b[92;5:3u\x1b[57442;1:3u\x1b[47:63;2u");
    assert_eq!(commands, [Command::Help]);
    assert_eq!(pass, b"\x1b[57442;5u\x1b[57442;1:3u");
}

#[test]
fn the_prefix_twice_sends_it_in_its_own_form() {
    assert_eq!(typed(b"\x1c\x1c").0, b"\x1c");
    assert_eq!(typed(b"\x1b[92;5u\x1b[92;5u").0, b"\x1b[92;5u");
    assert_eq!(typed(b"\x1b[27;5;92~\x1b[27;5;92~").0, b"\x1b[27;5;92~");
    let (pass, _) = typed(b"\x1b[92;5u\x1b[92;5:3u\x1b[92;5u\x1b[92;5:3u");
    assert_eq!(pass, b"\x1b[92;5u\x1b[92;5:3u", "the second release belongs to the key that was sent");
}

#[test]
fn a_paste_is_never_looked_into() {
    let paste = b"\x1b[200~\x1cd\x1b[92;5ud\x1b[201~";
    let (pass, commands) = typed(&[&paste[..], b"\x1cw"].concat());
    assert_eq!((pass, commands), (paste.to_vec(), vec![Command::NextWaiting]));
}

#[test]
fn a_key_that_is_no_command_is_swallowed_with_the_prefix() {
    for other in ["x", "\x1b[A", "\x1bOP", "\x1bx", "é", "\x1b[57358u", "\x1b[1;5A"] {
        let (pass, commands) = typed(format!("\x1c{other}d").as_bytes());
        let left = if other == "\x1b[57358u" { other } else { "d" };
        assert_eq!(String::from_utf8(pass).unwrap(), left, "{other:?}");
        assert_eq!(commands.len(), usize::from(left != "d"));
    }
}

#[test]
fn reports_of_the_terminal_pass_behind_the_prefix() {
    for report in
        ["\x1b[?62c", "\x1b[<35;1;1M", "\x1b[I", "\x1b[10;3R", "\x1b]11;rgb:1/2/3\x1b\\", "\x1bP>|x\x1b\\"]
    {
        let (pass, commands) = typed(format!("\x1c{report}d").as_bytes());
        assert_eq!((pass, commands), (report.as_bytes().to_vec(), vec![Command::Detach]), "{report:?}");
    }
}

#[test]
fn without_a_prefix_everything_passes() {
    let (pass, commands) = feed(&mut with("none"), &[b"\x1cd\x1b[92;5ud\x1b"]);
    assert_eq!((pass, commands), (b"\x1cd\x1b[92;5ud\x1b".to_vec(), vec![]));
}

#[test]
fn an_escape_key_is_not_held_back_without_a_protocol() {
    let (mut keys, mut pass) = (with("C-\\"), Vec::new());
    keys.feed(b"a\x1b", &mut pass);
    assert!(!keys.settle(false, &mut pass), "nothing to wait for");
    assert_eq!(pass, b"a\x1b");
    assert_eq!(keys.feed(b"\x1c", &mut pass), (1, None));
    assert_eq!(keys.feed(b"d", &mut pass), (1, Some(Command::Detach)));
    assert_eq!(pass, b"a\x1b", "and it is given once");
}

#[test]
fn what_is_held_back_is_given_on_time_and_once() {
    let (mut keys, mut pass) = (with("C-\\"), Vec::new());
    keys.feed(b"\x1b[92", &mut pass);
    assert!(keys.settle(true, &mut pass) && pass.is_empty());
    keys.flush(&mut pass);
    assert_eq!(pass, b"\x1b[92");
    assert!(!keys.settle(true, &mut pass));
    keys.feed(b";5u", &mut pass);
    assert_eq!(pass, b"\x1b[92;5u", "too late to be taken out");
    assert!(!keys.armed);
}

#[test]
fn an_escape_takes_the_prefix_back() {
    let (mut keys, mut pass) = (with("C-\\"), Vec::new());
    keys.feed(b"\x1c\x1b", &mut pass);
    assert!(keys.settle(false, &mut pass), "it may begin a key");
    keys.flush(&mut pass);
    assert_eq!(keys.feed(b"d", &mut pass), (1, None));
    assert_eq!(pass, b"d");
}

/// Pieces of what people and terminals send.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"\x1c"[..],
        b"\x1b[92;5u",
        b"\x1b[92;5:3u",
        b"\x1b[92::92;69:2u",
        b"\x1b[27;5;92~",
        b"d",
        b"w",
        b"\x1b",
        b"\x1b[A",
        b"\x1bOP",
        b"\x1b[200~",
        b"\x1b[201~",
        b"\x1b[<0;3;4M",
        b"\x1b]11;rgb:0/0/0\x07",
        b"\xc3\xa9",
        b"\x1b[100;1:1u",
        b"\x1b[100;1:3u",
        b"\x1b[",
        b"\x1b[9",
        b"x",
        b"\r",
        b"\x1b\x1c",
        b"\x1bP1+r\x1b\\",
    ]);
    let any = prop::collection::vec(any::<u8>(), 0..4);
    let part = prop_oneof![8 => piece.prop_map(<[u8]>::to_vec), 1 => any];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_cut_gives_the_same(bytes in stream(), cuts in prop::collection::vec(1usize..6, 0..80)) {
        let whole = typed(&bytes);
        let (mut reads, mut rest) = (Vec::new(), &bytes[..]);
        for cut in cuts {
            let (read, after) = rest.split_at(cut.min(rest.len()));
            reads.push(read);
            rest = after;
        }
        reads.push(rest);
        prop_assert_eq!(feed(&mut with("C-\\"), &reads), whole);
    }

    #[test]
    fn what_holds_no_prefix_passes_unchanged(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let clean: Vec<u8> = bytes.into_iter().filter(|b| *b != 0x1c && *b != b'u' && *b != b'~').collect();
        let mut keys = with("C-\\");
        let (mut pass, commands) = feed(&mut keys, &[&clean]);
        keys.flush(&mut pass);
        prop_assert_eq!(pass, clean);
        prop_assert!(commands.is_empty());
    }
}
