//! What the frames of connections ask for. Every answer is queued; nothing here waits.

use std::time::Duration;

use serde_json::{Value, json};

use super::clients::Client;
use super::interrupt::Interrupt;
use super::{Server, environment, now, processes, reading};
use crate::judge::{Edge, Mark};
use crate::platform::time::Time;
use crate::session::format::error::{Error, Result};
use crate::session::format::frame::{
    self, DiscardReply, Goto, Hello, ModesReply, Request, Role, ScreenReply, Type, Welcome,
};
use crate::session::store::faults;
use crate::terminal::keyboard::line::Line;

/// Time in which screens are painted before others are served.
const PAINT_WITHIN: Duration = Duration::from_millis(20);
/// Bytes of a screen in one PAINT frame.
const PAINT: usize = 128 << 10;

impl Server {
    /// Reads from these connections and does what they ask for.
    pub(super) fn serve(&mut self, readable: &[u64]) {
        let paints = self.may_paint();
        let waited =
            self.clients.list.iter().filter(|client| client.can_go_on(paints)).map(|client| client.id);
        for id in waited.collect::<Vec<u64>>() {
            self.take_frames(id);
        }
        for id in readable {
            if self.clients.get(*id).is_some_and(|client| !client.read(now())) {
                self.drop_client(*id);
            }
            self.take_frames(*id);
        }
    }

    fn take_frames(&mut self, id: u64) {
        loop {
            let may_paint = self.may_paint();
            let Some(client) = self.clients.get(id) else { return };
            if client.wants_paint() && !may_paint {
                client.waits = true;
                return;
            }
            if std::mem::take(&mut client.paint_due) {
                let _ = self.paint(id);
                continue;
            }
            let Some((kind, payload)) = client.next_frame() else { return };
            if let Err(error) = self.obey(id, kind, &payload) {
                self.refuse(id, &error);
            }
        }
    }

    fn obey(&mut self, id: u64, kind: Type, payload: &[u8]) -> Result<()> {
        let known = self.clients.get(id).is_some_and(|client| client.hello.is_some());
        match kind {
            Type::Hello if !known => self.greet(id, parse(payload)?),
            _ if !known => Err(Error::Refused("the first frame must be HELLO".into())),
            Type::Input => self.typed(id, payload),
            Type::Urgent => self.urged(id, payload),
            Type::Resize => self.resized(id, payload),
            Type::Progress => self.progressed(id, payload),
            Type::Send => self.sent(id, payload),
            Type::Request => self.request(id, &parse(payload)?),
            Type::Repaint => self.paint(id),
            Type::Detach => {
                self.drop_client(id);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn refuse(&mut self, id: u64, error: &Error) {
        if let Some(client) = self.clients.get(id) {
            client.refuse(error);
        }
    }

    fn greet(&mut self, id: u64, hello: Hello) -> Result<()> {
        let (role, paint, may_type) = (hello.role, !hello.no_paint, !hello.read_only);
        let Some(client) = self.clients.get(id) else { return Ok(()) };
        client.size = (hello.cols, hello.rows);
        let env = hello.env.clone();
        client.hello = Some(hello);
        if role == Role::Client {
            if may_type {
                // Without room for it the session works on, with what programs had before.
                let _ = environment::refresh(self.home.runtime(), self.home.session(), &self.record.id, &env);
                self.home.remember_agent(&self.record.id);
                self.clients.bring_to_front(id);
                self.apply_size();
            }
            self.count_clients();
            self.judge.note(now(), Edge::Attach);
        }
        self.welcome(id);
        if let Some(client) = self.clients.get(id) {
            client.paint_due = role == Role::Client && paint;
        }
        Ok(())
    }

    fn welcome(&mut self, id: u64) {
        let (cols, rows) = (self.status.record().cols, self.status.record().rows);
        let welcome = Welcome {
            id: self.record.id.clone(),
            written: self.ring.written(),
            seen: self.seen,
            cols,
            rows,
            window: true,
        };
        if let Some(client) = self.clients.get(id) {
            (client.shown, client.welcomed) = (welcome.written, true);
            client.send_json(Type::Welcome, &welcome);
        }
    }

    fn typed(&mut self, id: u64, bytes: &[u8]) -> Result<()> {
        let client = self.clients.get(id).filter(|client| client.may_type());
        let client = client.ok_or_else(only_looks)?;
        client.typed += bytes.len() as u64;
        let (queries, now) = (&mut self.queries, now());
        let Some((sender, from)) = self.clients.sender(id, now) else { return Ok(()) };
        let typed = queries.sort(now, sender, from, bytes);
        if !typed.by_person {
            return self.wait_to_type(id, &typed.bytes, false);
        }
        self.person_is_at(id);
        match self.terminal.interrupting(&typed.bytes, !self.input.is_empty()) {
            None => self.queue_input(id, &typed.bytes, false),
            Some(interrupt) => {
                self.queue_input(id, &typed.bytes[..interrupt.at], false)?;
                self.interrupt(interrupt);
                self.queue_input(id, &typed.bytes[interrupt.at + 1..], false)
            }
        }
    }

    /// A key that cannot come in its turn, since more waits at the client than there is room for.
    fn urged(&mut self, id: u64, payload: &[u8]) -> Result<()> {
        let client = self.clients.get(id).filter(|client| client.may_type());
        client.ok_or_else(only_looks)?;
        let key = payload.first().ok_or_else(|| Error::Refused("an URGENT without a key".into()))?;
        self.person_is_at(id);
        let interrupt = self.terminal.raised_by(*key);
        interrupt.into_iter().for_each(|interrupt| self.interrupt(interrupt));
        // What was typed before it was dropped: who typed that was told, and the key is done with.
        if interrupt.is_none_or(|interrupt| !interrupt.flushes)
            && let Some(client) = self.clients.get(id)
        {
            client.send(Type::Urged, &[u8::from(interrupt.is_some())]);
        }
        Ok(())
    }

    /// Raises the signal, and drops what waits if that belongs to it.
    fn interrupt(&mut self, interrupt: Interrupt) {
        if interrupt.flushes {
            self.drop_input("a key interrupted the program");
            self.terminal.flush_input();
        }
        self.judge.note(now(), Edge::Input { bytes: &[interrupt.key], echo_off: false });
        self.terminal.signal_front(interrupt.signal);
    }

    /// Drops what waits to be read by the program, here and in its terminal; returns how many bytes.
    fn discard(&mut self) -> usize {
        let begun = if self.input.is_empty() { self.line.len() } else { 0 };
        let dropped = self.drop_input("dropped by mssend --discard");
        dropped + self.terminal.discard_input(begun)
    }

    fn person_is_at(&mut self, id: u64) {
        if self.clients.front != Some(id) {
            self.clients.bring_to_front(id);
            self.apply_size();
        }
    }

    fn queue_input(&mut self, id: u64, bytes: &[u8], receipt: bool) -> Result<()> {
        let modes = self.terminal.line_modes();
        let echo_off = modes.is_some_and(|modes| modes.canonical && !modes.echo);
        self.wait_to_type(id, bytes, receipt)?;
        self.judge.note(now(), Edge::Input { bytes, echo_off });
        self.last_typed.note(bytes);
        self.line = match modes {
            Some(modes) if modes.canonical => self.line.after(bytes),
            _ => Line::default(),
        };
        Ok(())
    }

    fn wait_to_type(&mut self, id: u64, bytes: &[u8], receipt: bool) -> Result<()> {
        let full = || Error::Refused(format!("{}: too much waits to be typed already", self.home.name()));
        if self.input.push(id, bytes, receipt) { Ok(()) } else { Err(full()) }
    }

    fn resized(&mut self, id: u64, payload: &[u8]) -> Result<()> {
        let size =
            frame::read_size(payload).ok_or_else(|| Error::Refused("a RESIZE of the wrong length".into()))?;
        if let Some(client) = self.clients.get(id) {
            client.size = size;
        }
        if self.clients.front == Some(id) {
            self.apply_size();
        }
        self.tell_size(Some(id));
        Ok(())
    }

    fn progressed(&mut self, id: u64, payload: &[u8]) -> Result<()> {
        let shown = frame::read_u64(payload)
            .ok_or_else(|| Error::Refused("a PROGRESS of the wrong length".into()))?;
        let written = self.ring.written();
        let Some(client) = self.clients.get(id) else { return Ok(()) };
        client.rung = false;
        client.shown = shown.min(written).max(client.shown);
        client.progress_at = now();
        if !client.is_terminal() {
            return Ok(());
        }
        let (shown, lagging) = (client.shown, std::mem::take(&mut client.lagging));
        self.seen = self.seen.max(shown);
        self.queries.shown(now(), id, shown);
        if lagging { self.paint(id) } else { Ok(()) }
    }

    fn sent(&mut self, id: u64, bytes: &[u8]) -> Result<()> {
        if self.terminal.master().is_none() {
            return Err(Error::Refused("the program has let go of its terminal".into()));
        }
        // What comes from here on is the answer to all that this connection types.
        if self.clients.get(id).is_some_and(|client| !std::mem::replace(&mut client.has_sent, true)) {
            self.status.script_begins(self.ring.written());
        }
        // A key alone that raises a signal is meant now; among others it comes in its turn.
        match self.terminal.interrupting(bytes, !self.input.is_empty()).filter(|_| bytes.len() == 1) {
            None => self.queue_input(id, bytes, true)?,
            Some(interrupt) => {
                self.interrupt(interrupt);
                let written = self.ring.written();
                self.clients.get(id).into_iter().for_each(|client| client.send_taken(written));
            }
        }
        self.script_typed(bytes);
        Ok(())
    }

    fn request(&mut self, id: u64, request: &Request) -> Result<()> {
        let reply = match request {
            Request::Close { force: false } => {
                let effects = self.signaller.hang_up(self.terminal.front_group(), now());
                self.signal(effects)
            }
            Request::Close { force: true } => {
                let effects = self.signaller.kill_all(&processes::all(self.home.runtime()));
                self.signal(effects)
            }
            Request::Pause => {
                faults::step("pause.stop")?;
                let effects = self.signaller.paused(processes::stop_all(self.home.runtime()));
                self.signal(effects)
            }
            Request::Resume => {
                faults::step("pause.resume")?;
                let effects = self.signaller.resume();
                self.signal(effects)
            }
            Request::Switch { to } => self.send_front_to(to)?,
            Request::Screen => self.screen_reply()?,
            Request::Modes => self.modes_reply()?,
            Request::Reading => {
                reading::reply(&self.terminal, &self.input, self.last_typed, &self.judge, &self.status)?
            }
            Request::Discard => json!(DiscardReply { dropped: self.discard() as u64 }),
            Request::Mark(mark) => self.mark(mark)?,
        };
        if let Some(client) = self.clients.get(id) {
            client.send_json(Type::Reply, &reply);
        }
        Ok(())
    }

    fn mark(&mut self, mark: &Mark) -> Result<Value> {
        self.judge.mark(now(), mark).map_err(|why| Error::Refused(why.to_string()))?;
        Ok(Value::Null)
    }

    fn send_front_to(&mut self, to: &str) -> Result<Value> {
        if to == self.home.name().as_str() || to == self.record.id {
            return Err(Error::Refused(format!("{to}: this terminal is on it already")));
        }
        let front = self.clients.front.and_then(|id| self.clients.get(id));
        let front = front.ok_or_else(|| Error::Refused("no terminal is on this session".into()))?;
        front.send_json(Type::Goto, &Goto { to: to.to_owned() });
        Ok(Value::Null)
    }

    fn screen_reply(&mut self) -> Result<Value> {
        let reply = ScreenReply::of(self.view.current(&self.ring), self.ring.written());
        let value = serde_json::to_value(reply).map_err(|why| Error::damaged("screen", why))?;
        if value.to_string().len() > frame::MAX_PAYLOAD {
            return Err(Error::Refused("a screen of that size does not fit into a reply".into()));
        }
        Ok(value)
    }

    fn modes_reply(&mut self) -> Result<Value> {
        let canonical = self.terminal.line_modes().is_some_and(|modes| modes.canonical);
        let (queued, line) = (self.input.len() as u64, self.line.len() as u64);
        let screen = self.view.current(&self.ring);
        let reply = ModesReply {
            keys: screen.key_modes(),
            bracketed_paste: screen.bracketed_paste(),
            canonical,
            queued,
            line,
            alone: self.last_typed.what.is_alone(),
        };
        serde_json::to_value(reply).map_err(|why| Error::damaged("modes", why))
    }

    /// Whether a screen may be painted before others are served: painting takes time, and what nobody reads
    /// takes memory.
    pub(super) fn may_paint(&self) -> bool {
        self.painted_for < PAINT_WITHIN && !self.clients.is_crowded()
    }

    /// Sends what restores the screen as of now; from there on the client reads the ring.
    fn paint(&mut self, id: u64) -> Result<()> {
        let began = now();
        let screen = self.view.current(&self.ring);
        let mut bytes = screen.dump();
        bytes.extend_from_slice(screen.tail());
        let offset = self.ring.written();
        let Some(client) = self.clients.get(id) else { return Ok(()) };
        let pieces = bytes.len().div_ceil(PAINT).max(1);
        for number in 0..pieces {
            let piece = &bytes[number * PAINT..bytes.len().min((number + 1) * PAINT)];
            let last = u8::from(number + 1 == pieces);
            client.send_parts(Type::Paint, &[&offset.to_le_bytes(), &[last], piece]);
        }
        (client.shown, client.rung, client.progress_at) = (offset, false, now());
        let effects = self.queries.painted_over(now(), id);
        self.route(effects);
        self.painted_for += now().saturating_sub(began);
        Ok(())
    }

    /// Gives the program's terminal the size of the terminal in front.
    pub(super) fn apply_size(&mut self) {
        let Some((cols, rows)) = self.clients.front().map(|front| front.size) else { return };
        let record = self.status.record();
        if cols == 0 || rows == 0 || (cols, rows) == (record.cols, record.rows) {
            return;
        }
        if self.terminal.master().is_some() {
            self.view.resize(&self.ring, cols, rows);
            self.ring.mark_size(cols, rows, Time::now());
            self.terminal.set_size(cols, rows);
        }
        self.status.sized((cols, rows));
        self.judge.note(now(), Edge::Resize);
        self.tell_size(None);
    }

    /// Tells the size of the program's terminal to the client `id`, or to all.
    fn tell_size(&mut self, id: Option<u64>) {
        let record = self.status.record();
        let size = frame::size_bytes((record.cols, record.rows));
        let told = |client: &&mut Client| {
            client.is_terminal() && client.welcomed && id.is_none_or(|id| client.id == id)
        };
        self.clients.list.iter_mut().filter(told).for_each(|client| client.send(Type::Size, &size));
    }

    fn drop_client(&mut self, id: u64) {
        let was_terminal = self.clients.get(id).is_some_and(|client| client.is_terminal());
        self.clients.drop_client(id);
        if was_terminal {
            self.left(&[id]);
        }
    }

    /// These are gone: another may be in front now, with another size.
    pub(super) fn left(&mut self, gone: &[u64]) {
        for id in gone {
            let effects = self.queries.left(now(), *id);
            self.route(effects);
        }
        self.apply_size();
        self.count_clients();
        self.judge.note(now(), Edge::Detach);
    }

    fn count_clients(&mut self) {
        let typists = self.clients.terminals().filter(|client| client.may_type()).count();
        self.status.attended(self.clients.terminals().count() as u32, typists > 0);
    }
}

fn only_looks() -> Error {
    Error::Refused("this connection may only look".into())
}

fn parse<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Result<T> {
    serde_json::from_slice(payload)
        .map_err(|why| Error::Refused(format!("a frame that can't be read: {why}")))
}
