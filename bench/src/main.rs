//! `make bench`: the tools beside dtach, tmux and a bare pty, as ratios in one run.
fn main() {}
