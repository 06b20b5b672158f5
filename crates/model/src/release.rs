//! Releases of an ABI.

use std::fmt;

/// A release such as `2.6.32`, `5.10` or `7.2`; ordered as kernels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// First number.
    pub major: u8,
    /// Second number.
    pub minor: u8,
    /// Third number; 0 when it is not written.
    pub patch: u8,
}

impl Release {
    /// A release from its numbers.
    #[must_use]
    pub const fn new(major: u8, minor: u8, patch: u8) -> Release {
        Release { major, minor, patch }
    }

    /// The form used in notes and images: `major << 16 | minor << 8 | patch`.
    #[must_use]
    pub const fn packed(self) -> u32 {
        (self.major as u32) << 16 | (self.minor as u32) << 8 | self.patch as u32
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch != 0 {
            write!(f, ".{}", self.patch)?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Release {
    type Err = String;

    fn from_str(text: &str) -> Result<Release, String> {
        let bad = || format!("`{text}` is not a release; write it like 5.10 or 2.6.32");
        let mut parts = [0u8; 3];
        let mut count = 0;
        for (i, part) in text.split('.').enumerate() {
            // Numbers of Rust may begin with a plus.
            if !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(bad());
            }
            *parts.get_mut(i).ok_or_else(bad)? = part.parse().map_err(|_| bad())?;
            count = i + 1;
        }
        if count < 2 {
            return Err(bad());
        }
        Ok(Release::new(parts[0], parts[1], parts[2]))
    }
}

#[cfg(test)]
mod tests {
    use super::Release;

    #[test]
    fn releases_are_read_as_they_are_written() {
        for (text, release) in [("5.10", (5, 10, 0)), ("2.6.32", (2, 6, 32)), ("255.0.255", (255, 0, 255))] {
            let (major, minor, patch) = release;
            assert_eq!(text.parse(), Ok(Release::new(major, minor, patch)));
            assert_eq!(Release::new(major, minor, patch).to_string(), text.trim_end_matches(".0"));
        }
        for wrong in ["", "5", "5.", ".5", "5.10.1.2", "256.0", "+5.+10", "-5.1", "5.1 ", "a.b"] {
            assert!(wrong.parse::<Release>().is_err(), "{wrong}");
        }
    }
}
