//! Faults that are put back, one at a time, and how many worlds it takes to catch each. Without the feature
//! `planted-faults` nothing is put back, and nothing is caught.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use comanda_domain::planted::AnyFault;

use crate::{
    dialogues,
    storm::{self, StormError, Violation},
    world::lock,
};

/// The worlds in which faults are looked for, each from its seed on.
#[derive(Debug, Clone)]
pub struct Worlds {
    /// Where customers order and pay.
    pub orders: storm::Setting,
    /// Where customers talk.
    pub dialogues: dialogues::Setting,
}

/// What became of a planted fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// Which.
    pub fault: AnyFault,
    /// How many worlds were lived until it was caught, and what caught it; `None` if it survives.
    pub by: Option<(u64, Violation)>,
}

/// Puts each fault back and lives worlds of its kind, until one breaks an invariant or so many have not.
/// `each` hears of every fault when it is done. Two at a time, in the order of the list.
pub fn catch(
    faults: &[AnyFault],
    worlds: &Worlds,
    seeds: u64,
    each: &(dyn Fn(&Caught) + Sync),
) -> Result<Vec<Caught>, StormError> {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Result<Caught, StormError>)>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(fault) = faults.get(position) else {
                        return;
                    };
                    let caught = catch_one(*fault, worlds, seeds);
                    if let Ok(caught) = &caught {
                        each(caught);
                    }
                    lock(&found).push((position, caught));
                }
            });
        }
    });
    let mut found = std::mem::take(&mut *lock(&found));
    found.sort_by_key(|(position, _)| *position);
    found.into_iter().map(|(_, caught)| caught).collect()
}

fn catch_one(fault: AnyFault, worlds: &Worlds, seeds: u64) -> Result<Caught, StormError> {
    for number in 0..seeds {
        let Some(violation) = breaks(worlds, number, (fault, true))? else {
            continue;
        };
        // A world that breaks without the fault shows nothing about it.
        if breaks(worlds, number, (fault, false))?.is_none() {
            let by = Some((number + 1, violation));
            return Ok(Caught { fault, by });
        }
    }
    Ok(Caught { fault, by: None })
}

/// What the world of this number breaks first, of those that the fault belongs to, with the fault or without.
fn breaks(
    worlds: &Worlds,
    number: u64,
    (fault, is_planted): (AnyFault, bool),
) -> Result<Option<Violation>, StormError> {
    let violations = match fault {
        AnyFault::Order(fault) => {
            let setting = storm::Setting {
                seed: worlds.orders.seed.wrapping_add(number),
                planted: is_planted.then_some(fault),
                ..worlds.orders.clone()
            };
            storm::live(&setting)?.violations
        }
        AnyFault::Customer(fault) => {
            let setting = dialogues::Setting {
                seed: worlds.dialogues.seed.wrapping_add(number),
                planted: is_planted.then_some(fault),
                ..worlds.dialogues.clone()
            };
            dialogues::live(&setting)?.violations
        }
    };
    Ok(violations.into_iter().next())
}
