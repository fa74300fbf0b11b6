//! Delivers events as the provider does: in order, one at a time, until we answer exactly 200; after fifteen failures
//! the account's queue is paused until somebody resumes it (providers §1.8).

use std::time::Duration;

use comanda_tasks::testing::seconds_after;
use futures::future::join_all;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Asaas, error::AsaasError, model::Account, refunds, rows};

/// A look without being woken, should a wake-up be missed.
const IDLE: Duration = Duration::from_secs(60);

/// The first undelivered event of one account.
struct Pending {
    position: i64,
    account: Account,
    body: String,
    due: i64,
    failures: u32,
}

pub(super) async fn run(asaas: &Asaas) {
    loop {
        let now = Timestamp::now().as_millisecond();
        let round = asaas.database.transact(|transaction| {
            let next_refund = refunds::finish_due(asaas, transaction, now)?;
            Ok::<_, AsaasError>((next_refund, pending(transaction)?))
        });
        let next = match round {
            Ok((next_refund, pending)) => {
                let (due, later): (Vec<_>, Vec<_>) =
                    pending.into_iter().partition(|event| event.due <= now);
                let next_event = later.iter().map(|event| event.due).min();
                if !due.is_empty() {
                    // One event per account, all accounts at once: a slow tenant holds up another for one answer at the most.
                    join_all(due.into_iter().map(|event| deliver(asaas, event))).await;
                    continue;
                }
                next_event.into_iter().chain(next_refund).min()
            }
            Err(error) => {
                tracing::error!(%error, "the Asaas simulator cannot read its events");
                None
            }
        };
        let wait = next.map_or(IDLE, |next| {
            Duration::from_millis(u64::try_from(next - now).unwrap_or_default()).min(IDLE)
        });
        // A wake-up that came since the look above is kept by `Notify` and ends the wait at once.
        let _ = tokio::time::timeout(wait, asaas.wake.notified()).await;
    }
}

fn pending(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<Pending>> {
    let accounts: Vec<Account> = transaction
        .prepare_cached("SELECT body FROM asaas_accounts WHERE interrupted = 0 ORDER BY id")?
        .query_map([], rows::body)?
        .collect::<Result<_, _>>()?;
    let mut pending = Vec::new();
    for account in accounts {
        let first = transaction
            .prepare_cached(
                "SELECT position, body, due, failures FROM asaas_events
                 WHERE account = ?1 AND delivered IS NULL ORDER BY position LIMIT 1",
            )?
            .query_row([&account.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        if let Some((position, body, due, failures)) = first {
            pending.push(Pending {
                position,
                account,
                body,
                due,
                failures,
            });
        }
    }
    Ok(pending)
}

async fn deliver(asaas: &Asaas, event: Pending) {
    let answer = asaas
        .client
        .post(&event.account.webhook_url)
        .header("asaas-access-token", &event.account.webhook_token)
        .header("content-type", "application/json")
        .body(event.body)
        .send()
        .await;
    // Only 200 counts, not 201 or 204.
    let taken = answer.is_ok_and(|answer| answer.status().as_u16() == 200);
    let now = Timestamp::now().as_millisecond();
    let noted = asaas.database.transact(|transaction| {
        if taken {
            let sql = "UPDATE asaas_events SET delivered = ?2 WHERE position = ?1";
            return transaction.execute(sql, params![event.position, now]);
        }
        let failures = event.failures + 1;
        let wait = wait_millis(asaas, failures);
        if wait.is_none() {
            let sql = "UPDATE asaas_accounts SET interrupted = 1 WHERE id = ?1";
            transaction.execute(sql, [&event.account.id])?;
        }
        let due = now.saturating_add(wait.unwrap_or_default());
        let sql = "UPDATE asaas_events SET failures = ?2, due = ?3 WHERE position = ?1";
        transaction.execute(sql, params![event.position, failures, due])
    });
    if let Err(error) = noted {
        tracing::error!(%error, "the Asaas simulator cannot note a delivery");
        tokio::time::sleep(IDLE).await;
    }
}

/// `None` where the account's queue is to be paused.
fn wait_millis(asaas: &Asaas, failures: u32) -> Option<i64> {
    let seconds = seconds_after(usize::try_from(failures).unwrap_or(usize::MAX))?;
    Some(i64::from(seconds) * 1_000 / i64::from(asaas.pace.ladder_divisor.max(1)))
}

/// Resumes all paused queues and makes what waits due now.
pub(super) fn resume(transaction: &Transaction<'_>) -> rusqlite::Result<usize> {
    transaction.execute("UPDATE asaas_accounts SET interrupted = 0", [])?;
    transaction.execute(
        "UPDATE asaas_events SET failures = 0, due = 0 WHERE delivered IS NULL",
        [],
    )
}
