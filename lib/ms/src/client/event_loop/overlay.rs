//! What lies over the screen: the overlay is told what happens, and what it returns is carried out here.

use std::time::Instant;

use super::Client;
use crate::client::completed_session::CompletedSession;
use crate::client::keys::typed::Typed;
use crate::client::overlay::{Content, Effect, Ground, Modal, draw};
use crate::client::relay::Sink;
use ms_terminal::safe::safe_text;
use msession::format::config::Show;
use msession::format::error::Result;

/// The longest notice, in bytes.
const MAX_NOTICE: usize = 1000;

impl Client {
    /// Does what the overlay wants.
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) -> Result<()> {
        for effect in effects {
            match effect {
                Effect::Repaint => self.at.repaint(false),
                Effect::AskForScreen => self.ask_for_screen(),
                Effect::Draw => self.draw_overlay(),
                Effect::Show(paint) => self.relay.show(paint, &self.at, &self.terminal)?,
                Effect::ShowFirst(paint) => {
                    self.relay.show(paint, &self.at, &self.terminal)?;
                    self.relay.write_now(&mut self.terminal)?;
                }
                Effect::Progress(offset) => self.at.progress(offset),
                Effect::PutBack(under) => self.relay.put_back(under, &self.at, &mut self.terminal)?,
            }
        }
        Ok(())
    }

    /// A bar makes way for whatever happens; one that tells of waits comes back.
    pub(super) fn close_bar(&mut self) {
        let effects = self.overlay.close_bar(self.relay.ground(&self.terminal));
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
        let effects = self.overlay.close(self.relay.ground(&self.terminal));
        self.carry_out(effects)
    }

    pub(super) fn bring_bar_back(&mut self) {
        if self.indicator.show() == Show::Bar && self.indicator.label().is_some() {
            self.overlay.bring_bar_back(Instant::now());
        }
    }

    /// Says something on the last row.
    pub(super) fn notice(&mut self, text: &str) {
        let text = safe_text(text, MAX_NOTICE);
        if self.terminal.is_plain() {
            return self.terminal.write_all(format!("\r\n[msswitch: {text}]\r\n").as_bytes());
        }
        self.lay(Content::Bar(format!(" {text}")));
    }

    /// Shows which sessions wait, unless something else is shown.
    pub(super) fn show_bar(&mut self) {
        let bar = self.indicator.bar(&self.options.prefix_spelled());
        if let (true, Some(text)) = (self.overlay.is_empty(), bar) {
            self.lay(Content::Bar(text));
        }
    }

    /// Tells of sessions that wait, in the way that was asked for.
    pub(super) fn tell_of_waits(&mut self, news: bool) {
        self.relay.tell(&self.indicator, news);
        if news && self.indicator.show() == Show::Bar {
            self.show_bar();
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

    /// Shows what the session wrote in a pager, or what another wrote that is over.
    pub(super) fn page(&mut self, over: Option<Box<CompletedSession>>) {
        if self.terminal.is_plain() {
            let name = over.map_or_else(|| self.at.name().to_string(), |over| over.id().to_owned());
            return self
                .notice(&format!("no pager on a terminal without TERM; msbuf {name} prints the output"));
        }
        self.paging.shows_next(over);
        self.lay(Content::Pager);
    }

    fn lay(&mut self, content: Content) {
        let ground = self.relay.ground(&self.terminal);
        if ground == Ground::Drawn {
            // What it takes the place of is drawn over, not what is under that.
            self.overlay.drop_layer();
            self.relay.draw_if_due(&mut self.terminal, self.overlay.over());
        }
        let effects = self.overlay.lay(content, ground, Instant::now());
        // Nothing is read for these, so nothing can fail.
        let _ = self.carry_out(effects);
    }

    /// Draws what lies over the screen, or starts the pager.
    pub(super) fn draw_overlay(&mut self) {
        let (size, plain) = (self.terminal.size(), self.terminal.is_plain());
        match self.overlay.content() {
            Some(Content::Bar(text)) => self.terminal.write_bar(&draw::bar(text, size)),
            Some(Content::Modal(modal, _)) if plain => self.terminal.write_all(modal.plain().as_bytes()),
            Some(Content::Modal(modal, _)) => self.terminal.write_over(&modal.draw(size)),
            Some(Content::Pager) if !self.paging.runs() => {
                let under = || self.overlay.ground().is_some_and(|paint| paint.modes().on_alternate());
                let alternate = self.relay.drawn_on_alternate().unwrap_or_else(under);
                let text = (self.at.ring(), alternate);
                match self.paging.start(&self.signals, &mut self.terminal, text) {
                    Ok(None) => {}
                    Ok(Some(over)) => {
                        self.indicator.shows(over.id());
                        // Where that can't be kept, it is told of again in the next round.
                        let _ = over.seen();
                    }
                    // Without a pager nothing has changed on the terminal but its screen.
                    Err(error) if self.leave_pager().is_ok() => self.notice(&error.to_string()),
                    Err(_) => {}
                }
            }
            Some(Content::Pager) | None => {}
        }
    }

    /// The pager has ended, or has to: the terminal is ours again.
    pub(super) fn leave_pager(&mut self) -> Result<()> {
        if !self.overlay.has_pager() {
            return Ok(());
        }
        let trouble = self.paging.finish();
        self.terminal.enter()?;
        self.close_overlay()?;
        if let Some(trouble) = trouble {
            self.relay.write_now(&mut self.terminal)?;
            self.notice(&trouble);
        }
        Ok(())
    }

    /// Has a pager end: the terminal is about to leave.
    pub(super) fn stop_pager(&mut self) -> Result<()> {
        if self.overlay.has_pager() {
            self.paging.stop();
            self.leave_pager()?;
            self.relay.write_now(&mut self.terminal)?;
        }
        Ok(())
    }
}
