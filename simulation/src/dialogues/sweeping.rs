//! The sweep that tells stores what they were not told of customers, when the weather has cleared: an operation leaves to it
//! what a store's queue did not take. It walks as on AWS, page by page along the index.

use comanda_tasks::{registry, testing::block_on};
use comanda_workflows::contracts::{Walk, WalkKind};

use super::{Dialogues, STORM_SECONDS, doings::Doing};

/// So long after the weather cleared, and again.
const AFTER_SECONDS: [i64; 3] = [900, 3_600, 6 * 3_600];
/// More pages than these worlds have.
const PAGES_MAX: u32 = 20;

impl Dialogues {
    pub(super) fn plan_sweeps(&mut self) {
        for after in AFTER_SECONDS {
            self.plan(STORM_SECONDS + after, Doing::Sweeps);
        }
    }

    pub(super) fn sweeps(&mut self) {
        for number in 0..self.tenants.len() {
            let Some(tenant) = self.tenants.get(number).map(|tenant| tenant.id.clone()) else {
                continue;
            };
            let mut walk = Walk::begun(&tenant, WalkKind::CustomerEvents, None);
            for _ in 0..PAGES_MAX {
                if walk.ended {
                    break;
                }
                match self.page_of(&walk) {
                    Some(next) => walk = next,
                    None => break,
                }
            }
            if !walk.complete {
                let detail = "a store could not be told in clear weather";
                self.found("W5", "the sweep", detail);
            }
        }
    }

    fn page_of(&self, walk: &Walk) -> Option<Walk> {
        let invocation = registry::Invocation {
            task: "SweepPage".to_owned(),
            input: serde_json::to_value(walk).ok()?,
            token: None,
            execution: "reconciliation".to_owned(),
            retries: None,
        };
        let walked = block_on(registry::invoke(&self.ports, invocation)).ok()?;
        serde_json::from_value(walked).ok()
    }
}
