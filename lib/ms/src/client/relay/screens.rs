//! A screen that came, on its way to the terminal, with what has to stand before it: what undoes the session that
//! was left, and what has scrolled off since somebody looked.

use std::time::Instant;

use super::super::Replay;
use super::super::overlay::Under;
use super::super::paint::Paint;
use super::super::replay::Stretch;
use super::output::Phase;
use super::{Effect, Relay, Sink, Source};
use ms_terminal::screen::Screen;
use msession::format::error::Result;
use msession::format::frame::ScreenReply;

/// Rows of a terminal that does not know its size.
const UNKNOWN_ROWS: u16 = 24;

impl Relay {
    /// Shows a screen; what was missed before it scrolls by first.
    ///
    /// # Errors
    /// What kept the ring from being read.
    pub(in super::super) fn show(
        &mut self,
        paint: Paint,
        session: &impl Source,
        terminal: &impl Sink,
    ) -> Result<()> {
        let mut bytes = self.before(&paint, session, terminal)?;
        bytes.extend(paint.bytes);
        self.output.show(bytes, paint.offset);
        self.shown();
        Ok(())
    }

    /// Takes a screen to draw a part of. What has scrolled off before the first one scrolls by. `covered` by
    /// what has the keyboard, it is only kept.
    ///
    /// # Errors
    /// What kept the ring from being read.
    pub(in super::super) fn show_part(
        &mut self,
        paint: &Paint,
        (session, terminal): (&impl Source, &impl Sink),
        covered: bool,
    ) -> Result<Vec<Effect>> {
        let is_first = self.crop.as_ref().is_some_and(|crop| crop.fed().is_none());
        let before = match is_first && !covered {
            true => Some(self.before(paint, session, terminal)?),
            false => None,
        };
        let Some(crop) = &mut self.crop else { return Ok(Vec::new()) };
        crop.begin(session.size(), paint);
        let drawn = if covered { Vec::new() } else { crop.draw(Instant::now(), terminal.size()) };
        match before {
            Some(before) => self.output.show([before, drawn].concat(), paint.offset),
            None => self.output.draw(drawn),
        }
        self.shown();
        Ok(vec![Effect::Progress(paint.offset)])
    }

    /// Shows a screen as text, for a terminal that understands no sequences.
    pub(in super::super) fn show_text(&mut self, screen: &ScreenReply) {
        let last = usize::from(screen.cursor.1)
            .max(screen.lines.iter().rposition(|line| !line.is_empty()).unwrap_or(0));
        let lines: Vec<&str> = screen.lines.iter().take(last + 1).map(String::as_str).collect();
        self.output.show(format!("\r\n{}", lines.join("\r\n")).into_bytes(), screen.offset);
        self.fresh = false;
    }

    fn shown(&mut self) {
        self.fresh = false;
        self.aside.screen_came();
    }

    /// What comes before a screen: what a session that was left has to have undone, and what was missed.
    fn before(&mut self, paint: &Paint, session: &impl Source, terminal: &impl Sink) -> Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut self.prelude);
        if self.fresh {
            push_off(terminal, &mut bytes);
        }
        let (from, to) = (self.output.taken(), paint.offset);
        if self.replay != Replay::Screen && from < to {
            let all = self.replay == Replay::All && from == 0;
            let alternate = paint.modes().on_alternate();
            let stretch = Stretch { from, to, alternate, seen: self.fresh, last: false, all };
            bytes.extend(scrolled_off(stretch, session, terminal)?);
        }
        Ok(bytes)
    }

    /// Shows again what was under a layer that has gone.
    ///
    /// # Errors
    /// What kept the ring from being read.
    pub(in super::super) fn put_back(
        &mut self,
        under: Under,
        session: &impl Source,
        terminal: &mut impl Sink,
    ) -> Result<()> {
        match under {
            Under::Line => terminal.write_all(b"\r\n"),
            Under::Drawn => self.draw_anew(Instant::now()),
            Under::Same(paint) => self.output.show(paint.bytes, paint.offset),
            Under::Only(paint) => self.show(paint, session, terminal)?,
            Under::Newer(first, last) => {
                let (from, to, alternate) = (first.offset, last.offset, last.modes().on_alternate());
                let stretch = Stretch { from, to, alternate, seen: false, last: false, all: false };
                let mut bytes =
                    if from < to { scrolled_off(stretch, session, terminal)? } else { Vec::new() };
                bytes.extend(last.bytes);
                self.output.show(bytes, to);
            }
        }
        Ok(())
    }

    /// The session is over. Where a screen was awaited that will never come, what was not seen is shown
    /// without one.
    ///
    /// # Errors
    /// What kept the ring from being read.
    pub(in super::super) fn expect_no_screen(&mut self, session: &impl Source) -> Result<()> {
        if self.output.phase != Phase::Waiting {
            return Ok(());
        }
        let mut bytes = self.crop.take().map_or(Vec::new(), |_| Screen::cleared().to_vec());
        let to = session.written()?;
        let from = self.output.taken().min(to);
        let stretch = Stretch { from, to, alternate: false, seen: true, last: true, all: false };
        bytes.extend(session.scrolled_off(stretch)?);
        self.output.show(bytes, to);
        Ok(())
    }
}

/// What has scrolled off the session's screen in a stretch, on its way into the scrollback. The screen that was
/// shown is wiped out: what of it has not scrolled off will be painted again.
fn scrolled_off(stretch: Stretch, session: &impl Source, terminal: &impl Sink) -> Result<Vec<u8>> {
    let rows = session.scrolled_off(stretch)?;
    if rows.is_empty() {
        return Ok(rows);
    }
    let mut bytes = [Screen::cleared(), &rows[..]].concat();
    push_off(terminal, &mut bytes);
    Ok(bytes)
}

/// Has what is on the screen scroll away, as a painted screen would wipe it out. The cursor is below it.
fn push_off(terminal: &impl Sink, bytes: &mut Vec<u8>) {
    let rows = match terminal.size().1 {
        0 => UNKNOWN_ROWS,
        rows => rows,
    };
    bytes.push(b'\r');
    bytes.extend(vec![b'\n'; usize::from(rows) - 1]);
}
