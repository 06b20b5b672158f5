//! The kernels that programs meet: a real one, an older one that it simulates, or a container on it.

use crate::run::BELOW;
use libsys_cases::container::{ENGINES, Engine, Profile};
use libsys_cases::filter::{self, Answer};
use libsys_image::PackedRelease;
use libsys_model::{Abi, Call};

/// What programs run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The kernel that is booted.
    pub kernel: PackedRelease,
    /// What it simulates by a filter; none: it is itself.
    pub simulated: Option<Simulated>,
    /// How the supplier comes to know which calls there are.
    pub known: Known,
}

/// What a filter simulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simulated {
    /// An older kernel.
    Older {
        /// Its release.
        release: PackedRelease,
        /// What the filter answers to calls that came later.
        answer: Answer,
    },
    /// A container of the Docker engine, without further capabilities.
    Container(Engine),
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
        match self.simulated {
            Some(Simulated::Older { release, .. }) => release,
            Some(Simulated::Container(_)) | None => self.kernel,
        }
    }

    /// What a filter answers to a number; none: the kernel is asked.
    ///
    /// # Errors
    ///
    /// The table of containers is not understood.
    pub fn answers(&self, abi: &Abi) -> Result<impl Fn(u32) -> Option<Answer>, String> {
        let profile = match self.simulated {
            Some(Simulated::Container(engine)) => Some(Profile::of(engine, abi)?),
            _ => None,
        };
        let newer = match self.simulated {
            Some(Simulated::Older { release, answer }) => Some((filter::newer(abi, release), answer)),
            _ => None,
        };
        Ok(move |nr| match (&profile, &newer) {
            (Some(profile), _) => profile.answer(nr),
            (None, Some((numbers, answer))) => numbers.contains(&nr).then_some(*answer),
            (None, None) => None,
        })
    }

    /// Whether programs lack a call: the kernel is older, or the filter, which answers so, refuses it.
    #[must_use]
    pub fn lacks(&self, call: &Call, answers: &impl Fn(u32) -> Option<Answer>) -> bool {
        let is_newer = call.since.is_some_and(|since| PackedRelease(since.packed()) > self.kernel);
        is_newer || answers(call.nr.0).is_some()
    }

    /// `5.10`, `4.4-on-5.10-enosys-probed`, or `container-20.10.18-on-5.10-probed`.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = self.kernel.to_string();
        match self.simulated {
            Some(Simulated::Older { release, answer }) => {
                name = format!("{release}-on-{name}-{}", answer.word());
            }
            Some(Simulated::Container(engine)) => name = format!("{}-on-{name}", engine.name()),
            None => {}
        }
        if self.known == Known::Probed {
            name += "-probed";
        }
        name
    }

    /// The words before a command that run it below the filter.
    #[must_use]
    pub fn below(&self) -> Vec<String> {
        self.simulated.map_or(Vec::new(), |simulated| vec![BELOW.to_owned(), simulated.place()])
    }

    /// The variable that tells the supplier.
    #[must_use]
    pub fn variable(&self) -> Option<(String, String)> {
        match (self.known, self.simulated) {
            (Known::Said, Some(Simulated::Older { release, .. })) => {
                Some(("LIBSYS_KERNEL".into(), release.to_string()))
            }
            (Known::Said, _) => None,
            (Known::Probed, _) => Some(("LIBSYS_PROBE".into(), "1".into())),
        }
    }
}

impl Simulated {
    /// Where its filter lies in the machine.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Simulated::Older { release, answer } => format!("/filters/{release}-{}", answer.word()),
            Simulated::Container(engine) => format!("/filters/{}", engine.name()),
        }
    }

    /// Its filter.
    ///
    /// # Errors
    ///
    /// The table of containers is not understood.
    pub fn filter(&self, abi: &Abi) -> Result<Vec<u8>, String> {
        match self {
            Simulated::Older { release, answer } => {
                Ok(filter::encode(&filter::newer(abi, *release), *answer))
            }
            Simulated::Container(engine) => Ok(Profile::of(*engine, abi)?.filter()),
        }
    }
}

/// Releases that the oldest kernel simulates: those of enterprise distributions, and the oldest that maps lead to.
const RELEASES: [PackedRelease; 3] =
    [PackedRelease::new(3, 10, 0), PackedRelease::new(4, 4, 0), PackedRelease::new(4, 19, 0)];

/// All targets of a kernel. The oldest that is there simulates still older ones; the oldest and the newest are the hosts of
/// containers.
#[must_use]
pub fn all(kernel: PackedRelease, is_oldest: bool, is_newest: bool) -> Vec<Target> {
    let mut simulated = vec![None];
    for release in RELEASES.into_iter().filter(|release| is_oldest && *release < kernel) {
        let older = |answer| Some(Simulated::Older { release, answer });
        simulated.extend([Answer::Enosys, Answer::Eperm].map(older));
    }
    let mut targets = Vec::new();
    for simulated in simulated {
        targets.extend([Known::Said, Known::Probed].map(|known| Target { kernel, simulated, known }));
    }
    // No release tells what a container refuses.
    let engines = ENGINES.into_iter().filter(|_| is_oldest || is_newest);
    targets.extend(engines.map(|engine| Target {
        kernel,
        simulated: Some(Simulated::Container(engine)),
        known: Known::Probed,
    }));
    targets
}
