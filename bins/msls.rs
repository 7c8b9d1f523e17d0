//! `msls`; see `msession::tools::msls`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::msls::Msls>()
}
