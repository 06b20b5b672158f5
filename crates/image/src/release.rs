//! Releases as notes and images hold them.

use core::fmt;

/// `major << 16 | minor << 8 | patch`; ordered as releases are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackedRelease(pub u32);

impl PackedRelease {
    /// From its three numbers.
    #[must_use]
    pub const fn new(major: u8, minor: u8, patch: u8) -> PackedRelease {
        PackedRelease((major as u32) << 16 | (minor as u32) << 8 | patch as u32)
    }

    /// The three numbers: major, minor, patch.
    #[must_use]
    pub const fn parts(self) -> [u8; 3] {
        [(self.0 >> 16) as u8, (self.0 >> 8) as u8, self.0 as u8]
    }

    /// Reads the start of a `uname` release such as `6.18.44-amd64`; numbers above 255 count as 255.
    ///
    /// None when it does not begin with two numbers.
    #[must_use]
    pub fn from_uname(text: &[u8]) -> Option<PackedRelease> {
        let mut parts = [0u8; 3];
        let mut rest = text;
        for (i, part) in parts.iter_mut().enumerate() {
            let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                if i < 2 {
                    return None;
                }
                break;
            }
            let (number, tail) = rest.split_at_checked(digits)?;
            *part = number.iter().fold(0u8, |n, b| n.saturating_mul(10).saturating_add(b.wrapping_sub(b'0')));
            match tail.split_first() {
                Some((b'.', after)) => rest = after,
                _ if i == 0 => return None,
                _ => break,
            }
        }
        let [major, minor, patch] = parts;
        Some(PackedRelease::new(major, minor, patch))
    }
}

impl fmt::Display for PackedRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.parts();
        write!(f, "{major}.{minor}")?;
        if patch != 0 {
            write!(f, ".{patch}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::PackedRelease;

    #[test]
    fn uname_releases() {
        let read = |s: &str| PackedRelease::from_uname(s.as_bytes());
        assert_eq!(read("6.18.44-fc-v769"), Some(PackedRelease::new(6, 18, 44)));
        assert_eq!(read("7.2"), Some(PackedRelease::new(7, 2, 0)));
        assert_eq!(read("5.10.0-32-amd64"), Some(PackedRelease::new(5, 10, 0)));
        assert_eq!(read("4.19.999"), Some(PackedRelease::new(4, 19, 255)));
        assert_eq!(read("6.1+"), Some(PackedRelease::new(6, 1, 0)));
        for bad in ["", "6", "6-1", "x.y", ".1.2"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
