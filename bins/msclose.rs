//! `msclose`; see `msession::tools::msclose`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::msclose::Msclose>()
}
