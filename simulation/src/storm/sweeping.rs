//! The schedule of `reconciliation`, in the same weather as everything else: what an EventBridge schedule per tenant is on
//! AWS. And when all has come to rest, the sweeps after which every centavo must be explained.

use std::collections::BTreeMap;

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    invariants::overdue,
    ledger::{Balance, LedgerEntry},
    order::Order,
    tables::{COUNTERS, Row},
};
use comanda_engine::Status;
use comanda_tasks::{registry::Invocation, testing::ChargeTruth};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Storm, audit::standing, doings::Doing, store::RowChange, tenants::Tenant};
use crate::world::lock;

/// As the schedule of each tenant on AWS (`generated/manifest.json`).
const EVERY_SECONDS: i64 = 900;
/// When the weather has cleared there is little left to find, and some orders have a day before them.
const LATER_SECONDS: i64 = 6 * 3_600;
/// Between sweeps at rest: longer than what a sweep leaves alone because it has just changed.
const AT_REST_SECONDS: i64 = 3_600;
/// How often, at most, the books are swept when nothing is left to happen. The first sweep hears and enters what nobody told,
/// and what it starts comes to its end; the last one finds nothing to do.
const AT_REST: u32 = 3;

/// The tasks of the workflow that is on no order's behalf.
const SWEEP_TASKS: [&str; 3] = ["PlanSweep", "SweepPage", "CloseSweep"];

/// How far the sweeps of a world are.
#[derive(Default)]
pub(super) struct Sweeps {
    /// How many were started for each tenant.
    started: u32,
    at_rest: u32,
    have_days_passed: bool,
    /// When those began that nothing could go wrong in.
    fair: Vec<Timestamp>,
    /// Whether anything changed since the last sweep at rest began, but for how far the sweeps themselves are.
    changed: bool,
    /// Runs of each task of a sweep, so that each is a job of its own name.
    runs: BTreeMap<String, u32>,
}

/// Whether a task is a sweep's own, on no order's behalf.
pub(super) fn is_of_sweep(invocation: &Invocation) -> bool {
    SWEEP_TASKS.contains(&invocation.task.as_str())
}

impl Sweeps {
    /// Takes note of rows that changed.
    pub(super) fn see(&mut self, changes: &[RowChange]) {
        let mut tables = changes.iter().map(|change| change.table.name);
        self.changed |= tables.any(|table| table != COUNTERS.name);
    }

    /// Whether nothing was swept yet.
    pub(super) fn none_yet(&self) -> bool {
        self.started == 0
    }

    /// When those began that nothing could go wrong in.
    pub(super) fn fair(&self) -> &[Timestamp] {
        &self.fair
    }

    /// The last of them that had begun by then.
    pub(super) fn fair_before(&self, by: Timestamp) -> Option<Timestamp> {
        let mut fair = self.fair.iter().rev();
        fair.find(|at| **at <= by).copied()
    }

    /// `tenant-1: SweepPage CHARGES, try 7`.
    pub(super) fn job_name(&mut self, tenant: &str, invocation: &Invocation) -> String {
        let along = invocation
            .input
            .get("along")
            .and_then(|along| along.as_str());
        let what = format!(
            "{tenant}: {} {}",
            invocation.task,
            along.unwrap_or_default()
        );
        let run = self.runs.entry(what.clone()).or_insert(0);
        *run += 1;
        format!("{what}, try {run}")
    }
}

/// Alarms that say that something does not add up. When all is at rest, there is none.
const UNEXPLAINED: [ExceptionKind; 4] = [
    ExceptionKind::LedgerDifference,
    ExceptionKind::OrphanMoney,
    ExceptionKind::InvariantBroken,
    ExceptionKind::SweepIncomplete,
];

impl Storm {
    pub(super) fn plan_sweeps(&mut self) {
        if self.network.weather.sweeps {
            self.plan(EVERY_SECONDS, Doing::Sweeps);
        }
    }

    /// Another round, for as long as something else is going to happen.
    pub(super) fn scheduled_sweep(&mut self) {
        // Asked before the sweep begins, whose own tasks have timers.
        let goes_on = lock(&self.time).next_timer().is_some() || !self.agenda.is_empty();
        self.sweep();
        if goes_on {
            let every = if self.cleared {
                LATER_SECONDS
            } else {
                EVERY_SECONDS
            };
            self.plan(every, Doing::Sweeps);
        }
    }

    /// A round after all is at rest; false when the last one found nothing to do, or there were enough of them.
    pub(super) fn sweeps_at_rest(&mut self) -> bool {
        let found_nothing = self.sweeps.at_rest > 0 && !self.sweeps.changed;
        if self.sweeps.at_rest == AT_REST || found_nothing {
            return false;
        }
        self.sweeps.at_rest += 1;
        self.sweeps.changed = false;
        self.move_to(super::network::later(self.now(), AT_REST_SECONDS));
        self.sweep();
        true
    }

    /// Sweeps the books of every tenant; at rest, of those that somebody ordered from: the others' are empty.
    fn sweep(&mut self) {
        self.sweeps.started += 1;
        if self.cleared {
            self.sweeps.fair.push(self.now());
        }
        let at_rest = self.sweeps.at_rest > 0;
        let lives = &self.lives;
        let tenants = self.tenants.iter().enumerate();
        let swept = tenants.filter(|(number, _)| {
            let mut lives = lives.iter();
            !at_rest || lives.any(|life| life.customer.tenant == *number)
        });
        let ids: Vec<_> = swept.map(|(_, tenant)| tenant.id.clone()).collect();
        for id in ids {
            let name = format!("{id}-{}", self.sweeps.started);
            let input = json!({ "clientId": id });
            let started = lock(&self.time).start("reconciliation", &name, input.into());
            if started.is_err() {
                self.auditor
                    .found("O7", "the schedule", "a sweep could not be started");
            }
        }
    }

    /// The days after the end, in worlds that are swept: orders of which nothing more is heard come before a person. False in others.
    pub(super) fn days_pass(&mut self) -> bool {
        if self.sweeps.have_days_passed || !self.network.weather.sweeps {
            return false;
        }
        self.sweeps.have_days_passed = true;
        let stores = self.tenants.iter().flat_map(Tenant::shops);
        let silences = stores.map(|shop| shop.store.delivery_timeout.get());
        let longest = i64::from(silences.max().unwrap_or_default()) * 60;
        self.move_to(super::network::later(self.now(), longest + AT_REST_SECONDS));
        self.sweep();
        true
    }

    /// O7 of those orders.
    pub(super) fn nothing_is_overdue(&mut self) {
        if !self.sweeps.have_days_passed {
            return;
        }
        let orders: Vec<Order> = self.auditor.orders.values().cloned().collect();
        let raised: Vec<Exception> = self.rows();
        for order in &orders {
            let index = self.auditor.checkout_of(&order.order_id);
            let shop = index.and_then(|index| self.shop_of(index));
            let Some(minutes) = shop.map(|shop| shop.store.delivery_timeout.get()) else {
                continue;
            };
            let timeout = SignedDuration::from_mins(minutes.into());
            let is_shown = raised.iter().any(|alarm| {
                alarm.order_id.as_ref() == Some(&order.order_id)
                    && alarm.state == ExceptionState::Open
            });
            let is_silent = !order.status().is_final() && !is_shown;
            if let Some(kind) = overdue(order, timeout, self.now()) {
                let detail = format!("{kind}, and it is before nobody");
                self.auditor.found("O7", order.order_id.as_str(), &detail);
            } else if is_silent {
                let detail = "nothing more is heard of it, and nobody is shown that";
                self.auditor.found("O7", order.order_id.as_str(), detail);
            }
        }
        self.every_centavo_is_explained();
    }

    /// P6 to the centavo: what the provider has and has kept is what our ledger says, and no alarm is left that says
    /// otherwise.
    pub(super) fn every_centavo_is_explained(&mut self) {
        self.last_sweeps_were_complete();
        let entries: Vec<LedgerEntry> = self.rows();
        for truth in self.outside.provider.charges() {
            let of_charge = entries
                .iter()
                .filter(|entry| entry.charge_id == truth.charge.id);
            let ledger = Balance::of(of_charge).and_then(Balance::net);
            let provider = left_of(&truth);
            if ledger.map(|net| net.centavos()) != Some(provider) {
                let detail = format!(
                    "the provider has {provider} centavos of {}, the ledger says {ledger:?}",
                    truth.charge.id
                );
                self.auditor.found("P6", &truth.account, &detail);
            }
        }
        let raised: Vec<Exception> = self.rows();
        self.taken_news_was_followed(&raised);
        self.silence_is_shown(&raised);
        let open = raised.iter().find(|exception| {
            exception.state == ExceptionState::Open && UNEXPLAINED.contains(&exception.kind)
        });
        if let Some(open) = open {
            let detail = format!("{} is open: {}", open.kind, open.detail);
            self.auditor.found("P6", &open.subject_id, &detail);
        }
    }

    /// In fair weather a sweep ends well; a broken one in the storm is followed by the next.
    fn last_sweeps_were_complete(&mut self) {
        let last = format!("-{}", self.sweeps.started);
        let mut incomplete = Vec::new();
        for execution in lock(&self.time).executions() {
            let start = execution.start();
            let is_last = &*start.state_machine_name == "reconciliation"
                && start.execution_name.ends_with(&last);
            let outcome = execution.outcome();
            if is_last && outcome.is_none_or(|end| end.status != Status::Succeeded) {
                incomplete.push(start.execution_arn.to_string());
            }
        }
        for arn in incomplete {
            let detail = format!("{arn} did not end well in fair weather");
            self.auditor.found("O7", "the schedule", &detail);
        }
    }

    fn rows<R: Row>(&mut self) -> Vec<R> {
        let mut rows = Vec::new();
        for row in self.outside.store.shared_rows(R::TABLE) {
            match row.into_value() {
                Ok(row) => rows.push(row),
                Err(error) => {
                    let detail = error.to_string();
                    self.auditor.found("T2", R::TABLE.name, &detail);
                }
            }
        }
        rows
    }
}

/// What the tenant has of a charge in the end, in centavos: fees are known when they are on the statement, a card's a month
/// later.
fn left_of(truth: &ChargeTruth) -> i64 {
    let fee = if truth.is_settled() {
        truth.fee.centavos()
    } else {
        0
    };
    let kept = if standing(truth).disputed {
        0
    } else {
        truth.captured.centavos() - truth.refunded.centavos()
    };
    kept - fee
}
