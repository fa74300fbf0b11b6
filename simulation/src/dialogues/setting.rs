//! Which world of dialogues is lived, and what becomes of it.

use std::collections::BTreeSet;

use comanda_domain::planted::CustomerFault;

use crate::{
    storm::{Accident, StormError},
    trials::{self, Lived},
};

/// Which world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Decides everything.
    pub seed: u64,
    /// How many people write.
    pub people: usize,
    /// How many restaurants share the system.
    pub tenants: usize,
    /// What may happen at calls.
    pub accidents: Vec<Accident>,
    /// Only these people write; all, where absent.
    pub only_people: Option<BTreeSet<usize>>,
    /// Only these accidents happen; all, where absent.
    pub only_accidents: Option<BTreeSet<u32>>,
    /// Whether sentences are kept.
    pub tells: bool,
    /// A fault that is put back; only in builds with the feature `planted-faults`.
    pub planted: Option<CustomerFault>,
}

impl Setting {
    /// A world of this seed, with two restaurants and all kinds of accidents.
    #[must_use]
    pub fn new(seed: u64, people: usize) -> Self {
        Self {
            seed,
            people,
            tenants: 2,
            accidents: Accident::ALL.to_vec(),
            only_people: None,
            only_accidents: None,
            tells: false,
            planted: None,
        }
    }

    /// Who stays away.
    pub(super) fn absent(&self) -> impl Iterator<Item = usize> {
        let who = self.who();
        (0..self.people).filter(move |person| !who.contains(person))
    }
}

/// How a dialogue ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// Registered, with everything as it was said.
    Registered,
    /// Known by a phone that another address has too.
    Linked,
    /// Registered, and erased when they asked for it.
    Erased,
}

impl End {
    /// As the histogram names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Linked => "linked",
            Self::Erased => "erased",
        }
    }
}

impl Lived for Setting {
    type End = End;

    fn name_of(end: End) -> &'static str {
        end.as_str()
    }

    fn seed(&self) -> u64 {
        self.seed
    }

    fn seeded(&self, seed: u64) -> Self {
        Self {
            seed,
            ..self.clone()
        }
    }

    fn telling(&self) -> Self {
        Self {
            tells: true,
            ..self.clone()
        }
    }

    fn who(&self) -> BTreeSet<usize> {
        let only = self.only_people.clone();
        only.unwrap_or_else(|| (0..self.people).collect())
    }

    fn with_only(&self, who: BTreeSet<usize>, accidents: BTreeSet<u32>) -> Self {
        Self {
            only_people: Some(who),
            only_accidents: Some(accidents),
            ..self.clone()
        }
    }

    fn live(&self) -> Result<Outcome, StormError> {
        super::live(self)
    }
}

/// What became of a world.
pub type Outcome = trials::Outcome<End>;
