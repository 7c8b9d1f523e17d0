//! `msbuf`; see `msession::ms::tools::msbuf`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::msbuf::Msbuf>()
}
