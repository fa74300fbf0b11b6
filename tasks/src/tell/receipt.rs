//! What became of a message that was handed over: its receipt, found again where the answer was lost.

use comanda_domain::{store::StoreConfig, tables::Row};
use jiff::{SignedDuration, Timestamp};

use super::{after_failure, being_said, failure_of};
use crate::{
    fault::Fault,
    ports::{ChannelError, Condition, Ports, Sender},
    raise::raised,
    rows::{
        Decision, DeliveryStatus, Known, NotificationRow, NotificationState, ReceiptRow, decide,
        load, put, write,
    },
    shop::call_person,
};

/// The channel's clock and ours may differ by this much.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// The channel's id of a message whose answer was lost: same text, and no receipt that it is another's.
pub(super) async fn find_sent(
    ports: &Ports,
    (store, sender): (&StoreConfig, &Sender),
    row: &NotificationRow,
) -> Result<Option<String>, Fault> {
    let since = earlier(row.created_at, CLOCK_SKEW);
    let to = row.channel_address.as_str();
    let sent = ports.channel.sent_since(sender, to, since).await;
    let sent = known_to(ports, store, sent).await??;
    for message in sent {
        if !row.is_said_by(&message.body) {
            continue;
        }
        let key = ReceiptRow::key_of(&row.client_id, &message.id);
        let receipt: Option<ReceiptRow> = load(ports.store.as_ref(), &key).await?;
        if receipt.is_none_or(|receipt| receipt.intent().is_none()) {
            return Ok(Some(message.id));
        }
    }
    Ok(None)
}

/// The channel's answer. One that does not know the account is away until somebody puts that right: a person is called to it, once
/// for all messages.
pub(super) async fn known_to<T>(
    ports: &Ports,
    store: &StoreConfig,
    answer: Result<T, ChannelError>,
) -> Result<Result<T, ChannelError>, Fault> {
    if let Err(unaccepted @ ChannelError::Unauthorised) = &answer {
        let token = store.secrets.messaging_token.as_str();
        call_person(ports, &store.client_id, token, &unaccepted.to_string()).await?;
    }
    Ok(answer)
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// Writes that the channel refused it, for a person to see. Somebody else's receipt for the same intent is as good.
pub(super) async fn refuse(
    ports: &Ports,
    row: NotificationRow,
    code: u32,
) -> Result<Option<NotificationRow>, Fault> {
    let before = row.version;
    let row = NotificationRow {
        state: NotificationState::Refused,
        refusal_code: Some(code),
        version: before + 1,
        ..row
    };
    decide::<NotificationRow, (), Fault, _>(ports, || async {
        if !is_still_at(ports, &row, before).await? {
            return Ok(Decision::Stands(()));
        }
        let seen = raised(ports, &failure_of(ports, &row)).await?;
        let writes = vec![put(&row, Condition::Version(before))?, seen];
        Ok(Decision::Write(writes, ()))
    })
    .await?;
    Ok(None)
}

/// Whether nobody else has written it: what is written with it may be refused for an alarm that changed, and is then written again.
async fn is_still_at(ports: &Ports, row: &NotificationRow, version: u64) -> Result<bool, Fault> {
    let known: Option<NotificationRow> = load(ports.store.as_ref(), &row.key()).await?;
    Ok(known.is_some_and(|known| known.version == version))
}

/// Writes the receipt: in the intent, and by the channel's id. Somebody else's receipt for the same intent is as good. Where
/// a report of failure was faster, what follows from it is decided here, because nobody repeats it; answers what is then to
/// be said again.
pub(super) async fn record(
    ports: &Ports,
    store: &StoreConfig,
    row: NotificationRow,
    id: String,
) -> Result<Option<NotificationRow>, Fault> {
    let before = row.version;
    let receipt = ReceiptRow::sent(&row, &id, ports.clock.now());
    let row = NotificationRow {
        state: NotificationState::Sent,
        message_id: Some(id),
        version: before + 1,
        ..row
    };
    let writes = vec![
        put(&row, Condition::Version(before))?,
        put(&receipt, Condition::Absent)?,
    ];
    if write(ports.store.as_ref(), writes).await? {
        return Ok(None);
    }
    let known: Option<ReceiptRow> = load(ports.store.as_ref(), &receipt.key()).await?;
    let code = match known {
        None => return Ok(None),
        Some(known) if known.intent() == receipt.intent() => return Ok(None),
        Some(ReceiptRow {
            known: Known::Failed { code },
            ..
        }) => code,
        // Another intent of the same words was it; this one is looked up once more.
        Some(_) => return Err(being_said()),
    };
    let row = NotificationRow {
        delivery: Some(DeliveryStatus::Failed),
        refusal_code: code,
        ..row
    };
    decide::<NotificationRow, Option<NotificationRow>, Fault, _>(ports, || async {
        if !is_still_at(ports, &row, before).await? {
            return Ok(Decision::Stands(None));
        }
        let (row, mut writes) = after_failure(ports, store, row.clone(), code).await?;
        writes.push(put(&row, Condition::Version(before))?);
        writes.push(put(&receipt, Condition::Present)?);
        let unsaid = row.state == NotificationState::Intended;
        Ok(Decision::Write(writes, unsaid.then_some(row)))
    })
    .await
}
