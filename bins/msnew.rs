//! `msnew`; see `msession::tools::msnew`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::cli::main::<msession::tools::msnew::Msnew>()
}
