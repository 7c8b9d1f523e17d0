//! `msnew`; see `msession::ms::tools::msnew`.

use std::process::ExitCode;

fn main() -> ExitCode {
    msession::ms::cli::main::<msession::ms::tools::msnew::Msnew>()
}
