//! Settles the wait for the store: by news, or at its deadline by what the store's rule makes of silence.

use comanda_domain::{
    inbox::{News, Signal, next_signal},
    money::Money,
    order::{Actor, OrderStatus},
    planted::{Fault as Planted, planted},
    store::{ConfirmationPolicy, SilenceOutcome},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{SettleStore, StoreNews, StoreSettlement};

use crate::{
    fault::{Failure, Fault},
    handler::{Handler, as_contract},
    parts,
    ports::{Ports, guarded::Uses},
    rows::{load_all, require_order},
    shop::load_order_config,
};

impl Handler for SettleStore {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::STORE];

    async fn handle(
        ports: &Ports,
        StoreSettlement {
            order: key,
            at_deadline,
        }: StoreSettlement,
    ) -> Result<StoreNews, Failure<NoRefusal>> {
        let order = require_order(ports.store.as_ref(), &key).await?;
        if order.status() != OrderStatus::Pending {
            return Ok(StoreNews::Cancelled { by: Actor::System });
        }
        let inbox = News::of_order(&key.client_id, &key.order_id);
        let inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
        if let Some((_, Signal::Store(signal))) = next_signal(&order, &inbox) {
            return Ok(as_contract(&signal)?);
        }
        // Ours are told of news that is in the inbox, so somebody else completed the token with our word.
        if !at_deadline {
            let untrue = "the store's token was completed for news, and there is none";
            return Err(Fault::unexpected(untrue).into());
        }
        let config = load_order_config(ports, &key.client_id, &key.store_id).await?;
        let paid = order.payment_method.is_online() && order.money_held() > Money::ZERO;
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
