//! Somebody calls an order off. It is news like any other: kept, heard by the step that waits, or carried out by
//! `order-status` where no workflow runs any more. The money is theirs to look after.

use comanda_domain::{
    ids::OrderKey,
    inbox::{News, NewsId, NewsKind},
    order::{Actor, Order},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    request::{Shop, malformed},
    resolve::{Found, RESOLVE, resolve},
    view,
};
use crate::{
    fault::Fault,
    hear::{Heard, follow_all, hear},
    http::Answer,
    parts,
    ports::{
        Ports,
        guarded::{Uses, guarded},
    },
    rows::load_order,
};

pub(crate) const USES: &[Uses] = &[RESOLVE, parts::HEAR, parts::STORE];

/// As long as a text that people read in a list.
const REASON_CHARACTERS_MAX: usize = 300;

/// Who wants it, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelRequest {
    /// Who.
    pub by: Actor,
    /// Why, in their words.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Cancels an order, named by its id, its number or its checkout's id.
///
/// 200 where it is cancelled (now or before), 202 where its workflow will do it, 409 where it is too late.
pub async fn cancel_order(
    ports: &Ports,
    shop: &Shop,
    name: &str,
    request: CancelRequest,
) -> Answer {
    let ports = guarded(ports, USES);
    let cancelled = cancel(&ports, shop, name, request).await;
    cancelled.unwrap_or_else(|error| error)
}

async fn cancel(
    ports: &Ports,
    shop: &Shop,
    name: &str,
    request: CancelRequest,
) -> Result<Answer, Answer> {
    // F024: whoever calls may not sign as our rules or as the payment provider.
    if matches!(request.by, Actor::System | Actor::Provider) {
        return Err(malformed(
            "by",
            &"it must be CUSTOMER, RESTAURANT or OPERATOR",
        ));
    }
    let reason = check_reason(request.reason)?;
    let found = resolve(ports, shop, name).await?;
    match &found {
        // What is cancelled already goes on: the call before may have failed half-way.
        Found::Order(order) if order.status().is_final() && !order.status().is_closed() => {
            // A wish that was kept in time, by a call that failed then, is not left lying.
            follow_all(ports, &found.key()).await?;
            return ended(order);
        }
        Found::Checkout(checkout) if checkout.refusal.is_some() => {
            return Err(too_late("it was never accepted"));
        }
        Found::Order(_) | Found::Checkout(_) => {}
    }
    let key = found.key();
    let heard = hear(ports, &key, news(ports, &key, request.by, reason)?).await?;
    let order = load_order(ports.store.as_ref(), &key).await?;
    match order {
        // The order is being accepted, and hears of it as soon as it is there.
        None => Ok(Answer::with(
            202,
            json!({"order": {"orderId": key.order_id, "status": "PENDING"}}),
        )),
        Some(order) if order.status().is_final() => ended(&order),
        Some(order) if heard == Heard::Refused => {
            Err(too_late(&format!("it is {}", order.status())))
        }
        Some(order) => Ok(Answer::with(202, json!({ "order": view::order(&order)? }))),
    }
}

fn check_reason(reason: Option<String>) -> Result<Option<String>, Answer> {
    let reason = reason.map(|reason| reason.trim().to_owned());
    let reason = reason.filter(|reason| !reason.is_empty());
    let readable = |reason: &String| {
        reason.chars().count() <= REASON_CHARACTERS_MAX && !reason.chars().any(char::is_control)
    };
    if reason.as_ref().is_none_or(readable) {
        Ok(reason)
    } else {
        let limit = format!("at most {REASON_CHARACTERS_MAX} printable characters");
        Err(malformed("reason", &limit))
    }
}

/// One wish per person: asking twice is asking once.
fn news(ports: &Ports, key: &OrderKey, by: Actor, reason: Option<String>) -> Result<News, Fault> {
    let who = match by {
        Actor::Customer => "customer",
        Actor::Restaurant => "restaurant",
        Actor::System => "system",
        Actor::Provider => "provider",
        Actor::Operator => "operator",
    };
    let id = NewsId::new(format!("cancel-{who}"))
        .map_err(|error| Fault::unexpected(error.to_string()))?;
    let kind = NewsKind::CancelRequested { by, reason };
    let now = ports.clock.now();
    Ok(News::heard(&key.client_id, &key.order_id, id, kind, now))
}

/// Cancelled or refunded is what was wanted; delivered is too late.
fn ended(order: &Order) -> Result<Answer, Answer> {
    if order.status().is_closed() {
        Ok(Answer::ok(json!({ "order": view::order(order)? })))
    } else {
        Err(too_late(&format!("it is {}", order.status())))
    }
}

fn too_late(state: &str) -> Answer {
    Answer::error(
        409,
        "ORDER_NOT_CANCELLABLE",
        format!("the order cannot be cancelled: {state}"),
        Some("an order can be cancelled until it is delivered; after that only money can go back"),
    )
}
