//! `Retry`: whether a failed state is tried again, and when.

use std::cell::Cell;

use comanda_asl::JitterStrategy;
use jiff::SignedDuration;

use crate::catch;
use crate::definition::Retrying;
use crate::failure::Reported;
use crate::seed::Chance;

/// The longest wait; AWS allows no more in `MaxDelaySeconds` and the like.
const DELAY_LIMIT_SECONDS: f64 = 31_622_400.0;

/// How long to wait before the state is tried again, if the first rule that fits still allows it.
/// `counts` holds how often each rule has applied since the state was entered.
pub(crate) fn delay(
    rules: &[Retrying],
    reported: &Reported,
    counts: &mut Vec<u64>,
    chance: &Cell<Chance>,
) -> Option<SignedDuration> {
    let place = rule_for(rules, reported)?;
    let rule = rules.get(place)?;
    counts.resize(rules.len(), 0);
    let count = counts.get_mut(place)?;
    if *count >= rule.max_attempts {
        return None;
    }
    let power = i32::try_from(*count).unwrap_or(i32::MAX);
    *count += 1;
    let longest = rule
        .max_delay_seconds
        .map_or(DELAY_LIMIT_SECONDS, |seconds| seconds as f64);
    let seconds = (rule.interval_seconds as f64 * rule.backoff_rate.powi(power)).min(longest);
    let seconds = match rule.jitter {
        JitterStrategy::None => seconds,
        JitterStrategy::Full => {
            let mut source = chance.get();
            let unit = source.next_unit();
            chance.set(source);
            seconds * unit
        }
    };
    Some(SignedDuration::from_millis((seconds * 1000.0) as i64))
}

/// The place of the first rule that fits an error.
pub(crate) fn rule_for(rules: &[Retrying], reported: &Reported) -> Option<usize> {
    rules
        .iter()
        .position(|rule| catch::matches(&rule.errors, reported))
}
