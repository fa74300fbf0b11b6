//! Open exceptions: those about orders and messages whose cause is over are closed, and all others say so again each hour. Those about
//! money at the provider are a person's to close, because nothing of ours says when they are over.
//!
//! A refund's alarm is over when the obligation is, whatever the order says: the order's status tells of its own payment, and
//! what is stuck may be the refund of another charge.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::ChargeId,
    money::Money,
    order::{Order, OrderStatus, WaitingFor},
    payment::{Charge, RefundIntent, RefundState},
    planted::{Fault as Planted, planted},
    tables::{EXCEPTIONS, REFUNDS, exceptions::BY_STATE, refunds::BY_ORDER},
};
use comanda_workflows::contracts::Walk;

use super::{SETTLED, messages::all_is_said, missed_news, page_of, past, read};
use crate::{
    fault::Fault,
    ports::{Ports, Query},
    raise::{close_listed, remind},
    rows::{load, load_by_index},
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
    if walk.cursor.is_none() {
        missed_news::look(ports, walk).await?;
    }
    let page = page_of(ports, walk, query).await?;
    for row in &page.items {
        let Some(open) = read::<Exception>(ports, walk, row).await? else {
            continue;
        };
        if !is_over(ports, &open).await? {
            remind(ports, &open).await?;
        } else if close_listed(ports, &open, "what raised it is over").await? {
            walk.healed += 1;
        }
    }
    past(walk, page.next, 1);
    Ok(())
}

/// Whether this needs nobody any more: a message that was said after all, or an order as it stands.
async fn is_over(ports: &Ports, open: &Exception) -> Result<bool, Fault> {
    match open.kind {
        ExceptionKind::MessageFailed => return all_is_said(ports, open).await,
        ExceptionKind::MissedNews => return missed_news::is_over(ports, open).await,
        _ => {}
    }
    let Some(order_id) = &open.order_id else {
        return Ok(false);
    };
    let key = Order::key_of(&open.client_id, order_id);
    let Some(order) = load::<Order>(ports.store.as_ref(), &key).await? else {
        return Ok(false);
    };
    is_over_for(ports, open, &order).await
}

/// Whether its order still waits for what only a person decides. Closed, nothing would call one again, and the order would be forgotten,
/// paid or not. Money is another matter: a person may have given it back in a way that nothing of ours sees.
pub(crate) async fn is_undecided(ports: &Ports, open: &Exception) -> Result<bool, Fault> {
    let is_of_order = matches!(
        open.kind,
        ExceptionKind::PaidUnconfirmed
            | ExceptionKind::UnexpectedFailure
            | ExceptionKind::OrderWithoutExecution
            | ExceptionKind::NoDeliveryNews
            | ExceptionKind::WaitOverdue
    );
    let Some(order_id) = open.order_id.as_ref().filter(|_| is_of_order) else {
        return Ok(false);
    };
    let key = Order::key_of(&open.client_id, order_id);
    let Some(order) = load::<Order>(ports.store.as_ref(), &key).await? else {
        return Ok(false);
    };
    Ok(!order.status().is_final() && !is_over_for(ports, open, &order).await?)
}

async fn is_over_for(ports: &Ports, open: &Exception, order: &Order) -> Result<bool, Fault> {
    let waits = order.waiting_for == Some(WaitingFor::Person);
    Ok(match open.kind {
        ExceptionKind::UnexpectedFailure => !waits,
        // The order may wait for a person again, and for another reason.
        ExceptionKind::PaidUnconfirmed | ExceptionKind::OrderWithoutExecution => {
            !waits || order.status() != OrderStatus::Pending
        }
        ExceptionKind::NoDeliveryNews => !waits || order.status().is_final(),
        ExceptionKind::WaitOverdue => order.wait.is_none(),
        ExceptionKind::RefundBlocked if planted(Planted::BlockedForEver) => false,
        ExceptionKind::RefundBlocked => {
            let stuck = |intent: &RefundIntent| intent.state == RefundState::Blocked;
            no_refund(ports, open, order, stuck).await?
        }
        ExceptionKind::RefundToAuthorise => {
            let asked = |intent: &RefundIntent| intent.state == RefundState::Requested;
            no_refund(ports, open, order, asked).await?
        }
        ExceptionKind::RefundDenied | ExceptionKind::RefundFailed => {
            let open_still = |intent: &RefundIntent| intent.state != RefundState::Done;
            no_refund(ports, open, order, open_still).await?
        }
        ExceptionKind::AmountMismatch => nothing_held(ports, open).await?,
        ExceptionKind::Chargeback => is_won(ports, open, order).await?,
        ExceptionKind::PartialRefund
        | ExceptionKind::MissedNews
        | ExceptionKind::OrphanMoney
        | ExceptionKind::LedgerDifference
        | ExceptionKind::SweepIncomplete
        | ExceptionKind::MessageFailed
        | ExceptionKind::CustomerUnacknowledged
        | ExceptionKind::InvariantBroken => false,
    })
}

/// Whether the dispute was won and the money is what the order is paid with. Where the order is off, or another charge paid for it,
/// there is money again that is not the store's to keep, and a person decides.
async fn is_won(ports: &Ports, open: &Exception, order: &Order) -> Result<bool, Fault> {
    let pays = order.payment_id.as_ref();
    let pays = pays.is_some_and(|charge| charge.as_str() == open.subject_id);
    if !pays || order.status().is_closed() {
        return Ok(false);
    }
    let charge = charge_of(ports, open).await?;
    Ok(charge.is_some_and(|charge| charge.evidence.dispute_won))
}

/// Whether nothing is left of the charge that the alarm is about: the order may go on, and be paid by another.
async fn nothing_held(ports: &Ports, open: &Exception) -> Result<bool, Fault> {
    let charge = charge_of(ports, open).await?;
    Ok(charge.is_some_and(|charge| charge.evidence.held() == Money::ZERO))
}

async fn charge_of(ports: &Ports, open: &Exception) -> Result<Option<Charge>, Fault> {
    let Ok(charge) = ChargeId::new(open.subject_id.as_str()) else {
        return Ok(None);
    };
    let key = Charge::key_of(&open.client_id, &charge);
    load(ports.store.as_ref(), &key).await
}

/// Whether no refund of the order is in that state. The index only names them; an alarm so young that the index may not name
/// its refund yet is left to a later sweep.
async fn no_refund(
    ports: &Ports,
    open: &Exception,
    order: &Order,
    in_state: impl Fn(&RefundIntent) -> bool,
) -> Result<bool, Fault> {
    if ports.clock.now().duration_since(open.raised_at) < SETTLED {
        return Ok(false);
    }
    let of_order = Query {
        table: &REFUNDS,
        index: Some(&BY_ORDER),
        partition: RefundIntent::of_order(&order.client_id, &order.order_id),
        sort_prefix: None,
        descending: false,
        limit: super::PAGE,
        start: None,
    };
    let store = ports.store.as_ref();
    for listed in load_by_index::<RefundIntent>(store, of_order).await? {
        let key = RefundIntent::key_of(&listed.client_id, &listed.charge_id, &listed.intent_id);
        let intent: Option<RefundIntent> = load(store, &key).await?;
        if intent.is_some_and(|intent| in_state(&intent)) {
            return Ok(false);
        }
    }
    Ok(true)
}
