//! Links the unwinder into the tools. They are started hundreds of times a day and run for a
//! millisecond: loading `libgcc_s.so` for the panic that never comes is a sixth of that. Where the
//! compiler has no `libgcc_eh.a`, or for another machine, nothing is changed.

#![forbid(unsafe_code)]

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|found| found == value);
    let native = env::var("HOST").is_ok_and(|host| is("TARGET", &host));
    if native && is("PROFILE", "release") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        link_unwinder();
    }
}

fn link_unwinder() {
    let Ok(found) = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output() else { return };
    let text = String::from_utf8_lossy(&found.stdout);
    let path = Path::new(text.trim());
    // Where there is none, the name alone comes back.
    if let Some(dir) = path.parent().filter(|_| path.is_absolute() && path.exists()) {
        println!("cargo::rustc-link-search=native={}", dir.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
