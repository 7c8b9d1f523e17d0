//! `msnew`; see `ms::tools::msnew`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msnew::Msnew>()
}
