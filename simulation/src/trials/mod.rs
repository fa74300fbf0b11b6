//! Many worlds in bad weather, whatever they are about, one for each seed: how they end, and for one that breaks an invariant
//! the smallest story that still does.

mod every;
mod shrink;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub use every::{Every, Faults, every};
pub use shrink::{Story, shrink};

use crate::{
    storm::{Line, StormError, Violation},
    world::lock,
};

/// A kind of world: what decides it, how it is lived, and how one becomes smaller.
pub trait Lived: Clone + Send + Sync {
    /// How what it is about ends: an order, a dialogue.
    type End: Ord + Copy + Send;

    /// A word for an end.
    fn name_of(end: Self::End) -> &'static str;

    /// What decides everything.
    fn seed(&self) -> u64;

    /// The same with another seed.
    #[must_use]
    fn seeded(&self, seed: u64) -> Self;

    /// The same with its sentences kept.
    #[must_use]
    fn telling(&self) -> Self;

    /// Who comes.
    fn who(&self) -> BTreeSet<usize>;

    /// The same where only these come, and only these accidents happen.
    #[must_use]
    fn with_only(&self, who: BTreeSet<usize>, accidents: BTreeSet<u32>) -> Self;

    /// Lives it to its end.
    fn live(&self) -> Result<Outcome<Self::End>, StormError>;
}

/// What became of a world.
#[derive(Debug, Clone)]
pub struct Outcome<E> {
    /// Invariants that were broken, first first.
    pub violations: Vec<Violation>,
    /// How everything in it ended.
    pub ends: BTreeMap<E, u64>,
    /// The accidents that happened.
    pub accidents: Vec<u32>,
    /// How many calls to the outside there were, where accidents are forced.
    pub calls: u64,
    /// The story as a number: equal for equal settings.
    pub digest: u64,
    /// The story in sentences, where they were kept.
    pub lines: Vec<Line>,
}

/// Which worlds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial<S> {
    /// What all worlds have in common; its seed is the first.
    pub setting: S,
    /// How many seeds.
    pub seeds: u64,
    /// How many worlds are lived at the same time.
    pub threads: usize,
    /// Whether all are lived though one breaks an invariant.
    pub goes_on: bool,
}

/// What became of them.
#[derive(Debug, Clone)]
pub struct Report<E> {
    /// Worlds that were lived.
    pub worlds: u64,
    /// How everything in them ended.
    pub ends: BTreeMap<E, u64>,
    /// Accidents that happened.
    pub accidents: u64,
    /// The seeds that broke an invariant, of those that were lived, each with what it broke first.
    pub broken: BTreeMap<u64, Violation>,
}

impl<E> Default for Report<E> {
    fn default() -> Self {
        Self {
            worlds: 0,
            ends: BTreeMap::new(),
            accidents: 0,
            broken: BTreeMap::new(),
        }
    }
}

/// Lives the worlds of a trial. `each` hears of every world and says whether to go on; the first broken one ends it, unless the
/// trial goes on.
pub fn run<S: Lived>(
    trial: &Trial<S>,
    each: &(dyn Fn(u64) -> bool + Sync),
) -> Result<Report<S::End>, StormError> {
    let results: Mutex<Result<Report<S::End>, StormError>> = Mutex::new(Ok(Report::default()));
    beside(trial.threads, &|number| {
        if number >= trial.seeds {
            return false;
        }
        let seed = trial.setting.seed().wrapping_add(number);
        let broke = enter(&results, &trial.setting.seeded(seed));
        let goes_on = !broke || (trial.goes_on && lock(&results).is_ok());
        goes_on && each(number)
    });
    let mut results = lock(&results);
    std::mem::replace(&mut *results, Ok(Report::default()))
}

/// Counts from zero, in so many threads at the same time, until one says not to go on. What others have begun they end.
fn beside(threads: usize, each: &(dyn Fn(u64) -> bool + Sync)) {
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    if !each(next.fetch_add(1, Ordering::Relaxed)) {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
}

/// Lives one world and enters it; whether it broke.
fn enter<S: Lived>(results: &Mutex<Result<Report<S::End>, StormError>>, setting: &S) -> bool {
    let outcome = setting.live();
    let mut results = lock(results);
    let Ok(report) = results.as_mut() else {
        return true;
    };
    match outcome {
        Err(error) => {
            *results = Err(error);
            true
        }
        Ok(outcome) => {
            report.worlds += 1;
            report.accidents += u64::try_from(outcome.accidents.len()).unwrap_or(0);
            for (end, count) in outcome.ends {
                *report.ends.entry(end).or_insert(0) += count;
            }
            let Some(violation) = outcome.violations.into_iter().next() else {
                return false;
            };
            report.broken.insert(setting.seed(), violation);
            true
        }
    }
}
