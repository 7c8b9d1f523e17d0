//! `msname`; see `msession::tools::msname`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::msname::Msname>()
}
