//! `msmark`; see `msession::tools::msmark`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::msmark::Msmark>()
}
