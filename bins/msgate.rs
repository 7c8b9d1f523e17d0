//! `msgate`; see `ms::tools::msgate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msgate::Msgate>()
}
