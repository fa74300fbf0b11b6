//! The provider's queue of one tenant stands still, as one does that was paused after fifteen failures (providers §1.8): its
//! events wait, in their order, until a person resumes it hours later. What is sent, and how often, is [`super::asaas`]'.
//!
//! It is not brought about by fifteen failures: from the first to the last of them take half a day, three times a storm. So
//! it stands from a moment that is drawn, as if whatever stopped it had been there before. Nothing waits for the 14
//! days after which the provider forgets it.

use std::collections::BTreeSet;

use comanda_domain::exception::{Exception, ExceptionKind};
use jiff::{SignedDuration, Timestamp};

use super::{Storm, audit::standing, chance::Stream, doings::Doing};

/// In so many of a thousand worlds in which anybody may be away.
const PER_MILLE: u64 = 50;
/// For so long, in hours.
const HOURS: (i64, i64) = (6, 30);
/// It begins so late in the storm at the most, in seconds; and ends no sooner than so long after the storm began.
const BEGINS_BY: i64 = 7_200;
const ENDS_AFTER: i64 = 3_600;

/// What happened so long before a sweep began is on the provider's lists, and in our indexes.
const LISTED: SignedDuration = SignedDuration::from_mins(5);
/// A sweep of fair weather is through by then.
const SWEPT: SignedDuration = SignedDuration::from_mins(15);
/// As its page has it: of so many orders within a day only a sweep heard, and a person looks at the queue
/// (docs/runbook/missed-news.md).
const ORDERS_MIN: usize = 3;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// When the queue of which tenant stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standstill {
    /// One of the world's tenants, however many there are.
    whose: u64,
    /// In seconds since the world began; before that, where it is negative.
    from: i64,
    until: i64,
}

impl Standstill {
    /// That of the world of this seed, if there is one.
    pub fn of(seed: u64) -> Option<Self> {
        let mut stream = Stream::new(seed, "standstill");
        let happens = stream.happens(PER_MILLE);
        let (shortest, longest) = HOURS;
        let seconds = stream.between(shortest * 3_600, longest * 3_600);
        let from = stream.between(ENDS_AFTER - seconds, BEGINS_BY);
        let whose = stream.bits();
        let until = from + seconds;
        happens.then_some(Self { whose, from, until })
    }
}

impl Storm {
    pub(super) fn plan_standstill(&mut self) {
        let Some(still) = self.network.weather.standstill else {
            return;
        };
        let tenants = u64::try_from(self.tenants.len()).unwrap_or(1).max(1);
        let Ok(tenant) = usize::try_from(still.whose % tenants) else {
            return;
        };
        self.plan(still.from, Doing::StandsStill(tenant));
        self.plan(still.until, Doing::Resumes(tenant));
    }

    pub(super) fn stands_still(&mut self, tenant: usize) {
        self.asaas.stands_still(tenant);
        self.tell_queue(tenant, "stands still");
    }

    /// A person resumes it: what waits is sent in its order, and each event has all of its tries before it.
    pub(super) fn resumes(&mut self, tenant: usize) {
        self.money_was_heard_of(tenant);
        self.tell_queue(tenant, "is resumed");
        for lane in self.asaas.resumes() {
            self.plan_sending(lane);
        }
    }

    fn tell_queue(&self, tenant: usize, what: &str) {
        let trace = &self.network.trace;
        trace.say(self.now(), "provider", 0, || {
            format!("the queue of events of tenant {} {what}", tenant + 1)
        });
    }

    /// P6 of what nobody told: a sweep of fair weather has brought the books up to what the provider had then.
    fn money_was_heard_of(&mut self, tenant: usize) {
        let Some(swept) = self.sweeps.fair_before(self.now() - SWEPT) else {
            return;
        };
        for (charge, told_at) in self.asaas.waiting_of(tenant) {
            let Some(truth) = self.outside.provider.charge(&charge) else {
                continue;
            };
            let known = self.auditor.rows.get(&charge).map(|row| row.evidence);
            let is_known = known.is_some_and(|known| {
                known.captured >= truth.captured
                    && known.refunded >= truth.refunded
                    && known.is_disputed() == standing(&truth).disputed
            });
            if told_at <= swept - LISTED && !is_known {
                let detail = format!("no event told of {charge}, and a sweep did not hear of it");
                self.auditor.found("P6", "the sweep", &detail);
            }
        }
    }

    /// A queue that tells nothing of several orders is shown to a person, and none that tells of nearly all.
    pub(super) fn silence_is_shown(&mut self, raised: &[Exception]) {
        let mut found = Vec::new();
        for tenant in &self.tenants {
            let own = raised
                .iter()
                .filter(|one| one.kind == ExceptionKind::MissedNews && one.client_id == tenant.id);
            let (of_orders, others): (Vec<_>, Vec<_>) = own.partition(|one| one.order_id.is_some());
            let alarm = others.iter().find(|one| one.subject_id == "webhooks");
            let missed = |by: Timestamp| {
                let within = of_orders
                    .iter()
                    .filter(|one| one.raised_at <= by && by.duration_since(one.raised_at) < DAY);
                let orders = within.filter_map(|one| one.order_id.as_ref());
                orders.collect::<BTreeSet<_>>().len() >= ORDERS_MIN
            };
            if alarm.is_none() && self.sweeps.fair().iter().any(|at| missed(*at)) {
                found.push((
                    tenant.id.to_string(),
                    "its queue is silent, and nobody is shown that",
                ));
            }
            if alarm.is_some_and(|alarm| !missed(alarm.raised_at)) {
                found.push((
                    tenant.id.to_string(),
                    "a person is called to a queue that tells of all",
                ));
            }
        }
        for (tenant, detail) in found {
            self.auditor.found("O7", &tenant, detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use comanda_domain::exception::{Exception, ExceptionKind};

    use super::{BEGINS_BY, ENDS_AFTER, HOURS, Standstill};
    use crate::{
        people::rows,
        storm::{Accident, Setting, Storm, weather::Weather},
    };

    #[test]
    fn one_queue_in_twenty_stands_still_for_hours_of_the_storm() {
        let all: Vec<_> = (0..4_000).filter_map(Standstill::of).collect();
        assert!((150..250).contains(&all.len()), "{}", all.len());
        for still in all {
            let hours = (still.until - still.from) / 3_600;
            assert!((HOURS.0..=HOURS.1).contains(&hours));
            assert!(still.from <= BEGINS_BY && still.until >= ENDS_AFTER);
        }
    }

    #[test]
    fn no_queue_stands_still_where_nobody_may_be_away() {
        for seed in 0..400 {
            let none = Weather::of(seed, &[Accident::Overtaken]);
            assert_eq!(none.standstill, None);
            let weather = Weather::of(seed, &Accident::ALL);
            assert!(weather.standstill.is_none() || weather.sweeps && weather.may_be_away());
        }
    }

    /// Of three orders only sweeps heard: the auditors' rule is about something that happens.
    #[test]
    fn a_queue_that_tells_of_nothing_is_shown() {
        let still = |seed: &u64| Weather::of(*seed, &Accident::ALL).standstill.is_some();
        let shown = (0..400).filter(still).take(8).any(|seed| {
            let setting = Setting {
                tenants: 1,
                ..Setting::new(seed, 10)
            };
            let mut storm = Storm::new(&setting).expect("the world is sound");
            storm.run();
            assert_eq!(storm.auditor.violations, []);
            let alarms = rows::<Exception>(&storm.outside.store).expect("rows can be read");
            alarms.iter().any(|alarm| {
                alarm.kind == ExceptionKind::MissedNews && alarm.subject_id == "webhooks"
            })
        });
        assert!(shown);
    }
}
