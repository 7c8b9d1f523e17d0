//! `mspause`; see `ms::tools::mspause`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::mspause::Mspause>()
}
