//! The sweep that tells stores what they were not told of customers, when the weather has cleared: an operation leaves to it
//! what a store's queue did not take. (That the sweep finds them by their index, the storms show.)

use comanda_domain::people::Customer;
use comanda_tasks::{customers::relay, testing::block_on};

use super::{Dialogues, STORM_SECONDS, doings::Doing};
use crate::people::rows;

/// So long after the weather cleared, and again.
const AFTER_SECONDS: [i64; 3] = [900, 3_600, 6 * 3_600];

impl Dialogues {
    pub(super) fn plan_sweeps(&mut self) {
        for after in AFTER_SECONDS {
            self.plan(STORM_SECONDS + after, Doing::Sweeps);
        }
    }

    pub(super) fn sweeps(&mut self) {
        for customer in rows::<Customer>(&self.outside.store).unwrap_or_default() {
            let sent = relay(&self.ports, &customer.client_id, &customer.customer_id);
            if block_on(sent).is_err() {
                self.found(
                    "W5",
                    "the sweep",
                    "a store could not be told in clear weather",
                );
            }
        }
    }
}
