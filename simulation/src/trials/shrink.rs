//! A broken world made small: orders that don't matter leave, then accidents that don't matter, and what is left is told.

use std::collections::BTreeSet;

use crate::storm::{Line, Setting, StormError, Violation, live};

/// More tries than any story has needed; a smaller one may exist.
const TRIES_MAX: usize = 400;

/// The smallest world that was found, and its story.
#[derive(Debug, Clone)]
pub struct Story {
    /// The world.
    pub setting: Setting,
    /// What it breaks.
    pub violation: Violation,
    /// What happened in it.
    pub lines: Vec<Line>,
}

/// Makes the world of a setting smaller, as long as it breaks the same invariant. `None` if it breaks none.
pub fn shrink(setting: &Setting) -> Result<Option<Story>, StormError> {
    let Some((violation, accidents)) = breaks(setting, None)? else {
        return Ok(None);
    };
    let invariant = violation.invariant.as_str();
    let mut small = Setting {
        only_accidents: Some(accidents),
        ..setting.clone()
    };
    let mut tries = 0;
    let orders = small
        .only_orders
        .clone()
        .unwrap_or_else(|| (0..small.orders).collect());
    small.only_orders = Some(orders.clone());
    for order in orders {
        let mut fewer = small.only_orders.clone().unwrap_or_default();
        fewer.remove(&order);
        let smaller = Setting {
            only_orders: Some(fewer),
            ..small.clone()
        };
        if let Some((_, accidents)) = breaks(&smaller, Some(invariant))? {
            small = Setting {
                only_accidents: Some(accidents),
                ..smaller
            };
        }
    }
    let mut chunk = small
        .only_accidents
        .as_ref()
        .map_or(0, BTreeSet::len)
        .div_ceil(2);
    while chunk > 0 && tries < TRIES_MAX {
        let all: Vec<u32> = small.only_accidents.iter().flatten().copied().collect();
        for part in all.chunks(chunk) {
            tries += 1;
            let current = small.only_accidents.clone().unwrap_or_default();
            let fewer = current
                .iter()
                .copied()
                .filter(|id| !part.contains(id))
                .collect();
            let smaller = Setting {
                only_accidents: Some(fewer),
                ..small.clone()
            };
            if let Some((_, accidents)) = breaks(&smaller, Some(invariant))? {
                small = Setting {
                    only_accidents: Some(accidents),
                    ..smaller
                };
            }
        }
        chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
    }
    tell(small)
}

/// What a world breaks first, and the accidents that happened in it; where one is named, only that invariant counts.
fn breaks(
    setting: &Setting,
    invariant: Option<&str>,
) -> Result<Option<(Violation, BTreeSet<u32>)>, StormError> {
    let outcome = live(setting)?;
    let accidents = outcome.accidents.into_iter().collect();
    let mut violations = outcome.violations.into_iter();
    let found = violations.find(|found| invariant.is_none_or(|name| name == found.invariant));
    Ok(found.map(|violation| (violation, accidents)))
}

fn tell(setting: Setting) -> Result<Option<Story>, StormError> {
    let outcome = live(&Setting {
        tells: true,
        ..setting.clone()
    })?;
    let first = outcome.violations.into_iter().next();
    Ok(first.map(|violation| Story {
        setting,
        violation,
        lines: outcome.lines,
    }))
}
