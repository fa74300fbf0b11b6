//! Which world is lived, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::planted::Fault;

use super::{Accident, End};
use crate::{
    trials::{self, Lived},
    world::deploy::DeployError,
};

/// Which world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Decides everything.
    pub seed: u64,
    /// How many customers there are.
    pub orders: usize,
    /// How many tenants share the system.
    pub tenants: usize,
    /// What may happen at calls.
    pub accidents: Vec<Accident>,
    /// Only these customers come; all, where absent.
    pub only_orders: Option<BTreeSet<usize>>,
    /// Only these accidents happen; all, where absent.
    pub only_accidents: Option<BTreeSet<u32>>,
    /// Instead of any weather: at the calls of these numbers, counted over the whole world, exactly this happens.
    pub forced: Option<BTreeMap<u64, Accident>>,
    /// Whether sentences are kept.
    pub tells: bool,
    /// A fault that is put back; only in builds with the feature `planted-faults`.
    pub planted: Option<Fault>,
}

impl Setting {
    /// A world of this seed, with all kinds of accidents.
    #[must_use]
    pub fn new(seed: u64, orders: usize) -> Self {
        Self {
            seed,
            orders,
            tenants: 2,
            accidents: Accident::ALL.to_vec(),
            only_orders: None,
            only_accidents: None,
            forced: None,
            tells: false,
            planted: None,
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
        let only = self.only_orders.clone();
        only.unwrap_or_else(|| (0..self.orders).collect())
    }

    fn with_only(&self, who: BTreeSet<usize>, accidents: BTreeSet<u32>) -> Self {
        Self {
            only_orders: Some(who),
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

/// A world could not be made: the sample or a workflow is unsound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is unsound: {detail}")]
pub struct StormError {
    what: String,
    detail: String,
}

impl StormError {
    pub(crate) fn new(what: &str, error: &(impl std::fmt::Display + ?Sized)) -> Self {
        Self {
            what: what.to_owned(),
            detail: error.to_string(),
        }
    }
}

impl From<DeployError> for StormError {
    fn from(error: DeployError) -> Self {
        Self::new("a workflow", &error)
    }
}
