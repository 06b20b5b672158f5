//! One line of text in a fixed buffer: messages without `fmt`, whose tables need relocations.

use libsys_image::PackedRelease;

/// A line of at most [`Line::MAX`] bytes; what goes beyond is cut.
#[derive(Debug)]
pub struct Line {
    bytes: [u8; Line::MAX],
    len: usize,
}

impl Default for Line {
    fn default() -> Line {
        Line::new()
    }
}

impl Line {
    /// Bytes that fit, the newline included.
    pub const MAX: usize = 512;

    /// An empty line.
    #[must_use]
    pub const fn new() -> Line {
        Line { bytes: [0; Line::MAX], len: 0 }
    }

    /// Appends bytes; control characters, which could forge lines, become `?`.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Line {
        for byte in bytes {
            let byte = if byte.is_ascii_control() { b'?' } else { *byte };
            // One place is left for the newline.
            if self.len < Line::MAX - 1
                && let Some(place) = self.bytes.get_mut(self.len)
            {
                *place = byte;
                self.len += 1;
            }
        }
        self
    }

    /// Appends text.
    pub fn text(&mut self, text: &str) -> &mut Line {
        self.bytes(text.as_bytes())
    }

    /// Appends a number in decimal.
    pub fn number(&mut self, mut number: u64) -> &mut Line {
        let mut digits = [b'0'; 20];
        let mut first = digits.len();
        for (i, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            first = i;
            if number == 0 {
                break;
            }
        }
        self.bytes(digits.get(first..).unwrap_or(&[]))
    }

    /// Appends a release.
    pub fn release(&mut self, release: PackedRelease) -> &mut Line {
        let [major, minor, patch] = release.parts();
        self.number(u64::from(major)).text(".").number(u64::from(minor));
        if patch != 0 {
            self.text(".").number(u64::from(patch));
        }
        self
    }

    /// What has been appended.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// What has been appended, ended by a NUL: a path for the kernel. None when something was cut.
    pub fn terminated(&mut self) -> Option<&[u8]> {
        if self.len >= Line::MAX - 1 {
            return None;
        }
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = 0;
        }
        self.bytes.get(..=self.len)
    }

    /// The line with its newline.
    pub fn finish(&mut self) -> &[u8] {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = b'\n';
        }
        self.bytes.get(..=self.len).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::Line;
    use libsys_image::PackedRelease;

    #[test]
    fn lines_are_built_and_cut() {
        let mut line = Line::new();
        line.text("a\nb ")
            .number(0)
            .text(" ")
            .number(u64::MAX)
            .text(" ")
            .release(PackedRelease::new(6, 18, 4));
        assert_eq!(line.finish(), b"a?b 0 18446744073709551615 6.18.4\n");
        let mut long = Line::new();
        for _ in 0..1000 {
            long.text("xyz");
        }
        assert_eq!(long.finish().len(), Line::MAX);
        assert!(long.finish().ends_with(b"\n"));
    }
}
