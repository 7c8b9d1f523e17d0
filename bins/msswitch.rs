//! `msswitch`; see `msession::tools::msswitch`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::msswitch::Msswitch>()
}
