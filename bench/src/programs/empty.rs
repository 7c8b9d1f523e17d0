//! Does nothing: what it costs to run any program at all.
fn main() {}
