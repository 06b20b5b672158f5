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
}

/// An older kernel, simulated by a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older {
    /// Its release.
    pub release: PackedRelease,
    /// What the filter answers.
    pub answer: Answer,
    /// How the supplier comes to know.
    pub known: Known,
}

/// How a supplier comes to know that a kernel answers fewer calls than its release says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// `LIBSYS_KERNEL` says the release.
    Said,
    /// `LIBSYS_PROBE` has it make the calls.
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
        match &self.older {
            None => self.kernel.to_string(),
            Some(older) => {
                let known = match older.known {
                    Known::Said => "said",
                    Known::Probed => "probed",
                };
                format!("{}-on-{}-{}-{known}", older.release, self.kernel, older.answer.word())
            }
        }
    }

    /// The variable that tells the supplier.
    #[must_use]
    pub fn variable(&self) -> Option<(String, String)> {
        let older = self.older?;
        Some(match older.known {
            Known::Said => ("LIBSYS_KERNEL".into(), older.release.to_string()),
            Known::Probed => ("LIBSYS_PROBE".into(), "1".into()),
        })
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
    let mut targets = vec![Target { kernel, older: None }];
    for release in RELEASES.into_iter().filter(|release| is_oldest && *release < kernel) {
        for answer in [Answer::Enosys, Answer::Eperm] {
            for known in [Known::Said, Known::Probed] {
                targets.push(Target { kernel, older: Some(Older { release, answer, known }) });
            }
        }
    }
    targets
}
