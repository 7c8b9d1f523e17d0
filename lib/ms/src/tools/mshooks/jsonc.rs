//! JSON as people keep it in configurations: with comments, commas behind the last element, and a shape of
//! its own. It is parsed into places, and changed by putting text in and taking text out, so that whatever is
//! not ours stays as it is, byte for byte.

use std::iter::once;
use std::ops::Range;

/// How deep values may lie in each other.
const DEEPEST: usize = 200;

/// A value, and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    /// Its place.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    /// `{…}`
    Object(Vec<Item>, Ends),
    /// `[…]`
    Array(Vec<Item>, Ends),
    /// `"…"`
    Text(String),
    /// A number, true, false or null.
    Other,
}

/// An element of an array, or a member of an object.
#[derive(Debug)]
pub(super) struct Item {
    /// Its key, in an object.
    pub key: Option<String>,
    /// Its place, with the key.
    pub span: Range<usize>,
    /// Where what stands before it ends: a bracket, a comma or a comment.
    before: usize,
    /// Whether that is a comment up to the end of a line.
    behind_comment: bool,
    /// The comma behind it.
    comma: Option<usize>,
    /// Its value.
    pub value: Node,
}

/// The end of what stands in a container.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// Where its last element, comma or comment ends.
    last: usize,
    /// Whether a comment is in it that belongs to no element.
    comment: bool,
}

impl Node {
    /// The elements, or the members; none if it is neither an array nor an object.
    pub fn items(&self) -> &[Item] {
        match &self.kind {
            Kind::Object(items, _) | Kind::Array(items, _) => items,
            _ => &[],
        }
    }

    /// The value of a key; of the last where it is there more than once, as readers have it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.items().iter().rev().find(|item| item.key.as_deref() == Some(key)).map(|item| &item.value)
    }

    /// Its text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    fn ends(&self) -> Option<Ends> {
        match self.kind {
            Kind::Object(_, ends) | Kind::Array(_, ends) => Some(ends),
            _ => None,
        }
    }
}

/// What is put in.
#[derive(Debug)]
pub(super) enum Fresh {
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Fresh>),
    /// An object.
    Object(Vec<(String, Fresh)>),
}

/// Parses a text.
///
/// # Errors
/// It is no JSON: where, and what stands there.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut parser = Parser { text, at: 0, last: 0, comment: false, to_line_end: false };
    if text.starts_with('\u{feff}') {
        parser.at = 3;
    }
    parser.skip()?;
    let node = parser.value(0)?;
    parser.skip()?;
    if parser.at < text.len() { Err(parser.fault("something stands behind the value")) } else { Ok(node) }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Where the last thing that is not white space ends.
    last: usize,
    /// A comment came since this was taken back.
    comment: bool,
    /// The last thing that is not white space was a comment up to the end of a line.
    to_line_end: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn fault(&self, what: &str) -> String {
        let before = &self.text[..self.at];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("line {line}, column {column}: {what}")
    }

    fn pass(&mut self, length: usize) {
        self.at += length;
        self.last = self.at;
        self.to_line_end = false;
    }

    /// Over white space and comments.
    fn skip(&mut self) -> Result<(), String> {
        loop {
            let white = self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.at += white;
            let length = match self.rest() {
                rest if rest.starts_with("//") => {
                    rest.find('\n').map_or(rest.len(), |at| at - usize::from(rest[..at].ends_with('\r')))
                }
                rest if rest.starts_with("/*") => {
                    rest[2..].find("*/").ok_or_else(|| self.fault("a comment has no end"))? + 4
                }
                _ => return Ok(()),
            };
            let to_line_end = self.rest().starts_with("//");
            self.pass(length);
            (self.comment, self.to_line_end) = (true, to_line_end);
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, String> {
        if depth > DEEPEST {
            return Err(self.fault("values lie too deep in each other"));
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.items(b'}', depth).map(|(items, ends)| Kind::Object(items, ends))?,
            Some(b'[') => self.items(b']', depth).map(|(items, ends)| Kind::Array(items, ends))?,
            Some(b'"') => Kind::Text(self.string()?),
            _ => self.word()?,
        };
        Ok(Node { span: start..self.at, kind })
    }

    fn items(&mut self, close: u8, depth: usize) -> Result<(Vec<Item>, Ends), String> {
        self.pass(1);
        let mut items: Vec<Item> = Vec::new();
        let mut before = self.at;
        let mut comma = true;
        self.comment = false;
        loop {
            self.skip()?;
            before = before.max(self.last);
            match self.peek() {
                Some(byte) if byte == close => break,
                Some(b',') if !comma => {
                    items.last_mut().expect("an element without a comma").comma = Some(self.at);
                    self.pass(1);
                    comma = true;
                }
                Some(_) if comma => {
                    items.push(self.item(close == b'}', before, depth)?);
                    comma = false;
                    self.comment = false;
                }
                Some(_) => return Err(self.fault("expected a comma, or the end of what was begun")),
                None => return Err(self.fault("the end of what was begun is missing")),
            }
        }
        let ends = Ends { last: self.last, comment: self.comment };
        self.pass(1);
        Ok((items, ends))
    }

    fn item(&mut self, keyed: bool, before: usize, depth: usize) -> Result<Item, String> {
        let (start, behind_comment) = (self.at, self.to_line_end);
        let mut key = None;
        if keyed {
            if self.peek() != Some(b'"') {
                return Err(self.fault("expected a key in quotation marks"));
            }
            key = Some(self.string()?);
            self.skip()?;
            if self.peek() != Some(b':') {
                return Err(self.fault("expected a colon"));
            }
            self.pass(1);
            self.skip()?;
        }
        let value = self.value(depth + 1)?;
        Ok(Item { key, span: start..self.at, before, behind_comment, comma: None, value })
    }

    fn string(&mut self) -> Result<String, String> {
        let bytes = self.rest().as_bytes();
        let mut length = 1;
        while let Some(byte) = bytes.get(length).filter(|byte| **byte != b'"') {
            length += if *byte == b'\\' { 2 } else { 1 };
        }
        let text = self.rest().get(..=length).ok_or_else(|| self.fault("a text has no end"))?;
        let string = serde_json::from_str(text).map_err(|_| self.fault("a text that is no JSON text"))?;
        self.pass(length + 1);
        Ok(string)
    }

    fn word(&mut self) -> Result<Kind, String> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let length = self.rest().find(|c| !is_word(c)).unwrap_or(self.rest().len());
        match serde_json::from_str::<serde_json::Value>(&self.rest()[..length]) {
            Ok(_) => self.pass(length),
            Err(_) => return Err(self.fault("expected a value")),
        }
        Ok(Kind::Other)
    }
}

/// `text` with `fresh` as the last element of the array, or member of the object, `container`.
pub(super) fn put_in(text: &str, container: &Node, key: Option<&str>, fresh: &Fresh) -> String {
    let Some(ends) = container.ends() else { return text.to_owned() };
    let style = Style::of(text);
    let inside = &text[container.span.clone()];
    let close = container.span.end - 1;
    let fills = container.items().is_empty();
    let is_whole = container.span == (0..text.trim_end().len());
    let bare = fills && ends.last == container.span.start + 1;
    let lines = inside.contains('\n') || (bare && (is_whole || text.contains('\n')));
    let outer = indent_at(text, container.span.start);
    let inner = match container.items().last() {
        Some(item) if starts_line(text, item.span.start) => indent_at(text, item.span.start).to_owned(),
        _ => format!("{outer}{}", style.unit),
    };
    let mut put = match (lines, fills) {
        (true, _) => format!("{}{inner}", style.newline),
        (false, true) => String::new(),
        (false, false) => " ".into(),
    };
    if let Some(key) = key {
        put += &format!("{}: ", quoted(key));
    }
    fresh.write(&mut put, lines.then_some((&style, inner.as_str())));
    let comma = container.items().last().map(|item| item.comma);
    if let Some(Some(_)) = comma {
        put.push(',');
    }
    if bare && lines && !text[ends.last..close].contains('\n') {
        put += &format!("{}{outer}", style.newline);
    }
    let mut whole = String::with_capacity(text.len() + put.len() + 1);
    match container.items().last() {
        Some(item) if item.comma.is_none() => {
            whole += &text[..item.span.end];
            whole.push(',');
            whole += &text[item.span.end..ends.last];
        }
        _ => whole += &text[..ends.last],
    }
    whole += &put;
    whole += &text[ends.last..];
    whole
}

/// `text` without an element of `container`: what [`put_in`] did is undone. What is left of a container
/// that only had that is closed up.
pub(super) fn take_out(text: &str, container: &Node, index: usize) -> String {
    let items = container.items();
    let (item, ends) = (&items[index], container.ends().expect("it has elements"));
    if items.len() == 1 && !ends.comment && item.before == container.span.start + 1 {
        return without(text, once(container.span.start + 1..container.span.end - 1));
    }
    let previous = index.checked_sub(1).and_then(|index| items[index].comma);
    let end = item.comma.map_or(item.span.end, |comma| comma + 1);
    // What follows must not become a part of the comment before.
    let goes_on = item.behind_comment && !text[end..].trim_start_matches([' ', '\t', '\r']).starts_with('\n');
    let line_end = text[item.before..].find('\n').map_or(0, |at| at + 1);
    let from = if goes_on { item.before + line_end } else { item.before };
    match previous.filter(|_| item.comma.is_none()) {
        Some(comma) => without(text, [comma..comma + 1, from..end]),
        None => without(text, once(from..end)),
    }
}

fn without(text: &str, ranges: impl IntoIterator<Item = Range<usize>>) -> String {
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        left += &text[at..range.start];
        at = range.end;
    }
    left + &text[at..]
}

/// How a text is laid out.
struct Style {
    unit: String,
    newline: &'static str,
}

impl Style {
    fn of(text: &str) -> Style {
        let indent = |line: &str| line[..line.len() - line.trim_start_matches([' ', '\t']).len()].to_owned();
        let unit = text.lines().skip(1).filter(|line| line.trim_start().starts_with('"')).map(indent).next();
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Style { unit: unit.filter(|unit| !unit.is_empty()).unwrap_or_else(|| "  ".into()), newline }
    }
}

/// The white space that the line of a place begins with.
fn indent_at(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Whether nothing stands before a place on its line.
fn starts_line(text: &str, at: usize) -> bool {
    text[..at].trim_end_matches([' ', '\t']).ends_with('\n')
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Fresh {
    /// Writes it: over several lines where a style is given, with the white space before the first of them.
    fn write(&self, to: &mut String, style: Option<(&Style, &str)>) {
        let (open, close, parts): (_, _, Vec<(Option<&str>, &Fresh)>) = match self {
            Fresh::Text(text) => return to.push_str(&quoted(text)),
            Fresh::List(list) => ('[', ']', list.iter().map(|part| (None, part)).collect()),
            Fresh::Object(list) => {
                ('{', '}', list.iter().map(|(key, part)| (Some(key.as_str()), part)).collect())
            }
        };
        to.push(open);
        let inner = style.map(|(style, indent)| format!("{indent}{}", style.unit));
        for (number, (key, part)) in parts.iter().enumerate() {
            let between = if number == 0 { "" } else { "," };
            *to += between;
            match (style, &inner) {
                (Some((style, _)), Some(inner)) => *to += &format!("{}{inner}", style.newline),
                _ if number > 0 => to.push(' '),
                _ => {}
            }
            if let Some(key) = key {
                *to += &format!("{}: ", quoted(key));
            }
            part.write(to, style.map(|(style, _)| style).zip(inner.as_deref()));
        }
        if let Some((style, indent)) = style {
            *to += &format!("{}{indent}", style.newline);
        }
        to.push(close);
    }
}

#[cfg(test)]
pub(in crate::tools::mshooks) mod tests;
