//! Which module of a crate knows which: read off the paths in its code, so that tests can refuse an import
//! upwards and a circle.
//!
//! Only siblings are held against each other: that a module and those inside it know each other is how modules
//! are made. All that is inside a sibling counts as it. A name that a module hands on (`pub use`) leads to where
//! it is defined, so that no circle hides behind that. Code of tests does not count, nor do methods: who calls
//! one knows the type.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

/// A module's place in its crate; the crate itself is empty.
type Module = Vec<String>;

/// A module that knows a sibling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The module that both are in, as `a::b`.
    pub parent: String,
    /// Who knows.
    pub from: String,
    /// Whom.
    pub to: String,
    /// A place that shows it: the file's module, and the path in it.
    pub seen: String,
}

/// The modules of a crate, by their place, with their code.
#[derive(Debug, Default)]
pub struct Crate {
    code: BTreeMap<Module, String>,
    /// What a module names by `use`, by the name that it has there.
    names: BTreeMap<(Module, String), Module>,
}

impl Crate {
    /// Reads the code of a crate.
    ///
    /// # Errors
    /// Something in that directory can't be read.
    pub fn read(src: &Path) -> io::Result<Crate> {
        let mut files = Vec::new();
        collect(src, &mut Vec::new(), &mut files)?;
        Ok(Crate::of(files))
    }

    /// A crate of these files: where each stands (`a/b.rs`), and its text.
    pub fn of(files: impl IntoIterator<Item = (String, String)>) -> Crate {
        let (mut code, mut tests) = (BTreeMap::new(), Vec::new());
        for (path, text) in files {
            let module = module_of(&path);
            let (text, without) = without_tests(&without_texts(&text));
            tests.extend(without.into_iter().map(|name| child(&module, &name)));
            code.insert(module, text);
        }
        code.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
        let mut this = Crate { code, names: BTreeMap::new() };
        for (module, text) in &this.code {
            for (path, name) in uses(text).0 {
                if let Some(target) = this.absolute(module, &path) {
                    let name = name.or_else(|| target.last().cloned()).unwrap_or_default();
                    this.names.insert((module.clone(), name), target);
                }
            }
        }
        this
    }

    /// Every sibling that some module knows.
    pub fn edges(&self) -> BTreeSet<Edge> {
        let mut edges = BTreeMap::new();
        for (module, text) in &self.code {
            let (used, rest) = uses(text);
            for path in used.into_iter().map(|(path, _)| path).chain(paths(&rest)) {
                let Some(target) = self.absolute(module, &path) else { continue };
                let target = self.defined(&target, 0);
                let same = module.iter().zip(&target).take_while(|(a, b)| a == b).count();
                if let (Some(from), Some(to)) = (module.get(same), target.get(same)) {
                    let key = (module[..same].join("::"), from.clone(), to.clone());
                    edges.entry(key).or_insert_with(|| format!("{}: {path}", module.join("::")));
                }
            }
        }
        let edge = |((parent, from, to), seen)| Edge { parent, from, to, seen };
        edges.into_iter().map(edge).collect()
    }

    /// What a path in a module leads to, from the crate's top; none if it leads out of the crate.
    fn absolute(&self, module: &Module, path: &str) -> Option<Module> {
        let mut parts = path.split("::").map(str::trim).peekable();
        let mut place = match *parts.peek()? {
            "crate" => Module::new(),
            "super" | "self" => module.clone(),
            first if self.code.contains_key(&child(module, first)) => {
                return Some(module.iter().cloned().chain(parts.map(str::to_owned)).collect());
            }
            _ => return None,
        };
        for part in parts {
            match part {
                "crate" | "self" => {}
                "super" => drop(place.pop()),
                part => place.push(part.to_owned()),
            }
        }
        Some(place)
    }

    /// The module in which something is defined, however often its name is handed on.
    fn defined(&self, path: &[String], hops: usize) -> Module {
        let known = (0..=path.len()).rev().find(|len| self.code.contains_key(&path[..*len])).unwrap_or(0);
        let module = path[..known].to_vec();
        let name = path.get(known).filter(|_| hops < 8);
        match name.and_then(|name| self.names.get(&(module.clone(), name.clone()))) {
            Some(target) if target != path => self.defined(&[target, &path[known + 1..]].concat(), hops + 1),
            _ => module,
        }
    }
}

/// The siblings of a crate that know each other in a circle, each with the edges between them.
pub fn circles(edges: &BTreeSet<Edge>) -> Vec<Vec<&Edge>> {
    let reaches = |from: &Edge, to: &str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.to.as_str()]);
        while let Some(name) = next.pop() {
            if seen.insert(name) {
                let on = edges.iter().filter(|edge| edge.parent == from.parent && edge.from == name);
                next.extend(on.map(|edge| edge.to.as_str()));
            }
        }
        seen.contains(to)
    };
    let mut found: BTreeMap<&str, Vec<&Edge>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| reaches(edge, &edge.from)) {
        found.entry(&edge.parent).or_default().push(edge);
    }
    found.into_values().collect()
}

/// The edges between the parts of a crate that its layers do not allow: `layers` says whom each may know.
pub fn upwards<'a>(edges: &'a BTreeSet<Edge>, layers: &[(&str, &[&str])]) -> Vec<&'a Edge> {
    let allowed = |edge: &&Edge| {
        layers.iter().any(|(from, below)| edge.from == *from && below.contains(&edge.to.as_str()))
    };
    edges.iter().filter(|edge| edge.parent.is_empty() && !allowed(edge)).collect()
}

fn collect(dir: &Path, at: &mut Vec<String>, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        at.push(entry.file_name().to_string_lossy().into_owned());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), at, files)?;
        } else if at.last().is_some_and(|name| name.ends_with(".rs")) {
            files.push((at.join("/"), fs::read_to_string(entry.path())?));
        }
        at.pop();
    }
    Ok(())
}

fn module_of(path: &str) -> Module {
    let mut parts: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    parts.pop_if(|last| matches!(last.as_str(), "mod" | "lib" | "main"));
    parts
}

fn child(module: &Module, name: &str) -> Module {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

/// The code without comments and without what is in literals.
fn without_texts(code: &str) -> String {
    let (mut out, mut rest) = (String::new(), code);
    while let Some(first) = rest.chars().next() {
        let length = literal(rest, out.chars().last());
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.push(' ');
            rest = &rest[length.min(rest.len())..];
        }
    }
    out
}

/// How long the comment or literal is that begins here; 0 for other code.
fn literal(rest: &str, before: Option<char>) -> usize {
    let until =
        |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let raw = rest.trim_start_matches('b').strip_prefix('r').filter(|_| !in_word);
    let hashes = raw.map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
    if rest.starts_with("//") {
        // The end of the line stays.
        until("\n", 0).saturating_sub(1).max(2)
    } else if rest.starts_with("/*") {
        until("*/", 2)
    } else if raw.is_some_and(|raw| raw[hashes..].starts_with('"')) {
        let start = rest.find('"').unwrap_or(0) + 1;
        until(&format!("\"{}", "#".repeat(hashes)), start)
    } else if rest.starts_with('"') {
        quoted(rest, '"')
    } else if rest.starts_with('\'') {
        // A lifetime has no second quote.
        let inside: Vec<char> = rest.chars().skip(1).take(2).collect();
        if inside.first() == Some(&'\\') || inside.get(1) == Some(&'\'') { quoted(rest, '\'') } else { 0 }
    } else {
        0
    }
}

/// The length of a literal in such quotes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// The code without what only tests have, and the names of the modules that only they have.
fn without_tests(code: &str) -> (String, Vec<String>) {
    let (mut out, mut rest, mut modules) = (String::new(), code, Vec::new());
    while let Some(at) = rest.find("#[cfg(") {
        let condition = &rest[at..=at + rest[at..].find(']').unwrap_or(rest.len() - at - 1)];
        let is_test = words(condition).any(|word| word == "test") && !condition.contains("not(test");
        out.push_str(&rest[..at]);
        rest = &rest[at + condition.len()..];
        if is_test {
            let length = item(rest);
            let mut head = words(&rest[..length]).skip_while(|word| *word != "mod");
            modules.extend(head.nth(1).map(str::to_owned));
            rest = &rest[length..];
        }
    }
    (out + rest, modules)
}

/// How long the item is that begins here: to its semicolon, or to the end of its braces.
fn item(rest: &str) -> usize {
    let is_use = words(rest).find(|word| *word != "pub" && *word != "crate") == Some("use");
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 && !is_use {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    rest.len()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// What the code imports, each with the name that it is given, and the code without that.
fn uses(code: &str) -> (Vec<(String, Option<String>)>, String) {
    let (mut found, mut out) = (Vec::new(), String::new());
    let mut rest = code;
    while let Some(at) = find_use(rest) {
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        expand(&rest[at + "use ".len()..end], "", &mut found);
        out.push_str(&rest[..at]);
        rest = &rest[end..];
    }
    (found, out + rest)
}

fn find_use(code: &str) -> Option<usize> {
    let begins =
        |at: &usize| code[..*at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
    code.match_indices("use ").map(|(at, _)| at).find(begins)
}

/// `a::{b, c::d as e}` as `a::b` and `a::c::d`, named `e`.
fn expand(tree: &str, before: &str, found: &mut Vec<(String, Option<String>)>) {
    let Some((head, inside)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
        let path = format!("{before}{}", path.trim());
        if !path.is_empty() {
            found.push((path, name.map(|name| name.trim().to_owned())));
        }
        return;
    };
    let before = format!("{before}{}", head.trim());
    let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
    let (mut depth, mut start) = (0, 0);
    for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[start..at].trim().is_empty() {
                    expand(&inside[start..at], &before, found);
                }
                start = (at + 1).min(inside.len());
            }
            _ => {}
        }
    }
}

/// The paths in code: names with `::` between them.
fn paths(code: &str) -> Vec<String> {
    let in_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let found = code.split(|c: char| !in_path(c)).filter(|word| word.contains("::"));
    found.map(|word| word.trim_matches(':').to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_up(files: &[(&str, &str)]) -> Crate {
        Crate::of(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
    }

    fn told(edges: &BTreeSet<Edge>) -> Vec<String> {
        edges.iter().map(|edge| format!("{}: {} -> {}", edge.parent, edge.from, edge.to)).collect()
    }

    #[test]
    fn an_import_is_seen_in_each_form() {
        for text in [
            "use crate::high::Thing;",
            "use crate::{high::{self, Thing as Other}, low};",
            "use super::high;",
            "fn f() -> crate::high::Thing { todo!() }",
            "fn f() { super::high::begin(1); }",
            "pub(crate) use crate::Handed;",
            "#[cfg(not(test))]\nuse crate::high::Thing;",
        ] {
            let lib = "mod low; mod high;\npub use high::Thing as Handed;";
            let made = made_up(&[("lib.rs", lib), ("low.rs", text), ("high.rs", "pub struct Thing;")]);
            let edges = made.edges();
            assert_eq!(told(&edges), [": low -> high"], "{text}");
            assert_eq!(upwards(&edges, &[("high", &["low"])]).len(), 1, "{text}");
            assert!(upwards(&edges, &[("low", &["high"])]).is_empty());
        }
    }

    #[test]
    fn what_is_no_import_is_not_taken_for_one() {
        for text in [
            "// use crate::high::Thing;",
            "/* crate::high */ fn f() {}",
            "const A: &str = \"use crate::high::Thing;\"; const B: char = '\"'; const C: &str = r#\"crate::high\"#;",
            "#[cfg(test)]\nmod tests { use crate::high::Thing; fn f() { crate::high::g(); } }",
            "#[cfg(test)]\nuse crate::high::{Thing, Other};",
            "use std::high::Thing;",
            "fn f<'a>(a: &'a str) { a.high() }",
        ] {
            let files = [("lib.rs", "mod low; mod high;"), ("low.rs", text), ("high.rs", "")];
            assert_eq!(told(&made_up(&files).edges()), [""; 0], "{text}");
        }
        let files =
            [("low.rs", "#[cfg(test)]\nmod tests;"), ("low/tests.rs", "use crate::high;"), ("high.rs", "")];
        assert_eq!(told(&made_up(&files).edges()), [""; 0]);
    }

    #[test]
    fn a_circle_of_siblings_is_found_however_long_and_wherever_in_them() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::x;"),
            ("b/mod.rs", "mod deep;"),
            ("b/deep.rs", "use crate::c;"),
            ("c.rs", "fn f() { crate::a::g() }"),
            ("d.rs", "use crate::a; use crate::b; use crate::c;"),
        ];
        let edges = made_up(&files).edges();
        let found = circles(&edges);
        assert_eq!(found.len(), 1);
        let between: Vec<String> = found[0].iter().map(|edge| format!("{}{}", edge.from, edge.to)).collect();
        assert_eq!(between, ["ab", "bc", "ca"]);
        let cut: Vec<_> =
            files.iter().copied().map(|(path, text)| (path, text.replace("crate::a::g", ""))).collect();
        let cut: Vec<(&str, &str)> = cut.iter().map(|(path, text)| (*path, text.as_str())).collect();
        assert!(circles(&made_up(&cut).edges()).is_empty());
    }

    #[test]
    fn a_name_that_is_handed_on_hides_no_circle_and_a_parent_is_none() {
        let files = [
            ("lib.rs", "mod part;"),
            ("part/mod.rs", "mod one; mod two;\npub use one::One;\npub struct Own;\nuse two::Two;"),
            ("part/one.rs", "use super::two::Two;"),
            ("part/two.rs", "use super::One; use super::Own;"),
        ];
        let edges = made_up(&files).edges();
        assert_eq!(told(&edges), ["part: one -> two", "part: two -> one"]);
        assert_eq!(circles(&edges).len(), 1);
    }
}
