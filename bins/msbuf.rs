//! `msbuf`; see `msession::tools::msbuf`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::msbuf::Msbuf>()
}
