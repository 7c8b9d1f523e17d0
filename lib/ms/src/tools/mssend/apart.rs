//! A key that means something alone, typed so that the program's read gives it that key and nothing else:
//! after the program has taken what was before, and a moment after a text. Many programs take Enter that
//! comes with other characters for a line end within a paste, and ESC with what follows for Alt.

use std::thread;
use std::time::{Duration, Instant};

use super::sender::Sender;
use ms_terminal::keyboard::Typed;
use msession::format::error::{Error, Result};
use msession::format::frame::{ReadingReply, Request};

/// How long a lone ESC must stay alone to be a key, and not the beginning of another one: longer than
/// fish (30 ms), vim (100 ms with its defaults) and tmux (10 ms) wait.
const ESCAPE: Duration = Duration::from_millis(120);
/// Programs that tell pastes from typing by their pace take what comes so soon after a text for more of it
/// (120 ms is the longest in use).
const TEXT: Duration = Duration::from_millis(150);
/// The kernel hands what was typed to the terminal by a worker of its own: until then nothing waits there.
const HANDED_OVER: Duration = Duration::from_millis(10);
/// Who has taken all and is not seen to read again reads in a way that is not seen, or is at work.
const UNSEEN: Duration = Duration::from_secs(1);
/// Without a time limit, a program that has not read for so long is not waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Between two questions, at first and at last: no event tells of a read.
const ASK: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(40));

/// Waits until `bytes` may be typed. `what` is their name in a message.
pub(super) fn wait(sender: &mut Sender, bytes: &[u8], what: &str) -> Result<()> {
    let next = Typed::of(bytes);
    if sender.modes.canonical || !(next.is_alone() || sender.modes.alone) {
        return Ok(());
    }
    let (mut asking, mut late) = (Asking::begin(sender), false);
    loop {
        let reading: ReadingReply = sender.ask(&Request::Reading)?;
        // The kernel keeps lines apart, and makes signals whatever else waits.
        if reading.canonical || reading.signals.iter().any(|signal| bytes == [*signal]) {
            return Ok(());
        }
        if is_typed_ahead(&reading) {
            return Ok(());
        }
        if settled(&reading) {
            let ago = if late { Duration::ZERO } else { Duration::from_millis(reading.ago) };
            asking.sleep(moment(&reading, next).saturating_sub(ago));
            return Ok(());
        }
        late = true;
        asking.again(|| unread(sender, &reading, what))?;
    }
}

/// Whether the program has taken all that was typed, and reads again.
pub(super) fn settled(reading: &ReadingReply) -> bool {
    let ago = Duration::from_millis(reading.ago);
    let taken = reading.queued == 0 && reading.unread == 0;
    let fresh = reading.typed != Typed::Nothing && ago < UNSEEN;
    taken && (!fresh || ago >= HANDED_OVER && reading.reads)
}

/// A shell reads byte for byte, so that a line may wait whole for one that is stopped; but no ESC, which
/// would make Alt of what comes after it.
fn is_typed_ahead(reading: &ReadingReply) -> bool {
    reading.stopped && reading.shell && reading.typed != Typed::Escape
}

/// How long after what was typed before the next may come.
fn moment(reading: &ReadingReply, next: Typed) -> Duration {
    match reading.typed {
        Typed::Escape => ESCAPE,
        Typed::Text if next.is_alone() && !reading.shell => TEXT,
        _ => Duration::ZERO,
    }
}

/// What is said where the program does not read.
fn unread(sender: &Sender, reading: &ReadingReply, what: &str) -> Error {
    let name = &sender.name;
    let bytes = reading.queued + reading.unread;
    let why = match (reading.stopped, bytes) {
        (true, _) => "it is stopped (mspause --resume lets it go on)".to_owned(),
        (_, 0) => "its program does not read again".to_owned(),
        (_, 1) => "its program has not read the byte before it".to_owned(),
        (_, bytes) => format!("its program has not read the {bytes} bytes before it"),
    };
    Error::TimedOut(format!("{name}: {what} is not typed: {why}"))
}

/// Asking again and again, ever more seldom, within a time limit.
pub(super) struct Asking {
    limit: Instant,
    gap: Duration,
}

impl Asking {
    pub(super) fn begin(sender: &Sender) -> Asking {
        Asking::within(sender, PATIENCE)
    }

    /// With another limit, if a person gave none.
    pub(super) fn within(sender: &Sender, patience: Duration) -> Asking {
        Asking { limit: sender.deadline.unwrap_or_else(|| Instant::now() + patience), gap: ASK.0 }
    }

    /// Sleeps until it is time to ask again; the error once the limit is reached.
    pub(super) fn again(&mut self, error: impl FnOnce() -> Error) -> Result<()> {
        if Instant::now() >= self.limit {
            return Err(error());
        }
        self.sleep(self.gap);
        self.gap = (self.gap * 2).min(ASK.1);
        Ok(())
    }

    /// Sleeps, but not beyond the limit.
    pub(super) fn sleep(&self, span: Duration) {
        thread::sleep(span.min(self.limit.saturating_duration_since(Instant::now())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_before_is_taken_when_it_was_read_and_somebody_reads_again() {
        let base = ReadingReply { typed: Typed::Text, ago: 50, reads: true, ..ReadingReply::default() };
        assert!(settled(&base));
        for not_yet in [
            ReadingReply { queued: 1, ..base.clone() },
            ReadingReply { unread: 1, ..base.clone() },
            ReadingReply { reads: false, ..base.clone() },
            ReadingReply { ago: 5, ..base.clone() },
            ReadingReply { unread: 1, ago: 100_000, ..base.clone() },
        ] {
            assert!(!settled(&not_yet), "{not_yet:?}");
        }
        assert!(settled(&ReadingReply { reads: false, ago: 1000, ..base.clone() }));
        assert!(settled(&ReadingReply { typed: Typed::Nothing, ago: 0, reads: false, ..base }));
    }

    #[test]
    fn only_a_stopped_shell_is_typed_ahead_to_and_not_behind_an_escape() {
        let stopped = ReadingReply { stopped: true, shell: true, typed: Typed::Text, ..Default::default() };
        assert!(is_typed_ahead(&stopped));
        assert!(!is_typed_ahead(&ReadingReply { stopped: false, ..stopped.clone() }));
        assert!(!is_typed_ahead(&ReadingReply { shell: false, ..stopped.clone() }));
        assert!(!is_typed_ahead(&ReadingReply { typed: Typed::Escape, ..stopped }));
    }

    #[test]
    fn a_moment_follows_a_text_and_an_escape_alone() {
        let after = |typed, shell| ReadingReply { typed, shell, ..ReadingReply::default() };
        assert_eq!(moment(&after(Typed::Text, false), Typed::Key), TEXT);
        assert_eq!(moment(&after(Typed::Text, true), Typed::Key), Duration::ZERO);
        assert_eq!(moment(&after(Typed::Text, false), Typed::Text), Duration::ZERO);
        assert_eq!(moment(&after(Typed::Character, false), Typed::Key), Duration::ZERO);
        assert_eq!(moment(&after(Typed::Key, false), Typed::Key), Duration::ZERO);
        assert_eq!(moment(&after(Typed::Escape, true), Typed::Text), ESCAPE);
    }
}
