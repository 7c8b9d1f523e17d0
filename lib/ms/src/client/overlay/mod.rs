//! What is drawn over a session's screen for a while, and how the screen comes back: a screen is asked for before
//! anything is drawn, so that it can be put back exactly. While something has the keyboard the program is never
//! held back, and its queries are answered: newer screens are asked for. Pure: it is told what happens and when,
//! and returns what the loop is to do about it; it knows neither the terminal nor a session.
//!
//! - `modal`: what takes keys and draws itself: help and questions, `line`, `list`, by `draw`

pub(crate) mod draw;
mod line;
mod list;
mod modal;
mod step;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

pub(crate) use line::Line;
pub(crate) use list::{Entry, List};
pub(crate) use modal::{Confirm, Help, Modal};
pub(crate) use step::{Size, Step};

use super::keys::typed::{Key, Typed};
use super::paint::Paint;

/// A server that takes longer to paint has something else to do; the layer comes without.
const PAINTED_WITHIN: Duration = Duration::from_millis(300);
/// A newer screen is asked for at most this often.
const FRESH_EVERY: Duration = Duration::from_millis(100);
/// A notice goes away after this.
const NOTICE_FOR: Duration = Duration::from_secs(3);
/// A bar that was displaced comes back after such a while.
const BAR_AGAIN: Duration = Duration::from_millis(400);

/// What lies over the screen.
#[derive(Debug)]
pub(crate) enum Content {
    /// A line on the last row, until something else happens.
    Bar(String),
    /// Something that has the keyboard.
    Modal(Modal, Typed),
    /// A pager: it has the terminal.
    Pager,
}

impl Content {
    fn has_keyboard(&self) -> bool {
        !matches!(self, Content::Bar(_))
    }
}

/// What lies over the session's screen, or is about to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overlaid {
    /// Nothing.
    Nothing,
    /// A line; output passes.
    Bar,
    /// Something that has the keyboard; output is held.
    Keyboard,
}

/// How the screen is under what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The terminal understands no sequences.
    Plain,
    /// What is shown can be drawn again at any time.
    Drawn,
    /// What is shown is known to the server alone.
    Passed,
    /// A screen is on the way already.
    Awaited,
}

/// What the loop is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Ask the server for the screen.
    Repaint,
    /// Ask for the screen, and let no output pass until it comes.
    AskForScreen,
    /// Draw what lies over the screen, or start the pager.
    Draw,
    /// Show this screen.
    Show(Paint),
    /// Show this screen at once: something is drawn over it next.
    ShowFirst(Paint),
    /// Tell the server that output was shown up to here.
    Progress(u64),
    /// Show what was under it again.
    PutBack(Under),
}

/// What was under a layer that has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Under {
    /// A plain terminal's line.
    Line,
    /// What can be drawn again.
    Drawn,
    /// The screen that was there when it came.
    Same(Paint),
    /// A newer one than that which was there when it came.
    Newer(Paint, Paint),
    /// One that came while another was not known.
    Only(Paint),
}

/// A layer, and what is under it.
#[derive(Debug)]
struct Layer {
    content: Content,
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

/// What lies over a session's screen: one layer, or none.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    layer: Option<Layer>,
    /// When a bar may come back that something else has displaced.
    bar_due: Option<Instant>,
}

impl Overlay {
    /// When it wants to be looked after.
    pub(crate) fn due(&self) -> Option<Instant> {
        let layer = self.layer.iter().flat_map(|layer| [layer.until, layer.refresh]);
        layer.chain([self.bar_due]).flatten().min()
    }

    /// Whether nothing is over the screen, nor about to be.
    pub(crate) fn is_empty(&self) -> bool {
        self.layer.is_none()
    }

    /// Whether something of ours has the keyboard, or is about to.
    pub(crate) fn has_keyboard(&self) -> bool {
        self.layer.as_ref().is_some_and(|layer| layer.content.has_keyboard())
    }

    /// Whether a pager has, or is about to have, the terminal.
    pub(crate) fn has_pager(&self) -> bool {
        matches!(self.content(), Some(Content::Pager))
    }

    /// A bar was displaced that is still wanted.
    pub(crate) fn bring_bar_back(&mut self, now: Instant) {
        self.bar_due = Some(now + BAR_AGAIN);
    }

    /// Whether it may come back now.
    pub(crate) fn take_due_bar(&mut self, now: Instant) -> bool {
        self.bar_due.take_if(|due| *due <= now).is_some()
    }

    /// What lies over the screen, for those to whom only that matters.
    pub(crate) fn over(&self) -> Overlaid {
        match (self.is_empty(), self.has_keyboard()) {
            (true, _) => Overlaid::Nothing,
            (false, false) => Overlaid::Bar,
            (false, true) => Overlaid::Keyboard,
        }
    }

    /// Whether it is drawn.
    pub(crate) fn is_up(&self) -> bool {
        self.layer.as_ref().is_some_and(|layer| layer.up)
    }

    /// What lies over the screen, or is about to.
    pub(crate) fn content(&self) -> Option<&Content> {
        self.layer.as_ref().map(|layer| &layer.content)
    }

    /// The list, if it is a list.
    pub(crate) fn list(&mut self) -> Option<&mut List> {
        match &mut self.layer {
            Some(Layer { content: Content::Modal(Modal::List(list), _), .. }) => Some(list),
            _ => None,
        }
    }

    /// The screen under it when it came, if it is known.
    pub(crate) fn ground(&self) -> Option<&Paint> {
        self.layer.as_ref().and_then(|layer| layer.first.as_ref())
    }

    /// Lays something over the screen, or over what it takes the place of.
    pub(crate) fn lay(&mut self, content: Content, ground: Ground, now: Instant) -> Vec<Effect> {
        let before = self.layer.take().filter(|layer| layer.up);
        let first = before.and_then(|layer| layer.last.or(layer.first));
        let plain = ground == Ground::Plain;
        let up = plain || ground == Ground::Drawn || first.is_some();
        let until = (!plain).then(|| now + PAINTED_WITHIN);
        self.layer = Some(Layer { content, up, until, first, last: None, refresh: None });
        match ground {
            Ground::Plain => Vec::new(),
            _ if up => self.raise(now),
            Ground::Awaited => Vec::new(),
            _ => vec![Effect::Repaint],
        }
    }

    /// It is drawn for the first time.
    fn raise(&mut self, now: Instant) -> Vec<Effect> {
        let Some(layer) = &mut self.layer else { return Vec::new() };
        layer.up = true;
        layer.until = (!layer.content.has_keyboard()).then(|| now + NOTICE_FOR);
        vec![Effect::Draw]
    }

    /// What it waited for is shown, however that was.
    pub(crate) fn is_shown(&mut self, now: Instant) -> Vec<Effect> {
        if self.is_empty() || self.is_up() { Vec::new() } else { self.raise(now) }
    }

    /// A screen came; the terminal shows just that already, or does not.
    pub(crate) fn painted(&mut self, paint: Paint, shown: bool, now: Instant) -> Vec<Effect> {
        match &mut self.layer {
            Some(layer) if layer.up && layer.content.has_keyboard() => {
                let told = Effect::Progress(paint.offset);
                layer.last = Some(paint);
                vec![told]
            }
            Some(layer) if !layer.up => {
                layer.first = Some(paint.clone());
                let mut effects = if shown { Vec::new() } else { vec![Effect::ShowFirst(paint)] };
                effects.extend(self.raise(now));
                effects
            }
            // Asked for by a layer that went before it came.
            Some(Layer { first: Some(first), .. }) if first.offset == paint.offset => Vec::new(),
            _ => {
                self.layer = None;
                vec![Effect::Show(paint)]
            }
        }
    }

    /// What it wants by now.
    pub(crate) fn look_after(&mut self, now: Instant, ground: Ground) -> Vec<Effect> {
        let Some(layer) = &mut self.layer else { return Vec::new() };
        let mut effects = Vec::new();
        if layer.refresh.take_if(|due| *due <= now).is_some() {
            effects.push(Effect::Repaint);
        }
        match (layer.until.is_some_and(|due| due <= now), layer.up) {
            (true, true) => effects.extend(self.close(ground)),
            (true, false) => effects.extend(self.raise(now)),
            (false, _) => {}
        }
        effects
    }

    /// Output has come: under a layer that stays a newer screen is asked for before long.
    pub(crate) fn keep_fresh(&mut self, now: Instant) {
        if let Some(layer) = self.layer.as_mut().filter(|layer| layer.up && layer.content.has_keyboard()) {
            layer.refresh.get_or_insert(now + FRESH_EVERY);
        }
    }

    /// A bar makes way for whatever happens.
    pub(crate) fn close_bar(&mut self, ground: Ground) -> Vec<Effect> {
        if self.is_up() && !self.has_keyboard() { self.close(ground) } else { Vec::new() }
    }

    /// Takes the layer away and has put back what is under it.
    pub(crate) fn close(&mut self, ground: Ground) -> Vec<Effect> {
        let Some(layer) = self.layer.take().filter(|layer| layer.up) else { return Vec::new() };
        let under = match (ground, layer.first, layer.last) {
            (Ground::Plain, ..) => Under::Line,
            (Ground::Drawn, ..) => Under::Drawn,
            (_, Some(first), None) => Under::Same(first),
            (_, Some(first), Some(last)) => Under::Newer(first, last),
            (_, None, Some(last)) => Under::Only(last),
            (_, None, None) => return vec![Effect::AskForScreen],
        };
        vec![Effect::PutBack(under)]
    }

    /// Takes the layer away; what is under it is of no use any more.
    pub(crate) fn drop_layer(&mut self) {
        self.layer = None;
    }

    /// The screens that were kept no longer fit.
    pub(crate) fn forget_screens(&mut self) {
        if let Some(layer) = &mut self.layer {
            (layer.first, layer.last) = (None, None);
        }
    }

    /// The terminal has another size.
    pub(crate) fn resized(&mut self) -> Vec<Effect> {
        match (self.is_up(), self.has_keyboard()) {
            (true, true) => {
                self.forget_screens();
                vec![Effect::Draw]
            }
            (true, false) => {
                self.layer = None;
                vec![Effect::AskForScreen]
            }
            _ => Vec::new(),
        }
    }

    /// The keys that a typed byte makes; none if nothing of ours takes keys.
    pub(crate) fn type_byte(&mut self, byte: u8) -> Option<Vec<Key>> {
        let Some(Layer { content: Content::Modal(_, typed), .. }) = &mut self.layer else { return None };
        let mut keys = Vec::new();
        typed.feed(&[byte], &mut keys);
        Some(keys)
    }

    /// Whether a key is open that more bytes may complete.
    pub(crate) fn key_is_open(&self) -> bool {
        matches!(self.content(), Some(Content::Modal(_, typed)) if typed.pending())
    }

    /// The key that nothing more completes.
    pub(crate) fn end_key(&mut self) -> Option<Key> {
        match &mut self.layer {
            Some(Layer { content: Content::Modal(_, typed), .. }) => typed.flush(),
            _ => None,
        }
    }

    /// Takes a key; what it led to.
    pub(crate) fn press(&mut self, key: Key) -> Option<Step> {
        match &mut self.layer {
            Some(Layer { content: Content::Modal(modal, _), .. }) => Some(modal.key(key)),
            _ => None,
        }
    }
}
