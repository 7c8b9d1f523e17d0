use super::*;
use proptest::prelude::*;

fn group() -> Fresh {
    let hook = Fresh::Object(vec![("command".into(), Fresh::Text("c".into()))]);
    Fresh::Object(vec![("hooks".into(), Fresh::List(vec![hook]))])
}

/// Puts a member into the root.
fn put(text: &str) -> String {
    put_in(text, &parse(text).unwrap(), Some("new"), &group())
}

/// Takes the last member out of the root.
fn take(text: &str) -> String {
    let root = parse(text).unwrap();
    take_out(text, &root, root.items().len() - 1)
}

#[test]
fn a_member_takes_the_shape_of_what_is_there() {
    let lines =
        "{\n  \"new\": {\n    \"hooks\": [\n      {\n        \"command\": \"c\"\n      }\n    ]\n  }\n}";
    let inline = r#""new": {"hooks": [{"command": "c"}]}"#;
    for (text, expected) in [
        ("{}", lines.to_owned()),
        ("{}\n", format!("{lines}\n")),
        (r#"{"a":1}"#, format!(r#"{{"a":1, {inline}}}"#)),
        ("{ \"a\": 1 }\n", format!("{{ \"a\": 1, {inline} }}\n")),
        ("{\n  \"a\": 1\n}\n", format!("{{\n  \"a\": 1,\n{}\n", &lines[2..])),
        (
            "{\n  \"a\": 1, // one\n}\n",
            format!("{{\n  \"a\": 1, // one\n{},\n}}\n", &lines[2..lines.len() - 2]),
        ),
        ("{\n  \"a\": 1 // one\n}\n", format!("{{\n  \"a\": 1, // one\n{}\n", &lines[2..])),
        ("{\n\t\"a\": 1\n}", format!("{{\n\t\"a\": 1,\n{}", &lines[2..].replace("  ", "\t"))),
        ("{\r\n  \"a\": 1\r\n}", format!("{{\n  \"a\": 1,\n{}", &lines[2..]).replace('\n', "\r\n")),
    ] {
        assert_eq!(put(text), expected, "{text:?}");
        assert_eq!(take(&expected), text, "{expected:?}");
    }
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    for (text, place) in [
        ("", "line 1, column 1"),
        ("{", "line 1, column 2"),
        ("{\n  \"a\" 1\n}", "line 2, column 7"),
        ("{\"a\": 1 \"b\": 2}", "line 1, column 9"),
        ("{a: 1}", "line 1, column 2"),
        ("{} {}", "line 1, column 4"),
        ("[1, 2", "line 1, column 6"),
        ("\"abc", "line 1, column 1"),
        ("{\"a\": tru}", "line 1, column 7"),
        ("{,}", "line 1, column 2"),
        ("/* a", "line 1, column 1"),
        ("\"\\x\"", "line 1, column 1"),
    ] {
        let told = parse(text).expect_err(text);
        assert!(told.starts_with(place), "{text:?}: {told}");
    }
    assert!(parse(&"[".repeat(100_000)).is_err());
}

#[test]
fn the_last_of_a_key_counts() {
    let root = parse(r#"{"a": "x", "a": "y", /* c */ "b": ["\u00e9\n"],}"#).unwrap();
    assert_eq!(root.get("a").and_then(Node::text), Some("y"));
    assert_eq!(root.get("b").unwrap().items()[0].value.text(), Some("é\n"));
}

/// White space, and comments where the second is true.
fn trivia(comments: bool) -> impl Strategy<Value = String> {
    let white = prop_oneof![Just(""), Just(" "), Just("\n"), Just("\n  "), Just("\r\n\t")];
    let comment = prop_oneof![3 => Just(""), 1 => Just("// a, ] }\n"), 1 => Just("/* \"b\" { */")];
    (white.clone(), comment, white)
        .prop_map(move |(a, comment, b)| format!("{a}{}{b}", if comments { comment } else { "" }))
}

/// JSON in any shape, with comments.
pub(in crate::tools::mshooks) fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("-2.5e3".to_owned()),
        Just("null".to_owned()),
        "[a-z\\[\\]{}/*,: é]{0,6}".prop_map(|text| quoted(&text)),
    ];
    let value = leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![container("[", "]", inner.clone(), false), container("{", "}", inner, true)]
    });
    (trivia(true), container("{", "}", value, true), trivia(false)).prop_map(|(a, root, b)| a + &root + &b)
}

fn container(
    open: &'static str,
    close: &'static str,
    inner: impl Strategy<Value = String> + Clone + 'static,
    keyed: bool,
) -> BoxedStrategy<String> {
    let item = (trivia(true), "[a-z]{1,4}", trivia(true), inner, trivia(true)).prop_map(
        move |(before, key, between, value, after)| match keyed {
            true => format!("{before}\"{key}\"{between}:{between}{value}{after}"),
            false => format!("{before}{value}{after}"),
        },
    );
    (proptest::collection::vec(item, 0..4), any::<bool>(), trivia(true))
        .prop_map(move |(items, comma, end)| {
            let comma = if comma && !items.is_empty() { "," } else { "" };
            format!("{open}{}{comma}{end}{close}", items.join(","))
        })
        .boxed()
}

/// The text without what stands inside of the root, if that has no element: that is closed up.
fn closed(text: &str) -> String {
    let root = parse(text).unwrap();
    match root.items().is_empty() && !root.ends().unwrap().comment {
        true => without(text, once(root.span.start + 1..root.span.end - 1)),
        false => text.to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_put_in_is_there_and_can_be_taken_out(text in json()) {
        let fuller = put(&text);
        let root = parse(&fuller).unwrap();
        prop_assert!(root.get("new").and_then(|new| new.get("hooks")).is_some(), "{fuller}");
        prop_assert_eq!(root.items().len(), parse(&text).unwrap().items().len() + 1);
        prop_assert_eq!(closed(&take(&fuller)), closed(&text));
    }

    #[test]
    fn any_element_can_be_taken_out(text in json(), index in any::<prop::sample::Index>()) {
        let root = parse(&text).unwrap();
        prop_assume!(!root.items().is_empty());
        let left = take_out(&text, &root, index.index(root.items().len()));
        prop_assert_eq!(parse(&left).unwrap().items().len(), root.items().len() - 1, "{} of {}", left, text);
    }

    #[test]
    fn anything_is_parsed_or_refused(text in "[\\[\\]{}\",:/*\\\\ \n1a]{0,40}") {
        let _ = parse(&text);
    }
}
