//! `mswait`; see `ms::tools::mswait`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::mswait::Mswait>()
}
