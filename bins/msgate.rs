//! `msgate`; see `ms::tools::msgate`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msgate::Msgate>()
}
