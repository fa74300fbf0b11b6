//! The contract of [`Clock`].

use std::collections::BTreeSet;

use super::{Held, suite, that};
use crate::ports::Clock;

suite! {
    /// Runs every case.
    on &dyn Clock;
    time_does_not_go_back,
    identifiers_are_128_bits_and_differ,
}

async fn time_does_not_go_back(clock: &dyn Clock) -> Held {
    let instants: Vec<_> = (0..100).map(|_| clock.now()).collect();
    that(instants.is_sorted(), "an instant before the one before")
}

async fn identifiers_are_128_bits_and_differ(clock: &dyn Clock) -> Held {
    let ids: BTreeSet<String> = (0..1_000).map(|_| clock.fresh_id()).collect();
    that(ids.len() == 1_000, "an identifier came twice")?;
    let hexadecimal = |id: &String| {
        let mut digits = id.chars();
        id.len() == 32 && digits.all(|c| matches!(c, '0'..='9' | 'a'..='f'))
    };
    that(ids.iter().all(hexadecimal), "not 32 hexadecimal digits")
}
