//! Many worlds of dialogues, one for each seed.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{End, Setting, live};
use crate::{
    storm::{StormError, Violation},
    world::lock,
};

/// Which worlds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
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
    /// How their dialogues ended.
    pub ends: BTreeMap<End, u64>,
    /// Accidents that happened.
    pub accidents: u64,
    /// Messages that people wrote, repetitions left out.
    pub answers: u64,
    /// The lowest seed that broke an invariant, of those that were lived.
    pub broken: Option<(u64, Violation)>,
}

/// Lives the worlds. `each` hears of every world; the first broken one ends it.
pub fn run(runs: &Runs, each: &(dyn Fn() + Sync)) -> Result<Report, StormError> {
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    let report: Mutex<Result<Report, StormError>> = Mutex::new(Ok(Report::default()));
    std::thread::scope(|scope| {
        for _ in 0..runs.threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= runs.seeds {
                        return;
                    }
                    let setting = Setting {
                        seed: runs.setting.seed.wrapping_add(number),
                        ..runs.setting.clone()
                    };
                    if enter(&report, &setting) {
                        stop.store(true, Ordering::Relaxed);
                    }
                    each();
                }
            });
        }
    });
    let mut report = lock(&report);
    std::mem::replace(&mut *report, Ok(Report::default()))
}

/// Lives one world and enters it; whether it broke.
fn enter(report: &Mutex<Result<Report, StormError>>, setting: &Setting) -> bool {
    let outcome = live(setting);
    let mut report = lock(report);
    let Ok(sums) = report.as_mut() else {
        return true;
    };
    match outcome {
        Err(error) => {
            *report = Err(error);
            true
        }
        Ok(outcome) => {
            sums.worlds += 1;
            sums.answers += outcome.answers;
            sums.accidents += u64::try_from(outcome.accidents.len()).unwrap_or(0);
            for (end, count) in outcome.ends {
                *sums.ends.entry(end).or_insert(0) += count;
            }
            let Some(violation) = outcome.violations.into_iter().next() else {
                return false;
            };
            let lowest = sums.broken.as_ref();
            if lowest.is_none_or(|(seed, _)| setting.seed < *seed) {
                sums.broken = Some((setting.seed, violation));
            }
            true
        }
    }
}
