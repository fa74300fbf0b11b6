//! `/v3/financialTransactions` (providers §1.9): what moved the account's balance, line by line.
//!
//! A PIX is a line for the whole amount and one for the fee, on the day it comes in. A card's lines come a month later, which
//! no stack on a desk waits for. A refund's line comes when it is done.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
};
use jiff::civil::Date;
use rusqlite::{Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Asaas,
    error::AsaasError,
    model::{Payment, today},
    wire::{self, Caller, Paging},
};

/// What a line is, in Asaas' words.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A charge came in.
    Received,
    /// The fee for it.
    Fee,
    /// Money went back.
    Reversal,
    /// The payer's bank took it back.
    Chargeback,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Received => "PAYMENT_RECEIVED",
            Self::Fee => "PAYMENT_FEE",
            Self::Reversal => "PAYMENT_REVERSAL",
            Self::Chargeback => "CHARGEBACK",
        }
    }
}

/// Writes a line of today.
pub(super) fn book(
    transaction: &Transaction<'_>,
    payment: &Payment,
    kind: Kind,
    centavos: i64,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO asaas_statement (account, day, kind, centavos, payment) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            payment.account,
            today().to_string(),
            kind.word(),
            centavos,
            payment.id
        ],
    )?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    start_date: Option<Date>,
    finish_date: Option<Date>,
    order: Option<String>,
}

pub(super) async fn list(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Query(span): Query<Span>,
    Query(paging): Query<Paging>,
) -> Result<Json<Value>, AsaasError> {
    let from = span
        .start_date
        .map_or_else(String::new, |day| day.to_string());
    let to = span.finish_date.unwrap_or(Date::MAX).to_string();
    let mut lines: Vec<Value> = asaas.database.transact(|transaction| {
        transaction
            .prepare_cached(
                "SELECT position, day, kind, centavos, payment FROM asaas_statement
                 WHERE account = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY position",
            )?
            .query_map(params![account.id, from, to], |row| {
                Ok(json!({
                    "object": "financialTransaction",
                    "id": format!("fin_{:012}", row.get::<_, i64>(0)?),
                    "value": wire::reais(row.get(3)?),
                    "type": row.get::<_, String>(2)?,
                    "date": row.get::<_, String>(1)?,
                    "description": null,
                    "paymentId": row.get::<_, String>(4)?,
                }))
            })?
            .collect::<Result<_, _>>()
            .map_err(AsaasError::from)
    })?;
    // Newest first is Asaas' own order.
    if span.order.as_deref() != Some("asc") {
        lines.reverse();
    }
    Ok(Json(wire::list(&paging, &lines)))
}
