//! What an order still owes, of whichever charge, and how its refund is asked for.

use comanda_domain::{
    money::Money,
    payment::{RefundIntent, RefundState},
    tables::{REFUNDS, refunds::BY_ORDER},
};
use comanda_workflows::contracts::{OrderKey, RefundRequest};

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

/// The input of the `refund` workflow for an intent.
pub(crate) fn refund_request(intent: &RefundIntent) -> RefundRequest {
    RefundRequest {
        order: OrderKey {
            client_id: intent.client_id.clone(),
            store_id: intent.store_id.clone(),
            order_id: intent.order_id.clone(),
        },
        charge_id: intent.charge_id.clone(),
        intent_id: intent.intent_id.clone(),
        amount: intent.amount,
        reason: intent.reason,
    }
}
