//! Open exceptions about orders: those whose cause is over are closed. Those about money at the provider are a person's to
//! close, because nothing of ours says when they are over.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    money::Money,
    order::{Order, PaymentStatus, WaitingFor},
    tables::{EXCEPTIONS, exceptions::BY_STATE},
};
use comanda_workflows::contracts::Walk;

use super::{page_of, past, read};
use crate::{
    fault::Fault,
    ports::{Ports, Query},
    raise::{Closed, close},
    rows::load,
};

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let query = Query {
        table: &EXCEPTIONS,
        index: Some(&BY_STATE),
        partition: Exception::in_state(&walk.client_id, ExceptionState::Open),
        sort_prefix: None,
        descending: false,
        limit: 0,
        start: None,
    };
    let page = page_of(ports, walk, query).await?;
    for item in page.items {
        let Some(open) = read::<Exception>(ports, walk, item).await? else {
            continue;
        };
        let Some(order_id) = &open.order_id else {
            continue;
        };
        let key = Order::key_of(&walk.client_id, order_id);
        let Some(order) = load::<Order>(ports.store.as_ref(), &key).await? else {
            continue;
        };
        if is_over(open.kind, &order) {
            let of = (&walk.client_id, open.subject_id.as_str(), open.kind);
            let detail = "what raised it is over";
            if close(ports, of, detail, ports.clock.now()).await? == Closed::Now {
                walk.healed += 1;
            }
        }
    }
    past(walk, page.next, 1);
    Ok(())
}

/// Whether the order, as it stands, needs nobody for this any more.
fn is_over(kind: ExceptionKind, order: &Order) -> bool {
    let waits = order.waiting_for == Some(WaitingFor::Person);
    match kind {
        ExceptionKind::PaidUnconfirmed
        | ExceptionKind::UnexpectedFailure
        | ExceptionKind::RefundDenied
        | ExceptionKind::RefundFailed
        | ExceptionKind::NoDeliveryNews
        | ExceptionKind::OrderWithoutExecution => !waits,
        ExceptionKind::WaitOverdue => order.wait.is_none(),
        ExceptionKind::RefundBlocked => {
            !waits && order.payment_status() != PaymentStatus::RefundBlocked
        }
        ExceptionKind::AmountMismatch => order.money_held() == Money::ZERO,
        ExceptionKind::Chargeback
        | ExceptionKind::PartialRefund
        | ExceptionKind::MissedNews
        | ExceptionKind::OrphanMoney
        | ExceptionKind::LedgerDifference
        | ExceptionKind::SweepIncomplete
        | ExceptionKind::MessageFailed
        | ExceptionKind::InvariantBroken => false,
    }
}
