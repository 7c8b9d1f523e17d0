//! Tests of the scanner.

use proptest::prelude::*;

use super::report::{ReportKind, ReportState};
use super::*;

fn scan(bytes: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    Scanner::new().feed(bytes, &mut |event| events.push(event));
    events
}

fn whats(bytes: &[u8]) -> Vec<EventKind> {
    scan(bytes).into_iter().map(|event| event.what).collect()
}

#[track_caller]
fn assert_query(bytes: &[u8], query: Query) {
    assert_eq!(whats(bytes), [EventKind::Query(query)], "{:?}", String::from_utf8_lossy(bytes));
}

#[test]
fn queries_are_known() {
    assert_query(b"\x1b[c", Query::PrimaryAttributes);
    assert_query(b"\x1b[0c", Query::PrimaryAttributes);
    assert_query(b"\x1bZ", Query::PrimaryAttributes);
    assert_query(b"\x1b[>c", Query::SecondaryAttributes);
    assert_query(b"\x1b[>0c", Query::SecondaryAttributes);
    assert_query(b"\x1b[=c", Query::TertiaryAttributes);
    assert_query(b"\x1b[5n", Query::Status);
    assert_query(b"\x1b[6n", Query::Cursor);
    assert_query(b"\x1b[?6n", Query::ExtendedCursor);
    assert_query(b"\x1b[?996n", Query::ColorScheme);
    assert_query(b"\x1b[4$p", Query::Mode(4));
    assert_query(b"\x1b[?2026$p", Query::PrivateMode(2026));
    assert_query(b"\x1b[>q", Query::Version);
    assert_query(b"\x1b[>0q", Query::Version);
    assert_query(b"\x1bP+q544e;636f\x1b\\", Query::Termcap("544e;636f".into()));
    assert_query(b"\x1bP$q q\x1b\\", Query::Setting(" q".into()));
    assert_query(b"\x1b[?u", Query::Keyboard);
    assert_query(b"\x1b[?4m", Query::ModifyOtherKeys);
    assert_query(b"\x1b]4;7;?\x1b\\", Query::PaletteColor { index: 7, bel: false });
    assert_query(b"\x1b]11;?\x07", Query::DynamicColor { number: 11, bel: true });
    assert_query(b"\x1b[14t", Query::TextAreaPixels);
    assert_query(b"\x1b[16t", Query::CellPixels);
    assert_query(b"\x1b[18t", Query::TextAreaCells);
    assert_query(b"\x1b]7501;?\x1b\\", Query::ProgramStatus);
    assert_query(b"\x1b]99;i=1:p=?;\x1b\\", Query::Other);
    assert_query(b"\x1b[21t", Query::Other);
    assert_query(b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", Query::Other);
    let two = [10, 11].map(|number| EventKind::Query(Query::DynamicColor { number, bel: false }));
    assert_eq!(whats(b"\x1b]10;?;?\x1b\\"), two);
}

#[test]
fn what_only_looks_like_a_query_is_none() {
    let others: [&[u8]; 14] = [
        b"\x1b[1c",
        b"\x1b[7n",
        b"\x1b]4;7;#fff\x07",
        b"\x1b]11;#000\x07",
        b"\x1b[22;0t",
        b"\x1b[8;24;80t",
        b"\x1b[2 q",
        b"\x1b[u",
        b"\x1b[>1u",
        b"\x1b[>4;2m",
        b"\x1b_Gi=1,q=2;AA\x1b\\",
        b"\x1bPq#0\x1b\\",
        b"\x1b[6\x18n",
        b"\x1b]11;?\x18",
    ];
    for bytes in others {
        assert_eq!(whats(bytes), [], "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_bell_is_one_outside_of_osc_only() {
    assert_eq!(whats(b"a\x07b"), [EventKind::Bell]);
    assert_eq!(whats(b"\x1b[3\x071m"), [EventKind::Bell]);
    assert_eq!(whats(b"\x1bPq\x07\x1b\\\x1b]8;;http://a\x07"), []);
}

#[test]
fn notifications_and_progress() {
    let notification =
        |title: &str, body: &str| EventKind::Notification { title: title.into(), body: body.into() };
    assert_eq!(whats(b"\x1b]9;done\x07"), [notification("", "done")]);
    assert_eq!(whats(b"\x1b]777;notify;title;the; body\x1b\\"), [notification("title", "the; body")]);
    assert_eq!(whats(b"\x1b]99;i=1:e=1;aGVsbG8=\x1b\\"), [notification("", "hello")]);
    assert_eq!(whats(b"\x1b]99;;hello\x1b\\"), [notification("", "hello")]);
    assert_eq!(
        whats(b"\x1b]99;i=1:d=0;hel\x1b\\\x1b]99;i=1:p=close;\x1b\\\x1b]9;9;/tmp\x07\x1b]777;other;x\x07"),
        []
    );
    assert_eq!(whats(b"\x1b]9;4;1;50\x07"), [EventKind::Progress { state: 1, value: 50 }]);
    assert_eq!(
        whats(b"\x1b]9;4;3\x07\x1b]9;4\x07"),
        [3, 0].map(|state| EventKind::Progress { state, value: 0 })
    );
}

#[test]
fn marks_titles_modes_and_resets() {
    let mark = |kind, params: &str| EventKind::Mark { kind, params: params.into() };
    assert_eq!(whats(b"\x1b]133;A\x07\x1b]133;D;1;aid=7\x1b\\"), [mark('A', ""), mark('D', "1;aid=7")]);
    let title = |window, text: &str| EventKind::Title { window, text: text.into() };
    assert_eq!(
        whats("\x1b]0;a\x07\x1b]1;b\x07\x1b]2;c;\u{202e}d\x1b\\".as_bytes()),
        [title(true, "a"), title(false, "b"), title(true, "c;d")]
    );
    assert_eq!(whats(b"\x1b]7;file://h/d\x07"), [EventKind::Directory("file://h/d".into())]);
    assert_eq!(
        whats(b"\x1b]52;c;aGk=\x07\x1b]52;c;?\x07"),
        [false, true].map(|asked| EventKind::Clipboard { asked })
    );
    assert_eq!(whats(b"\x1b[?2004;1049h"), [EventKind::BracketedPaste(true), EventKind::AltScreen(true)]);
    assert_eq!(
        whats(b"\x1b[?2026h\x1b[?2026l\x1b[?47l"),
        [EventKind::Sync(true), EventKind::Sync(false), EventKind::AltScreen(false)]
    );
    assert_eq!(whats(b"\x1bc\x1b[!p"), [EventKind::Reset, EventKind::SoftReset]);
}

fn report(state: ReportState) -> Report {
    Report { state, id: String::new(), kind: None, progress: None, app: None, title: None, message: None }
}

#[test]
fn reports_follow_the_protocol() {
    let parse = |body: &str| Report::parse(body.as_bytes());
    assert_eq!(parse("state=idle"), Some(report(ReportState::Idle)));
    assert_eq!(
        parse("state=blocked:id=a/b:kind=permission:app=x:msg=RGVwbG95Pw==:progress=40:later=1"),
        Some(Report {
            id: "a/b".into(),
            kind: Some(ReportKind::Permission),
            app: Some("x".into()),
            message: Some("Deploy?".into()),
            progress: Some(40),
            ..report(ReportState::Blocked)
        })
    );
    assert_eq!(
        parse("state=idle:state=done:kind=auth:progress=3:junk:=:A=b"),
        Some(report(ReportState::Done))
    );
    assert_eq!(parse("state=working:progress=101:app=a b"), Some(report(ReportState::Working)));
    assert_eq!(parse(" state = idle "), Some(report(ReportState::Idle)));
    for bad in [
        "",
        "kind=auth",
        "state=new",
        "state=idle:msg=!!!!x",
        "state=idle:msg=Gw==",
        "state=idle:msg=/w==",
        "state=idle:id=a//b",
        "state=idle:id=a/b/c/d/e/f/g/h/i",
        "state=idle:abcdefghijklmnopq=1",
    ] {
        let expected = bad.contains("!!!!").then(|| report(ReportState::Idle));
        assert_eq!(parse(bad), expected, "{bad}");
    }
    assert_eq!(parse(&format!("state=idle:id={}", "x".repeat(33))), None);
    assert_eq!(parse(&format!("state=idle:z={}", "x".repeat(4096))), None);
    assert_eq!(whats(b"\x1b]7501;state=done\x07"), [EventKind::Status(report(ReportState::Done))]);
}

#[test]
fn events_know_where_they_are() {
    let places: Vec<(u64, u64)> = scan(b"ab\x07\x1b[6nxy\x1b]11;?\x1b\\z\x1b]9;a\x1b[c")
        .iter()
        .map(|event| (event.start, event.end))
        .collect();
    assert_eq!(places, [(2, 3), (3, 7), (9, 17), (18, 23), (23, 26)]);
    let mut scanner = Scanner::at(1 << 40);
    let mut at = 0;
    scanner.feed(b"x\x07", &mut |event| at = event.start);
    assert_eq!((at, scanner.offset()), ((1 << 40) + 1, (1 << 40) + 2));
}

#[test]
fn hostile_strings_cost_no_memory() {
    let mut scanner = Scanner::new();
    let mut events = 0;
    for start in [&b"\x1b]2;"[..], b"\x1bP+q", b"\x1b[1;", b"\x1b_G"] {
        scanner.feed(start, &mut |_| events += 1);
        for _ in 0..1000 {
            scanner.feed(&[b'1'; 4096], &mut |_| events += 1);
        }
        assert!(scanner.tokens.held().len() <= MAX_KEPT);
        scanner.feed(b"\x1b\\", &mut |_| events += 1);
    }
    assert_eq!(events, 0);
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "\x1b[6n",
        "\x1b[c",
        "\x1b]11;?\x07",
        "\x1b]0;title\x1b\\",
        "\x07",
        "\x1b]133;A\x07",
        "\x1bP+q544e\x1b\\",
        "\x1b[?2004h",
        "\x1b]7501;state=done\x1b\\",
        "\x1b]9;4;1;3\x07",
        "text ",
        "日本",
        "\x1b[31m",
        "\x1bc",
        "\x1b]52;c;?\x07",
        "\x1b[?1049l",
    ]);
    prop_oneof![
        3 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
        2 => prop::collection::vec(prop::sample::select(b"\x1b[]P;?0:9\x07\x18\\cnq".to_vec()), 1..6),
    ]
}

proptest! {
    #[test]
    fn no_cut_matters(pieces in prop::collection::vec(piece(), 0..40), step in 1usize..9) {
        let stream = pieces.concat();
        let mut events = Vec::new();
        let mut scanner = Scanner::new();
        for bytes in stream.chunks(step) {
            scanner.feed(bytes, &mut |event| events.push(event));
        }
        prop_assert_eq!(events, scan(&stream));
    }
}
