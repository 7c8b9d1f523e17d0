//! How `msls` shows sessions: [`table`] for eyes, [`format`] for scripts.

pub mod filter;
pub mod format;
pub mod memory;
pub mod table;
