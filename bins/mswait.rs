//! `mswait`; see `msession::tools::mswait`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::mswait::Mswait>()
}
