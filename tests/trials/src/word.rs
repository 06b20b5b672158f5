//! The words that directives list.

/// A word that a directive may list.
pub trait Word: Copy + Sized + 'static {
    /// All values, in the order of trials.
    const ALL: &'static [Self];
    /// How directives and the names of trials spell it.
    fn word(self) -> &'static str;
    /// The value of a word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|v| v.word() == word)
    }
}

/// Makes an enum of which each value is a [`Word`].
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$item])* $value,)* }
        impl $crate::word::Word for $name {
            const ALL: &'static [$name] = &[$($name::$value,)*];
            fn word(self) -> &'static str {
                match self { $($name::$value => $word,)* }
            }
        }
    };
}
