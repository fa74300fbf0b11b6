//! Telling a customer something once: intent row, send, receipt (RELIABILITY N1 to N4).
//!
//! The channel has no idempotency key, so an intent without a receipt is looked up at the channel before it is sent
//! again. What is said is the caller's business; this decides whether, and as text or as a template.

use comanda_domain::{order::Order, people::ChannelAddress, store::StoreConfig};
use jiff::{SignedDuration, Timestamp};

use crate::{
    fault::Fault,
    ports::{ChannelError, Condition, Content, OutboundMessage, Ports, Sender},
    rows::{
        ConversationRow, NotificationRow, NotificationState, load, load_all, put, put_if_absent,
        write,
    },
    shop::sender,
};

/// The channel's clock and ours may differ by this much.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Outside the 24-hour window without an approved template: the channel's own code for it.
const OUTSIDE_WINDOW: u32 = 63_016;

/// Something to say.
pub(crate) struct Saying {
    /// What kind of thing it is, unique for its order: `STATUS#CONFIRMED`, `PAYMENT#PIX_CODE#1`.
    pub kind: String,
    /// As the customer reads it.
    pub text: String,
}

/// Whom it is about and who hears it.
pub(crate) struct Hearer<'a> {
    /// The store that speaks.
    pub store: &'a StoreConfig,
    /// The order that it is about.
    pub subject: &'a str,
    /// Who hears it.
    pub address: &'a ChannelAddress,
}

/// Tells the customer of an order.
pub(crate) async fn tell(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
    saying: Saying,
) -> Result<(), Fault> {
    let hearer = Hearer {
        store,
        subject: order.order_id.as_str(),
        address: &order.channel_address,
    };
    tell_hearer(ports, &hearer, saying).await
}

/// Tells a customer who may have no order yet.
pub(crate) async fn tell_hearer(
    ports: &Ports,
    hearer: &Hearer<'_>,
    saying: Saying,
) -> Result<(), Fault> {
    let intent = NotificationRow {
        client_id: hearer.store.client_id.clone(),
        store_id: hearer.store.store_id.clone(),
        subject_id: hearer.subject.to_owned(),
        kind: saying.kind,
        channel_address: hearer.address.clone(),
        text: saying.text,
        state: NotificationState::Intended,
        message_id: None,
        refusal_code: None,
        delivery: None,
        version: 1,
        created_at: ports.clock.now(),
    };
    let (row, is_new) = put_if_absent(ports.store.as_ref(), &intent).await?;
    if row.state != NotificationState::Intended {
        return Ok(());
    }
    let content = content(ports, hearer.store, &row).await?;
    let Some(content) = content else {
        return record(ports, row, Err(OUTSIDE_WINDOW)).await;
    };
    let sender = sender(ports, hearer.store, hearer.address).await?;
    if !is_new && let Some(id) = find_sent(ports, &sender, &row).await? {
        return record(ports, row, Ok(id)).await;
    }
    let message = OutboundMessage {
        to: row.channel_address.as_str().to_owned(),
        content,
        status_callback: None,
    };
    match ports.channel.send(&sender, &message).await {
        Ok(id) => record(ports, row, Ok(id)).await,
        Err(ChannelError::Refused { code }) => record(ports, row, Err(code)).await,
        Err(ChannelError::Outage(outage)) => Err(outage.into()),
    }
}

/// Free text inside the window, the store's approved template outside, `None` where there is neither.
async fn content(
    ports: &Ports,
    store: &StoreConfig,
    row: &NotificationRow,
) -> Result<Option<Content>, Fault> {
    let key = ConversationRow::key_of(&row.client_id, &row.channel_address);
    let conversation: Option<ConversationRow> = load(ports.store.as_ref(), &key).await?;
    if conversation.is_some_and(|talk| talk.is_open_at(ports.clock.now())) {
        return Ok(Some(Content::Text(row.text.clone())));
    }
    Ok(template_of(store, &row.kind).map(|id| Content::Template {
        id: id.to_owned(),
        variables: vec![row.text.clone()],
    }))
}

/// The template for a kind: its own (`STATUS#READY`), else that of all its sort (`STATUS`).
fn template_of<'a>(store: &'a StoreConfig, kind: &str) -> Option<&'a str> {
    let mut kind = kind;
    loop {
        if let Some(id) = store.channel_templates.get(kind) {
            return Some(id);
        }
        kind = kind.rsplit_once('#')?.0;
    }
}

/// The channel's id of a message whose answer was lost: same text, and not the receipt of another message.
async fn find_sent(
    ports: &Ports,
    sender: &Sender,
    row: &NotificationRow,
) -> Result<Option<String>, Fault> {
    let since = earlier(row.created_at, CLOCK_SKEW);
    let to = row.channel_address.as_str();
    let sent = ports.channel.sent_since(sender, to, since).await?;
    let subject = NotificationRow::of_subject(&row.client_id, &row.subject_id);
    let others: Vec<NotificationRow> = load_all(ports.store.as_ref(), subject).await?;
    let is_anothers = |id: &str| {
        others
            .iter()
            .any(|other| other.message_id.as_deref() == Some(id))
    };
    let same = |body: &str| body == row.text || body.ends_with(&row.text);
    Ok(sent
        .into_iter()
        .find(|message| same(&message.body) && !is_anothers(&message.id))
        .map(|message| message.id))
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// Writes the receipt. Somebody else's receipt for the same intent is as good.
async fn record(
    ports: &Ports,
    row: NotificationRow,
    result: Result<String, u32>,
) -> Result<(), Fault> {
    let before = row.version;
    let mut row = row;
    row.version += 1;
    match result {
        Ok(id) => {
            row.state = NotificationState::Sent;
            row.message_id = Some(id);
        }
        Err(code) => {
            row.state = NotificationState::Refused;
            row.refusal_code = Some(code);
        }
    }
    let receipt = put(&row, Condition::Version(before))?;
    write(ports.store.as_ref(), vec![receipt]).await?;
    Ok(())
}
