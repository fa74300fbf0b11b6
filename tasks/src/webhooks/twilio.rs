//! Twilio's webhook (providers §2.1, §2.5): what customers write, and how far our own messages got.
//!
//! The tenant is found by the address on our side, whose token then proves who speaks (T1). What a customer wrote opens the
//! 24-hour window, and goes to the talk.

use comanda_domain::{people::ChannelAddress, store::StoreConfig, tables};
use serde_json::Value;

use super::signature::{Form, is_authentic, parse_form};
use crate::{
    fault::Fault,
    http::{Answer, WebhookRequest},
    parking::{PARKING, Stray, id_of, park},
    parts,
    ports::{
        Condition, Ports, Query,
        guarded::{Uses, guarded},
    },
    rows::{
        ChannelRouteRow, ConversationRow, Decision, DeliveryStatus, InboundMessage,
        NotificationRow, NotificationState, decide, load, put,
    },
    shop::{load_store, secret},
    talk::{TALK, hear_message},
    tell::{after_failure, say_again},
};

pub(crate) const USES: &[Uses] = &[
    parts::STORE,
    parts::TELL,
    PARKING,
    TALK,
    Uses {
        reads: &[&tables::CHANNEL_ROUTES, &tables::ORDERS],
        writes: &[&tables::CONVERSATIONS],
        secrets: true,
        ..Uses::NOTHING
    },
];

const SOURCE: &str = "twilio";
/// Far more than a form of Twilio's has; a body is parsed before it is known who sent it.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// A report is about one of the last messages that the customer got.
const REPORTED_MESSAGES: usize = 100;

/// Takes an inbound message or a status report. 200 with no body, 403 where the signature is not right.
pub async fn receive(ports: &Ports, request: &WebhookRequest) -> Answer {
    let ports = guarded(ports, USES);
    if request.body.len() > BODY_BYTES_MAX {
        return Answer::error(413, "TOO_LARGE", "the body is too large", None);
    }
    let form = parse_form(&request.body);
    let call = Call {
        is_report: form.contains_key("MessageStatus"),
        form,
    };
    match take(&ports, request, &call).await {
        // Twilio reads a body as instructions; there are none.
        Ok(true) => Answer::ok(Value::Null),
        Ok(false) => forbidden(),
        Err(fault) => fault.into(),
    }
}

struct Call {
    form: Form,
    is_report: bool,
}

impl Call {
    fn field(&self, name: &str) -> &str {
        let values = self.form.get(name);
        values
            .and_then(|values| values.first())
            .map_or("", String::as_str)
    }

    /// Our own address: written to by customers, written from by us.
    fn ours(&self) -> &str {
        self.field(if self.is_report { "From" } else { "To" })
    }

    fn customers(&self) -> &str {
        self.field(if self.is_report { "To" } else { "From" })
    }
}

async fn take(ports: &Ports, request: &WebhookRequest, call: &Call) -> Result<bool, Fault> {
    let Some(store) = store_of(ports, call.ours()).await? else {
        return Ok(false);
    };
    let token = secret(ports, &store.secrets.messaging_token).await?;
    if !is_authentic(request, &call.form, &token) {
        return Ok(false);
    }
    let (Ok(customer), false) = (
        ChannelAddress::new(call.customers()),
        call.field("MessageSid").is_empty(),
    ) else {
        let reason = "the call names no message or no customer";
        set_aside(ports, &store, call, &id_of(&request.body), reason).await?;
        return Ok(true);
    };
    if call.is_report {
        report(ports, &store, &customer, call).await?;
    } else {
        keep(ports, &store, &customer, call).await?;
    }
    Ok(true)
}

async fn store_of(ports: &Ports, address: &str) -> Result<Option<StoreConfig>, Fault> {
    let Ok(address) = ChannelAddress::new(address) else {
        return Ok(None);
    };
    let key = ChannelRouteRow::key_of(&address);
    let Some(route) = load::<ChannelRouteRow>(ports.store.as_ref(), &key).await? else {
        return Ok(None);
    };
    Ok(Some(
        load_store(ports, &route.client_id, &route.store_id).await?,
    ))
}

/// What a customer wrote, once, and the window that it opens.
async fn keep(
    ports: &Ports,
    store: &StoreConfig,
    customer: &ChannelAddress,
    call: &Call,
) -> Result<(), Fault> {
    let now = ports.clock.now();
    let message = InboundMessage::new(call.field("MessageSid"), call.field("Body"), now);
    decide::<ConversationRow, (), Fault, _>(ports, || async {
        let key = ConversationRow::key_of(&store.client_id, customer);
        let talk: Option<ConversationRow> = load(ports.store.as_ref(), &key).await?;
        let write = match talk {
            None => {
                let mut talk = ConversationRow::new(&store.client_id, customer, now, 1);
                talk.recent.push(message.clone());
                put(&talk, Condition::Absent)?
            }
            Some(talk) => {
                let before = talk.version;
                match talk.hearing(message.clone()) {
                    // Heard before: the channel repeats itself.
                    None => return Ok(Decision::Stands(())),
                    Some(talk) => put(&talk, Condition::Version(before))?,
                }
            }
        };
        Ok(Decision::Write(vec![write], ()))
    })
    .await?;
    hear_message(ports, store, customer, message).await
}

/// How far one of our messages got. Reports come in any order, and a message never goes back.
async fn report(
    ports: &Ports,
    store: &StoreConfig,
    customer: &ChannelAddress,
    call: &Call,
) -> Result<(), Fault> {
    let (sid, word) = (call.field("MessageSid"), call.field("MessageStatus"));
    let Some(status) = DeliveryStatus::parse(word) else {
        return Ok(());
    };
    let key = message_key(ports, store, customer, sid).await?;
    let Some(key) = key else {
        // Reports of the first moments overtake our own record; those that follow tell the same and more.
        if status >= DeliveryStatus::Delivered {
            let id = format!("{sid}-{word}");
            set_aside(ports, store, call, &id, "the message is none of ours").await?;
        }
        return Ok(());
    };
    let code = call.field("ErrorCode").parse().ok();
    let unsaid = decide::<NotificationRow, Option<NotificationRow>, Fault, _>(ports, || async {
        let row: Option<NotificationRow> = load(ports.store.as_ref(), &key).await?;
        let Some(row) = row else {
            return Ok(Decision::Stands(None));
        };
        if row.message_id.as_deref() != Some(sid) {
            // It goes by another id since it failed; it may still have to be said.
            let unsaid = row.state == NotificationState::Intended;
            return Ok(Decision::Stands(unsaid.then_some(row)));
        }
        let is_news = row
            .delivery
            .is_none_or(|before| before.is_overtaken_by(status));
        if !is_news {
            return Ok(Decision::Stands(None));
        }
        let before = row.version;
        let row = NotificationRow {
            delivery: Some(status),
            refusal_code: code.or(row.refusal_code),
            version: before + 1,
            ..row
        };
        let (row, mut writes) = match status {
            DeliveryStatus::Failed => after_failure(ports, store, row, code).await?,
            _ => (row, Vec::new()),
        };
        writes.push(put(&row, Condition::Version(before))?);
        let unsaid = row.state == NotificationState::Intended;
        Ok(Decision::Write(writes, unsaid.then_some(row)))
    })
    .await?;
    match unsaid {
        Some(row) => say_again(ports, store, row).await,
        None => Ok(()),
    }
}

/// The key of a message of ours, by the channel's id for it. The index only finds it; the row is read again.
async fn message_key(
    ports: &Ports,
    store: &StoreConfig,
    customer: &ChannelAddress,
    sid: &str,
) -> Result<Option<comanda_domain::keys::Key>, Fault> {
    let page = ports
        .store
        .query(Query {
            table: &tables::NOTIFICATIONS,
            index: Some(&tables::notifications::BY_CHANNEL_ADDRESS),
            partition: NotificationRow::of_customer(&store.client_id, customer),
            sort_prefix: None,
            descending: true,
            limit: REPORTED_MESSAGES,
            start: None,
        })
        .await?;
    for item in page.items {
        let row: NotificationRow = tables::from_item(item)?;
        let ids = [&row.message_id, &row.failed_message_id];
        if ids.into_iter().any(|id| id.as_deref() == Some(sid)) {
            return Ok(Some(tables::Row::key(&row)));
        }
    }
    Ok(None)
}

async fn set_aside(
    ports: &Ports,
    store: &StoreConfig,
    call: &Call,
    event_id: &str,
    reason: &str,
) -> Result<(), Fault> {
    let stray = Stray {
        source: SOURCE,
        event_id,
        event: if call.is_report { "STATUS" } else { "MESSAGE" },
        subject: call.field("MessageSid"),
        reason,
    };
    park(ports, &store.client_id, &stray).await
}

fn forbidden() -> Answer {
    Answer::error(
        403,
        "SIGNATURE_REFUSED",
        "the request is not signed by the account of the address it is about",
        Some("the public address of this webhook must be exactly the one that Twilio calls"),
    )
}
