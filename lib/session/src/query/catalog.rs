//! All sessions there are, live and completed, read from files alone: what `msls` lists. A damaged session
//! never hides the others. It will never need an answer from a server.
//!
//! The one thing that lists change: they finish the records of sessions that died unseen (`tidy`), where that can
//! be done at once; what they say does not depend on it.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::format::attention::Attention;
use crate::format::config::History as Limits;
use crate::format::error::Result;
use crate::format::session_name::SessionName;
use crate::format::session_record::SessionRecord;
use crate::format::status::{Doing, Exit, Status, StatusRecord};
use crate::query::elsewhere::{self, Elsewhere};
use crate::store::finalize::{self, Remains};
use crate::store::halves::in_halves;
use crate::store::history::{Entry, History, OutputRange, keep};
use crate::store::ring;
use crate::store::session::{Contents, Life, Runtime, SessionDir, file};
use crate::store::unseen::Unseen;

/// One session, as far as its files can be read.
#[derive(Debug)]
pub struct Item {
    /// Its name; a completed one's latest.
    pub name: SessionName,
    /// What it is and does, or why that can't be read.
    pub facts: Result<Facts>,
}

/// What the files say.
#[derive(Debug)]
pub struct Facts {
    /// `session.json`.
    pub record: SessionRecord,
    /// `status.json`.
    pub status: StatusRecord,
    /// What is kept of the output: in the ring, or saved.
    pub range: OutputRange,
    /// The runtime directory that a live session belongs to, if it is not in the one that is used here.
    pub elsewhere: Option<String>,
}

/// The live sessions, by name, and those that are damaged. Records of those that died unseen are finished
/// on the way, if that can be done at once: what is live is told in any case.
///
/// # Errors
/// `System` if the runtime directory cannot be read; what is wrong with one session is in its item.
pub fn live(runtime: &Runtime) -> Result<Vec<Item>> {
    let damaged = |name: &SessionName, error| Item { name: name.clone(), facts: Err(error) };
    each_live(runtime, read_live, |name, dead| Some(damaged(name, dead.err()?)))
}

/// Names of the sessions that there are, sorted. Records of those that died unseen are finished on the way,
/// if that can be done at once.
///
/// # Errors
/// `System` if the runtime directory cannot be read.
pub fn live_names(runtime: &Runtime) -> Result<Vec<SessionName>> {
    each_live(runtime, |session| Some(session.name().clone()), |name, _| Some(name.clone()))
}

/// Names of the live sessions, sorted, each with what is wrong with its files, if anything. As
/// [`live`], but nothing is kept of what the files say.
///
/// # Errors
/// `System` if the runtime directory cannot be read; what is wrong with one session stands beside its name.
pub fn live_sound(runtime: &Runtime) -> Result<Vec<(SessionName, Result<()>)>> {
    let look = |session: &SessionDir| Some((session.name().clone(), session.read_whole(sound)?));
    each_live(runtime, look, |name, dead| Some((name.clone(), Err(dead.err()?))))
}

/// The sessions that died unseen and whose records could not be finished yet, as they will be.
///
/// # Errors
/// `System` if the runtime directory cannot be read.
pub fn unfinished(runtime: &Runtime) -> Result<Vec<Item>> {
    let lost = |remains: Remains| {
        let Remains { record, mut status } = remains;
        if status.status != Status::Completed {
            let last_known = status.since;
            status.complete(Exit::LOST, last_known);
        }
        Item {
            name: record.name.clone(),
            facts: Ok(Facts { record, status, range: OutputRange::default(), elsewhere: None }),
        }
    };
    let dead = each_session(runtime, |name, opened| look(name, opened, |_| None, |_, dead| dead.ok()).1);
    Ok(dead?.into_iter().flatten().flatten().map(lost).collect())
}

/// What a short indicator says of a live session.
#[derive(Debug)]
pub struct Brief {
    /// Its name.
    pub name: SessionName,
    /// What it does.
    pub doing: Doing,
}

/// The live sessions in brief, by name; those whose files cannot be read are left out. Records of those
/// that died unseen are finished on the way.
///
/// # Errors
/// `System` if the runtime directory cannot be read.
pub fn briefs(runtime: &Runtime) -> Result<Vec<Brief>> {
    let brief =
        |session: &SessionDir| Some(Brief { name: session.name().clone(), doing: session.doing().ok()? });
    each_live(runtime, brief, |_, _| None)
}

fn sound(session: &SessionDir) -> Result<()> {
    session.check_json()?;
    ring::check(&session.open_file(file::OUTPUT)?)
}

/// What `take` makes of each live session, and `rest` of those that cannot be looked at or that are dead and
/// not finished yet (what they left, or what is wrong with them), by name.
fn each_live<T: Send>(
    runtime: &Runtime,
    take: impl Fn(&SessionDir) -> Option<T> + Sync,
    rest: impl Fn(&SessionName, Result<Option<Remains>>) -> Option<T> + Sync,
) -> Result<Vec<T>> {
    let Contents { names, gone } = runtime.contents()?;
    let look_at = |name: &SessionName, opened| look(name, opened, &take, &rest);
    let mut all = each_of(runtime, names, look_at);
    if !gone.is_empty() || all.iter().any(|(is_dead, _)| *is_dead) {
        tidy(runtime, Duration::ZERO);
        all = each_session(runtime, look_at)?;
    }
    Ok(all.into_iter().filter_map(|(_, found)| found).collect())
}

/// Whether a session is dead, and what `take` or `rest` makes of it.
fn look<T>(
    name: &SessionName,
    opened: Result<SessionDir>,
    take: impl Fn(&SessionDir) -> Option<T>,
    rest: impl Fn(&SessionName, Result<Option<Remains>>) -> Option<T>,
) -> (bool, Option<T>) {
    match opened.map(|session| (session.life(), session)) {
        Ok((Ok(Life::Alive), session)) => (false, take(&session)),
        Ok((Ok(Life::Free), session)) => (true, rest(name, remains(&session))),
        Ok((Err(error), _)) | Err(error) => (false, rest(name, Err(error))),
    }
}

/// What a dead session left; none also if it has gone meanwhile.
fn remains(session: &SessionDir) -> Result<Option<Remains>> {
    match Remains::of(session) {
        Err(_) if !session.is_in_place() => Ok(None),
        remains => remains,
    }
}

/// What `look` makes of every session's directory, by name.
fn each_session<T: Send>(
    runtime: &Runtime,
    look: impl Fn(&SessionName, Result<SessionDir>) -> T + Sync,
) -> Result<Vec<T>> {
    Ok(each_of(runtime, runtime.names()?, look))
}

/// What `look` makes of these; those that have just gone are left out. Directories are opened once, and
/// one at a time in each thread: there may be more than descriptors.
fn each_of<T: Send>(
    runtime: &Runtime,
    mut names: Vec<SessionName>,
    look: impl Fn(&SessionName, Result<SessionDir>) -> T + Sync,
) -> Vec<T> {
    names.sort_unstable();
    let look_at = |names: &[SessionName]| -> Vec<T> {
        let open = |name| Some(look(name, runtime.open_session(name).transpose()?));
        names.iter().filter_map(open).collect()
    };
    in_halves(&names, look_at)
}

/// Finishes the records of sessions that died unseen, and removes what was left half removed, if that can be
/// done within `limit`. What only looks does not depend on it: whoever comes next tries again.
pub fn tidy(runtime: &Runtime, limit: Duration) {
    if let Ok(Some(_guard)) = runtime.guard_within(limit) {
        let _ = finish(runtime);
    }
}

/// As [`tidy`], for who needs it done.
///
/// # Errors
/// `System` if the lock cannot be had, or the runtime directory or the history cannot be read or made.
pub fn finish_dead(runtime: &Runtime) -> Result<()> {
    let _guard = runtime.guard()?;
    finish(runtime)
}

fn finish(runtime: &Runtime) -> Result<()> {
    runtime.sweep()?;
    finalize::finish_dead(runtime, &History::make()?)
}

/// One live session; none if it is only now being made or has just gone.
fn read_live(session: &SessionDir) -> Option<Item> {
    session.read_whole(read_facts).map(|facts| Item { name: session.name().clone(), facts })
}

fn read_facts(session: &SessionDir) -> Result<Facts> {
    let record = session.record()?;
    let status = session.status()?;
    let ring = ring::read_header(&session.open_file(file::OUTPUT)?)?;
    let range = OutputRange { floor: ring.floor, written: ring.written, last_output: ring.last_output };
    Ok(Facts { record, status, range, elsewhere: None })
}

/// The servers of all live sessions, as far as their records can be read.
pub fn server_pids(runtime: &Runtime) -> Vec<i32> {
    let names = runtime.names().unwrap_or_default();
    let pid = |name: &SessionName| Some(runtime.open_session(name).ok()??.record().ok()?.server_pid);
    names.iter().filter_map(pid).collect()
}

/// What a session directory says, whether or not its server lives.
///
/// # Errors
/// `Damaged` for a file that is not as it must be, `System` for one that cannot be read.
pub fn facts(session: &SessionDir) -> Result<Facts> {
    read_facts(session)
}

/// The completed sessions, and those that live elsewhere, newest first, after the history was kept to its
/// limits: those that are beyond them are not there any more, even if removing them takes more than one go.
/// Without limits, all there are.
///
/// # Errors
/// `System` if the history cannot be read; what is wrong with one entry is in its item.
pub fn completed(history: &History, limits: Option<&Limits>, live: &[Item]) -> Result<Vec<Item>> {
    let known: BTreeSet<&str> =
        live.iter().filter_map(|item| Some(item.facts.as_ref().ok()?.record.id.as_str())).collect();
    let mut ids =
        limits.map_or_else(|| history.ids(), |limits| history.keep_limits(limits, keep::A_MOMENT))?;
    ids.retain(|id| !known.contains(id.as_str()));
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let damaged: BTreeSet<&SessionName> =
        live.iter().filter(|item| item.facts.is_err()).map(|item| &item.name).collect();
    // A live one that can't be read is listed as that, and not once more as it was or as lost.
    let is_damaged = |item: &Item| {
        let unfinished = |facts: &Facts| {
            facts.status.exit.is_none_or(|exit| exit == Exit::LOST) && facts.elsewhere.is_none()
        };
        item.facts.as_ref().is_ok_and(unfinished) && damaged.contains(&item.name)
    };
    let read = |ids: &[String]| ids.iter().filter_map(|id| read_completed(history, id)).collect();
    let mut items = in_halves(&ids, read);
    items.retain(|item| !is_damaged(item));
    Ok(items)
}

/// The completed sessions that nobody has looked at since they ended, newest first, and those of them that
/// are damaged; those that are `live` are none of them yet.
///
/// # Errors
/// `System` if the index cannot be read; what is wrong with one entry is in its item.
pub fn unseen(history: &History, live: &[Item]) -> Result<Vec<Item>> {
    let Some(unseen) = Unseen::open(history.dir())? else { return Ok(Vec::new()) };
    let mut ids = unseen.ids()?;
    let is_live =
        |id: &String| live.iter().any(|item| item.facts.as_ref().is_ok_and(|facts| facts.record.id == *id));
    ids.retain(|id| !is_live(id));
    let is_done = |item: &Item| {
        let done = |facts: &Facts| facts.status.attention == Some(Attention::Done);
        item.facts.as_ref().map_or(true, done)
    };
    let read = |ids: &[String]| ids.iter().filter_map(|id| read_completed(history, id)).collect();
    let mut items: Vec<Item> = in_halves(&ids, read);
    items.retain(is_done);
    Ok(items)
}

/// None if it is only now being made or has just been forgotten.
fn read_completed(history: &History, id: &str) -> Option<Item> {
    let damaged = |error| Some(Item { name: SessionName::new(id).ok()?, facts: Err(error) });
    let entry = match history.entry(id) {
        Err(error) if error.is_absence() => return None,
        Err(error) => return damaged(error),
        Ok(entry) => entry,
    };
    match entry_facts(&entry) {
        Ok(facts) => Some(Item { name: facts.record.name.clone(), facts: Ok(facts) }),
        Err(error) if error.is_absence() && !(entry.has_output() && entry.is_in_place()) => None,
        Err(error) => damaged(error),
    }
}

/// What a saved session was. One that was never completed and does not live, here or elsewhere, ended
/// with the machine.
///
/// # Errors
/// `Damaged` for a file that is not as it must be, `System` for one that cannot be read.
pub fn entry_facts(entry: &Entry) -> Result<Facts> {
    entry.read_whole(read_entry)
}

fn read_entry(entry: &Entry) -> Result<Facts> {
    let record = entry.record()?;
    let mut status = entry.status()?;
    if status.status != Status::Completed {
        if let Some(elsewhere) = elsewhere::of(record.clone()) {
            return Ok(facts_elsewhere(record, status, &elsewhere));
        }
        let last_known = status.since;
        status.complete(Exit::LOST, last_known);
    }
    let range = entry.range()?.unwrap_or_default();
    Ok(Facts { record, status, range, elsewhere: None })
}

/// Of a session that lives; as far as is known, where its directory can't be used.
fn facts_elsewhere(record: SessionRecord, status: StatusRecord, elsewhere: &Elsewhere) -> Facts {
    let place = elsewhere.place().map(|path| path.to_string_lossy().into_owned());
    let there = elsewhere.session.as_ref().and_then(|session| {
        let facts = read_facts(session).ok()?;
        Some((session.name().clone(), facts))
    });
    match there {
        Some((name, facts)) => {
            Facts { record: SessionRecord { name, ..facts.record }, elsewhere: place, ..facts }
        }
        None => Facts { record, status, range: OutputRange::default(), elsewhere: place },
    }
}

/// What stands for a saved session of which no more than the output can be read.
///
/// # Errors
/// `Usage` if the entry's id could not be a name.
pub fn unknown(entry: &Entry) -> Result<Facts> {
    let record = SessionRecord::unknown(SessionName::new(entry.id())?);
    let mut status = StatusRecord::begin(80, 24, record.created);
    status.complete(Exit::LOST, record.created);
    Ok(Facts { record, status, range: OutputRange::default(), elsewhere: None })
}

/// Fields of a session in `msls --json`, each of them always there; the names that a format may use.
pub const FIELDS: [&str; 39] = [
    "name",
    "id",
    "status",
    "kind",
    "attention",
    "since",
    "message",
    "evidence",
    "confidence",
    "rule",
    "until",
    "mode",
    "clients",
    "cols",
    "rows",
    "title",
    "type",
    "argv",
    "cut",
    "cwd",
    "created",
    "named",
    "server_pid",
    "child_pid",
    "buffer",
    "written",
    "floor",
    "last_output",
    "memory",
    "elsewhere",
    "waits",
    "answered",
    "sent",
    "sent_at",
    "parent",
    "warning",
    "last",
    "ended",
    "exit",
];

/// One session as `msls --json` prints it; the names are a promise (`ms-files(5)`).
pub fn to_json(item: &Item) -> Value {
    let mut object: Map<String, Value> =
        FIELDS.map(|field| (field.to_owned(), Value::Null)).into_iter().collect();
    match &item.facts {
        Ok(facts) => {
            merge(&mut object, serde_json::to_value(&facts.record));
            merge(&mut object, serde_json::to_value(&facts.status));
            for inner in ["format", "server_start", "runtime"] {
                object.remove(inner);
            }
            object.insert("attention".into(), json!(facts.status.attention()));
            object.insert("written".into(), json!(facts.range.written));
            object.insert("floor".into(), json!(facts.range.floor));
            object.insert("last_output".into(), json!(facts.range.last_output));
            object.insert("elsewhere".into(), json!(facts.elsewhere));
        }
        Err(error) => drop(object.insert("damaged".into(), json!(error.to_string()))),
    }
    object.insert("name".into(), json!(item.name));
    Value::Object(object)
}

fn merge(object: &mut Map<String, Value>, value: serde_json::Result<Value>) {
    if let Ok(Value::Object(more)) = value {
        object.extend(more);
    }
}
