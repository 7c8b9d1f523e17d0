//! `mshooks`; see `ms::tools::mshooks`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::mshooks::Mshooks>()
}
