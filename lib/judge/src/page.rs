//! All rows of the screen as text. They are made of the picture when somebody asks, since a message is read from
//! them and most looks need none.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use ms_terminal::safe::safe_text;
use ms_terminal::screen::Picture;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest row that is told, in bytes.
const ROW: usize = 400;

/// The rows, each without the blanks at its end: safe to print.
#[derive(Clone, Default)]
pub struct Page(Arc<Rows>);

#[derive(Default)]
struct Rows {
    picture: Option<Arc<Picture>>,
    text: OnceLock<Vec<String>>,
}

impl Page {
    pub(super) fn of(picture: Arc<Picture>) -> Page {
        Page(Arc::new(Rows { picture: Some(picture), text: OnceLock::new() }))
    }

    /// The rows; none if nothing is known of the screen.
    pub fn rows(&self) -> &[String] {
        self.0.text.get_or_init(|| self.0.picture.as_deref().map_or(Vec::new(), rows))
    }
}

fn rows(picture: &Picture) -> Vec<String> {
    (0..picture.rows).map(|row| safe_text(&picture.line_text(row), ROW)).collect()
}

impl From<Vec<String>> for Page {
    fn from(text: Vec<String>) -> Page {
        Page(Arc::new(Rows { picture: None, text: text.into() }))
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rows()).finish()
    }
}

impl PartialEq for Page {
    fn eq(&self, other: &Page) -> bool {
        let told =
            |page: &Page| page.rows().iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
        Arc::ptr_eq(&self.0, &other.0) || self.rows()[..told(self)] == other.rows()[..told(other)]
    }
}

impl Serialize for Page {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.rows().iter().enumerate();
        serializer.collect_map(rows.filter(|(_, row)| !row.is_empty()))
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Page, D::Error> {
        let told = BTreeMap::<u16, String>::deserialize(deserializer)?;
        let count = told.last_key_value().map_or(0, |(last, _)| usize::from(*last) + 1);
        let mut rows = vec![String::new(); count];
        told.into_iter().for_each(|(at, row)| rows[usize::from(at)] = row);
        Ok(Page::from(rows))
    }
}
