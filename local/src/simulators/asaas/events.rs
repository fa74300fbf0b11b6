//! What the webhook will tell: events are written in the transaction that makes them true, and delivered later.

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde_json::json;

use super::{
    Asaas,
    model::{Payment, local_time},
    rows, wire,
};
use crate::simulators::fault::{self, Faulty};

/// Writes an event into the account's queue; the fault dial says how often and how late it comes.
pub(super) fn emit(
    asaas: &Asaas,
    transaction: &Transaction<'_>,
    event: &str,
    payment: &Payment,
) -> rusqlite::Result<()> {
    let now = Timestamp::now();
    // Real ids contain an `&`, which whoever takes the id apart finds out the hard way (providers §1.8).
    let id = format!(
        "evt_{:032x}&{}",
        rand::random::<u128>(),
        rand::random::<u32>()
    );
    let body = rows::json(&json!({
        "id": id, "event": event, "dateCreated": local_time(now),
        "payment": wire::payment(payment, &asaas.base),
    }))?;
    for delay in fault::sendings(transaction, Asaas::PROVIDER)? {
        transaction.execute(
            "INSERT INTO asaas_events (id, account, body, due) VALUES (?1, ?2, ?3, ?4)",
            params![id, payment.account, body, now.as_millisecond() + delay],
        )?;
    }
    Ok(())
}
