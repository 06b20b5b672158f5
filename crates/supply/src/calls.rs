//! Sets of calls.

use libsys_image::{SECTION_ALIGN, SLOT_SIZE, SLOTS};

const WORDS: usize = SLOTS as usize / 64;
const _: () = assert!(64 * SLOT_SIZE == SECTION_ALIGN, "a word has the slots of a page");

/// A set of calls, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls([u64; WORDS]);

impl Calls {
    /// Adds a call; numbers beyond the table are no calls.
    pub fn insert(&mut self, nr: u32) {
        if let Some(word) = self.0.get_mut(nr as usize / 64) {
            *word |= 1 << (nr % 64);
        }
    }

    /// Whether a call is in it.
    #[must_use]
    pub fn contains(&self, nr: u32) -> bool {
        self.0.get(nr as usize / 64).is_some_and(|word| word & 1 << (nr % 64) != 0)
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// How many are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// For each page of a table, a bit for each of its slots.
    pub fn pages(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied()
    }

    /// How many pages of a table their slots lie in.
    #[must_use]
    pub fn page_count(&self) -> u32 {
        self.pages().map(|slots| u32::from(slots != 0)).sum()
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..SLOTS).filter(|nr| self.contains(*nr))
    }
}

#[cfg(test)]
mod tests {
    use super::Calls;

    #[test]
    fn numbers_are_kept_apart() {
        let mut calls = Calls::default();
        assert!(calls.is_empty());
        for nr in [0, 63, 64, 1023, 1024, u32::MAX] {
            calls.insert(nr);
        }
        assert!(calls.iter().eq([0, 63, 64, 1023]));
        assert_eq!((calls.count(), calls.is_empty()), (4, false));
        assert_eq!(calls.page_count(), 3);
        assert!(calls.contains(64) && !calls.contains(65) && !calls.contains(1024));
    }
}
