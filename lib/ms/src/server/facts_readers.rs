//! Handing out what the judge sees, to those who record it (`msls --explain NAME --record FILE`). Nobody is
//! waited for: who does not take it as fast loses of it, and is told so.

use std::time::Duration;

use super::clients::Clients;
use ms_judge::{FactsWriter, Judge};
use ms_platform::time::Time;
use msession::format::frame::Type;

/// Bytes of a recording in one FACTS frame.
const PIECE: usize = 64 << 10;

/// The recordings that go on, by the connections that they go to.
#[derive(Debug, Default)]
pub(super) struct FactsReaders {
    list: Vec<(u64, FactsWriter)>,
}

impl FactsReaders {
    /// Begins one for connection `id`; returns its first line.
    pub(super) fn begin(&mut self, id: u64, judge: &mut Judge, now: Duration) -> String {
        let (writer, header) = FactsWriter::begin(judge.config(), Time::now().0);
        self.list.push((id, writer));
        judge.keep_facts(now);
        header
    }

    /// Hands out what was seen since the last time.
    pub(super) fn tell(&mut self, judge: &mut Judge, clients: &mut Clients) {
        if self.list.is_empty() {
            return;
        }
        let facts = judge.take_facts();
        self.list.retain_mut(|(id, writer)| {
            let Some(client) = clients.get(*id).filter(|client| !client.leaving) else { return false };
            for taken in &facts {
                if client.is_behind() {
                    writer.lose();
                    continue;
                }
                let lines = writer.lines(taken);
                lines.as_bytes().chunks(PIECE).for_each(|piece| client.send(Type::Facts, piece));
            }
            true
        });
        if self.list.is_empty() {
            judge.drop_facts();
        }
    }
}
