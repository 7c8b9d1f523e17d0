//! Sizes in bytes as people write them: `65536`, `512K`, `10MiB`. Units are binary throughout, as in
//! `dd` and `split`; there is no way to ask for a decimal one.

use crate::format::error::{Error, Result};

/// The smallest ring, in bytes.
pub const MIN_RING: u64 = 4 << 10;
/// The largest ring, in bytes.
pub const MAX_RING: u64 = 1 << 30;

/// The rule, as a message states it.
pub const RULE: &str = "a size is a number of bytes with K, M or G (or KiB, MiB, GiB) behind it";

/// Reads a size.
///
/// # Errors
/// `Usage`, for what is no size or is more than 64 bits hold.
pub fn parse(text: &str) -> Result<u64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match text[digits..].trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kb" | "kib" => Some(1 << 10),
        "m" | "mb" | "mib" => Some(1 << 20),
        "g" | "gb" | "gib" => Some(1 << 30),
        "t" | "tb" | "tib" => Some(1 << 40),
        _ => None,
    };
    let number: Option<u64> = text[..digits].parse().ok();
    let bytes = number.zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
    bytes.ok_or_else(|| Error::Usage(format!("{text:?}: {RULE}")))
}

/// Reads the size of a ring and checks its bounds.
///
/// # Errors
/// `Usage`, for what is no size and for one out of bounds.
pub fn parse_ring(text: &str) -> Result<u64> {
    check_ring(parse(text)?)
}

/// Checks the bounds of a ring's size, in bytes.
///
/// # Errors
/// `Usage`, for a size out of bounds.
pub fn check_ring(bytes: u64) -> Result<u64> {
    if (MIN_RING..=MAX_RING).contains(&bytes) {
        return Ok(bytes);
    }
    let bounds = format!("{} to {}", show(MIN_RING), show(MAX_RING));
    Err(Error::Usage(format!("a buffer of {}: must be {bounds}", show(bytes))))
}

/// Writes a size with the unit that keeps it short: `10.0MiB`.
pub fn show(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes}B"),
        b if b < 1 << 20 => short(b as f64 / 1024.0, "KiB"),
        b if b < 1 << 30 => short(b as f64 / (1u64 << 20) as f64, "MiB"),
        b => short(b as f64 / (1u64 << 30) as f64, "GiB"),
    }
}

fn short(number: f64, unit: &str) -> String {
    if number >= 10.0 || number.fract() == 0.0 {
        format!("{number:.0}{unit}")
    } else {
        format!("{number:.1}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary() {
        for (text, bytes) in
            [("0", 0), ("65536", 65536), ("512K", 524_288), ("10MiB", 10 << 20), ("1 gb", 1 << 30), ("7b", 7)]
        {
            assert_eq!(parse(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "x", "-1", "1.5M", "10 miles", "99999999999999999999", "99999999999G"] {
            assert_eq!(parse(text).unwrap_err().exit_code(), 2, "{text}");
        }
    }

    #[test]
    fn rings_have_bounds() {
        assert_eq!(parse_ring("4K").unwrap(), 4096);
        for text in ["0", "1TB", "4095", "2G"] {
            let error = parse_ring(text).unwrap_err();
            assert!(error.to_string().contains("4KiB to 1GiB"), "{error}");
        }
    }

    #[test]
    fn sizes_are_shown_short() {
        assert_eq!(show(512), "512B");
        assert_eq!(show(1536), "1.5KiB");
        assert_eq!(show(10 << 20), "10MiB");
    }
}
