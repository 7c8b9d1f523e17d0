//! `msbuf`; see `ms::tools::msbuf`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msbuf::Msbuf>()
}
