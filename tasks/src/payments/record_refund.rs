//! Records that money went back: in the intent, in its charge and in the order, in one write; tells the customer once.

use comanda_domain::{
    inbox::NewsKind,
    money::Money,
    notification::{NotificationKind, refund_of_second_payment_done},
    order::{Actor, Order, OrderEvent, OrderStatus},
    payment::{Evidence, RefundState},
    planted::{Fault as Planted, planted},
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
    status::tell_status,
    tell::{Saying, of_charge, tell},
};

impl Handler for RecordRefund {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::STORE, parts::TELL];

    async fn handle(ports: &Ports, request: RefundRequest) -> Result<(), Failure<NoRefusal>> {
        Ok(record_refund(ports, &request).await?)
    }
}

/// Enters a refund that is done, and tells the customer. Done again it is done once.
pub(crate) async fn record_refund(ports: &Ports, request: &RefundRequest) -> Result<(), Fault> {
    let order = record(ports, request).await?;
    let store = load_store(ports, &order.client_id, &order.store_id).await?;
    if order.status() == OrderStatus::Refunded {
        return tell_status(ports, &store, &order, OrderStatus::Refunded, None).await;
    }
    let saying = Saying {
        kind: of_charge(
            &NotificationKind::RefundDone(request.intent_id.clone()),
            &request.charge_id,
        ),
        text: refund_of_second_payment_done(&order, request.amount),
    };
    tell(ports, &store, &order, saying).await
}

async fn record(ports: &Ports, request: &RefundRequest) -> Result<Order, Fault> {
    decide::<Order, Order, Fault, _>(ports, || async {
        let file = CaseFile::open(ports, &request.order).await?;
        let mut file = file.ok_or_else(|| {
            Fault::unexpected(format!("order {} does not exist", request.order.order_id))
        })?;
        file.take_up(ports, &request.charge_id).await?;
        let intent = file.intent(request)?.clone();
        if intent.state == RefundState::Done {
            // Recorded by another meanwhile, with the order: which is read again, because it was read first.
            if planted(Planted::OrderReadFirst) {
                return Ok(Decision::Stands(file.order));
            }
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
        // Another charge than the order's own may be all that there was of it: an order that is cooked, and paid at the
        // door, is not over because of that.
        let is_payment = file.paying_charge() == Some(&request.charge_id);
        let all_is_back =
            file.money_held() == Money::ZERO && (is_payment || file.order.status().is_closed());
        let change = file.change((Actor::Provider, "Valor devolvido"), |order| {
            if all_is_back {
                order.clear_wait();
                if order.status() != OrderStatus::Refunded {
                    order.move_to(OrderEvent::Refund)?;
                }
            }
            Ok(())
        })?;
        Ok(Decision::Write(change.writes, change.order))
    })
    .await
}
