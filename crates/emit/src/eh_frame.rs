//! Writing `.eh_frame`: one CIE and the FDEs that refer to it.
//!
//! Reference: Linux Standard Base 5.0 Core, 10.6 (`.eh_frame`); DWARF 5, 6.4.

/// A finished `.eh_frame`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EhFrame {
    /// The section's bytes; the linker adds the terminator.
    pub bytes: Vec<u8>,
    /// Where FDEs point at code: the offset of a 32-bit self-relative field, and the offset in the
    /// table that it must point at.
    pub pointers: Vec<(u32, u32)>,
}

/// Builds an [`EhFrame`].
#[derive(Debug)]
pub struct Builder(EhFrame);

impl EhFrame {
    /// Starts with a CIE of these bytes: version to initial instructions, without length and id.
    #[allow(clippy::new_ret_no_self)]
    #[must_use]
    pub fn new(cie: &[u8]) -> Builder {
        let mut bytes = Vec::new();
        record(&mut bytes, 0, cie);
        Builder(EhFrame { bytes, pointers: Vec::new() })
    }
}

impl Builder {
    /// Adds an FDE for `size` bytes of code at `offset` of the table.
    pub fn add(&mut self, offset: u32, size: u32, instructions: &[u8]) {
        let at = self.0.bytes.len() as u32;
        let mut body = vec![0; 4];
        body.extend_from_slice(&size.to_le_bytes());
        body.push(0); // no augmentation data
        body.extend_from_slice(instructions);
        record(&mut self.0.bytes, at + 4, &body);
        self.0.pointers.push((at + 8, offset));
    }

    /// The finished section.
    #[must_use]
    pub fn finish(self) -> EhFrame {
        self.0
    }
}

/// Appends length, id and body, padded with `DW_CFA_nop` to a multiple of eight bytes.
fn record(bytes: &mut Vec<u8>, id: u32, body: &[u8]) {
    let size = (4 + 4 + body.len()).next_multiple_of(8);
    let start = bytes.len();
    bytes.extend_from_slice(&(size as u32 - 4).to_le_bytes());
    bytes.extend_from_slice(&id.to_le_bytes());
    bytes.extend_from_slice(body);
    bytes.resize(start + size, 0);
}
