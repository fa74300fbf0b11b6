//! Many worlds in bad weather, one for each seed: how they end, and for one that breaks an invariant the smallest story
//! that still does.

mod every;
mod shrink;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

pub use every::{Every, Faults, every};
pub use shrink::{Story, shrink};

use crate::{
    storm::{End, Setting, StormError, Violation, live},
    world::lock,
};

/// Which worlds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What all worlds have in common; its seed is the first.
    pub setting: Setting,
    /// How many seeds.
    pub seeds: u64,
    /// How many worlds are lived at the same time.
    pub threads: usize,
}

/// What became of them.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Worlds that were lived.
    pub worlds: u64,
    /// How their orders ended.
    pub ends: BTreeMap<End, u64>,
    /// Accidents that happened.
    pub accidents: u64,
    /// The lowest seed that broke an invariant, of those that were lived.
    pub broken: Option<(u64, Violation)>,
}

/// Lives the worlds of a trial. `each` hears of every world and says whether to go on; the first broken one ends it.
pub fn run(trial: &Trial, each: &(dyn Fn(u64) -> bool + Sync)) -> Result<Report, StormError> {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let results: Mutex<Result<Report, StormError>> = Mutex::new(Ok(Report::default()));
    std::thread::scope(|scope| {
        for _ in 0..trial.threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= trial.seeds {
                        return;
                    }
                    let setting = Setting {
                        seed: trial.setting.seed.wrapping_add(number),
                        ..trial.setting.clone()
                    };
                    let broke = enter(&results, &setting);
                    if broke || !each(number) {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut results = lock(&results);
    std::mem::replace(&mut *results, Ok(Report::default()))
}

/// Lives one world and enters it; whether it broke.
fn enter(results: &Mutex<Result<Report, StormError>>, setting: &Setting) -> bool {
    let outcome = live(setting);
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
            let lower = report
                .broken
                .as_ref()
                .is_none_or(|(seed, _)| setting.seed < *seed);
            if lower {
                report.broken = Some((setting.seed, violation));
            }
            true
        }
    }
}
