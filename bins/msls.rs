//! `msls`; see `ms::tools::msls`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msls::Msls>()
}
