//! Twilio's webhook (providers §2.1, §2.5): what customers write, and how far our own messages got.
//!
//! The tenant is found by the address on our side, whose token then proves who speaks (T1). What a customer wrote opens the
//! 24-hour window, and goes to the talk.

use std::sync::Arc;

use comanda_domain::{
    keys::Key,
    people::ChannelAddress,
    planted::{Fault as Planted, planted},
    store::StoreConfig,
    tables,
    talk::Said,
};
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
        NotificationRow, NotificationState, ReceiptRow, decide, load, put, put_if_absent,
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

/// The fields of a call, if whoever signed it knows `key`: what the channel's contract is about.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn authentic_form(
    request: &WebhookRequest,
    key: &secrecy::SecretString,
) -> Option<std::collections::BTreeMap<String, String>> {
    let form = parse_form(&request.body);
    let authentic = is_authentic(request, &form, key);
    authentic.then(|| {
        let fields = form.into_iter();
        fields
            .filter_map(|(name, values)| Some((name, values.into_iter().next()?)))
            .collect()
    })
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

    /// What the customer said. A button's id is `ButtonPayload`; a list item's is `ListId` (from memory, not from Twilio's
    /// documents), and what is tapped carries its title as `Body` as well.
    fn said(&self) -> Said {
        let first = |names: [&str; 3]| {
            let mut values = names.iter().map(|name| self.field(name));
            values.find(|value| !value.is_empty()).unwrap_or_default()
        };
        let says = first(["ButtonPayload", "ListId", ""]);
        if !says.is_empty() {
            return Said::Choice {
                says: says.to_owned(),
                title: first(["ButtonText", "ListTitle", "Body"]).to_owned(),
            };
        }
        let body = self.field("Body");
        let media = self.field("MediaContentType0");
        if !media.is_empty()
            || self
                .field("NumMedia")
                .parse()
                .is_ok_and(|count: u32| count > 0)
        {
            return Said::Media {
                kind: media.split('/').next().unwrap_or_default().to_owned(),
                caption: body.to_owned(),
            };
        }
        if body.is_empty() {
            return Said::Other;
        }
        Said::Text(body.to_owned())
    }
}

async fn take(ports: &Ports, request: &WebhookRequest, call: &Call) -> Result<bool, Fault> {
    let Some(store) = store_of(ports, call.ours()).await? else {
        return Ok(false);
    };
    let token = secret(ports, &store.client_id, &store.secrets.messaging_token).await?;
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

async fn store_of(ports: &Ports, address: &str) -> Result<Option<Arc<StoreConfig>>, Fault> {
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
    let message = InboundMessage::new(call.field("MessageSid"), call.said(), now);
    let ours =
        ChannelAddress::new(call.ours()).map_err(|error| Fault::unexpected(error.to_string()))?;
    decide::<ConversationRow, (), Fault, _>(ports, || async {
        let key = ConversationRow::key_of(&store.client_id, customer, ours.as_str());
        let talk: Option<ConversationRow> = load(ports.store.as_ref(), &key).await?;
        let write = match talk {
            None => {
                let mut talk = ConversationRow::new(&store.client_id, (customer, &ours), now, 1);
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
    let code = call.field("ErrorCode").parse().ok();
    let Some(key) = intent_of(ports, store, sid, (status, code)).await? else {
        // Reports of the first moments overtake our own record; those that follow tell the same and more.
        let is_early = status < DeliveryStatus::Delivered;
        if is_early || is_one_on_its_way(ports, store, customer).await? {
            return Ok(());
        }
        let id = format!("{sid}-{word}");
        return set_aside(ports, store, call, &id, "no message of ours has this id").await;
    };
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
            DeliveryStatus::Failed if !planted(Planted::FailureUnseen) => {
                after_failure(ports, store, row, code).await?
            }
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

/// The intent that a message was sent for. A failure that is faster than the receipt is kept under the message's id, where
/// whoever writes the receipt finds it: the channel does not tell it again.
async fn intent_of(
    ports: &Ports,
    store: &StoreConfig,
    sid: &str,
    (status, code): (DeliveryStatus, Option<u32>),
) -> Result<Option<Key>, Fault> {
    let tenant = &store.client_id;
    let receipt = if status == DeliveryStatus::Failed {
        let failed = ReceiptRow::failed(tenant, sid, code, ports.clock.now());
        let (receipt, _) = put_if_absent(ports.store.as_ref(), &failed).await?;
        Some(receipt)
    } else {
        load::<ReceiptRow>(ports.store.as_ref(), &ReceiptRow::key_of(tenant, sid)).await?
    };
    Ok(receipt.and_then(|receipt| receipt.intent()))
}

/// Whether there is a message to this customer whose receipt is not written yet. An index lags: this only decides whether a
/// person is shown a report that was placed nowhere.
async fn is_one_on_its_way(
    ports: &Ports,
    store: &StoreConfig,
    customer: &ChannelAddress,
) -> Result<bool, Fault> {
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
    for row in &page.items {
        if row.read::<NotificationRow>()?.state == NotificationState::Intended {
            return Ok(true);
        }
    }
    Ok(false)
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
