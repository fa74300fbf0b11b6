//! The simulator's rows: JSON bodies by id, each read within its account.

use rusqlite::{OptionalExtension, Row, Transaction, params, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    error::AsaasError,
    model::{Account, Customer, Payment},
};

pub(super) fn put_account(
    transaction: &Transaction<'_>,
    account: &Account,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO asaas_accounts (id, api_key, body, balance_centavos) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET api_key = ?2, body = ?3",
        params![
            account.id,
            account.api_key,
            json(account)?,
            account.opening_balance_centavos
        ],
    )?;
    Ok(())
}

pub(super) fn account_by_key(
    transaction: &Transaction<'_>,
    api_key: &str,
) -> rusqlite::Result<Option<Account>> {
    let sql = "SELECT body FROM asaas_accounts WHERE api_key = ?1";
    transaction.query_row(sql, [api_key], body).optional()
}

pub(super) fn account(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<Account> {
    let sql = "SELECT body FROM asaas_accounts WHERE id = ?1";
    transaction.query_row(sql, [id], body)
}

pub(super) fn balance(transaction: &Transaction<'_>, account: &str) -> rusqlite::Result<i64> {
    let sql = "SELECT balance_centavos FROM asaas_accounts WHERE id = ?1";
    transaction.query_row(sql, [account], |row| row.get(0))
}

pub(super) fn add_to_balance(
    transaction: &Transaction<'_>,
    account: &str,
    centavos: i64,
) -> rusqlite::Result<()> {
    let sql = "UPDATE asaas_accounts SET balance_centavos = balance_centavos + ?2 WHERE id = ?1";
    transaction.execute(sql, params![account, centavos])?;
    Ok(())
}

pub(super) fn insert_customer(
    transaction: &Transaction<'_>,
    account: &str,
    customer: &Customer,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO asaas_customers (id, account, body) VALUES (?1, ?2, ?3)",
        params![customer.id, account, json(customer)?],
    )?;
    Ok(())
}

/// All customers of an account, newest first.
pub(super) fn customers(
    transaction: &Transaction<'_>,
    account: &str,
) -> rusqlite::Result<Vec<Customer>> {
    let sql = "SELECT body FROM asaas_customers WHERE account = ?1 ORDER BY position DESC";
    let mut statement = transaction.prepare_cached(sql)?;
    statement.query_map([account], body)?.collect()
}

pub(super) fn insert_payment(
    transaction: &Transaction<'_>,
    payment: &Payment,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO asaas_payments (id, account, external_reference, body) VALUES (?1, ?2, ?3, ?4)",
        params![
            payment.id,
            payment.account,
            payment.external_reference,
            json(payment)?
        ],
    )?;
    Ok(())
}

pub(super) fn update_payment(
    transaction: &Transaction<'_>,
    payment: &Payment,
) -> rusqlite::Result<()> {
    let sql = "UPDATE asaas_payments SET body = ?2 WHERE id = ?1";
    transaction.execute(sql, params![payment.id, json(payment)?])?;
    Ok(())
}

/// A charge of this account.
pub(super) fn payment_of(
    transaction: &Transaction<'_>,
    account: &Account,
    id: &str,
) -> Result<Payment, AsaasError> {
    payment(transaction, id)?
        .filter(|payment| payment.account == account.id)
        .ok_or(AsaasError::NotFound)
}

/// A charge of any account.
pub(super) fn payment(
    transaction: &Transaction<'_>,
    id: &str,
) -> rusqlite::Result<Option<Payment>> {
    let sql = "SELECT body FROM asaas_payments WHERE id = ?1";
    transaction.query_row(sql, [id], body).optional()
}

/// The charges of any account with this reference, newest first.
pub(super) fn payments_by_reference(
    transaction: &Transaction<'_>,
    reference: &str,
) -> rusqlite::Result<Vec<Payment>> {
    let sql =
        "SELECT body FROM asaas_payments WHERE external_reference = ?1 ORDER BY position DESC";
    let mut statement = transaction.prepare_cached(sql)?;
    statement.query_map([reference], body)?.collect()
}

/// All charges of an account, newest first.
pub(super) fn payments(
    transaction: &Transaction<'_>,
    account: &str,
) -> rusqlite::Result<Vec<Payment>> {
    let sql = "SELECT body FROM asaas_payments WHERE account = ?1 ORDER BY position DESC";
    let mut statement = transaction.prepare_cached(sql)?;
    statement.query_map([account], body)?.collect()
}

/// The column `body` as what it holds.
pub(super) fn body<T: DeserializeOwned>(row: &Row<'_>) -> rusqlite::Result<T> {
    let text: String = row.get("body")?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

pub(super) fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
