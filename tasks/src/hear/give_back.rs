//! Money that has no food to pay for: booked, owed and sent back, and the customer told of it.
//!
//! That it goes back is noted with the obligation itself. Its refund may be over a moment later, and what is noted then is said
//! after it.

use comanda_domain::{
    ids::ChargeId,
    inbox::NewsKind,
    notification::{NotificationKind, paid_late, paid_twice},
    order::{Actor, Order, WaitingFor},
    payment::{RefundIntent, RefundReason, RefundState},
};
use comanda_workflows::{contracts::OrderKey, refund};
use jiff::SignedDuration;
use serde_json::Value;

use super::{Heard, intents_of};
use crate::{
    casefile::{CaseFile, refund_request},
    fault::Fault,
    ports::{Ports, Started, Write},
    rows::{Decision, decide, load_order},
    shop::load_store,
    tell::{Saying, intend, of_charge, or_later, tell},
};

/// Money without food to pay for: booked, owed and sent back.
pub(super) async fn give_back(
    ports: &Ports,
    key: &OrderKey,
    charge: &ChargeId,
    reason: RefundReason,
) -> Result<Heard, Fault> {
    let intent = decide::<Order, Option<RefundIntent>, Fault, _>(ports, || async {
        let Some(mut file) = CaseFile::open(ports, key).await? else {
            return Ok(Decision::Stands(None));
        };
        file.take_up(ports, charge).await?;
        // It may have gone back already, or be disputed: then nothing is owed of it.
        file.note(|news| {
            matches!(
                news,
                NewsKind::Paid { charge_id, .. }
                | NewsKind::Refunded { charge_id, .. }
                | NewsKind::ChargedBack { charge_id, .. } if charge_id == charge
            )
        });
        let known = file.intents(charge).count();
        let intent = file.owe(charge, reason, Actor::System);
        // Nothing is left of it, because it went back; or it is owed already. The news is noted all the same.
        if intent.is_none() || file.intents(charge).count() == known {
            let writes = file
                .settle(ports, Actor::Provider, "Aviso do provedor de pagamento")
                .await?;
            return Ok(if writes.is_empty() {
                Decision::Stands(intent)
            } else {
                Decision::Write(writes, intent)
            });
        }
        let change = file
            .change(ports, (Actor::Provider, "Pagamento a devolver"), |order| {
                // One that goes on waits for what it waited for.
                if order.status().is_closed() && order.waiting_for.is_none() {
                    order.waiting_for = Some(WaitingFor::Refund);
                }
                Ok(())
            })
            .await?;
        let mut writes = change.writes;
        writes.extend(announced(ports, &change.order, intent.as_slice()).await?);
        Ok(Decision::Write(writes, intent))
    })
    .await?;
    match intent {
        Some(intent) => {
            start_and_tell(ports, key, &intent).await?;
            Ok(Heard::CarriedOut)
        }
        None => Ok(Heard::Nothing),
    }
}

/// The words for obligations that are about to be written, to be written with them.
pub(crate) async fn announced(
    ports: &Ports,
    order: &Order,
    owed: &[RefundIntent],
) -> Result<Vec<Write>, Fault> {
    let mut writes = Vec::new();
    for saying in owed.iter().filter_map(|intent| started(order, intent)) {
        writes.extend(intend(ports, order, saying).await?);
    }
    Ok(writes)
}

/// That money goes back because there is no food for it. Of all other money the end of the order says it.
fn started(order: &Order, intent: &RefundIntent) -> Option<Saying> {
    let text = match intent.reason {
        RefundReason::PaidLate => paid_late(order, intent.amount),
        RefundReason::PaidTwice => paid_twice(order, intent.amount),
        _ => return None,
    };
    let kind = NotificationKind::RefundStarted(intent.intent_id.clone());
    let kind = of_charge(&kind, &intent.charge_id);
    Some(Saying { kind, text })
}

/// Starts a refund, and says what is noted of it.
async fn start_and_tell(ports: &Ports, key: &OrderKey, intent: &RefundIntent) -> Result<(), Fault> {
    start_refund(ports, intent).await?;
    let Some(order) = load_order(ports.store.as_ref(), key).await? else {
        return Ok(());
    };
    if started(&order, intent).is_none() {
        return Ok(());
    }
    let store = load_store(ports, &key.client_id, &key.store_id).await?;
    // Whoever starts it has more to do.
    or_later(tell(ports, &store, &order, Vec::new()).await)
}

/// A crash may have come between an intent and its start, and the news be repeated: starting again is starting once.
pub(super) async fn restart_refunds(
    ports: &Ports,
    key: &OrderKey,
    news: &NewsKind,
) -> Result<(), Fault> {
    let NewsKind::Paid { charge_id, .. } = news else {
        return Ok(());
    };
    for intent in intents_of(ports, key, charge_id).await? {
        if is_of_surplus(&intent) {
            start_and_tell(ports, key, &intent).await?;
        }
    }
    Ok(())
}

/// Starts `refund` for an intent; an execution of that name that runs or ran is the same one. What was given up has run: AWS
/// forgets a name 90 days after its execution closed, and by then a person may have given the money back another way.
pub(crate) async fn start_refund(ports: &Ports, intent: &RefundIntent) -> Result<Started, Fault> {
    if was_given_up(ports, intent) {
        return Ok(Started::AlreadyExists);
    }
    let input: Value = serde_json::to_value(refund_request(intent))
        .map_err(|_| Fault::unexpected("a refund could not be written"))?;
    let name = intent.execution_name();
    Ok(ports.workflows.start("refund", &name, input).await?)
}

/// Whether its time was over for any execution long ago: it is a person's.
fn was_given_up(ports: &Ports, intent: &RefundIntent) -> bool {
    let age = ports.clock.now().duration_since(intent.created_at);
    age > SignedDuration::from_secs(i64::from(refund::LONGEST_SECONDS))
}

/// Starts the refunds of money without food to pay for: those just owed, and, after a crash, those that an index still
/// shows as open. The customer is told of each.
pub(crate) async fn start_owed(
    ports: &Ports,
    order: &Order,
    owed: Vec<RefundIntent>,
) -> Result<(), Fault> {
    let mut open = owed;
    let page = ports
        .store
        .query(crate::ports::Query {
            table: &comanda_domain::tables::REFUNDS,
            index: Some(&comanda_domain::tables::refunds::BY_ORDER),
            partition: RefundIntent::of_order(&order.client_id, &order.order_id),
            sort_prefix: None,
            descending: false,
            limit: 20,
            start: None,
        })
        .await?;
    for row in page.items {
        let intent: RefundIntent = row.into_value()?;
        let same = |other: &RefundIntent| {
            other.charge_id == intent.charge_id && other.intent_id == intent.intent_id
        };
        if is_of_surplus(&intent) && !open.iter().any(same) {
            open.push(intent);
        }
    }
    for intent in open {
        start_and_tell(ports, &order.order_key(), &intent).await?;
    }
    Ok(())
}

/// Whether the handler that wrote the intent sees to its refund. Other intents are answered to a workflow, which does.
fn is_of_surplus(intent: &RefundIntent) -> bool {
    let reason = matches!(
        intent.reason,
        RefundReason::PaidLate | RefundReason::PaidTwice
    );
    reason && intent.state != RefundState::Done
}
