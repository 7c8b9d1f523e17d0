//! What clients ask for, carried out. Every answer is queued; nothing here waits.

use serde_json::{Value, json};

use super::Server;
use crate::server::answer::{self, ScriptTyped};
use crate::server::command::Command;
use crate::server::interrupt::Interrupt;
use crate::server::{environment, now, processes, replies};
use ms_judge::{Edge, Mark};
use ms_platform::time::Time;
use msession::format::error::{Error, Result};
use msession::format::frame::{DiscardReply, Goto, Hello, Request, Role, Type, Welcome};
use msession::store::faults;

impl Server {
    /// Lets in who has connected. Each is heard at once: one that has said who it is stays when there is no
    /// room for the next.
    pub(super) fn let_in(&mut self) {
        while let Some(came) = self.clients.accept(now()) {
            came.into_iter().for_each(|id| self.serve(&[id]));
        }
    }

    /// Reads from these connections and does what they ask for.
    pub(super) fn serve(&mut self, readable: &[u64]) {
        for id in self.clients.those_who_waited() {
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
            let may_paint = self.clients.may_paint();
            let Some(client) = self.clients.get(id) else { return };
            if client.wants_paint() && !may_paint {
                client.waits = true;
                return;
            }
            if std::mem::take(&mut client.paint_due) {
                self.paint(id);
                continue;
            }
            let Some((kind, payload)) = client.next_frame() else { return };
            let done = Command::of(client.asker(), kind, &payload).and_then(|command| self.obey(id, command));
            if let (Err(error), Some(client)) = (done, self.clients.get(id)) {
                client.refuse(&error);
            }
        }
    }

    fn obey(&mut self, id: u64, command: Command) -> Result<()> {
        match command {
            Command::Greet(hello) => self.greet(id, *hello),
            Command::Type(bytes) => return self.typed(id, &bytes),
            Command::TypeNow(key) => self.urged(id, key),
            Command::Resize(size) => self.resized(id, size),
            Command::Progress(shown) => self.progressed(id, shown),
            Command::Send(bytes) => return self.sent(id, &bytes),
            Command::Reply(request) => return self.request(id, &request),
            Command::Repaint => self.paint(id),
            Command::Leave => self.drop_client(id),
            Command::Nothing => {}
        }
        Ok(())
    }

    fn greet(&mut self, id: u64, hello: Hello) {
        let (role, paint, may_type) = (hello.role, !hello.no_paint, !hello.read_only);
        let Some(client) = self.clients.get(id) else { return };
        let env = hello.env.clone();
        client.greeted(hello);
        if role == Role::Client {
            if may_type {
                // Without room for it the session works on, with what programs had before.
                let _ = environment::refresh(self.dir.runtime(), self.dir.session(), &self.record.id, &env);
                self.dir.remember_agent(&self.record.id);
                self.on.terminal_came(&env);
                self.clients.bring_to_front(id);
                self.apply_size();
            }
            self.count_clients();
            self.judge.note(now(), Edge::Attach);
        }
        let (cols, rows) = self.status.size();
        let welcome = Welcome {
            id: self.record.id.clone(),
            written: self.intake.written(),
            seen: self.clients.seen(),
            cols,
            rows,
            window: true,
            attention: true,
        };
        if let Some(client) = self.clients.get(id) {
            (client.shown, client.welcomed) = (welcome.written, true);
            client.send_json(Type::Welcome, &welcome);
            client.paint_due = role == Role::Client && paint;
        }
    }

    /// A person's terminal sends this: keys, and answers to queries.
    fn typed(&mut self, id: u64, bytes: &[u8]) -> Result<()> {
        let now = now();
        let Some(client) = self.clients.get(id) else { return Ok(()) };
        client.typed += bytes.len() as u64;
        let Some((sender, from)) = self.clients.sender(id, now) else { return Ok(()) };
        let typed = self.queries.sort(now, sender, from, bytes);
        if !typed.by_person {
            return match self.input.queue_mut().push(id, &typed.bytes, false) {
                true => Ok(()),
                false => Err(self.too_much()),
            };
        }
        self.person_is_at(id);
        match self.terminal.interrupting(&typed.bytes, !self.input.queue().is_empty()) {
            None => self.queue_input(id, &typed.bytes, false),
            Some(interrupt) => {
                self.queue_input(id, &typed.bytes[..interrupt.at], false)?;
                self.interrupt(interrupt);
                self.queue_input(id, &typed.bytes[interrupt.at + 1..], false)
            }
        }
    }

    fn urged(&mut self, id: u64, key: u8) {
        self.person_is_at(id);
        let interrupt = self.terminal.raised_by(key);
        interrupt.into_iter().for_each(|interrupt| self.interrupt(interrupt));
        // What was typed before it was dropped: who typed that was told, and the key is done with.
        if interrupt.is_none_or(|interrupt| !interrupt.flushes)
            && let Some(client) = self.clients.get(id)
        {
            client.send(Type::Urged, &[u8::from(interrupt.is_some())]);
        }
    }

    fn person_is_at(&mut self, id: u64) {
        if self.clients.front != Some(id) {
            self.clients.bring_to_front(id);
            self.apply_size();
        }
    }

    fn queue_input(&mut self, id: u64, bytes: &[u8], receipt: bool) -> Result<()> {
        let modes = self.terminal.line_modes();
        if !self.input.add(now(), (id, bytes, receipt), modes) {
            return Err(self.too_much());
        }
        let echo_off = modes.is_some_and(|modes| modes.canonical && !modes.echo);
        if self.judge.sends_off(bytes) {
            self.status.was_given_input(Time::now());
        }
        self.on.typed();
        self.judge.note(now(), Edge::Input { bytes, echo_off });
        Ok(())
    }

    fn too_much(&self) -> Error {
        Error::Refused(format!("{}: too much waits to be typed already", self.dir.name()))
    }

    /// Raises the signal, and drops what waits if that belongs to it.
    fn interrupt(&mut self, interrupt: Interrupt) {
        if interrupt.flushes {
            self.drop_input("a key interrupted the program");
            self.terminal.flush_input();
        }
        self.on.typed();
        self.judge.note(now(), Edge::Input { bytes: &[interrupt.key], echo_off: false });
        self.terminal.signal_front(interrupt.signal);
    }

    fn resized(&mut self, id: u64, size: (u16, u16)) {
        self.clients.get(id).into_iter().for_each(|client| client.size = size);
        if self.clients.front == Some(id) {
            self.apply_size();
        }
        self.clients.tell_size(self.status.size(), Some(id));
    }

    fn progressed(&mut self, id: u64, shown: u64) {
        let now = now();
        let progress = self.clients.progressed(id, (shown, self.intake.written()), now);
        let Some((shown, comes_back)) = progress else { return };
        self.queries.shown(now, id, shown);
        if comes_back {
            self.paint(id);
        }
    }

    /// A script types this. The file says so before the script is told that it was taken.
    fn sent(&mut self, id: u64, bytes: &[u8]) -> Result<()> {
        if self.terminal.master().is_none() {
            return Err(Error::Refused("the program has let go of its terminal".into()));
        }
        // What comes from here on is the answer to all that this connection types.
        if self.clients.get(id).is_some_and(|client| !std::mem::replace(&mut client.has_sent, true)) {
            self.status.script_begins(self.intake.written());
        }
        // A key alone that raises a signal is meant now; among others it comes in its turn.
        let interrupt = self.terminal.interrupting(bytes, !self.input.queue().is_empty());
        match interrupt.filter(|_| bytes.len() == 1) {
            None => self.queue_input(id, bytes, true)?,
            Some(interrupt) => {
                self.interrupt(interrupt);
                let written = self.intake.written();
                self.clients.get(id).into_iter().for_each(|client| client.send_taken(written));
            }
        }
        let echoes = self.terminal.line_modes().is_some_and(|modes| modes.echo);
        let typed = ScriptTyped {
            at: now(),
            sends_off: self.judge.sends_off(bytes),
            written: self.intake.written(),
            echoed: if echoes { answer::echo_length(bytes) } else { 0 },
        };
        let effects = self.status.script_typed(&typed, Time::now());
        self.follow_status(effects);
        Ok(())
    }

    fn request(&mut self, id: u64, request: &Request) -> Result<()> {
        let reply = self.reply_to(id, request)?;
        if let Some(client) = self.clients.get(id) {
            client.send_json(Type::Reply, &reply);
        }
        Ok(())
    }

    fn reply_to(&mut self, id: u64, request: &Request) -> Result<Value> {
        let effects = match request {
            Request::Close { force } => {
                self.status.is_ended_on_purpose();
                match force {
                    false => self.signaller.hang_up(self.terminal.front_group(), now()),
                    true => {
                        let processes = processes::all(self.dir.runtime(), self.on.runners());
                        self.signaller.kill_all(&processes)
                    }
                }
            }
            Request::Pause => {
                faults::step("pause.stop")?;
                self.signaller.paused(processes::stop_all(self.dir.runtime(), self.on.runners()))
            }
            Request::Resume => {
                faults::step("pause.resume")?;
                self.signaller.resume()
            }
            Request::Switch { to } => return self.send_front_to(to),
            Request::Screen => return replies::screen(&mut self.intake),
            Request::Modes => return replies::modes(&self.terminal, &self.input, &mut self.intake),
            Request::Reading => {
                return replies::reading(&self.terminal, &self.input, &self.judge, &self.status, now());
            }
            Request::Discard => return Ok(json!(DiscardReply { dropped: self.discard() as u64 })),
            Request::Mark(mark) => return self.mark(mark),
            Request::Seen => return Ok(self.seen_from(id)),
            Request::Record => return Ok(json!(self.facts_readers.begin(id, &mut self.judge, now()))),
        };
        self.signal(effects);
        Ok(Value::Null)
    }

    /// A person says that they have seen it; one who is at a terminal that only looks sees on.
    fn seen_from(&mut self, id: u64) -> Value {
        if let Some(client) = self.clients.get(id).filter(|client| client.is_terminal()) {
            client.has_somebody = true;
            self.count_clients();
        }
        self.status.was_seen();
        Value::Null
    }

    fn mark(&mut self, mark: &Mark) -> Result<Value> {
        self.judge.mark(now(), mark).map_err(|why| Error::Refused(why.to_string()))?;
        Ok(Value::Null)
    }

    fn send_front_to(&mut self, to: &str) -> Result<Value> {
        if to == self.dir.name().as_str() || to == self.record.id {
            return Err(Error::Refused(format!("{to}: this terminal is on it already")));
        }
        let front = self.clients.front.and_then(|id| self.clients.get(id));
        let front = front.ok_or_else(|| Error::Refused("no terminal is on this session".into()))?;
        front.send_json(Type::Goto, &Goto { to: to.to_owned() });
        Ok(Value::Null)
    }

    /// Drops what waits to be read by the program, here and in its terminal; returns how many bytes.
    fn discard(&mut self) -> usize {
        let begun = self.input.begun();
        let dropped = self.drop_input("dropped by mssend --discard");
        dropped + self.terminal.discard_input(begun)
    }

    /// Drops what waits to be typed, and tells those whose it was; returns how many bytes that were.
    pub(super) fn drop_input(&mut self, why: &str) -> usize {
        let total = self.input.queue().len();
        self.clients.tell_dropped(&self.input.drop_all(), &self.dir.name(), why);
        total
    }

    /// Sends what restores the screen as of now; from there on the client reads the ring.
    fn paint(&mut self, id: u64) {
        let began = now();
        let (screen, offset) = self.intake.dump();
        let Some(client) = self.clients.get(id) else { return };
        client.send_screen(&screen, offset, now());
        let effects = self.queries.painted_over(now(), id);
        self.route(effects);
        self.clients.painted(now().saturating_sub(began));
    }

    /// Gives the program's terminal the size of the terminal in front.
    fn apply_size(&mut self) {
        let Some((cols, rows)) = self.clients.front().map(|front| front.size) else { return };
        if cols == 0 || rows == 0 || (cols, rows) == self.status.size() {
            return;
        }
        if self.terminal.master().is_some() {
            self.intake.resize(cols, rows);
            self.terminal.set_size(cols, rows);
        }
        self.status.sized((cols, rows));
        self.judge.note(now(), Edge::Resize);
        self.clients.tell_size((cols, rows), None);
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
        self.status.attended(self.clients.attendance(), Time::now());
    }
}
