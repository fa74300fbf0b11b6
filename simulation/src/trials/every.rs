//! One order and every single fault, or every pair of them: each call to the outside, in each way in which it can go wrong,
//! and with it each later call in each way. Nothing is drawn.

use std::{collections::BTreeMap, sync::Mutex};

use super::beside;
use crate::{
    storm::{Accident, Setting, StormError, Violation, live},
    world::lock,
};

/// The ways in which a call goes wrong. Being slow is an answer that is lost, for whoever gave up waiting; going first is
/// the exploration's.
const KINDS: [Accident; 6] = [
    Accident::Throttled,
    Accident::Refused,
    Accident::LostBefore,
    Accident::LostAfter,
    Accident::CrashBefore,
    Accident::CrashAfter,
];

/// How many faults meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faults {
    /// One.
    Single,
    /// One, and each pair.
    Pairs,
}

/// What became of a world with each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Every {
    /// Calls of the undisturbed world.
    pub calls: u64,
    /// Worlds with one fault.
    pub singles: u64,
    /// Worlds with two.
    pub pairs: u64,
    /// The first that broke an invariant, by its faults.
    pub broken: Option<(BTreeMap<u64, Accident>, Violation)>,
}

/// Lives the world of this setting with every fault. `each` hears of every fault that is done, of how many.
pub fn every(
    setting: &Setting,
    (faults, threads): (Faults, usize),
    each: &(dyn Fn(usize, usize) + Sync),
) -> Result<Every, StormError> {
    let none = BTreeMap::new();
    let (calls, broken) = lived(setting, &none)?;
    let broken = broken.map(|violation| (none, violation));
    let firsts: Vec<(u64, Accident)> = (0..calls)
        .flat_map(|call| KINDS.map(|kind| (call, kind)))
        .collect();
    let found = Mutex::new(Ok(Every {
        calls,
        broken,
        ..Every::default()
    }));
    beside(threads, &|number| {
        let position = usize::try_from(number).unwrap_or(usize::MAX);
        let Some(first) = firsts.get(position) else {
            return false;
        };
        let with = with_first(setting, *first, faults);
        each(position + 1, firsts.len());
        !enter(&found, with)
    });
    let mut found = lock(&found);
    std::mem::replace(&mut *found, Ok(Every::default()))
}

/// Adds what was found; whether there is anything that ends it.
fn enter(found: &Mutex<Result<Every, StormError>>, with: Result<Every, StormError>) -> bool {
    let mut found = lock(found);
    match (found.as_mut(), with) {
        (Ok(all), Ok(with)) => {
            all.singles += with.singles;
            all.pairs += with.pairs;
            all.broken = all.broken.take().or(with.broken);
            all.broken.is_some()
        }
        (Ok(_), Err(error)) => {
            *found = Err(error);
            true
        }
        (Err(_), _) => true,
    }
}

fn with_first(
    setting: &Setting,
    (call, kind): (u64, Accident),
    faults: Faults,
) -> Result<Every, StormError> {
    let mut found = Every::default();
    let mut forced = BTreeMap::from([(call, kind)]);
    let (calls, broken) = lived(setting, &forced)?;
    // A refusal of what decides nothing is no fault.
    if calls == 0 {
        return Ok(found);
    }
    found.singles = 1;
    found.broken = broken.map(|violation| (forced.clone(), violation));
    if faults == Faults::Single || found.broken.is_some() {
        return Ok(found);
    }
    for second in call + 1..calls {
        for kind in KINDS {
            forced.insert(second, kind);
            let (lived_calls, broken) = lived(setting, &forced)?;
            found.pairs += u64::from(lived_calls > 0);
            if let Some(violation) = broken {
                found.broken = Some((forced, violation));
                return Ok(found);
            }
        }
        forced.remove(&second);
    }
    Ok(found)
}

/// How many calls the world had, 0 if not all of the faults can happen; and what broke.
fn lived(
    setting: &Setting,
    forced: &BTreeMap<u64, Accident>,
) -> Result<(u64, Option<Violation>), StormError> {
    let outcome = live(&Setting {
        forced: Some(forced.clone()),
        ..setting.clone()
    })?;
    let all_happened = outcome.accidents.len() == forced.len();
    let calls = if all_happened { outcome.calls } else { 0 };
    Ok((calls, outcome.violations.into_iter().next()))
}
