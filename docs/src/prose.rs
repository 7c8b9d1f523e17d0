//! Prose from Markdown to man(7). Of Markdown just what the pages use: headings, paragraphs, code, bold,
//! italic, lists, definition lists; anything else is an error, so that nothing is lost silently.

use std::fmt::Write;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::roff;

/// Converts a page's prose.
///
/// # Errors
/// With the part of Markdown that has no form in a page.
pub fn to_roff(markdown: &str) -> Result<String, String> {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_DEFINITION_LIST) {
        writer.event(event)?;
    }
    Ok(writer.out)
}

#[derive(Default)]
struct Writer {
    out: String,
    /// The line of text that is being collected, escaped.
    text: String,
    /// In a block of code: its text comes as it is.
    code: bool,
    /// The numbers of the open lists; none for one without numbers.
    lists: Vec<Option<u64>>,
    /// The next paragraph stands behind a list's mark or a term, so it starts no paragraph of its own.
    attached: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(tag) => self.start(tag)?,
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.code => self.code_lines(&text),
            Event::Text(text) => self.text.push_str(&roff::escape(&text)),
            Event::Code(text) => self.text.push_str(&roff::bold(&text)),
            Event::SoftBreak => self.flush(),
            Event::HardBreak => {
                self.flush();
                self.out.push_str(".br\n");
            }
            // Comments.
            Event::Html(_) | Event::InlineHtml(_) => {}
            other => return Err(format!("no man(7) for {other:?}")),
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'_>) -> Result<(), String> {
        match tag {
            Tag::Paragraph => self.paragraph(),
            Tag::Heading { .. } => {}
            Tag::CodeBlock(_) => self.open_code(),
            Tag::List(first) => self.open_list(first),
            Tag::Item => self.item(),
            Tag::DefinitionList => self.open_list(None),
            Tag::HtmlBlock => {}
            Tag::DefinitionListTitle => self.out.push_str(".TP\n"),
            Tag::DefinitionListDefinition => self.attached = true,
            Tag::Emphasis => self.text.push_str("\\fI"),
            Tag::Strong => self.text.push_str("\\fB"),
            Tag::Link { .. } => {}
            other => return Err(format!("no man(7) for {other:?}")),
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::Emphasis | TagEnd::Strong => self.text.push_str("\\fR"),
            TagEnd::CodeBlock => {
                self.code = false;
                self.out.push_str(".fi\n.RE\n");
            }
            TagEnd::List(_) | TagEnd::DefinitionList => self.close_list(),
            TagEnd::Paragraph
            | TagEnd::Item
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition => {
                self.flush();
            }
            _ => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let request = if level == HeadingLevel::H1 { ".SH" } else { ".SS" };
        let text = std::mem::take(&mut self.text);
        let _ = writeln!(self.out, "{request} \"{text}\"");
        self.attached = false;
    }

    fn paragraph(&mut self) {
        self.flush();
        if !std::mem::take(&mut self.attached) {
            self.out.push_str(if self.lists.is_empty() { ".PP\n" } else { ".IP\n" });
        }
    }

    fn open_code(&mut self) {
        self.flush();
        self.attached = false;
        self.code = true;
        let gap = if self.lists.is_empty() { ".PP\n" } else { ".sp\n" };
        let _ = write!(self.out, "{gap}.RS 4\n.nf\n");
    }

    fn code_lines(&mut self, text: &str) {
        for line in text.lines() {
            self.out.push_str(&roff::line(&roff::escape(line)));
        }
    }

    fn open_list(&mut self, first: Option<u64>) {
        self.flush();
        if !self.lists.is_empty() {
            self.out.push_str(".RS\n");
        }
        self.lists.push(first);
    }

    fn close_list(&mut self) {
        self.flush();
        self.lists.pop();
        if !self.lists.is_empty() {
            self.out.push_str(".RE\n");
        }
    }

    fn item(&mut self) {
        match self.lists.last_mut() {
            Some(Some(number)) => {
                let _ = writeln!(self.out, ".IP {number}. 4");
                *number += 1;
            }
            _ => self.out.push_str(".IP \\(bu 2\n"),
        }
        self.attached = true;
    }

    /// Ends the line of text.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.out.push_str(&roff::line(&text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_requests() {
        let text = "# ONE\n\nA `-b` *c*\n.d\n\n## Two\n\n`term`\n: what it is\n\n- x\n- y\n\n```sh\nls -l\n.x\n```\n";
        let expected = ".SH \"ONE\"\n.PP\nA \\fB\\-b\\fR \\fIc\\fR\n\\&.d\n.SS \"Two\"\n.TP\n\\fBterm\\fR\nwhat it is\n\
             .IP \\(bu 2\nx\n.IP \\(bu 2\ny\n.PP\n.RS 4\n.nf\nls \\-l\n\\&.x\n.fi\n.RE\n";
        assert_eq!(to_roff(text).unwrap(), expected);
    }

    #[test]
    fn what_has_no_form_is_refused() {
        assert!(to_roff("> a quotation\n").unwrap_err().contains("BlockQuote"));
    }
}
