//! What the loop does about the overlay: it is told what happens, and what it returns is carried out here.

use std::time::{Duration, Instant};

use super::attached::Paint;
use super::keys::typed::{Key, Typed};
use super::line_history;
use super::output::Phase;
use super::overlay::{Content, Effect, Ground, Modal, Step, Under};
use super::pager::Pager;
use super::replay::Stretch;
use super::session_loop::Client;
use msession::format::error::Result;

/// A bar that was displaced comes back after such a while.
const BAR_AGAIN: Duration = Duration::from_millis(400);

impl Client {
    /// Does what the overlay wants.
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) -> Result<()> {
        for effect in effects {
            match effect {
                Effect::Repaint => self.at.repaint(false),
                Effect::AskForScreen => self.ask_for_screen(),
                Effect::Draw => self.draw_overlay(),
                Effect::Show(paint) => self.show(paint)?,
                Effect::ShowFirst(paint) => {
                    self.show(paint)?;
                    self.output.write_now(&mut self.terminal)?;
                }
                Effect::Progress(offset) => self.at.progress(offset),
                Effect::PutBack(under) => self.put_back(under)?,
            }
        }
        Ok(())
    }

    fn put_back(&mut self, under: Under) -> Result<()> {
        match under {
            Under::Line => self.terminal.write_all(b"\r\n"),
            Under::Drawn => self.draw_anew(),
            Under::Same(paint) => self.output.show(paint.bytes, paint.offset),
            Under::Newer(first, last) => self.uncover(&first, last)?,
            Under::Only(paint) => self.show(paint)?,
        }
        Ok(())
    }

    fn ground(&self) -> Ground {
        match self.output.phase {
            _ if self.terminal.is_plain() => Ground::Plain,
            Phase::Waiting => Ground::Awaited,
            Phase::Live if self.crop.is_some() => Ground::Drawn,
            Phase::Live => Ground::Passed,
        }
    }

    /// Shows something that has the keyboard.
    pub(super) fn open_modal(&mut self, modal: Modal) {
        if self.terminal.is_plain() {
            let text = format!("\r\n{}", modal.plain());
            self.terminal.write_all(text.as_bytes());
        }
        self.lay(Content::Modal(modal, Typed::default()));
    }

    /// Whether a pager has, or is about to have, the terminal.
    pub(super) fn has_pager(&self) -> bool {
        matches!(self.overlay.content(), Some(Content::Pager))
    }

    /// Shows what the session wrote in a pager.
    pub(super) fn open_pager(&mut self) {
        if self.terminal.is_plain() {
            let name = self.at.name();
            return self
                .notice(&format!("no pager on a terminal without TERM; msbuf {name} prints the output"));
        }
        self.lay(Content::Pager);
    }

    fn start_pager(&mut self) -> Result<Pager> {
        let alternate = match &self.crop {
            Some(crop) => crop.on_alternate(),
            None => self.overlay.ground().is_some_and(|paint| paint.modes().on_alternate()),
        };
        let to = self.at.ring().snapshot()?.written;
        self.terminal.lend();
        Pager::start(&self.signals, &self.terminal, self.at.ring(), (to, alternate))
    }

    /// The pager has ended, or has to: the terminal is ours again.
    pub(super) fn leave_pager(&mut self) -> Result<()> {
        if !self.has_pager() {
            return Ok(());
        }
        let mut trouble = self.pager.take().and_then(Pager::finish);
        let lost = std::mem::take(&mut self.not_paged);
        if lost > 0 {
            trouble.get_or_insert(format!("{lost} bytes of what was typed for the pager came too fast"));
        }
        self.terminal.enter()?;
        self.close_overlay()?;
        if let Some(trouble) = trouble {
            self.output.write_now(&mut self.terminal)?;
            self.notice(&trouble);
        }
        Ok(())
    }

    /// Has a pager end: the terminal is about to leave.
    pub(super) fn stop_pager(&mut self) -> Result<()> {
        if self.has_pager() {
            self.pager.iter().for_each(Pager::stop);
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
        self.lay(Content::Bar(format!(" {text}")));
    }

    /// Shows which sessions wait, unless something else is shown.
    pub(super) fn show_bar(&mut self) {
        let prefix = self.prefix_spelled();
        if let (true, Some(text)) = (self.overlay.is_empty(), self.indicator.bar(&prefix)) {
            self.lay(Content::Bar(text));
        }
    }

    fn lay(&mut self, content: Content) {
        let ground = self.ground();
        if ground == Ground::Drawn {
            // What it takes the place of is drawn over, not what is under that.
            self.overlay.drop_layer();
            self.draw_cropped_if_due();
            // A terminal that takes nothing is heard of when it is written to.
            let _ = self.output.write_now(&mut self.terminal);
        }
        let effects = self.overlay.lay(content, ground, Instant::now());
        // Nothing is read for these, so nothing can fail.
        let _ = self.carry_out(effects);
    }

    fn draw_overlay(&mut self) {
        let (size, plain) = (self.terminal.size(), self.terminal.is_plain());
        match self.overlay.content() {
            Some(Content::Bar(text)) => {
                let text = text.clone();
                self.draw_bar(&text);
            }
            Some(Content::Modal(modal, _)) if plain => {
                let text = modal.plain();
                self.terminal.write_all(text.as_bytes());
            }
            Some(Content::Modal(modal, _)) => {
                let bytes = modal.draw(size);
                self.draw(&bytes);
            }
            Some(Content::Pager) if self.pager.is_none() => self.raise_pager(),
            Some(Content::Pager) | None => {}
        }
    }

    fn raise_pager(&mut self) {
        match self.start_pager() {
            Ok(pager) => self.pager = Some(pager),
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
        let shown = self.output.is_at(&paint);
        let effects = self.overlay.painted(paint, shown, Instant::now());
        self.carry_out(effects)
    }

    fn painted_cropped(&mut self, paint: &Paint) -> Result<()> {
        self.close_bar();
        self.show_cropped(paint)?;
        if !self.overlay.is_empty() && !self.overlay.is_up() {
            self.output.write_now(&mut self.terminal)?;
        }
        let effects = self.overlay.is_shown(Instant::now());
        self.carry_out(effects)
    }

    /// What the overlay wants by now.
    pub(super) fn look_after_overlay(&mut self, now: Instant) -> Result<()> {
        let (ground, was_up) = (self.ground(), self.overlay.is_up());
        let effects = self.overlay.look_after(now, ground);
        if was_up && self.overlay.is_empty() {
            self.bring_bar_back();
        }
        self.carry_out(effects)
    }

    /// A bar makes way for whatever happens; one that tells of waits comes back.
    pub(super) fn close_bar(&mut self) {
        let effects = self.overlay.close_bar(self.ground());
        if !effects.is_empty() {
            self.bring_bar_back();
        }
        // Putting a kept screen back reads nothing and cannot fail.
        let _ = self.carry_out(effects);
    }

    /// Takes the overlay away and puts back what is under it.
    pub(super) fn close_overlay(&mut self) -> Result<()> {
        if self.overlay.is_empty() {
            return Ok(());
        }
        self.bring_bar_back();
        let effects = self.overlay.close(self.ground());
        self.carry_out(effects)
    }

    fn bring_bar_back(&mut self) {
        if self.indicator.show() == msession::format::config::Show::Bar && self.indicator.label().is_some() {
            self.bar_due = Some(Instant::now() + BAR_AGAIN);
        }
    }

    /// Has all that is drawn of the session drawn again, on a terminal that shows anything.
    fn draw_anew(&mut self) {
        if let Some(crop) = &mut self.crop {
            crop.forget_drawn();
            crop.draw_now(Instant::now());
        }
    }

    /// What has scrolled off under the overlay, the new screen.
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
        if self.has_pager() {
            // They were read in one with the key that opened it, and cannot be given back.
            self.not_paged += bytes.len();
            return Ok(());
        }
        for (at, byte) in bytes.iter().enumerate() {
            let Some(keys) = self.overlay.type_byte(*byte) else { return self.route(&bytes[at..]) };
            for key in keys {
                self.press(key)?;
            }
        }
        if self.overlay.key_is_open() {
            self.flush_soon();
        }
        Ok(())
    }

    /// An ESC that nothing followed is the key.
    pub(super) fn flush_modal(&mut self) {
        if let Some(key) = self.overlay.end_key() {
            // What goes wrong shows on the next turn as well.
            let _ = self.press(key);
        }
    }

    fn press(&mut self, key: Key) -> Result<()> {
        match self.overlay.press(key) {
            Some(Step::Stay) if self.overlay.is_up() => self.draw_overlay(),
            Some(Step::Stay) | None => {}
            Some(Step::Close) => self.close_overlay()?,
            Some(Step::Go(name)) => {
                self.close_overlay()?;
                self.go(&name);
            }
            Some(Step::Do(action, line)) => {
                self.close_overlay()?;
                // Without it Up shows less.
                let _ = line_history::remember(&self.runtime, &line);
                self.act(action)?;
            }
            Some(Step::End(name)) => {
                self.close_overlay()?;
                self.end_session(&name);
            }
        }
        Ok(())
    }

    /// Sessions changed: a list shows it.
    pub(super) fn renew_list(&mut self) {
        if self.overlay.list().is_none() {
            return;
        }
        let entries = self.entries(self.listed);
        self.overlay.list().into_iter().for_each(|list| list.renew(entries.clone()));
        if self.overlay.is_up() {
            self.draw_overlay();
        }
    }

    /// The terminal has another size: what was kept no longer fits.
    pub(super) fn resized(&mut self) {
        self.at.resize(self.terminal.size());
        if self.crop.is_some() {
            self.close_bar();
            self.draw_anew();
        }
        let effects = self.overlay.resized();
        // Nothing is read for these, so nothing can fail.
        let _ = self.carry_out(effects);
    }
}
