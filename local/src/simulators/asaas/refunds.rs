//! `/v3/payments/{id}/refund`: asked now, done later, and told by webhook (providers §1.7).

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Asaas,
    error::AsaasError,
    events,
    model::{Billing, Payment, Refund, Status, local_time},
    rows,
    statement::{self, Kind},
    wire::{self, Caller},
};

#[derive(Deserialize, Default)]
pub(super) struct NewRefund {
    pub(super) value: Option<Value>,
    pub(super) description: Option<String>,
}

pub(super) async fn create(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, AsaasError> {
    let new: NewRefund = match body.is_empty() {
        true => NewRefund::default(),
        false => serde_json::from_slice(&body)
            .map_err(|_| AsaasError::refused("invalid_object", "O corpo não é um JSON válido."))?,
    };
    let payment = asaas.database.transact(|transaction| {
        let payment = rows::payment_of(transaction, &account, &id)?;
        ask(&asaas, transaction, payment, new)
    })?;
    asaas.wake.notify_one();
    Ok(Json(wire::payment(&payment, &asaas.base)))
}

pub(super) fn ask(
    asaas: &Asaas,
    transaction: &Transaction<'_>,
    mut payment: Payment,
    new: NewRefund,
) -> Result<Payment, AsaasError> {
    let refused = |text: &str| Err(AsaasError::refused("invalid_action", text));
    if !payment.is_paid() {
        return refused("Somente é possível estornar cobranças recebidas ou confirmadas.");
    }
    let left = payment.centavos - payment.refunded_centavos();
    let centavos = match &new.value {
        None | Some(Value::Null) => left,
        Some(value) => wire::centavos(value).unwrap_or_default(),
    };
    if centavos <= 0 || centavos > left {
        return refused("O valor do estorno é maior que o valor disponível da cobrança.");
    }
    // A card that is only confirmed has not reached the balance yet, so it does not leave it either.
    if payment.status == Status::Received {
        if rows::balance(transaction, &payment.account)? < centavos {
            return refused("Saldo insuficiente para realizar o estorno.");
        }
        rows::add_to_balance(transaction, &payment.account, -centavos)?;
    }
    payment.refunds.push(Refund {
        created: local_time(Timestamp::now()),
        centavos,
        description: new.description,
        done: false,
        cancelled: false,
        held: false,
    });
    if payment.refunded_centavos() == payment.centavos {
        payment.status = Status::RefundInProgress;
    }
    rows::update_payment(transaction, &payment)?;
    events::emit(asaas, transaction, "PAYMENT_REFUND_IN_PROGRESS", &payment)?;
    schedule(asaas, transaction, &payment.id)?;
    Ok(payment)
}

/// What is asked for is done after a while.
fn schedule(asaas: &Asaas, transaction: &Transaction<'_>, payment: &str) -> rusqlite::Result<()> {
    let pace = i64::try_from(asaas.pace.refund.as_millis()).unwrap_or(i64::MAX);
    let due = Timestamp::now().as_millisecond().saturating_add(pace);
    let sql = "INSERT INTO asaas_refunds_due (payment, due) VALUES (?1, ?2)";
    transaction.execute(sql, params![payment, due])?;
    Ok(())
}

/// A person at the provider refuses what is under way; the money stays with the merchant.
pub(super) fn deny(
    transaction: &Transaction<'_>,
    payment: &mut Payment,
) -> Result<bool, AsaasError> {
    let mut open = payment.refunds.iter_mut();
    let Some(refund) = open.find(|refund| !refund.done && !refund.cancelled) else {
        return Ok(false);
    };
    refund.cancelled = true;
    let centavos = refund.centavos;
    payment.status = match payment.billing {
        Billing::CreditCard => Status::Confirmed,
        _ => Status::Received,
    };
    if payment.status == Status::Received {
        rows::add_to_balance(transaction, &payment.account, centavos)?;
    }
    let sql = "DELETE FROM asaas_refunds_due WHERE payment = ?1";
    transaction.execute(sql, [&payment.id])?;
    Ok(true)
}

/// What is under way waits for a person in the panel, or waits for nobody any more; false where nothing is.
pub(super) fn hold(
    asaas: &Asaas,
    transaction: &Transaction<'_>,
    payment: &mut Payment,
    held: bool,
) -> rusqlite::Result<bool> {
    let mut open = payment.refunds.iter_mut();
    let Some(refund) = open.find(|refund| !refund.done && !refund.cancelled) else {
        return Ok(false);
    };
    refund.held = held;
    if held {
        let sql = "DELETE FROM asaas_refunds_due WHERE payment = ?1";
        transaction.execute(sql, [&payment.id])?;
    } else {
        schedule(asaas, transaction, &payment.id)?;
    }
    Ok(true)
}

/// What is under way is due now; false where nothing is.
pub(super) fn hurry(transaction: &Transaction<'_>, payment: &Payment) -> rusqlite::Result<bool> {
    let sql = "UPDATE asaas_refunds_due SET due = 0 WHERE payment = ?1";
    Ok(transaction.execute(sql, [&payment.id])? > 0)
}

/// Finishes the refunds that are due, and tells when the next one is.
pub(super) fn finish_due(
    asaas: &Asaas,
    transaction: &Transaction<'_>,
    now: i64,
) -> Result<Option<i64>, AsaasError> {
    let due: Vec<String> = transaction
        .prepare_cached("SELECT payment FROM asaas_refunds_due WHERE due <= ?1 ORDER BY position")?
        .query_map([now], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    transaction.execute("DELETE FROM asaas_refunds_due WHERE due <= ?1", [now])?;
    for id in due {
        let Some(mut payment) = rows::payment(transaction, &id)? else {
            continue;
        };
        let mut open = payment.refunds.iter_mut();
        let Some(refund) = open.find(|refund| !refund.done && !refund.cancelled) else {
            continue;
        };
        refund.done = true;
        let centavos = refund.centavos;
        // A card that goes back before its money came was never on the statement.
        if payment.billing != Billing::CreditCard {
            statement::book(transaction, &payment, Kind::Reversal, -centavos)?;
        }
        let in_full = payment.refunded_centavos() == payment.centavos;
        let all_done = payment
            .refunds
            .iter()
            .all(|refund| refund.done || refund.cancelled);
        let event = if in_full && all_done {
            payment.status = Status::Refunded;
            "PAYMENT_REFUNDED"
        } else {
            "PAYMENT_PARTIALLY_REFUNDED"
        };
        rows::update_payment(transaction, &payment)?;
        events::emit(asaas, transaction, event, &payment)?;
    }
    let next = transaction.query_row("SELECT min(due) FROM asaas_refunds_due", [], |row| {
        row.get(0)
    })?;
    Ok(next)
}

pub(super) async fn list(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, AsaasError> {
    let payment = asaas
        .database
        .transact(|transaction| rows::payment_of(transaction, &account, &id))?;
    let data: Vec<_> = payment.refunds.iter().map(wire::refund).collect();
    Ok(Json(json!({
        "object": "list", "hasMore": false, "totalCount": data.len(), "limit": data.len(), "offset": 0,
        "data": data,
    })))
}
