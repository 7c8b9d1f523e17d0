//! `msls`: list sessions.
fn main() {}
