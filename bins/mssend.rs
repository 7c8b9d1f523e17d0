//! `mssend`; see `msession::tools::mssend`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::mssend::Mssend>()
}
