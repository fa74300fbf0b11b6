//! Settles a payment at its deadline: whoever was first, the customer's money or the clock, is found out here.

use comanda_domain::{
    inbox::{News, PaymentSignal, Signal, next_signal},
    order::{Actor, Order, OrderStatus},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{OrderKey, PaymentNews, SettlePayment};

use crate::{
    charges::{keep_charge, take_all_back},
    fault::{Failure, Fault},
    handler::{Handler, as_contract},
    hear::follow_all,
    parts,
    ports::{Ports, guarded::Uses},
    rows::{load_all, require_order},
    shop::{account, load_store},
};

impl Handler for SettlePayment {
    const USES: &'static [Uses] = &[parts::HEAR, parts::STORE, parts::PROVIDER];

    async fn handle(ports: &Ports, key: OrderKey) -> Result<PaymentNews, Failure<NoRefusal>> {
        let order = require_order(ports.store.as_ref(), &key).await?;
        if order.status() != OrderStatus::Pending {
            return Ok(PaymentNews::Cancelled {
                news_id: "ended".into(),
                by: Actor::System,
            });
        }
        if let Some(news) = heard(ports, &order).await? {
            return Ok(news);
        }
        let store = load_store(ports, &key.client_id, &key.store_id).await?;
        let account = account(ports, &store).await?;
        let came_in = take_all_back(ports, &account, &order).await?;
        for charge in &came_in {
            keep_charge(ports, &order, charge).await?;
        }
        if !came_in.is_empty() {
            follow_if_nobody_waits(ports, &key).await?;
        }
        // News of this very moment, our own readings included. What comes later is late.
        Ok(heard(ports, &order).await?.unwrap_or(PaymentNews::Expired))
    }
}

/// Another try may have gone on while this one was slow: what is kept then is heard by no step any more.
async fn follow_if_nobody_waits(ports: &Ports, key: &OrderKey) -> Result<(), Fault> {
    let order = require_order(ports.store.as_ref(), key).await?;
    if order.status() == OrderStatus::Pending {
        return Ok(());
    }
    follow_all(ports, key).await
}

/// The news that the step would have heard, as far as it decides at the deadline: money, and a cancel. A try that failed, or
/// another way to pay, is nothing any more; the deletion of the charge, which is our own doing here, is none either.
async fn heard(ports: &Ports, order: &Order) -> Result<Option<PaymentNews>, Fault> {
    let inbox = News::of_order(&order.client_id, &order.order_id);
    let inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
    match next_signal(order, &inbox) {
        Some((
            _,
            Signal::Payment(PaymentSignal::Failed { .. } | PaymentSignal::MethodChosen { .. }),
        )) => Ok(None),
        Some((_, Signal::Payment(signal))) => as_contract(&signal).map(Some),
        _ => Ok(None),
    }
}
