//! The commands that the documentation shows: blocks marked `sh` in Markdown, what stands behind `$ ` in
//! those marked `console`, and the Examples of --help. Tests check that each is a command that the tools
//! understand, and run those that can be run.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// The text of each block that is marked `language`.
pub fn blocks(markdown: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut inside = false;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if *info == *language => {
                inside = true;
                blocks.push(String::new());
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(text) if inside => {
                if let Some(block) = blocks.last_mut() {
                    block.push_str(&text);
                }
            }
            _ => {}
        }
    }
    blocks
}

/// Every piece of shell that a page shows.
pub fn scripts(markdown: &str) -> Vec<String> {
    let mut scripts = blocks(markdown, "sh");
    for block in blocks(markdown, "console") {
        scripts.extend(block.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned));
    }
    scripts
}

/// The commands under "Examples:" of a tool's help: each line up to two blanks, behind which it is told
/// what the command does.
pub fn of_help(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| !line.starts_with("Examples:")).skip(1);
    lines.filter_map(|line| line.strip_prefix("  ")).map(|line| up_to_gap(line).to_owned()).collect()
}

fn up_to_gap(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ' ') if line[at..].starts_with("  ") => return &line[..at],
            _ => {}
        }
    }
    line
}

/// The simple commands of a script that call one of ms's tools, as words: as a shell would split them,
/// whatever pipes, lists and substitutions they stand in.
pub fn invocations(script: &str) -> Vec<Vec<String>> {
    let mut split = Split::default();
    split.script(&mut script.chars().peekable());
    split.commands.into_iter().filter_map(|words| from_tool(&words)).collect()
}

/// The words from the tool's name on: behind assignments, keywords and commands that run others.
fn from_tool(words: &[String]) -> Option<Vec<String>> {
    let passed = |word: &str| {
        word.contains('=')
            || matches!(word, "if" | "while" | "until" | "do" | "then" | "else" | "!" | "{")
            || matches!(word, "xargs" | "-r" | "-0" | "-n1" | "eval" | "exec" | "command" | "time" | "watch")
    };
    let start = words.iter().position(|word| !passed(word))?;
    crate::tools::named(&words[start]).map(|_| words[start..].to_vec())
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

#[derive(Default)]
struct Split {
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: Option<String>,
}

impl Split {
    fn script(&mut self, chars: &mut Chars<'_>) {
        while let Some(c) = chars.next() {
            match c {
                '#' if self.word.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
                ' ' | '\t' => self.end_word(),
                '\n' | ';' | '|' | '&' | '(' => self.end_command(),
                ')' => break,
                '<' | '>' => self.redirection(chars),
                '\\' => self.push_escaped(chars.next()),
                '\'' => self.push_until(chars),
                '"' => self.double_quoted(chars),
                '$' if chars.next_if_eq(&'(').is_some() => self.substitution(chars),
                c => self.push(c),
            }
        }
        self.end_command();
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn push_escaped(&mut self, c: Option<char>) {
        if let Some(c) = c.filter(|c| *c != '\n') {
            self.push(c);
        }
    }

    /// The rest of a text in single quotes.
    fn push_until(&mut self, chars: &mut Chars<'_>) {
        let word = self.word.get_or_insert_default();
        word.extend(chars.by_ref().take_while(|c| *c != '\''));
    }

    fn double_quoted(&mut self, chars: &mut Chars<'_>) {
        self.word.get_or_insert_default();
        while let Some(c) = chars.next().filter(|c| *c != '"') {
            match c {
                '\\' => self.push_escaped(chars.next()),
                '$' if chars.next_if_eq(&'(').is_some() => self.substitution(chars),
                c => self.push(c),
            }
        }
    }

    /// A command inside: its commands count, its output is any text.
    fn substitution(&mut self, chars: &mut Chars<'_>) {
        let mut inner = Split::default();
        inner.script(chars);
        self.commands.append(&mut inner.commands);
        self.word.get_or_insert_default().push_str("TEXT");
    }

    /// Where to is no argument, and neither is the number of a descriptor before it.
    fn redirection(&mut self, chars: &mut Chars<'_>) {
        if self.word.as_ref().is_some_and(|word| word.chars().all(|c| c.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        while chars.next_if(|c| matches!(c, ' ' | '>' | '<' | '&' | '(')).is_some() {}
        while chars.next_if(|c| !c.is_whitespace() && !matches!(c, '|' | ';' | ')')).is_some() {}
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.commands.push(words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<String> {
        invocations(script).iter().map(|words| words.join("|")).collect()
    }

    #[test]
    fn tools_are_found_wherever_they_stand() {
        assert_eq!(words("msls --waiting | fzf | xargs msclose"), ["msls|--waiting", "msclose"]);
        assert_eq!(words("name=$(msnew -n 'a b' sh) && msls # msls x\n"), ["msnew|-n|a b|sh", "msls"]);
        assert_eq!(words("if msls -w >/dev/null 2>&1; then echo msls; fi"), ["msls|-w"]);
        assert_eq!(words("mssend x \"$(msbuf y)\" --enter"), ["msbuf|y", "mssend|x|TEXT|--enter"]);
        assert_eq!(words("msls --format '{name}\\t{exit}' \\\n  -a"), ["msls|--format|{name}\\t{exit}|-a"]);
    }

    #[test]
    fn commands_are_taken_from_blocks_and_from_help() {
        let page = "```sh\nmsls\n```\n\n```console\n$ msls -a\nout\n$ msbuf x\n```\n\n```text\nno\n```\n";
        assert_eq!(scripts(page), ["msls\n", "msls -a", "msbuf x"]);
        let help = "Examples:\n  msnew -n 'a  b'   a shell\n  msls";
        assert_eq!(of_help(help), ["msnew -n 'a  b'", "msls"]);
    }
}
