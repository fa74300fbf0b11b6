//! Confirms an order: one conditional write decides between this and a cancel (O6).

use comanda_domain::{
    inbox::NewsKind,
    money::Money,
    notification::{NotificationKind, payment_confirmed},
    order::{Actor, Order, OrderEvent, OrderStatus},
    payment::{RefundIntent, RefundReason},
    planted::{Fault as Planted, planted},
};
use comanda_workflows::contracts::{ConfirmOrder, ConfirmOrderError, Confirmation};
use jiff::{SignedDuration, Timestamp};

use crate::{
    casefile::CaseFile,
    fault::{Failure, Fault},
    handler::Handler,
    hear::{announced, follow_all, start_owed},
    parts,
    ports::{Ports, guarded::Uses},
    rows::{Decision, decide},
    shop::load_store,
    status::status_saying,
    store_queue::{Asked, send_order},
    tell::{A_WHILE, Saying, tell},
};

impl Handler for ConfirmOrder {
    const USES: &'static [Uses] = &[
        parts::CASE_FILE,
        parts::STORE,
        parts::TELL,
        parts::STORE_QUEUE,
        parts::HEAR,
    ];

    const TELLS_AGAIN: u32 = A_WHILE;

    async fn handle(ports: &Ports, input: Confirmation) -> Result<(), Failure<ConfirmOrderError>> {
        let confirmed = confirm(ports, &input).await;
        if let Err(Failure::Refused(ConfirmOrderError::Ended)) = &confirmed {
            // A try before this one may have confirmed it, and have followed half of the cancel that came in between.
            follow_all(ports, &input.order).await?;
        }
        let (order, owed) = confirmed?;
        start_owed(ports, &order, owed).await?;
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        let (version, by) = confirmed_at(&order);
        // A store that was asked knows its own yes. One that was not asked, or that was silent, is told.
        if by != Actor::Restaurant {
            send_order(ports, &store, (&order, version), Asked::Nothing).await?;
        }
        // The store has the order: a channel that is away is no reason to call it failed.
        let paid = order.payment_method.is_online().then(|| Saying {
            kind: NotificationKind::PaymentConfirmed.to_string(),
            text: payment_confirmed(&order),
        });
        let confirmed = (OrderStatus::Confirmed, None);
        let confirmed = status_saying(ports, &store, &order, confirmed).await?;
        let sayings = paid.into_iter().chain(confirmed).collect();
        tell(ports, &store, &order, sayings).await?;
        // A cancel that came in between found a running workflow and left it to us.
        Ok(follow_all(ports, &input.order).await?)
    }
}

async fn confirm(
    ports: &Ports,
    input: &Confirmation,
) -> Result<(Order, Vec<RefundIntent>), Failure<ConfirmOrderError>> {
    decide::<Order, _, Failure<ConfirmOrderError>, _>(ports, || async {
        let file = CaseFile::open(ports, &input.order).await?;
        let mut file = file.ok_or_else(|| {
            Fault::unexpected(format!("order {} does not exist", input.order.order_id))
        })?;
        match file.order.status() {
            OrderStatus::Pending => {}
            status if status.is_closed() => return Err(Failure::Refused(ConfirmOrderError::Ended)),
            // Confirmed before, by this very call or by a person: what follows is done again, once.
            _ => return Ok(Decision::Stands((file.order, Vec::new()))),
        }
        file.note(|news| {
            matches!(
                news,
                NewsKind::Paid { .. }
                    | NewsKind::PaymentFailed { .. }
                    | NewsKind::ChargeDeleted { .. }
                    | NewsKind::MethodChosen { .. }
                    | NewsKind::StoreConfirmed { .. }
            )
        });
        if let Some(by) = called_off(&file) {
            return Err(Failure::Refused(ConfirmOrderError::CalledOff { by }));
        }
        let owed = owe_surplus(&mut file);
        must_be_paid(&file)?;
        let now = ports.clock.now();
        let by = input.by.unwrap_or(Actor::Restaurant);
        let change = file
            .change(ports, (by, "Pedido confirmado"), |order| {
                order.clear_wait();
                order.delivery_time = input
                    .ready_in_minutes
                    .and_then(|minutes| after(now, minutes));
                order.move_to(OrderEvent::Confirm)
            })
            .await?;
        let mut writes = change.writes;
        writes.extend(announced(ports, &change.order, &owed).await?);
        Ok(Decision::Write(writes, (change.order, owed)))
    })
    .await
}

/// Who called the order off, if somebody did and no step heard it yet.
fn called_off(file: &CaseFile) -> Option<Actor> {
    file.news().iter().find_map(|piece| match &piece.news {
        NewsKind::CancelRequested { by, .. } => Some(*by),
        // As the step that waits for the store hears it: what went back in part leaves the order paid.
        kind if kind.charge().is_some()
            && kind.charge() == file.paying_charge()
            && kind.undoes_payment(file.order.total) =>
        {
            Some(Actor::Provider)
        }
        _ => None,
    })
}

/// Money beyond the order's own payment goes back while the order goes on.
pub(crate) fn owe_surplus(file: &mut CaseFile) -> Vec<RefundIntent> {
    let charges = file.surplus();
    let owed = charges
        .iter()
        .filter_map(|charge| file.owe(charge, RefundReason::PaidTwice, Actor::System));
    owed.collect()
}

/// O4 and O5: the store cooks an online order only if its payment came in whole, and did not go back whole. What somebody gave
/// back of it in the provider's panel has its own alarm.
pub(crate) fn must_be_paid(file: &CaseFile) -> Result<(), Fault> {
    let order = &file.order;
    let payment = file.paying_charge().and_then(|id| file.charge(id));
    let is_paid = payment.is_some_and(|charge| {
        charge.evidence.captured >= order.total && charge.held() > Money::ZERO
    });
    let unasked = planted(Planted::UnchargedIsTaken) || planted(Planted::UnpaidToTheStore);
    if order.payment_method.is_online() && !is_paid && !unasked {
        return Err(Fault::unexpected(format!(
            "order {} is not paid and cannot go to the store",
            order.order_id
        )));
    }
    Ok(())
}

/// The version with which the order became confirmed, and on whose word.
fn confirmed_at(order: &Order) -> (u64, Actor) {
    let entry = order.became(OrderStatus::Confirmed);
    entry.map_or((order.version(), Actor::System), |entry| {
        (entry.version, entry.by)
    })
}

pub(crate) fn after(now: Timestamp, minutes: u32) -> Option<Timestamp> {
    now.checked_add(SignedDuration::from_mins(i64::from(minutes)))
        .ok()
}
