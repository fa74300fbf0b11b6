//! R5 of refunds that an account cannot pay: the provider told whoever asked, and they show it to the tenant's people.

use std::collections::BTreeMap;

use comanda_domain::ids::OrderId;
use jiff::SignedDuration;

use crate::{storm::Storm, world::lock};

/// RELIABILITY R5.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(5);

impl Storm {
    /// Where no accident met its order: who could not be reached shows it later, or when it is asked for again.
    pub(super) fn blocked_refunds_are_seen(&mut self) {
        let mut first = BTreeMap::new();
        for short in self.outside.provider.shortages() {
            first.entry(short.charge).or_insert(short.at);
        }
        for (charge, at) in first {
            let truth = self.outside.provider.charge(&charge);
            let order = truth.and_then(|truth| truth.charge.external_reference);
            let Some(order) = order.and_then(|order| OrderId::new(order).ok()) else {
                continue;
            };
            let subject = self.auditor.subject_of(&order);
            let is_hurt = lock(&self.network.hurt).contains_key(&subject);
            let shown = self.auditor.shown_blocked.get(&charge).copied();
            let in_time = shown.is_some_and(|shown| shown.duration_since(at) <= SEEN_WITHIN);
            if !is_hurt && !in_time {
                let detail = "the account cannot pay its refund, and nobody is shown that";
                self.auditor.found("R5", &subject, detail);
            }
        }
    }
}
