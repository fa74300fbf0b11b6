//! Faults that are put back, one at a time, and how many worlds it takes to catch each. Without the feature
//! `planted-faults` nothing is put back, and nothing is caught.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use comanda_domain::planted::Fault;

use crate::{
    storm::{Setting, StormError, Violation, live},
    world::lock,
};

/// What became of a planted fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// Which.
    pub fault: Fault,
    /// How many worlds were lived until it was caught, and what caught it; `None` if it survives.
    pub by: Option<(u64, Violation)>,
}

/// Puts each fault back and lives worlds from the setting's seed on, until one breaks an invariant or so many have not.
/// `each` hears of every fault when it is done. Two at a time, in the order of the list.
pub fn catch(
    faults: &[Fault],
    setting: &Setting,
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
                    let caught = catch_one(*fault, setting, seeds);
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

fn catch_one(fault: Fault, setting: &Setting, seeds: u64) -> Result<Caught, StormError> {
    for number in 0..seeds {
        let setting = Setting {
            seed: setting.seed.wrapping_add(number),
            planted: Some(fault),
            ..setting.clone()
        };
        let Some(violation) = live(&setting)?.violations.into_iter().next() else {
            continue;
        };
        // A world that breaks without the fault shows nothing about it.
        let sound = Setting {
            planted: None,
            ..setting
        };
        if live(&sound)?.violations.is_empty() {
            let by = Some((number + 1, violation));
            return Ok(Caught { fault, by });
        }
    }
    Ok(Caught { fault, by: None })
}
