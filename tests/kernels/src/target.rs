//! The kernels that programs meet: a real one, or an older one that it simulates.

use crate::filter::Answer;
use libsys_image::PackedRelease;

/// What programs run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The kernel that is booted.
    pub kernel: PackedRelease,
    /// The older one that it simulates; none: it is itself.
    pub older: Option<Older>,
    /// How the supplier comes to know which calls there are.
    pub known: Known,
}

/// An older kernel, simulated by a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older {
    /// Its release.
    pub release: PackedRelease,
    /// What the filter answers.
    pub answer: Answer,
}

/// How a supplier comes to know which calls a kernel answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The kernel's release says it; that of a simulated one is in `LIBSYS_KERNEL`.
    Said,
    /// `LIBSYS_PROBE` has the supplier make the calls.
    Probed,
}

impl Target {
    /// The release that programs find.
    #[must_use]
    pub fn release(&self) -> PackedRelease {
        self.older.map_or(self.kernel, |older| older.release)
    }

    /// `5.10`, or `4.4-on-5.10-enosys-probed`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = self.kernel.to_string();
        if let Some(older) = &self.older {
            name = format!("{}-on-{name}-{}", older.release, older.answer.word());
        }
        if self.known == Known::Probed {
            name += "-probed";
        }
        name
    }

    /// The variable that tells the supplier.
    #[must_use]
    pub fn variable(&self) -> Option<(String, String)> {
        match (self.known, self.older) {
            (Known::Said, None) => None,
            (Known::Said, Some(older)) => Some(("LIBSYS_KERNEL".into(), older.release.to_string())),
            (Known::Probed, _) => Some(("LIBSYS_PROBE".into(), "1".into())),
        }
    }
}

impl Older {
    /// Where its filter lies in the machine.
    #[must_use]
    pub fn filter(&self) -> String {
        format!("/filters/{}-{}", self.release, self.answer.word())
    }
}

/// Releases that the oldest kernel simulates: those of enterprise distributions, and the oldest that maps lead to.
const RELEASES: [PackedRelease; 3] =
    [PackedRelease::new(3, 10, 0), PackedRelease::new(4, 4, 0), PackedRelease::new(4, 19, 0)];

/// All targets of a kernel. The oldest that is there simulates still older ones.
#[must_use]
pub fn all(kernel: PackedRelease, is_oldest: bool) -> Vec<Target> {
    let mut olders = vec![None];
    for release in RELEASES.into_iter().filter(|release| is_oldest && *release < kernel) {
        olders.extend([Answer::Enosys, Answer::Eperm].map(|answer| Some(Older { release, answer })));
    }
    let mut targets = Vec::new();
    for older in olders {
        targets.extend([Known::Said, Known::Probed].map(|known| Target { kernel, older, known }));
    }
    targets
}
