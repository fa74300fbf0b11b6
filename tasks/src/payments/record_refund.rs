//! Records that money went back: in the intent, in its charge and in the order, in one write; tells the customer once.

use std::sync::Arc;

use comanda_domain::{
    inbox::NewsKind,
    money::Money,
    notification::{NotificationKind, refund_done},
    order::{Actor, Order, OrderEvent, OrderStatus},
    payment::{Evidence, RefundIntent, RefundReason, RefundState},
    store::StoreConfig,
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{RecordRefund, RefundRequest};

use crate::{
    casefile::CaseFile,
    fault::{Failure, Fault},
    handler::Handler,
    parts,
    ports::{Ports, guarded::Uses},
    rows::{Decision, decide, require_order},
    shop::load_store,
    status::status_saying,
    tell::{A_WHILE, Saying, intend, of_charge, or_later, tell},
};

impl Handler for RecordRefund {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::STORE, parts::TELL];

    const TELLS_AGAIN: u32 = A_WHILE;

    async fn handle(ports: &Ports, request: RefundRequest) -> Result<(), Failure<NoRefusal>> {
        let (store, order) = record(ports, &request).await?;
        Ok(tell(ports, &store, &order, Vec::new()).await?)
    }
}

/// Enters a refund that is done, for whoever heard of it. The customer is told then, or later by another.
pub(crate) async fn record_refund(ports: &Ports, request: &RefundRequest) -> Result<(), Fault> {
    let (store, order) = record(ports, request).await?;
    or_later(tell(ports, &store, &order, Vec::new()).await)
}

/// Done again it is done once. What the customer reads is noted with it.
async fn record(
    ports: &Ports,
    request: &RefundRequest,
) -> Result<(Arc<StoreConfig>, Order), Fault> {
    let store = load_store(ports, &request.order.client_id, &request.order.store_id).await?;
    let order = decide::<Order, Order, Fault, _>(ports, || async {
        let file = CaseFile::open(ports, &request.order).await?;
        let mut file = file.ok_or_else(|| {
            Fault::unexpected(format!("order {} does not exist", request.order.order_id))
        })?;
        file.take_up(ports, &request.charge_id).await?;
        let intent = file.intent(request)?.clone();
        if intent.state == RefundState::Done {
            // Recorded by another meanwhile, with the order: which is read again, because it was read first.
            let order = require_order(ports.store.as_ref(), &request.order).await?;
            return Ok(Decision::Stands(order));
        }
        file.note(|news| {
            matches!(
                news,
                NewsKind::Refunded { charge_id, .. }
                | NewsKind::RefundUnderWay { charge_id, .. }
                | NewsKind::RefundDenied { charge_id, .. } if *charge_id == request.charge_id
            )
        });
        let back = intent.refunded_before.checked_add(intent.amount);
        let captured = file
            .charge(&request.charge_id)
            .map_or(Money::ZERO, |charge| charge.evidence.captured);
        let back = back.unwrap_or(captured);
        file.learn(&request.charge_id, Evidence::given_back(captured, back));
        file.change_intent(request, |intent| {
            intent.state = RefundState::Done;
            intent.wait = None;
        });
        let was = file.order.status();
        // Another charge than the order's own may be all that there was of it: an order that is cooked, and paid at the
        // door, is not over because of that.
        let is_payment = file.paying_charge() == Some(&request.charge_id);
        let all_is_back =
            file.money_held() == Money::ZERO && (is_payment || file.order.status().is_closed());
        let change = file
            .change(ports, (Actor::Provider, "Valor devolvido"), |order| {
                if all_is_back {
                    order.clear_wait();
                    if order.status() != OrderStatus::Refunded {
                        order.move_to(OrderEvent::Refund)?;
                    }
                }
                Ok(())
            })
            .await?;
        let mut writes = change.writes;
        if let Some(saying) = saying_of(ports, &store, (&change.order, was), &intent).await? {
            writes.extend(intend(ports, &change.order, saying).await?);
        }
        Ok(Decision::Write(writes, change.order))
    })
    .await?;
    Ok((store, order))
}

/// That the order is refunded, where this made it so or was its own payment; of all other money, that this much is back.
async fn saying_of(
    ports: &Ports,
    store: &StoreConfig,
    (order, was): (&Order, OrderStatus),
    intent: &RefundIntent,
) -> Result<Option<Saying>, Fault> {
    let is_surplus = matches!(
        intent.reason,
        RefundReason::PaidLate | RefundReason::PaidTwice
    );
    let refunded = OrderStatus::Refunded;
    if order.status() == refunded && (was != refunded || !is_surplus) {
        return status_saying(ports, store, order, (refunded, None)).await;
    }
    let kind = NotificationKind::RefundDone(intent.intent_id.clone());
    Ok(Some(Saying {
        kind: of_charge(&kind, &intent.charge_id),
        text: refund_done(order, intent.amount, intent.reason),
    }))
}
