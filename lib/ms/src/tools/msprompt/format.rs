//! The indicator in the forms that its readers want: each has characters of its own that must not come
//! from a name or a configured text by accident. It will never print a control byte.

use clap::ValueEnum;
use serde_json::json;

use super::gather::Session;
use super::template::Template;
use ms_platform::time::Time;
use ms_terminal::safe;
use ms_terminal::text_table::span;
use msession::format::attention::Attention;
use msession::format::status;

/// Longest message of a session in a tooltip, in bytes.
const MAX_MESSAGE: usize = 120;

/// What the indicator is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text alone
    Plain,
    /// PS1
    Bash,
    /// PROMPT
    Zsh,
    /// fish_prompt
    Fish,
    /// A custom module of starship
    Starship,
    /// status-left or status-right, by #(...)
    Tmux,
    /// A custom module of waybar: JSON
    Waybar,
}

impl Format {
    /// A line; empty if there is nothing to say, but for waybar, which is told that by a line too.
    pub(super) fn show(self, template: &Template, sessions: &[Session]) -> String {
        let text = safe::safe_text(&template.fill(sessions), 1000);
        if self == Format::Waybar {
            return waybar(&text, sessions);
        }
        let asks = sessions.iter().any(Session::asks);
        match self {
            _ if text.is_empty() => text,
            Format::Bash => coloured(asks, r"\[\e[33m\]", &bash(&text), r"\[\e[39m\]"),
            Format::Zsh => coloured(asks, "%F{yellow}", &text.replace('%', "%%"), "%f"),
            Format::Tmux => coloured(asks, "#[fg=yellow]", &text.replace('#', "##"), "#[default]"),
            _ => text,
        }
    }
}

/// Coloured where a session asks and nobody has forbidden colours (no-color.org).
fn coloured(asks: bool, on: &str, text: &str, off: &str) -> String {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if asks && !forbidden { format!("{on}{text}{off}") } else { text.to_owned() }
}

/// What PS1 would take for more than text: its own escapes, then expansions.
fn bash(text: &str) -> String {
    let escape = |c: char| match c {
        '\\' => r"\\\\".to_owned(),
        '$' | '`' => format!(r"\\{c}"),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

/// An object a line (waybar-custom(5)); texts are Pango markup.
fn waybar(text: &str, sessions: &[Session]) -> String {
    let class = match () {
        () if sessions.iter().any(Session::asks) => "asks",
        () if sessions.iter().any(Session::needs_somebody) => "done",
        () if sessions.iter().any(Session::works) => "working",
        () => "none",
    };
    let now = Time::now();
    let told = sessions.iter().filter(|session| session.needs_somebody() || session.works());
    let lines: Vec<String> = told.map(|session| pango(&line(session, now))).collect();
    let object = json!({ "text": pango(text), "tooltip": lines.join("\n"), "class": class, "alt": class });
    safe::json(&object).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default()
}

/// `◐ build confirm 2m: Deploy now?`
fn line(session: &Session, now: Time) -> String {
    let what = match (session.exit, session.kind) {
        (Some(exit), _) => exit.to_string(),
        (None, Some(kind)) => kind.to_string(),
        (None, None) => session.status.to_string(),
    };
    let mark = session.attention.map_or_else(|| status::mark(session.status, session.exit), Attention::mark);
    let line = format!("{mark} {} {what} {}", session.name, span(session.since.until(now)));
    match session.message.as_deref().map(|message| safe::safe_text(message, MAX_MESSAGE)) {
        Some(message) if !message.is_empty() => format!("{line}: {message}"),
        _ => line,
    }
}

/// As g_markup_escape_text does it.
fn pango(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '\'' => "&apos;".to_owned(),
        '"' => "&quot;".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::msprompt::gather::tests::sessions;
    use msession::format::config::Prompt;
    use msession::format::status::Status;

    fn shown(format: Format, text: &str) -> String {
        let template = Template::parse(&Prompt { format: Some(text.into()), max_names: 3 }).unwrap();
        format.show(&template, &sessions(&[("a", Status::Waiting)]))
    }

    #[test]
    fn each_form_has_its_own_escapes() {
        assert_eq!(shown(Format::Plain, "{names}"), "a");
        assert_eq!(shown(Format::Zsh, "50%{names}"), "%F{yellow}50%%a%f");
        assert_eq!(shown(Format::Tmux, "#[x]{names}"), "#[fg=yellow]##[x]a#[default]");
        assert_eq!(shown(Format::Bash, r"$(x)\{names}"), r"\[\e[33m\]\\$(x)\\\\a\[\e[39m\]");
        assert_eq!(shown(Format::Starship, "a\u{1b}[2J{names}"), "a[2Ja");
    }

    #[test]
    fn waybar_is_told_of_nothing_too() {
        let nothing = Format::Waybar.show(&Template::default(), &[]);
        assert_eq!(nothing, r#"{"alt":"none","class":"none","text":"","tooltip":""}"#);
    }

    #[test]
    fn markup_of_a_message_is_text() {
        let mut sessions = sessions(&[("a", Status::Waiting)]);
        sessions[0].message = Some("<b>&\"".into());
        sessions[0].since = Time::now();
        let object: serde_json::Value =
            serde_json::from_str(&Format::Waybar.show(&Template::default(), &sessions)).unwrap();
        assert_eq!(object["tooltip"], "◐ a waiting 0s: &lt;b&gt;&amp;&quot;");
        assert_eq!((&object["text"], &object["class"]), (&json!("◐1 a"), &json!("asks")));
    }
}
