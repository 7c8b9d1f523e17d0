//! `make docs`: writes what is not as it would be made, and says what it was.

#![forbid(unsafe_code)]

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let written = ms_docs::write(&ms_docs::root())?;
    for path in written {
        writeln!(io::stdout(), "{}", path.display())?;
    }
    Ok(())
}
