//! Rows as callers see them: the store's own fields, without the token with which a step could be completed.

use comanda_domain::{exception::Exception, inbox::News, order::Order};
use serde_json::{Value, json};

use crate::{
    fault::Fault,
    rows::{CheckoutRow, NotificationRow},
};

/// An order's row, its number as people say it, and no token.
pub(super) fn order(order: &Order) -> Result<Value, Fault> {
    let mut view = json(order)?;
    if let Some(fields) = view.as_object_mut() {
        fields.insert("displayNumber".into(), order.display_number().into());
        if let Some(wait) = fields.get_mut("wait").and_then(Value::as_object_mut) {
            wait.remove("token");
        }
    }
    Ok(view)
}

/// A checkout that is no order: that it is being accepted, or why it was refused.
pub(super) fn checkout(checkout: &CheckoutRow) -> Value {
    let state = if checkout.refusal.is_some() {
        "REFUSED"
    } else {
        "BEING_ACCEPTED"
    };
    json!({
        "orderId": checkout.order_id,
        "checkoutId": checkout.checkout_id,
        "clientId": checkout.client_id,
        "storeId": checkout.store_id,
        "createdAt": comanda_domain::instant::text(checkout.created_at),
        "state": state,
        "refusal": checkout.refusal,
    })
}

/// One message to the customer; where to, is the order's.
pub(super) fn notification(row: &NotificationRow) -> Value {
    json!({
        "kind": row.kind,
        "text": row.text,
        "to": row.channel_address.masked(),
        "state": row.state,
        "messageId": row.message_id,
        "refusalCode": row.refusal_code,
        "delivery": row.delivery,
        "createdAt": comanda_domain::instant::text(row.created_at),
    })
}

/// One exception, with the page that says what to do.
pub(super) fn exception(exception: &Exception) -> Value {
    json!({
        "kind": exception.kind,
        "subjectId": exception.subject_id,
        "state": exception.state,
        "orderId": exception.order_id,
        "amount": exception.amount,
        "detail": exception.detail,
        "nextStep": exception.kind.next_step(),
        "runbook": exception.kind.runbook(),
        "raisedAt": comanda_domain::instant::text(exception.raised_at),
        "seenAt": comanda_domain::instant::text(exception.seen_at),
    })
}

/// One piece of news.
pub(super) fn news(news: &News) -> Result<Value, Fault> {
    let mut view = json(news)?;
    if let Some(fields) = view.as_object_mut() {
        for own_affair in ["clientId", "orderId", "expiresAt"] {
            fields.shift_remove(own_affair);
        }
    }
    Ok(view)
}

fn json(row: &impl serde::Serialize) -> Result<Value, Fault> {
    serde_json::to_value(row).map_err(|_| Fault::unexpected("a row could not be shown"))
}
