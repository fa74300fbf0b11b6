//! The simulator's rows.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use super::model::{Account, MadeContent, Message, Step};

/// How far back a list looks.
const LIST_MAX: usize = 1_000;

pub(super) fn put_account(
    transaction: &Transaction<'_>,
    account: &Account,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO twilio_accounts (sid, body) VALUES (?1, ?2) ON CONFLICT (sid) DO UPDATE SET body = ?2",
        params![account.sid, json(account)?],
    )?;
    Ok(())
}

pub(super) fn account(
    transaction: &Transaction<'_>,
    sid: &str,
) -> rusqlite::Result<Option<Account>> {
    let sql = "SELECT body FROM twilio_accounts WHERE sid = ?1";
    transaction.query_row(sql, [sid], body).optional()
}

/// The account that owns a number.
pub(super) fn account_of_sender(
    transaction: &Transaction<'_>,
    address: &str,
) -> rusqlite::Result<Option<Account>> {
    let accounts: Vec<Account> = transaction
        .prepare_cached("SELECT body FROM twilio_accounts ORDER BY sid")?
        .query_map([], body)?
        .collect::<Result<_, _>>()?;
    Ok(accounts.into_iter().find(|account| {
        account
            .senders
            .iter()
            .any(|sender| sender.address == address)
    }))
}

pub(super) fn insert_message(
    transaction: &Transaction<'_>,
    message: &Message,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO twilio_messages (sid, account, sender, recipient, inbound, created, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            message.sid,
            message.account,
            message.from,
            message.to,
            message.inbound,
            message.created.as_millisecond(),
            json(message)?
        ],
    )?;
    Ok(())
}

pub(super) fn update_message(
    transaction: &Transaction<'_>,
    message: &Message,
) -> rusqlite::Result<()> {
    let sql = "UPDATE twilio_messages SET body = ?2 WHERE sid = ?1";
    transaction.execute(sql, params![message.sid, json(message)?])?;
    Ok(())
}

pub(super) fn message(
    transaction: &Transaction<'_>,
    sid: &str,
) -> rusqlite::Result<Option<Message>> {
    let sql = "SELECT body FROM twilio_messages WHERE sid = ?1";
    transaction.query_row(sql, [sid], body).optional()
}

/// Messages of an account (or of all), newest first.
pub(super) fn messages(
    transaction: &Transaction<'_>,
    account: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
) -> rusqlite::Result<Vec<Message>> {
    transaction
        .prepare_cached(
            "SELECT body FROM twilio_messages
             WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR sender = ?2) AND (?3 IS NULL OR recipient = ?3)
             ORDER BY position DESC LIMIT ?4",
        )?
        .query_map(params![account, from, to, LIST_MAX], body)?
        .collect()
}

pub(super) fn insert_content(
    transaction: &Transaction<'_>,
    content: &MadeContent,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO twilio_contents (sid, account, body) VALUES (?1, ?2, ?3)",
        params![content.sid, content.account, json(content)?],
    )?;
    Ok(())
}

/// The contents of an account, oldest first.
pub(super) fn contents(
    transaction: &Transaction<'_>,
    account: &str,
) -> rusqlite::Result<Vec<MadeContent>> {
    transaction
        .prepare_cached("SELECT body FROM twilio_contents WHERE account = ?1 ORDER BY position")?
        .query_map([account], body)?
        .collect()
}

/// What a customer and a number wrote to each other, the last messages, oldest first.
pub(super) fn chat(
    transaction: &Transaction<'_>,
    customer: &str,
    number: &str,
    limit: usize,
) -> rusqlite::Result<Vec<Message>> {
    let mut messages: Vec<Message> = transaction
        .prepare_cached(
            "SELECT body FROM twilio_messages
             WHERE (sender = ?1 AND recipient = ?2) OR (sender = ?2 AND recipient = ?1)
             ORDER BY position DESC LIMIT ?3",
        )?
        .query_map(params![customer, number, limit], body)?
        .collect::<Result<_, _>>()?;
    messages.reverse();
    Ok(messages)
}

/// Customers and the numbers that they wrote to or were written to from, the last chat first.
pub(super) fn chats(
    transaction: &Transaction<'_>,
    limit: usize,
) -> rusqlite::Result<Vec<(String, String)>> {
    transaction
        .prepare_cached(
            "SELECT CASE WHEN inbound THEN sender ELSE recipient END AS customer,
                    CASE WHEN inbound THEN recipient ELSE sender END AS number, max(position) AS last
             FROM twilio_messages GROUP BY customer, number ORDER BY last DESC LIMIT ?1",
        )?
        .query_map(params![limit], |row| Ok((row.get("customer")?, row.get("number")?)))?
        .collect()
}

/// Whether this customer wrote to this number since `since`.
pub(super) fn wrote_since(
    transaction: &Transaction<'_>,
    customer: &str,
    number: &str,
    since: Timestamp,
) -> rusqlite::Result<bool> {
    transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM twilio_messages
         WHERE sender = ?1 AND recipient = ?2 AND inbound AND created >= ?3)",
        params![customer, number, since.as_millisecond()],
        |row| row.get(0),
    )
}

pub(super) fn plan(
    transaction: &Transaction<'_>,
    message: &str,
    step: Step,
    due: i64,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO twilio_steps (message, body, due) VALUES (?1, ?2, ?3)",
        params![message, json(&step)?, due],
    )?;
    Ok(())
}

/// A step that is due.
pub(super) struct Due {
    pub(super) position: i64,
    pub(super) message: String,
    /// Whose phone it is about.
    pub(super) customer: String,
    pub(super) step: Step,
}

/// The steps that are due, in the order of their time, and when the next one is.
pub(super) fn due(
    transaction: &Transaction<'_>,
    now: i64,
) -> rusqlite::Result<(Vec<Due>, Option<i64>)> {
    let due = transaction
        .prepare_cached(
            "SELECT step.position, step.message, step.body,
                 CASE WHEN inbound THEN sender ELSE recipient END AS customer
             FROM twilio_steps AS step JOIN twilio_messages ON sid = step.message
             WHERE due <= ?1 ORDER BY due, step.position",
        )?
        .query_map([now], |row| {
            Ok(Due {
                position: row.get("position")?,
                message: row.get("message")?,
                customer: row.get("customer")?,
                step: body(row)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    let sql = "SELECT min(due) FROM twilio_steps WHERE due > ?1";
    let next = transaction.query_row(sql, [now], |row| row.get(0))?;
    Ok((due, next))
}

/// A step is over.
pub(super) fn finish(transaction: &Transaction<'_>, position: i64) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM twilio_steps WHERE position = ?1", [position])?;
    Ok(())
}

fn body<T: DeserializeOwned>(row: &Row<'_>) -> rusqlite::Result<T> {
    let text: String = row.get("body")?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
