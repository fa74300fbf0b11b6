//! What happens in the world around the provider: somebody pays, a card is declined, a balance is topped up.
//!
//! A charge is named by its own id, or by the order that it belongs to (its external reference).

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Asaas, delivery,
    error::AsaasError,
    events,
    model::{Billing, Payment, Status, today},
    refunds, rows,
    statement::{self, Kind},
    wire,
};
use crate::simulators::fault::{self, FaultDial, Faulty};

pub(super) fn router() -> Router<Arc<Asaas>> {
    Router::new()
        .route("/payments/{id}", get(show))
        .route("/payments/{id}/{action}", post(act))
        .route("/fault", get(dial).put(turn_dial))
        .route("/balance", get(balances).put(set_balance))
        .route("/webhooks", get(queue))
        .route("/webhooks/resume", post(resume))
}

/// Why an action is not possible now.
#[derive(Debug, thiserror::Error)]
pub(super) enum ControlError {
    #[error("there is no charge, and no order with a charge, called {0}")]
    NoCharge(String),
    #[error("there is no action called {0}")]
    NoAction(String),
    #[error("there is no account called {0}")]
    NoAccount(String),
    #[error("the charge is {0} already")]
    Decided(&'static str),
    #[error("a PIX cannot fail: its payer pays or does not")]
    PixCannotFail,
    #[error("only a card that was paid can be disputed")]
    NotDisputable,
    #[error("no refund of the charge is under way")]
    NoRefund,
    #[error("the charge was deleted, so it cannot be paid any more")]
    Deleted,
    #[error(transparent)]
    Provider(#[from] AsaasError),
}

impl ControlError {
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoCharge(_) => (
                StatusCode::NOT_FOUND,
                "NO_CHARGE",
                "an order has a charge once it waits for an online payment: comanda order show",
            ),
            Self::NoAction(_) => (
                StatusCode::NOT_FOUND,
                "NO_ACTION",
                "the actions are pay, expire, fail, refund, finish-refund, hold-refund, authorise-refund, deny-refund and chargeback",
            ),
            Self::NoAccount(_) => (
                StatusCode::NOT_FOUND,
                "NO_ACCOUNT",
                "the accounts are listed at GET /simulators/asaas/control/balance",
            ),
            Self::Decided(_) => (
                StatusCode::CONFLICT,
                "CHARGE_DECIDED",
                "only a charge that waits for its payment can be paid, expire or fail",
            ),
            Self::NotDisputable => (
                StatusCode::CONFLICT,
                "NOT_DISPUTABLE",
                "order with CREDIT and pay first: comanda asaas pay",
            ),
            Self::NoRefund => (
                StatusCode::CONFLICT,
                "NO_REFUND",
                "a refund takes two seconds here: deny it right after the cancel",
            ),
            Self::PixCannotFail => (
                StatusCode::CONFLICT,
                "PIX_CANNOT_FAIL",
                "to see a failed payment, order with CREDIT; to see a PIX expire: comanda asaas expire",
            ),
            Self::Deleted => (
                StatusCode::CONFLICT,
                "CHARGE_DELETED",
                "to see money arrive late all the same, send {\"inFlight\": true}: the payer's bank had begun",
            ),
            Self::Provider(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "SIMULATOR_FAILED",
                "the cause is in the log of the stack",
            ),
        }
    }
}

impl From<rusqlite::Error> for ControlError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Provider(error.into())
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let (status, code, help) = self.parts();
        let body = json!({"error": {"code": code, "message": self.to_string(), "help": help}});
        (status, Json(body)).into_response()
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Circumstances {
    /// The payer's bank had begun before the charge was deleted, so the money comes all the same.
    #[serde(default)]
    in_flight: bool,
    /// Another amount than was asked: what a payer paid, or how much of a charge goes back.
    #[serde(default)]
    centavos: Option<i64>,
    /// No webhook tells of it, as if it had been lost for good.
    #[serde(default)]
    unheard: bool,
}

async fn act(
    State(asaas): State<Arc<Asaas>>,
    Path((id, action)): Path<(String, String)>,
    circumstances: Option<Json<Circumstances>>,
) -> Result<Json<Value>, ControlError> {
    let Json(circumstances) = circumstances.unwrap_or_default();
    perform(&asaas, &id, &action, &circumstances).map(Json)
}

/// Does what an action says, and writes the event about it.
pub(super) fn perform(
    asaas: &Asaas,
    id: &str,
    action: &str,
    circumstances: &Circumstances,
) -> Result<Value, ControlError> {
    let answer = asaas.database.transact(|transaction| {
        let mut payment = find(transaction, id)?;
        let event = match action {
            "pay" => pay(transaction, &mut payment, circumstances)?,
            "expire" => expire(&mut payment)?,
            "fail" => fail(&payment)?,
            "chargeback" => dispute(transaction, &mut payment)?,
            "deny-refund" => {
                if !refunds::deny(transaction, &mut payment)? {
                    return Err(ControlError::NoRefund);
                }
                "PAYMENT_REFUND_DENIED"
            }
            "hold-refund" | "authorise-refund" => {
                // No event tells of it: who asked reads it at the charge.
                if !refunds::hold(asaas, transaction, &mut payment, action == "hold-refund")? {
                    return Err(ControlError::NoRefund);
                }
                rows::update_payment(transaction, &payment)?;
                return Ok(json!({"payment": wire::payment(&payment, &asaas.base)}));
            }
            "finish-refund" => {
                // The round that finishes refunds writes the event.
                if !refunds::hurry(transaction, &payment)? {
                    return Err(ControlError::NoRefund);
                }
                let told = wire::payment(&payment, &asaas.base);
                return Ok(json!({"event": "PAYMENT_REFUND_IN_PROGRESS", "payment": told}));
            }
            "refund" => {
                // As in the provider's panel: nobody of ours asked for it. It writes its own event.
                let new = refunds::NewRefund {
                    value: circumstances.centavos.map(wire::reais),
                    description: None,
                };
                let payment = refunds::ask(asaas, transaction, payment, new)?;
                let told = wire::payment(&payment, &asaas.base);
                return Ok(json!({"event": "PAYMENT_REFUND_IN_PROGRESS", "payment": told}));
            }
            other => return Err(ControlError::NoAction(other.to_owned())),
        };
        rows::update_payment(transaction, &payment)?;
        if !circumstances.unheard {
            events::emit(asaas, transaction, event, &payment)?;
        }
        Ok(json!({"event": event, "payment": wire::payment(&payment, &asaas.base)}))
    })?;
    asaas.wake.notify_one();
    Ok(answer)
}

/// By id, or the newest charge of an order, living ones first.
pub(super) fn find(transaction: &Transaction<'_>, id: &str) -> Result<Payment, ControlError> {
    if let Some(payment) = rows::payment(transaction, id)? {
        return Ok(payment);
    }
    let mut of_order = rows::payments_by_reference(transaction, id)?;
    // Stable: newest first within the living and within the deleted.
    of_order.sort_by_key(|payment| payment.deleted);
    let first = of_order.into_iter().next();
    first.ok_or_else(|| ControlError::NoCharge(id.to_owned()))
}

fn check_open(payment: &Payment) -> Result<(), ControlError> {
    match payment.status {
        Status::Pending | Status::Overdue => Ok(()),
        Status::Confirmed | Status::Received => Err(ControlError::Decided("paid")),
        Status::RefundInProgress => Err(ControlError::Decided("being refunded")),
        Status::Refunded => Err(ControlError::Decided("refunded")),
        Status::ChargebackRequested => Err(ControlError::Decided("disputed")),
    }
}

fn pay(
    transaction: &Transaction<'_>,
    payment: &mut Payment,
    circumstances: &Circumstances,
) -> Result<&'static str, ControlError> {
    check_open(payment)?;
    if payment.deleted && !circumstances.in_flight {
        return Err(ControlError::Deleted);
    }
    payment.paid = Some(today());
    if let Some(centavos) = circumstances.centavos {
        payment.centavos = centavos;
    }
    // A card's money comes a month later, so it is only confirmed; a PIX is received at once (providers §1.8).
    Ok(if payment.billing == Billing::CreditCard {
        payment.status = Status::Confirmed;
        "PAYMENT_CONFIRMED"
    } else {
        payment.status = Status::Received;
        rows::add_to_balance(transaction, &payment.account, payment.net_centavos())?;
        let fee = payment.net_centavos() - payment.centavos;
        statement::book(transaction, payment, Kind::Received, payment.centavos)?;
        statement::book(transaction, payment, Kind::Fee, fee)?;
        "PAYMENT_RECEIVED"
    })
}

/// The payer's bank takes the money back. A card's that has not reached the account leaves no line on its statement.
fn dispute(
    transaction: &Transaction<'_>,
    payment: &mut Payment,
) -> Result<&'static str, ControlError> {
    if payment.billing != Billing::CreditCard || !payment.is_paid() {
        return Err(ControlError::NotDisputable);
    }
    if payment.status == Status::Received {
        let left = payment.centavos - payment.refunded_centavos();
        rows::add_to_balance(transaction, &payment.account, -left)?;
        statement::book(transaction, payment, Kind::Chargeback, -left)?;
    }
    payment.status = Status::ChargebackRequested;
    Ok("PAYMENT_CHARGEBACK_REQUESTED")
}

fn expire(payment: &mut Payment) -> Result<&'static str, ControlError> {
    check_open(payment)?;
    if payment.deleted {
        return Err(ControlError::Deleted);
    }
    payment.status = Status::Overdue;
    Ok("PAYMENT_OVERDUE")
}

fn fail(payment: &Payment) -> Result<&'static str, ControlError> {
    if payment.billing != Billing::CreditCard {
        return Err(ControlError::PixCannotFail);
    }
    check_open(payment)?;
    if payment.deleted {
        return Err(ControlError::Deleted);
    }
    // The charge stays payable: the payer may try another card on the same page.
    Ok("PAYMENT_CREDIT_CARD_CAPTURE_REFUSED")
}

async fn show(
    State(asaas): State<Arc<Asaas>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ControlError> {
    let payment = asaas
        .database
        .transact(|transaction| find(transaction, &id))?;
    Ok(Json(wire::payment(&payment, &asaas.base)))
}

async fn dial(State(asaas): State<Arc<Asaas>>) -> Result<Json<FaultDial>, ControlError> {
    let dial = asaas
        .database
        .transact(|transaction| fault::get(transaction, Asaas::PROVIDER))?;
    Ok(Json(dial))
}

async fn turn_dial(
    State(asaas): State<Arc<Asaas>>,
    Json(dial): Json<FaultDial>,
) -> Result<Json<FaultDial>, ControlError> {
    asaas
        .database
        .transact(|transaction| fault::set(transaction, Asaas::PROVIDER, dial))?;
    Ok(Json(dial))
}

#[derive(Deserialize)]
struct Balance {
    account: String,
    centavos: i64,
}

/// Every account's balance, in centavos.
async fn balances(State(asaas): State<Arc<Asaas>>) -> Result<Json<Value>, ControlError> {
    let balances: serde_json::Map<String, Value> = asaas.database.transact(|transaction| {
        transaction
            .prepare_cached("SELECT id, balance_centavos FROM asaas_accounts ORDER BY id")?
            .query_map([], |row| Ok((row.get(0)?, json!(row.get::<_, i64>(1)?))))?
            .collect::<rusqlite::Result<_>>()
    })?;
    Ok(Json(Value::Object(balances)))
}

async fn set_balance(
    State(asaas): State<Arc<Asaas>>,
    Json(new): Json<Balance>,
) -> Result<Json<Value>, ControlError> {
    asaas.database.transact(|transaction| {
        let sql = "UPDATE asaas_accounts SET balance_centavos = ?2 WHERE id = ?1";
        match transaction.execute(sql, rusqlite::params![new.account, new.centavos])? {
            0 => Err(ControlError::NoAccount(new.account.clone())),
            _ => Ok(()),
        }
    })?;
    Ok(Json(json!({new.account: new.centavos})))
}

/// What waits to be delivered.
async fn queue(State(asaas): State<Arc<Asaas>>) -> Result<Json<Value>, ControlError> {
    let waiting: Vec<Value> = asaas.database.transact(|transaction| {
        transaction
            .prepare_cached(
                "SELECT id, account, body ->> '$.event', failures, due FROM asaas_events
                 WHERE delivered IS NULL ORDER BY position",
            )?
            .query_map([], |row| {
                Ok(json!({
                    "id": row.get::<_, String>(0)?, "account": row.get::<_, String>(1)?,
                    "event": row.get::<_, String>(2)?, "failures": row.get::<_, u32>(3)?,
                    "dueMillis": row.get::<_, i64>(4)?,
                }))
            })?
            .collect::<rusqlite::Result<_>>()
    })?;
    Ok(Json(json!({"waiting": waiting})))
}

async fn resume(State(asaas): State<Arc<Asaas>>) -> Result<Json<Value>, ControlError> {
    let waiting = asaas.database.transact(delivery::resume)?;
    asaas.wake.notify_one();
    Ok(Json(json!({"resumed": waiting})))
}
