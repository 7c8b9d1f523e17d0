//! `msnew`; see `ms::tools::msnew`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ms::cli::main::<ms::tools::msnew::Msnew>()
}
