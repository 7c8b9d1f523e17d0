//! Where evidence comes from. Each rule names the source that decided, and the explanation has a line of
//! that source: that both mean the same is a matter of types.

/// A source of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// All programs were paused.
    Pause,
    /// What is in front is stopped.
    Stop,
    /// A write to the terminal is blocked.
    Write,
    /// A mark of `msmark`.
    Mark,
    /// A report by OSC 7501.
    Report,
    /// A shell's mark of its prompt: OSC 133.
    PromptMark,
    /// Progress that the program shows: OSC 9;4.
    Progress,
    /// A title that moves.
    Title,
    /// A bell or a notification.
    Bell,
    /// Bracketed paste, which line editors switch on at a prompt.
    LineEditor,
    /// The thread that waits for the terminal, or that there is none.
    Reader,
    /// A reader that is not of the family.
    Outside,
    /// How the terminal treats input.
    Termios,
    /// Input that nobody has read.
    Unread,
    /// Use of the processor.
    Cpu,
    /// A request that is not answered.
    Request,
    /// A Unix socket or one of datagrams, whose traffic cannot be seen.
    Channel,
    /// Bytes that come in from the network.
    Incoming,
    /// A child that works.
    Child,
    /// A child that worked and has ended.
    EndedChild,
    /// What the screen shows, and for how long.
    Screen,
    /// A prompt that the configuration names.
    Prompt,
    /// Keys that were typed.
    Keys,
}

impl Source {
    /// The word for it in `status.json` and in explanations.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Pause => "pause",
            Source::Stop => "stop",
            Source::Write => "write",
            Source::Mark => "msmark",
            Source::Report => "osc7501",
            Source::PromptMark => "osc133",
            Source::Progress => "osc9.4",
            Source::Title => "title",
            Source::Bell => "bell",
            Source::LineEditor => "osc2004",
            Source::Reader => "reader",
            Source::Outside => "outside",
            Source::Termios => "termios",
            Source::Unread => "unread",
            Source::Cpu => "cpu",
            Source::Request | Source::Incoming | Source::Channel => "network",
            Source::Child | Source::EndedChild => "child",
            Source::Screen => "screen",
            Source::Prompt => "prompt",
            Source::Keys => "keys",
        }
    }
}
