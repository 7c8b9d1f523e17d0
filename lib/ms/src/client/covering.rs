//! What covers the program's screen for a while, and how the screen comes back: a screen is asked for
//! before anything is drawn, so that it can be put back exactly. While something has the keyboard the
//! program is never held back, and its queries are answered: the server is asked for newer screens.

use std::time::{Duration, Instant};

use super::attached::Paint;
use super::cover::{Modal, Step};
use super::keys::typed::{Key, Typed};
use super::line_history;
use super::output::Phase;
use super::pager::Pager;
use super::replay::Stretch;
use super::session_loop::Client;
use msession::format::error::Result;

/// A server that takes longer to paint has something else to do; the cover comes without.
const PAINTED_WITHIN: Duration = Duration::from_millis(300);
/// A newer screen is asked for at most this often.
const FRESH_EVERY: Duration = Duration::from_millis(100);
/// A notice goes away after this.
const NOTICE_FOR: Duration = Duration::from_secs(3);
/// A bar that was displaced comes back after such a while.
const BAR_AGAIN: Duration = Duration::from_millis(400);

/// What is shown.
#[derive(Debug)]
pub(super) enum What {
    /// A line on the last row, until something else happens.
    Bar(String),
    /// Something that has the keyboard.
    Modal(Modal, Typed),
    /// The pager, once it was started: it has the terminal.
    Pager(Option<Pager>),
}

/// A cover, and what is under it.
#[derive(Debug)]
pub(super) struct Cover {
    what: What,
    /// It is drawn; before that the screen under it is still to come.
    up: bool,
    /// When it is drawn at the latest; once it is up, when it goes.
    until: Option<Instant>,
    /// The screen under it when it came.
    first: Option<Paint>,
    /// The newest screen.
    last: Option<Paint>,
    /// When a newer screen is asked for.
    refresh: Option<Instant>,
}

impl Cover {
    /// When it wants to be looked after.
    pub(super) fn due(&self) -> Option<Instant> {
        self.until.into_iter().chain(self.refresh).min()
    }

    fn has_keyboard(&self) -> bool {
        matches!(self.what, What::Modal(..) | What::Pager(_))
    }
}

impl Client {
    /// Whether something of ours has the keyboard.
    pub(super) fn has_modal(&self) -> bool {
        self.cover.as_ref().is_some_and(Cover::has_keyboard)
    }

    /// Shows something that has the keyboard.
    pub(super) fn open_modal(&mut self, modal: Modal) {
        if self.terminal.is_plain() {
            let text = format!("\r\n{}", modal.plain());
            self.terminal.write_all(text.as_bytes());
        }
        self.cover_with(What::Modal(modal, Typed::default()));
    }

    /// The pager that has, or is about to have, the terminal; none if there is none.
    pub(super) fn pager(&self) -> Option<Option<&Pager>> {
        match &self.cover {
            Some(Cover { what: What::Pager(pager), .. }) => Some(pager.as_ref()),
            _ => None,
        }
    }

    /// Shows what the session wrote in a pager.
    pub(super) fn open_pager(&mut self) {
        if self.terminal.is_plain() {
            let name = self.at.name();
            return self
                .notice(&format!("no pager on a terminal without TERM; msbuf {name} prints the output"));
        }
        self.cover_with(What::Pager(None));
    }

    fn start_pager(&mut self) -> Result<Pager> {
        let first = self.cover.as_ref().and_then(|cover| cover.first.as_ref());
        let alternate = match &self.crop {
            Some(crop) => crop.on_alternate(),
            None => first.is_some_and(|paint| paint.modes().on_alternate()),
        };
        let to = self.at.ring().snapshot()?.written;
        self.terminal.lend();
        Pager::start(&self.signals, &self.terminal, self.at.ring(), (to, alternate))
    }

    /// The pager has ended, or has to: the terminal is ours again.
    pub(super) fn leave_pager(&mut self) -> Result<()> {
        let Some(Cover { what: What::Pager(pager), .. }) = &mut self.cover else { return Ok(()) };
        let mut trouble = pager.take().and_then(Pager::finish);
        let lost = std::mem::take(&mut self.not_paged);
        if lost > 0 {
            trouble.get_or_insert(format!("{lost} bytes of what was typed for the pager came too fast"));
        }
        self.terminal.enter()?;
        self.close_cover()?;
        if let Some(trouble) = trouble {
            self.output.write_now(&mut self.terminal)?;
            self.notice(&trouble);
        }
        Ok(())
    }

    /// Has a pager end: the terminal is about to leave.
    pub(super) fn stop_pager(&mut self) -> Result<()> {
        if let Some(pager) = self.pager() {
            pager.iter().for_each(|pager| pager.stop());
            self.leave_pager()?;
            self.output.write_now(&mut self.terminal)?;
        }
        Ok(())
    }

    /// Says something on the last row.
    pub(super) fn notice(&mut self, text: &str) {
        let text = ms_terminal::safe::safe_text(text, 1000);
        if self.terminal.is_plain() {
            return self.terminal.write_all(format!("\r\n[msswitch: {text}]\r\n").as_bytes());
        }
        self.cover_with(What::Bar(format!(" {text}")));
    }

    /// Shows which sessions wait, unless something else is shown.
    pub(super) fn show_bar(&mut self) {
        let prefix = self.prefix_spelled();
        if let (None, Some(text)) = (&self.cover, self.indicator.bar(&prefix)) {
            self.cover_with(What::Bar(text));
        }
    }

    fn cover_with(&mut self, what: What) {
        let plain = self.terminal.is_plain();
        let first = self.cover.take().filter(|cover| cover.up).and_then(|cover| cover.last.or(cover.first));
        let until = (!plain).then(|| Instant::now() + PAINTED_WITHIN);
        // What is drawn can be drawn again.
        let drawn = self.crop.is_some() && self.output.phase == Phase::Live;
        if drawn {
            self.draw_cropped_if_due();
            // A terminal that takes nothing is heard of when it is written to.
            let _ = self.output.write_now(&mut self.terminal);
        }
        let up = plain || drawn || first.is_some();
        self.cover = Some(Cover { what, up, until, first, last: None, refresh: None });
        if up && !plain {
            self.raise();
        } else if !plain && self.output.phase == Phase::Live {
            self.at.repaint(false);
        }
    }

    /// Draws the cover for the first time.
    fn raise(&mut self) {
        let Some(cover) = &mut self.cover else { return };
        cover.up = true;
        cover.until = (!cover.has_keyboard()).then(|| Instant::now() + NOTICE_FOR);
        self.draw_cover();
    }

    fn draw_cover(&mut self) {
        let size = self.terminal.size();
        match self.cover.as_ref().map(|cover| &cover.what) {
            Some(What::Bar(text)) => {
                let text = text.clone();
                self.draw_bar(&text);
            }
            Some(What::Modal(modal, _)) if self.terminal.is_plain() => {
                let text = modal.plain();
                self.terminal.write_all(text.as_bytes());
            }
            Some(What::Modal(modal, _)) => {
                let bytes = modal.draw(size);
                self.draw(&bytes);
            }
            Some(What::Pager(None)) => self.raise_pager(),
            Some(What::Pager(Some(_))) | None => {}
        }
    }

    fn raise_pager(&mut self) {
        match self.start_pager() {
            Ok(pager) => {
                if let Some(cover) = &mut self.cover {
                    cover.what = What::Pager(Some(pager));
                }
            }
            Err(error) => {
                // Without a pager nothing has changed on the terminal but its screen.
                if self.leave_pager().is_ok() {
                    self.notice(&error.to_string());
                }
            }
        }
    }

    /// A screen came: for the terminal, or to be put back later.
    pub(super) fn painted(&mut self, paint: Paint) -> Result<()> {
        if self.crop.is_some() {
            return self.painted_cropped(&paint);
        }
        match &mut self.cover {
            Some(cover) if cover.up && cover.has_keyboard() => {
                self.at.progress(paint.offset);
                cover.last = Some(paint);
            }
            Some(cover) if !cover.up => {
                cover.first = Some(paint.clone());
                if !self.output.is_at(&paint) {
                    self.show(paint)?;
                    self.output.write_now(&mut self.terminal)?;
                }
                self.raise();
            }
            // Asked for by a cover that went before it came.
            Some(Cover { first: Some(first), .. }) if first.offset == paint.offset => {}
            _ => {
                self.cover = None;
                self.show(paint)?;
            }
        }
        Ok(())
    }

    fn painted_cropped(&mut self, paint: &Paint) -> Result<()> {
        self.uncover_bar();
        let waits = self.cover.take_if(|cover| !cover.up);
        self.show_cropped(paint)?;
        if waits.is_some() {
            self.cover = waits;
            self.output.write_now(&mut self.terminal)?;
            self.raise();
        }
        Ok(())
    }

    /// What the cover wants by now.
    pub(super) fn look_after_cover(&mut self, now: Instant) -> Result<()> {
        let Some(cover) = &mut self.cover else { return Ok(()) };
        if cover.refresh.is_some_and(|due| due <= now) {
            cover.refresh = None;
            self.at.repaint(false);
        }
        match cover.until.is_some_and(|due| due <= now) {
            true if cover.up => self.close_cover(),
            true => {
                self.raise();
                Ok(())
            }
            false => Ok(()),
        }
    }

    /// Output has come under a cover that stays.
    pub(super) fn keep_cover_fresh(&mut self) {
        if let Some(cover) = self.cover.as_mut().filter(|cover| cover.up && cover.has_keyboard())
            && cover.refresh.is_none()
        {
            cover.refresh = Some(Instant::now() + FRESH_EVERY);
        }
    }

    /// A bar makes way for whatever happens; one that tells of waits comes back.
    pub(super) fn uncover_bar(&mut self) {
        if self.cover.as_ref().is_some_and(|cover| cover.up && !cover.has_keyboard()) {
            // Putting a kept screen back reads nothing and cannot fail.
            let _ = self.close_cover();
        }
    }

    /// Takes the cover away and puts back what is under it.
    pub(super) fn close_cover(&mut self) -> Result<()> {
        let Some(cover) = self.cover.take() else { return Ok(()) };
        if self.indicator.show() == msession::format::config::Show::Bar && self.indicator.label().is_some() {
            self.bar_due = Some(Instant::now() + BAR_AGAIN);
        }
        match (cover.first, cover.last) {
            _ if !cover.up => {}
            _ if self.terminal.is_plain() => self.terminal.write_all(b"\r\n"),
            _ if self.crop.is_some() => self.draw_anew(),
            (Some(first), None) => self.output.show(first.bytes, first.offset),
            (Some(first), Some(last)) => self.uncover(&first, last)?,
            (None, Some(last)) => self.show(last)?,
            (None, None) => self.ask_for_screen(),
        }
        Ok(())
    }

    /// Has all that is drawn of the session drawn again, on a terminal that shows anything.
    fn draw_anew(&mut self) {
        if let Some(crop) = &mut self.crop {
            crop.forget_drawn();
            crop.draw_now(Instant::now());
        }
    }

    /// What was kept of the screen under a cover no longer fits.
    pub(super) fn forget_covered(&mut self) {
        if let Some(cover) = &mut self.cover {
            (cover.first, cover.last) = (None, None);
        }
    }

    /// What has scrolled off under the cover, the new screen.
    fn uncover(&mut self, first: &Paint, last: Paint) -> Result<()> {
        let (from, to, alternate) = (first.offset, last.offset, last.modes().on_alternate());
        let stretch = Stretch { from, to, alternate, seen: false, last: false, all: false };
        let mut bytes = if stretch.from < stretch.to { self.scrolled_off(stretch)? } else { Vec::new() };
        bytes.extend(last.bytes);
        self.output.show(bytes, last.offset);
        Ok(())
    }

    /// Keys for whatever has the keyboard; what is left over when it goes is the program's.
    pub(super) fn type_into_modal(&mut self, bytes: &[u8]) -> Result<()> {
        if self.pager().is_some() {
            // They were read in one with the key that opened it, and cannot be given back.
            self.not_paged += bytes.len();
            return Ok(());
        }
        for (at, byte) in bytes.iter().enumerate() {
            let Some(Cover { what: What::Modal(_, typed), .. }) = &mut self.cover else {
                return self.route(&bytes[at..]);
            };
            let mut keys = Vec::new();
            typed.feed(&[*byte], &mut keys);
            for key in keys {
                self.press(key)?;
            }
        }
        match &self.cover {
            Some(Cover { what: What::Modal(_, typed), .. }) if typed.pending() => self.flush_soon(),
            _ => {}
        }
        Ok(())
    }

    /// An ESC that nothing followed is the key.
    pub(super) fn flush_modal(&mut self) {
        let key = match &mut self.cover {
            Some(Cover { what: What::Modal(_, typed), .. }) => typed.flush(),
            _ => None,
        };
        if let Some(key) = key {
            // What goes wrong shows on the next turn as well.
            let _ = self.press(key);
        }
    }

    fn press(&mut self, key: Key) -> Result<()> {
        let Some(Cover { what: What::Modal(modal, _), up, .. }) = &mut self.cover else { return Ok(()) };
        let up = *up;
        match modal.key(key) {
            Step::Stay if up => self.draw_cover(),
            Step::Stay => {}
            Step::Close => self.close_cover()?,
            Step::Go(name) => {
                self.close_cover()?;
                self.go(&name);
            }
            Step::Do(action, line) => {
                self.close_cover()?;
                // Without it Up shows less.
                let _ = line_history::remember(&self.runtime, &line);
                self.act(action)?;
            }
            Step::End(name) => {
                self.close_cover()?;
                self.end_session(&name);
            }
        }
        Ok(())
    }

    /// Sessions changed: a list shows it.
    pub(super) fn renew_list(&mut self) {
        if !matches!(&self.cover, Some(Cover { what: What::Modal(Modal::List(_), _), .. })) {
            return;
        }
        let entries = self.entries(self.listed);
        if let Some(Cover { what: What::Modal(Modal::List(list), _), up, .. }) = &mut self.cover {
            list.renew(entries);
            if *up {
                self.draw_cover();
            }
        }
    }

    /// The terminal has another size: what was kept no longer fits.
    pub(super) fn resized(&mut self) {
        self.at.resize(self.terminal.size());
        if self.crop.is_some() {
            self.uncover_bar();
            self.draw_anew();
            if self.cover.as_ref().is_some_and(|cover| cover.up) {
                self.draw_cover();
            }
            return;
        }
        match &mut self.cover {
            Some(cover) if cover.up && cover.has_keyboard() => {
                (cover.first, cover.last) = (None, None);
                self.draw_cover();
            }
            Some(cover) if cover.up => {
                self.cover = None;
                self.ask_for_screen();
            }
            _ => {}
        }
    }
}
