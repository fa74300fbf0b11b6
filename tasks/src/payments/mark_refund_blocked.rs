//! Makes a blocked refund visible, and tells the customer once that it is under way.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    notification::{NotificationKind, refund_blocked},
    order::{Actor, Order, PaymentStatus},
    payment::RefundState,
    planted::{Fault as Planted, planted},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{MarkRefundBlocked, RefundRequest};

use crate::{
    casefile::CaseFile,
    fault::{Failure, Fault},
    handler::Handler,
    parts,
    ports::{Ports, guarded::Uses},
    raise::raised,
    rows::{Decision, decide},
    shop::load_store,
    tell::{A_WHILE, Saying, of_charge, tell},
};

impl Handler for MarkRefundBlocked {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::STORE, parts::TELL];

    const TELLS_AGAIN: u32 = A_WHILE;

    async fn handle(ports: &Ports, request: RefundRequest) -> Result<(), Failure<NoRefusal>> {
        if planted(Planted::BlockedUnseen) {
            return Ok(());
        }
        let Some(order) = mark(ports, &request).await? else {
            return Ok(());
        };
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        let saying = Saying {
            kind: of_charge(
                &NotificationKind::RefundBlocked(request.intent_id.clone()),
                &request.charge_id,
            ),
            text: refund_blocked(&order, request.amount),
        };
        Ok(tell(ports, &store, &order, vec![saying]).await?)
    }
}

/// `None` if the money went back meanwhile.
async fn mark(ports: &Ports, request: &RefundRequest) -> Result<Option<Order>, Fault> {
    decide::<Order, Option<Order>, Fault, _>(ports, || async {
        let file = CaseFile::open(ports, &request.order).await?;
        let mut file = file.ok_or_else(|| {
            Fault::unexpected(format!("order {} does not exist", request.order.order_id))
        })?;
        file.take_up(ports, &request.charge_id).await?;
        match file.intent(request)?.state {
            RefundState::Done => return Ok(Decision::Stands(None)),
            RefundState::Blocked => return Ok(Decision::Stands(Some(file.order))),
            _ => {}
        }
        file.change_intent(request, |intent| intent.state = RefundState::Blocked);
        let is_payment = file.order.payment_id.as_ref() == Some(&request.charge_id);
        let mut change = file
            .change(
                ports,
                (Actor::Provider, "Reembolso em processamento"),
                |order| {
                    if is_payment {
                        // Where it cannot follow (the payment is disputed by now) the obligation and its alarm are what counts.
                        let _stands = order.set_payment_status(PaymentStatus::RefundBlocked);
                    }
                    Ok(())
                },
            )
            .await?;
        let detail = "the account's balance does not cover the refund";
        let exception = Exception {
            amount: Some(request.amount),
            ..Exception::of_order(
                &change.order,
                ExceptionKind::RefundBlocked,
                detail,
                ports.clock.now(),
            )
        };
        change.writes.push(raised(ports, &exception).await?);
        Ok(Decision::Write(change.writes, Some(change.order)))
    })
    .await
}
