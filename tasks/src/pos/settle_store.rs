//! Settles the store's decision at its deadline: news of the last moment, else what the store's rule makes of silence.

use comanda_domain::{
    inbox::{News, Signal, next_signal},
    money::Money,
    order::{Actor, OrderStatus},
    planted::{Fault as Planted, planted},
    store::{ConfirmationPolicy, SilenceOutcome},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{OrderKey, SettleStore, StoreNews};

use crate::{
    fault::Failure,
    handler::{Handler, as_contract},
    parts,
    ports::{Ports, guarded::Uses},
    rows::{load_all, require_order},
    shop::load_order_config,
};

impl Handler for SettleStore {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::STORE];

    async fn handle(ports: &Ports, key: OrderKey) -> Result<StoreNews, Failure<NoRefusal>> {
        let order = require_order(ports.store.as_ref(), &key).await?;
        if order.status() != OrderStatus::Pending {
            return Ok(StoreNews::Cancelled { by: Actor::System });
        }
        let inbox = News::of_order(&key.client_id, &key.order_id);
        let inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
        if let Some((_, Signal::Store(signal))) = next_signal(&order, &inbox) {
            return Ok(as_contract(&signal)?);
        }
        let config = load_order_config(ports, &key.client_id, &key.store_id).await?;
        let paid = order.money_held() > Money::ZERO;
        Ok(match ConfirmationPolicy::of(&config) {
            ConfirmationPolicy::ByStore { at_silence, .. }
                if at_silence.outcome(paid) == SilenceOutcome::Confirm
                    && !planted(Planted::SilenceCancels) =>
            {
                StoreNews::Confirmed {
                    ready_in_minutes: None,
                    by: Some(Actor::System),
                }
            }
            _ => StoreNews::Unanswered,
        })
    }
}
