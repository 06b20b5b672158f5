//! The dimensions in which a program varies, and which of their combinations exist.

use libsys_trials::word::Word;
use libsys_trials::words;

words! {
    /// What begins the program.
    Start {
        /// `libsys_start.a`: no libc.
        Libsys = "libsys",
        /// glibc's own start files; libsys is linked beside glibc.
        Glibc = "glibc",
    }
}

words! {
    /// The section that the program has.
    Flavour {
        /// None at all: libsys is not linked.
        None = "none",
        /// `libsys.a`
        Reserved = "reserved",
        /// `libsys_text.a`
        Text = "text",
    }
}

words! {
    /// What kind of file is linked.
    Shape {
        /// At a fixed address.
        Static = "static",
        /// Relocates itself.
        StaticPie = "static-pie",
        /// Loaded by glibc's run-time linker.
        Pie = "pie",
        /// A shared object, which a small host program loads with `dlopen`, and whose `main` it calls.
        Shared = "shared",
    }
}

words! {
    /// The linker.
    Linker {
        /// GNU ld
        Bfd = "bfd",
        /// LLVM's
        Lld = "lld",
        /// mold
        Mold = "mold",
    }
}

words! {
    /// How the program is started.
    Way {
        /// Executed directly. A static `reserved` program has `ld-libsys` as its interpreter.
        Plain = "plain",
        /// Executed directly, with `ld-libsys` as the interpreter also of a `text` program.
        Interp = "interp",
        /// `ld-libsys PROGRAM`
        Hand = "hand",
        /// `libsys run PROGRAM`
        Cli = "cli",
    }
}

/// One way to link a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link {
    /// Its section.
    pub flavour: Flavour,
    /// The kind of file.
    pub shape: Shape,
    /// The linker.
    pub linker: Linker,
    /// Whether `ld-libsys` is its PT_INTERP.
    pub interpreter: bool,
}

impl Link {
    /// The link that a way of running needs; none when the combination cannot exist.
    #[must_use]
    pub fn new(flavour: Flavour, shape: Shape, linker: Linker, way: Way) -> Option<Link> {
        let is_static = matches!(shape, Shape::Static | Shape::StaticPie);
        let interpreter = match (flavour, way) {
            // Nothing would supply it when glibc's run-time linker loads it.
            (Flavour::Reserved, Way::Plain) if !is_static => return None,
            (Flavour::Reserved, _) if shape == Shape::Shared => return None,
            (Flavour::Reserved, Way::Interp) => return None,
            (Flavour::Reserved, _) => is_static,
            (Flavour::Text, Way::Interp) if is_static => true,
            (_, Way::Interp) => return None,
            _ => false,
        };
        Some(Link { flavour, shape, linker, interpreter })
    }

    /// The part of a trial's name that tells the link.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}::{}::{}", self.flavour.word(), self.shape.word(), self.linker.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_run_is_linked() {
        let exists = |flavour, shape, way| Link::new(flavour, shape, Linker::Bfd, way).map(|l| l.interpreter);
        assert_eq!(exists(Flavour::Reserved, Shape::Static, Way::Plain), Some(true));
        assert_eq!(exists(Flavour::Reserved, Shape::Static, Way::Interp), None);
        assert_eq!(exists(Flavour::Text, Shape::StaticPie, Way::Plain), Some(false));
        assert_eq!(exists(Flavour::Text, Shape::StaticPie, Way::Interp), Some(true));
        assert_eq!(exists(Flavour::Text, Shape::Pie, Way::Interp), None);
        assert_eq!(exists(Flavour::Reserved, Shape::Pie, Way::Plain), None);
        assert_eq!(exists(Flavour::Reserved, Shape::Pie, Way::Hand), Some(false));
        assert_eq!(exists(Flavour::Reserved, Shape::Shared, Way::Hand), None);
    }

    #[test]
    fn words_are_read_as_written() {
        for way in Way::ALL {
            assert_eq!(Way::from_word(way.word()), Some(*way));
        }
        assert_eq!(Shape::from_word("staticpie"), None);
    }
}
