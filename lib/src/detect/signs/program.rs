//! Which program is in front: the foreground group and who reads. What was learned of one does not hold
//! for the next.

use crate::detect::facts::Sight;

/// The program in front.
#[derive(Debug, Default)]
pub(in crate::detect) struct Program {
    group: i32,
    reader: Option<i32>,
}

impl Program {
    /// Takes a look in; true if another program is in front than before.
    pub(in crate::detect) fn note(&mut self, sight: &Sight) -> bool {
        let reader = sight.readers.first().map(|reader| reader.pid);
        let other_reader = matches!((self.reader, reader), (Some(old), Some(new)) if old != new);
        let other = self.group != sight.foreground || other_reader;
        self.group = sight.foreground;
        self.reader = if other { reader } else { reader.or(self.reader) };
        other
    }
}
