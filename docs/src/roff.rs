//! Text as man(7) has it: escapes. Nothing of what a page says is here.

/// Escapes text so that every character is shown as it is, and can be copied from a terminal as it is.
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\(rs"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            '"' => out.push_str("\\(dq"),
            c if c.is_ascii() => out.push(c),
            c => out.push_str(&format!("\\[u{:04X}]", u32::from(c))),
        }
    }
    out
}

/// A line of text: what would be a request (a dot or quote at its start) is text.
pub fn line(escaped: &str) -> String {
    match escaped.chars().next() {
        Some('.') => format!("\\&{escaped}\n"),
        _ => format!("{escaped}\n"),
    }
}

/// A section's heading.
pub fn section(title: &str) -> String {
    format!(".SH {}\n", quoted(title))
}

/// An argument of a request.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escape(text))
}

/// Bold.
pub fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", escape(text))
}

/// Italic.
pub fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_for_a_request_or_changed() {
        assert_eq!(line(&escape(".SH x")), "\\&.SH x\n");
        assert_eq!(line(&escape("'x' -a \\n ◐")), "\\(aqx\\(aq \\-a \\(rsn \\[u25D0]\n");
    }
}
