//! `msnew --again`: which completed sessions are started again, and with what. Two that start the same one are kept
//! apart by its name, which the second finds taken.

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::{Msnew, Wish, tell_cut};
use crate::cli::{Out, Outcome, complain};
use crate::server::spawn;
use msession::format::config::{Config, Type};
use msession::format::error::{Error, Result};
use msession::format::session_name::SessionName;
use msession::format::session_record::SessionRecord;
use msession::query::catalog::{self, Facts};
use msession::query::lookup;
use msession::store::history::History;
use msession::store::session::Runtime;

/// A completed session that is to be started again: as it is told of, and what it was.
struct Former {
    name: String,
    record: SessionRecord,
}

impl Msnew {
    /// Starts each of them; what can't be started is told, and the others are started all the same.
    pub(super) fn start_again(&self, config: &Config, names: &[String]) -> Result<Outcome> {
        let former = match (self.lost, names) {
            (true, []) => lost(config, self.marked)?.into_iter().map(Ok).collect(),
            (true, _) => {
                return Err(Error::Usage("--lost takes no names: it means all that are lost".into()));
            }
            (false, []) => return Err(Error::Usage("--again takes names, or --lost".into())),
            (false, names) => names.iter().map(|name| find(name)).collect::<Vec<_>>(),
        };
        if former.len() > 1 && self.name.is_some() {
            return Err(Error::Usage("-n names one session, and there are several".into()));
        }
        let (mut out, mut code) = (Out::new(), Outcome::DONE);
        for former in former {
            match former.and_then(|former| self.start_one(config, &former)) {
                Ok(name) => {
                    out.line(&name)?;
                    out.flush()?;
                }
                Err(error) => {
                    complain("msnew", &error);
                    code = if code == Outcome::DONE { Outcome(error.exit_code()) } else { code };
                }
            }
        }
        out.done()?;
        Ok(code)
    }

    fn start_one(&self, config: &Config, former: &Former) -> Result<SessionName> {
        let plan = self.plan_of(config, wish(config, former)?)?;
        tell_cut(&plan);
        let name = spawn::start(plan, config)?;
        // It is dealt with.
        if let Ok(Some(history)) = History::open() {
            let _ = history.seen(&former.record.id);
        }
        Ok(name)
    }
}

/// What is to run: the type's way of going on, else what ran before.
pub(super) fn wish_of(config: &Config, name: &str) -> Result<Wish> {
    wish(config, &find(name)?)
}

fn wish(config: &Config, Former { name, record }: &Former) -> Result<Wish> {
    // A type that is gone from the configuration has nothing to say any more.
    let preset = config.types.get(&record.kind);
    let argv = match preset.and_then(|preset: &Type| preset.resume.as_ref()) {
        Some(resume) => resume.iter().map(OsString::from).collect(),
        None if record.cut > 0 => {
            return Err(Error::Refused(format!(
                "{name}: {} bytes of its arguments were not kept",
                record.cut
            )));
        }
        None => record.argv.iter().map(OsString::from).collect(),
    };
    Ok(Wish {
        argv,
        is_whole: true,
        directory: Some(record.cwd.clone().into()),
        name: Some(record.name.clone()),
        kind: preset.map(|_| record.kind.clone()).unwrap_or_default(),
        buffer: Some(record.buffer),
    })
}

fn find(name: &str) -> Result<Former> {
    match lookup::find(name)? {
        lookup::Found::Saved(entry) => Ok(Former { name: name.to_owned(), record: entry.record()? }),
        lookup::Found::Live(_) => Err(Error::Refused(format!("{name}: still runs"))),
    }
}

/// The sessions whose end nobody saw, in the order in which they began: of each name the last session, unless the
/// name is a live one's. `marked`: those whose type says that they are started again.
fn lost(config: &Config, marked: bool) -> Result<Vec<Former>> {
    let live = Runtime::open()?.map_or(Ok(Vec::new()), |runtime| catalog::live(&runtime))?;
    let Some(history) = History::open()? else { return Ok(Vec::new()) };
    let mut taken: BTreeSet<SessionName> = live.iter().map(|item| item.name.clone()).collect();
    let is_marked = |facts: &Facts| config.types.get(&facts.record.kind).is_some_and(|preset| preset.again);
    let mut lost = Vec::new();
    for item in catalog::completed(&history, None, &live)? {
        let Ok(facts) = item.facts else { continue };
        let is_last = taken.insert(item.name.clone());
        if is_last && facts.status.is_lost() && facts.elsewhere.is_none() && (!marked || is_marked(&facts)) {
            lost.push(Former { name: item.name.to_string(), record: facts.record });
        }
    }
    lost.reverse();
    Ok(lost)
}
