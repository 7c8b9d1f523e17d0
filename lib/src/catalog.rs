//! All sessions there are, live and completed, read from files alone: what `msls` lists and what a name
//! means. A damaged session never hides the others. It will never need an answer from a server.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread;

use serde_json::{Map, Value, json};

use crate::elsewhere::{self, Elsewhere};
use crate::error::{Error, Result};
use crate::history::{Entry, History, Place};
use crate::id;
use crate::name::SessionName;
use crate::procfs::{self, Proc};
use crate::record::SessionRecord;
use crate::ring;
use crate::session::{Life, Runtime, SessionDir, file};
use crate::status::{Doing, Exit, Status, StatusRecord};
use crate::{burial, near};

/// So many sessions take longer to read than a second thread to start.
const WORTH_A_THREAD: usize = 24;

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
    pub place: Place,
    /// The runtime directory that a live session belongs to, if it is not in the one that is used here.
    pub elsewhere: Option<String>,
}

/// The live sessions, by name. Records of those that died unseen are finished on the way.
pub fn live(runtime: &Runtime) -> Result<Vec<Item>> {
    each_live(runtime, read_live)
}

/// Names of the live sessions, sorted. Records of those that died unseen are finished on the way.
pub fn live_names(runtime: &Runtime) -> Result<Vec<SessionName>> {
    each_live(runtime, |session| Some(session.name().clone()))
}

/// Names of the live sessions, sorted, each with what is wrong with its files, if anything. As
/// [`live`], but nothing is kept of what the files say.
pub fn live_sound(runtime: &Runtime) -> Result<Vec<(SessionName, Result<()>)>> {
    each_live(runtime, |session| match sound(session) {
        Err(error) if error.is_absence() && !session.is_complete() => None,
        sound => Some((session.name().clone(), sound)),
    })
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
pub fn briefs(runtime: &Runtime) -> Result<Vec<Brief>> {
    each_live(runtime, |session| Some(Brief { name: session.name().clone(), doing: session.doing().ok()? }))
}

fn sound(session: &SessionDir) -> Result<()> {
    session.check_json()?;
    ring::check(&session.open_file(file::OUTPUT)?)
}

/// What `take` makes of each live session, by name, after the dead were buried.
fn each_live<T: Send>(runtime: &Runtime, take: impl Fn(&SessionDir) -> Option<T> + Sync) -> Result<Vec<T>> {
    let living = |session: &SessionDir| match session.life() {
        Ok(Life::Free) => None,
        _ => Some(take(session)),
    };
    let all: Option<Vec<_>> = each_session(runtime, living)?.into_iter().collect();
    if let Some(all) = all {
        return Ok(all.into_iter().flatten().collect());
    }
    bury(runtime)?;
    Ok(each_session(runtime, take)?.into_iter().flatten().collect())
}

/// What `look` makes of every session's directory, by name; those that have just gone are left out.
/// Directories are opened once, and one at a time in each thread: there may be more than descriptors.
fn each_session<T: Send>(runtime: &Runtime, look: impl Fn(&SessionDir) -> T + Sync) -> Result<Vec<T>> {
    let mut names = runtime.names()?;
    names.sort_unstable();
    let look_at = |names: &[SessionName]| -> Vec<T> {
        names.iter().filter_map(|name| runtime.session(name).ok()).map(|session| look(&session)).collect()
    };
    if names.len() < WORTH_A_THREAD {
        return Ok(look_at(&names));
    }
    let (first, second) = names.split_at(names.len() / 2);
    Ok(thread::scope(|scope| {
        let second = scope.spawn(|| look_at(second));
        let mut all = look_at(first);
        all.extend(second.join().unwrap_or_else(|panic| resume_unwind(panic)));
        all
    }))
}

fn bury(runtime: &Runtime) -> Result<()> {
    let history = History::make()?;
    let _guard = runtime.guard()?;
    burial::finish_dead(runtime, &history)
}

/// One live session; none if it is only now being made or has just gone.
fn read_live(session: &SessionDir) -> Option<Item> {
    match read_facts(session) {
        Err(error) if error.is_absence() && !session.is_complete() => None,
        facts => Some(Item { name: session.name().clone(), facts }),
    }
}

fn read_facts(session: &SessionDir) -> Result<Facts> {
    let record = session.record()?;
    let status = session.status()?;
    let ring = ring::read_header(&session.open_file(file::OUTPUT)?)?;
    let place = Place { floor: ring.floor, written: ring.written, last_output: ring.last_output };
    Ok(Facts { record, status, place, elsewhere: None })
}

/// The servers of all live sessions, as far as their records can be read.
pub fn server_pids(runtime: &Runtime) -> Vec<i32> {
    let names = runtime.names().unwrap_or_default();
    let pid = |name: &SessionName| Some(runtime.session(name).ok()?.record().ok()?.server_pid);
    names.iter().filter_map(pid).collect()
}

/// What a session directory says, whether or not its server lives.
pub fn facts(session: &SessionDir) -> Result<Facts> {
    read_facts(session)
}

/// The completed sessions, and those that live elsewhere, newest first.
pub fn completed(history: &History, live: &[Item]) -> Result<Vec<Item>> {
    let mut ids = history.ids()?;
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let is_live =
        |id: &String| live.iter().any(|item| item.facts.as_ref().is_ok_and(|facts| facts.record.id == *id));
    // A live one that can't be read is listed as that, and not once more as it was or as lost.
    let is_damaged = |item: &Item| {
        let unfinished = |facts: &Facts| {
            facts.status.exit.is_none_or(|exit| exit == Exit::LOST) && facts.elsewhere.is_none()
        };
        item.facts.as_ref().is_ok_and(unfinished)
            && live.iter().any(|live| live.facts.is_err() && live.name == item.name)
    };
    let saved = ids.iter().filter(|id| !is_live(id)).filter_map(|id| read_completed(history, id));
    Ok(saved.filter(|item| !is_damaged(item)).collect())
}

fn read_completed(history: &History, id: &str) -> Option<Item> {
    let entry = history.entry(id).ok()?;
    match entry_facts(&entry) {
        Ok(facts) => Some(Item { name: facts.record.name.clone(), facts: Ok(facts) }),
        Err(error) if error.is_absence() => None,
        Err(error) => Some(Item { name: SessionName::new(id).ok()?, facts: Err(error) }),
    }
}

/// What a saved session was. One that was never completed and does not live, here or elsewhere, ended
/// with the machine.
pub fn entry_facts(entry: &Entry) -> Result<Facts> {
    let record = entry.record()?;
    let mut status = entry.status()?;
    if status.status != Status::Completed {
        if let Some(elsewhere) = elsewhere::of(record.clone()) {
            return Ok(facts_elsewhere(record, status, &elsewhere));
        }
        let last_known = status.since;
        status.complete(Exit::LOST, last_known);
    }
    let place = entry.place()?.unwrap_or_default();
    Ok(Facts { record, status, place, elsewhere: None })
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
        None => Facts { record, status, place: Place::default(), elsewhere: place },
    }
}

/// What a name or an id means.
#[derive(Debug)]
pub enum Found {
    /// A live session.
    Live(SessionDir),
    /// A completed one: the newest of that name.
    Saved(Entry),
}

/// Finds a live session by name or id, here, else elsewhere; of one that has completed it is said that it
/// has. Every id could be a name, and a name as lists show it is never taken for something else.
pub fn find_live(runtime: Option<&Runtime>, name: &str) -> Result<SessionDir> {
    match find_running(runtime, name) {
        Err(absent @ Error::NoSession { .. }) => Err(completed_as(name)?.unwrap_or(absent)),
        found => found,
    }
}

/// As [`find_live`], where it does not matter why there is none.
pub fn find_running(runtime: Option<&Runtime>, name: &str) -> Result<SessionDir> {
    let valid = valid(name)?;
    match runtime.map_or_else(|| Err(none_at_all(name)), |runtime| find_here(runtime, &valid)) {
        Err(absent @ Error::NoSession { .. }) => elsewhere::find(name)?.ok_or(absent)?.reached(),
        found => found,
    }
}

fn find_here(runtime: &Runtime, name: &SessionName) -> Result<SessionDir> {
    match runtime.session(name) {
        Err(Error::NoSession { .. }) if id::is_id(name.as_str()) => {
            find_by_id(runtime, name.as_str())?.ok_or_else(|| runtime.absent(name))
        }
        found => found,
    }
}

/// What is said of a completed session to who needs a live one; none if there is no such session either.
fn completed_as(name: &str) -> Result<Option<Error>> {
    let Some(history) = History::open()? else { return Ok(None) };
    Ok(find_saved(&history, name)?.map(|entry| completed_error(name, &entry)))
}

/// That a session has completed, how, and what can still be done with it.
pub fn completed_error(name: &str, entry: &Entry) -> Error {
    let exit = entry.status().ok().and_then(|status| status.exit);
    let how = exit.map_or_else(|| "lost".into(), |exit| exit.to_string());
    Error::Refused(format!("{name}: completed ({how}): msbuf {name} prints what it wrote"))
}

/// Finds a session by name or id: a live one, else the newest completed one.
pub fn find(name: &str) -> Result<Found> {
    let runtime = Runtime::open()?;
    if let Some(runtime) = &runtime {
        live_names(runtime)?;
    }
    let absent = match find_running(runtime.as_ref(), name) {
        Ok(session) => return Ok(Found::Live(session)),
        Err(error @ Error::NoSession { .. }) => error,
        Err(error) => return Err(error),
    };
    match History::open()? {
        Some(history) => Ok(Found::Saved(find_saved(&history, name)?.ok_or(absent)?)),
        None => Err(absent),
    }
}

fn find_saved(history: &History, name: &str) -> Result<Option<Entry>> {
    let mut ids = history.ids()?;
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let named = |entry: &Entry| entry.record().is_ok_and(|record| record.name.as_str() == name);
    let newest = ids.iter().filter_map(|id| history.entry(id).ok()).find(named);
    Ok(newest.or_else(|| if id::is_id(name) { history.entry(name).ok() } else { None }))
}

/// The live session with this id.
pub fn find_by_id(runtime: &Runtime, id: &str) -> Result<Option<SessionDir>> {
    for name in runtime.names()? {
        let Ok(session) = runtime.session(&name) else { continue };
        if session.record().is_ok_and(|record| record.id == id) && session.life()? == Life::Alive {
            return Ok(Some(session));
        }
    }
    Ok(None)
}

/// The live session that this process runs in: MS_SESSION, if that is not stale.
pub fn inside(runtime: &Runtime) -> Result<Option<SessionDir>> {
    match std::env::var("MS_SESSION") {
        Ok(id) if id::is_id(&id) => Ok(find_by_id(runtime, &id)?.filter(is_ancestor)),
        _ => Ok(None),
    }
}

/// The live session on whose terminal, or on one below it, this process runs, whatever its environment
/// says: that of the nearest ancestor that is a server.
pub fn nearest_around(runtime: &Runtime) -> Result<Option<SessionDir>> {
    let mut servers = BTreeMap::new();
    for name in runtime.names()? {
        let Ok(session) = runtime.session(&name) else { continue };
        if let (Ok(record), Ok(Life::Alive)) = (session.record(), session.life()) {
            servers.insert(record.server_pid, session);
        }
    }
    Ok(our_ancestors().iter().find_map(|pid| servers.remove(pid)))
}

/// MS_SESSION may have come here by another way than from parent to child.
fn is_ancestor(session: &SessionDir) -> bool {
    session.record().is_ok_and(|record| our_ancestors().contains(&record.server_pid))
}

fn our_ancestors() -> Vec<i32> {
    procfs::ancestors(&mut Proc::new(), std::process::id() as i32)
}

/// A name as a person gave it: one that breaks the rule is wrong use.
fn valid(name: &str) -> Result<SessionName> {
    SessionName::new(name)
}

fn none_at_all(name: &str) -> Error {
    Error::NoSession { name: name.to_owned(), near: near::nearest::<&str>(name, &[]) }
}

/// Fields of a session in `msls --json`, each of them always there; the names that a format may use.
pub const FIELDS: [&str; 35] = [
    "name",
    "id",
    "status",
    "kind",
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
    "cwd",
    "created",
    "named",
    "server_pid",
    "child_pid",
    "buffer",
    "written",
    "floor",
    "last_output",
    "elsewhere",
    "waits",
    "answered",
    "sent",
    "sent_at",
    "parent",
    "warning",
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
            object.insert("written".into(), json!(facts.place.written));
            object.insert("floor".into(), json!(facts.place.floor));
            object.insert("last_output".into(), json!(facts.place.last_output));
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
