//! `msbuf`; see `ms::tools::msbuf`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msbuf::Msbuf>()
}
