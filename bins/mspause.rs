//! `mspause`; see `msession::tools::mspause`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::mspause::Mspause>()
}
