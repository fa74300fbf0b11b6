//! A broken world made small: who doesn't matter leaves, then accidents that don't matter, and what is left is told.

use std::collections::BTreeSet;

use super::Lived;
use crate::storm::{Line, StormError, Violation};

/// More tries than any story has needed; a smaller one may exist.
const TRIES_MAX: usize = 400;

/// The smallest world that was found, and its story.
#[derive(Debug, Clone)]
pub struct Story<S> {
    /// The world.
    pub setting: S,
    /// What it breaks.
    pub violation: Violation,
    /// What happened in it.
    pub lines: Vec<Line>,
}

/// Makes the world of a setting smaller, as long as it breaks the same invariant. `None` if it breaks none.
pub fn shrink<S: Lived>(setting: &S) -> Result<Option<Story<S>>, StormError> {
    let Some((violation, mut accidents)) = breaks(setting, None)? else {
        return Ok(None);
    };
    let invariant = violation.invariant.as_str();
    let mut who = setting.who();
    for one in setting.who() {
        let mut fewer = who.clone();
        fewer.remove(&one);
        let smaller = setting.with_only(fewer.clone(), accidents.clone());
        if let Some((_, happened)) = breaks(&smaller, Some(invariant))? {
            (who, accidents) = (fewer, happened);
        }
    }
    let mut tries = 0;
    let mut chunk = accidents.len().div_ceil(2);
    while chunk > 0 && tries < TRIES_MAX {
        let all: Vec<u32> = accidents.iter().copied().collect();
        for part in all.chunks(chunk) {
            tries += 1;
            let left = accidents.iter().copied().filter(|id| !part.contains(id));
            let smaller = setting.with_only(who.clone(), left.collect());
            if let Some((_, happened)) = breaks(&smaller, Some(invariant))? {
                accidents = happened;
            }
        }
        chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
    }
    tell(setting.with_only(who, accidents))
}

/// What a world breaks first, and the accidents that happened in it; where one is named, only that invariant counts.
fn breaks<S: Lived>(
    setting: &S,
    invariant: Option<&str>,
) -> Result<Option<(Violation, BTreeSet<u32>)>, StormError> {
    let outcome = setting.live()?;
    let accidents = outcome.accidents.into_iter().collect();
    let mut violations = outcome.violations.into_iter();
    let found = violations.find(|found| invariant.is_none_or(|name| name == found.invariant));
    Ok(found.map(|violation| (violation, accidents)))
}

fn tell<S: Lived>(setting: S) -> Result<Option<Story<S>>, StormError> {
    let outcome = setting.telling().live()?;
    let first = outcome.violations.into_iter().next();
    Ok(first.map(|violation| Story {
        setting,
        violation,
        lines: outcome.lines,
    }))
}
