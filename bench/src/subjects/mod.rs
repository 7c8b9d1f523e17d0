//! What is measured, a file for each. A subject that cannot be measured says why in its row.

mod ask;
mod attach;
mod create;
mod echo;
mod flood;
mod idle;
mod list;
mod read;
mod script;
mod session;
mod switch;

use crate::args::Args;
use crate::report::Row;
use crate::world::World;
use crate::{Result, note, say};

type Subject = fn(&Args, &World) -> Result<Vec<Row>>;

/// Names and order.
const SUBJECTS: [(&str, Subject); 10] = [
    ("create", create::measure),
    ("list", list::measure),
    ("attach", attach::measure),
    ("switch", switch::measure),
    ("ask", ask::measure),
    ("script", script::measure),
    ("read", read::measure),
    ("flood", flood::measure),
    ("echo", echo::measure),
    ("idle", idle::measure),
];

/// Measures what is wanted.
pub fn run_all(args: &Args, world: &World) -> Vec<Row> {
    let wanted = SUBJECTS.iter().filter(|(name, _)| args.wants(name));
    if args.list {
        wanted.for_each(|(name, _)| say(name));
        return Vec::new();
    }
    wanted.flat_map(|(name, subject)| run_one(args, world, name, *subject)).collect()
}

fn run_one(args: &Args, world: &World, name: &str, subject: Subject) -> Vec<Row> {
    note(name);
    subject(args, world).unwrap_or_else(|why| vec![Row::skipped(name, why.to_string())])
}
