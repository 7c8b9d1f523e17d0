//! Ids of sessions: 20 characters of 0-9 a-z that sort by the time they were made and are never
//! reused: 9 for the milliseconds since 1970 (enough until 5188), 11 random ones (56 bits).

use std::fs::File;
use std::io::Read;

use crate::format::error::{Error, Result};
use ms_platform::time::Time;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// A new id.
///
/// # Errors
/// `System` if /dev/urandom cannot be read.
pub fn fresh(now: Time) -> Result<String> {
    let mut random = [0u8; 8];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut random))
        .map_err(Error::system("/dev/urandom"))?;
    Ok(encode(now.0, 9) + &encode(u64::from_le_bytes(random), 11))
}

/// Whether `text` has the form of an id.
pub fn is_id(text: &str) -> bool {
    text.len() == 20 && text.bytes().all(|byte| DIGITS.contains(&byte))
}

/// The last `length` digits of `number` in base 36.
fn encode(mut number: u64, length: usize) -> String {
    let mut text = vec![b'0'; length];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS[(number % 36) as usize];
        number /= 36;
    }
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_differ() {
        let (a, b) = (fresh(Time(1_700_000_000_000)).unwrap(), fresh(Time(1_700_000_000_001)).unwrap());
        assert!(a < b && is_id(&a) && is_id(&b), "{a} {b}");
        let now = Time::now();
        assert_ne!(fresh(now).unwrap(), fresh(now).unwrap());
        assert!(!is_id("build") && !is_id("01234567890123456789A"));
    }
}
