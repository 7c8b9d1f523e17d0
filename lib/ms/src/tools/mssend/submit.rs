//! `mssend --submit`: a message for a program that has a place to write one. It is typed, as a paste where
//! the program asked for that, Enter comes apart from it, and then it is seen whether it was sent off; if
//! not, Enter comes once more.

use std::thread;
use std::time::{Duration, Instant};

use super::apart::{self, Asking, settled};
use super::composer::{Composer, Effect};
use super::sender::Sender;
use crate::cli::Outcome;
use ms_terminal::keyboard::paste::Paste;
use msession::format::error::{Error, Result};
use msession::format::frame::{ReadingReply, Request, ScreenReply};
use msession::store::session::{Life, SessionDir};

/// What Enter does shows within this time after it was read.
const SHOWS: Duration = Duration::from_millis(1500);
/// A program that was just started reads within this time.
const BEGINS: Duration = Duration::from_secs(2);
/// Between two looks at the screen.
const LOOK: Duration = Duration::from_millis(40);

/// How it is with the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    SentOff,
    StillThere,
}

/// Types the text, sends it off, and sees that it was.
pub(super) fn submit(sender: &mut Sender, session: &SessionDir, text: &[u8]) -> Result<Outcome> {
    wait_for_reader(sender)?;
    sender.renew_modes()?;
    let before: ScreenReply = sender.ask(&Request::Screen)?;
    let typed =
        if sender.modes.canonical { text.to_vec() } else { pasted(text, sender.modes.bracketed_paste) };
    sender.check(&[&typed[..], b"\r"].concat())?;
    apart::wait(sender, &typed, "the text")?;
    sender.send(&typed)?;
    sender.wait_until_taken()?;
    if sender.modes.canonical {
        return send_line(sender, session);
    }
    wait_until_shown(sender)?;
    let after: ScreenReply = sender.ask(&Request::Screen)?;
    let composer = Composer::find(&before, &after, &String::from_utf8_lossy(text));
    for _ in 0..2 {
        press_enter(sender)?;
        match or_over(session, watch(sender, composer.as_ref(), after.offset))? {
            Seen::SentOff => return Ok(Outcome::DONE),
            Seen::StillThere => {}
        }
    }
    Err(Error::Nobody(format!(
        "{}: the text is typed, but Enter did not send it off, not the second time either",
        sender.name
    )))
}

fn pasted(text: &[u8], bracketed: bool) -> Vec<u8> {
    let mut paste = Paste::new(bracketed);
    let mut bytes = paste.feed(text);
    bytes.extend(paste.finish());
    bytes
}

/// A program that has not begun to read would get text and Enter at once.
fn wait_for_reader(sender: &mut Sender) -> Result<()> {
    let mut asking = Asking::begin(sender);
    loop {
        let reading: ReadingReply = sender.ask(&Request::Reading)?;
        if reading.reads {
            return Ok(());
        }
        let why = if reading.stopped { "it is stopped" } else { "its program does not read" };
        asking.again(|| Error::TimedOut(format!("{}: nothing is typed: {why}", sender.name)))?;
    }
}

/// A program that is only being started is in canonical mode, whatever it is going to read. One that does not
/// read within a moment is at work, and gets its line ahead.
pub(super) fn wait_for_begun(sender: &mut Sender) -> Result<()> {
    let limit = Instant::now() + BEGINS;
    let limit = sender.deadline.map_or(limit, |deadline| deadline.min(limit));
    while sender.modes.canonical && Instant::now() < limit {
        let reading: ReadingReply = sender.ask(&Request::Reading)?;
        if reading.reads || reading.stopped {
            return sender.renew_modes();
        }
        thread::sleep(LOOK.min(limit.saturating_duration_since(Instant::now())));
        sender.renew_modes()?;
    }
    Ok(())
}

/// Until the program has read the text; Enter waits a moment more, in which it is shown.
fn wait_until_shown(sender: &mut Sender) -> Result<()> {
    sender.modes.alone = true;
    apart::wait(sender, b"\r", "Enter")
}

fn press_enter(sender: &mut Sender) -> Result<()> {
    let enter = ms_terminal::keyboard::encode("Enter".parse()?, &sender.modes.keys);
    apart::wait(sender, &enter, "Enter")?;
    sender.send(&enter)?;
    sender.wait_until_taken()
}

/// A line that the kernel collects is sent off when the program has read it.
fn send_line(sender: &mut Sender, session: &SessionDir) -> Result<Outcome> {
    press_enter(sender)?;
    let mut asking = Asking::begin(sender);
    loop {
        match sender.ask::<ReadingReply>(&Request::Reading) {
            Ok(reading) if settled(&reading) => return Ok(Outcome::DONE),
            Ok(_) => {}
            Err(error) => return or_over(session, Err(error)).map(|_| Outcome::DONE),
        }
        let late = || Error::TimedOut(format!("{}: the line is typed, but not read yet", sender.name));
        asking.again(late)?;
    }
}

/// Watches what Enter does.
fn watch(sender: &mut Sender, composer: Option<&Composer>, offset: u64) -> Result<Seen> {
    let mut asking = Asking::begin(sender);
    let mut read_at: Option<Instant> = None;
    loop {
        let reading: ReadingReply = sender.ask(&Request::Reading)?;
        if reading.queued > 0 || reading.unread > 0 {
            let late = || Error::TimedOut(format!("{}: Enter is typed, but not read yet", sender.name));
            asking.again(late)?;
            continue;
        }
        let read_at = *read_at.get_or_insert_with(Instant::now);
        let screen: ScreenReply = sender.ask(&Request::Screen)?;
        let effect = match composer {
            Some(composer) => composer.effect(&screen),
            // Nothing is shown of what is typed there: whatever is shown now is an answer.
            None if screen.offset > offset => Effect::SentOff,
            None => Effect::Moved,
        };
        if effect == Effect::SentOff || effect == Effect::Moved && reading.works {
            return Ok(Seen::SentOff);
        }
        if read_at.elapsed() >= SHOWS {
            return Ok(Seen::StillThere);
        }
        thread::sleep(LOOK);
    }
}

/// A program that has ended on what it was told has taken it.
fn or_over(session: &SessionDir, seen: Result<Seen>) -> Result<Seen> {
    match seen {
        Err(Error::Refused(_) | Error::Told { .. }) if is_over(session) => Ok(Seen::SentOff),
        seen => seen,
    }
}

fn is_over(session: &SessionDir) -> bool {
    let deadline = Instant::now() + Duration::from_secs(1);
    while Instant::now() < deadline {
        if matches!(session.life(), Ok(Life::Free)) {
            return true;
        }
        thread::sleep(LOOK);
    }
    false
}
