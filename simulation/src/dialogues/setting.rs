//! Which world of dialogues is lived, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::planted::CustomerFault;

use crate::storm::{Accident, Line, Violation};

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
            only_accidents: None,
            tells: false,
            planted: None,
        }
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

/// What became of a world.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Invariants that were broken, first first.
    pub violations: Vec<Violation>,
    /// How the dialogues ended.
    pub ends: BTreeMap<End, u64>,
    /// The accidents that happened.
    pub accidents: Vec<u32>,
    /// Messages that people wrote, repetitions left out.
    pub answers: u64,
    /// The story as a number: equal for equal settings.
    pub digest: u64,
    /// The story in sentences, where they were kept.
    pub lines: Vec<Line>,
}
