//! Little-endian fields at fixed offsets; reading never panics.

/// Reads `N` bytes at `at`, or none when they do not all exist.
#[must_use]
#[inline]
pub fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>().copied()
}

/// Reads a 16-bit field.
#[must_use]
#[inline]
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// Reads a 32-bit field.
#[must_use]
#[inline]
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// Reads a 64-bit field.
#[must_use]
#[inline]
pub fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// Writes a field at `at`; false, and nothing written, when it does not fit.
#[must_use]
pub fn put(bytes: &mut [u8], at: usize, field: &[u8]) -> bool {
    match bytes.get_mut(at..).and_then(|rest| rest.get_mut(..field.len())) {
        Some(place) => {
            place.copy_from_slice(field);
            true
        }
        None => false,
    }
}

/// FNV-1a, 64 bits.
#[must_use]
pub const fn fnv1a(bytes: &[u8], mut hash: u64) -> u64 {
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        hash = (hash ^ byte as u64).wrapping_mul(FNV_PRIME);
        rest = tail;
    }
    hash
}

/// The value that [`fnv1a`] starts from.
pub const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// What [`fnv1a`] multiplies by.
pub const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
