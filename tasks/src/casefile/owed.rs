//! What an order still owes, of whichever charge.

use comanda_domain::{
    money::Money,
    payment::{RefundIntent, RefundState},
    tables::{REFUNDS, refunds::BY_ORDER},
};

use super::CaseFile;
use crate::{
    fault::Fault,
    ports::{Ports, Query},
    rows::load_by_index,
};

/// More refunds than any order has.
const REFUNDS_MAX: usize = 20;

impl CaseFile {
    /// Whether money of the order goes back by itself when this is written. Other charges than those that the news name are found by
    /// an index, which only names them; their refunds are read by key.
    pub(crate) async fn owes(&mut self, ports: &Ports) -> Result<bool, Fault> {
        if self.money_held() > Money::ZERO {
            let of_order = Query {
                table: &REFUNDS,
                index: Some(&BY_ORDER),
                partition: RefundIntent::of_order(&self.order.client_id, &self.order.order_id),
                sort_prefix: None,
                descending: false,
                limit: REFUNDS_MAX,
                start: None,
            };
            let store = ports.store.as_ref();
            for listed in load_by_index::<RefundIntent>(store, of_order).await? {
                self.take_up(ports, &listed.charge_id).await?;
            }
        }
        let mut intents = self
            .charges
            .values()
            .flat_map(|charge| charge.intents.iter().chain(&charge.owed));
        // What was denied is a person's, and its alarm says so: it does not come by itself.
        let ended = |state| matches!(state, RefundState::Done | RefundState::Denied);
        Ok(intents.any(|intent| !ended(intent.state)))
    }
}
