//! `mswait`; see `ms::tools::mswait`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::mswait::Mswait>()
}
