//! `mswait`; see `msession::ms::tools::mswait`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::mswait::Mswait>()
}
