//! Moves messages on when their time comes, and calls us back, signed. One try each, as at the real one (providers
//! §2.1), unless the address asks for more: a callback that we miss is missed.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use jiff::Timestamp;

use super::{
    Client, Twilio,
    model::{Message, Status, Step},
    rows::{self, Due},
    signature::sign,
};

/// A look without being woken, should a wake-up be missed.
const IDLE: Duration = Duration::from_secs(60);
/// Before what could not be read, written or brought is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// Twilio repeats a call no more often than that.
const AGAIN_MAX: u32 = 5;

/// A call to one of our webhooks.
struct Call {
    url: String,
    auth_token: String,
    form: Vec<(String, String)>,
}

/// One customer's steps in order, different customers' beside each other: whom we answer late holds up nobody else.
pub(super) async fn run(twilio: &Twilio) {
    let mut lanes = FuturesUnordered::new();
    let mut busy: BTreeSet<String> = BTreeSet::new();
    loop {
        let (due, wait) = look(twilio);
        for (customer, steps) in due {
            if busy.insert(customer.clone()) {
                lanes.push(lane(twilio, customer, steps));
            }
        }
        // A wake-up that came since the look above is kept by `Notify` and ends the wait at once.
        let woken = tokio::time::timeout(wait, twilio.wake.notified());
        tokio::select! {
            Some(customer) = lanes.next() => {
                busy.remove(&customer);
                while let Some(Some(customer)) = lanes.next().now_or_never() {
                    busy.remove(&customer);
                }
            }
            _ = woken => {}
        }
    }
}

/// One customer's steps; gives the customer.
async fn lane(twilio: &Twilio, customer: String, steps: Vec<Due>) -> String {
    if let Err(error) = advance(twilio, steps).await {
        tracing::error!(%error, "the Twilio simulator cannot move a message on");
        tokio::time::sleep(PAUSE).await;
    }
    customer
}

/// What is due, by customer, and when to look again. A step is over after its call, so that a process killed in between
/// calls again: an inbound message comes twice rather than never.
fn look(twilio: &Twilio) -> (BTreeMap<String, Vec<Due>>, Duration) {
    let now = Timestamp::now().as_millisecond();
    let found = twilio
        .database
        .transact(|transaction| rows::due(transaction, now));
    let (due, next) = found.unwrap_or_else(|error: rusqlite::Error| {
        tracing::error!(%error, "the Twilio simulator cannot read its messages");
        (Vec::new(), None)
    });
    let mut by_customer: BTreeMap<String, Vec<Due>> = BTreeMap::new();
    for due in due {
        let steps = by_customer.entry(due.customer.clone()).or_default();
        steps.push(due);
    }
    let wait = next.map_or(IDLE, |next| {
        let milliseconds = u64::try_from(next - now).unwrap_or_default();
        Duration::from_millis(milliseconds).min(IDLE)
    });
    (by_customer, wait)
}

async fn advance(twilio: &Twilio, steps: Vec<Due>) -> rusqlite::Result<()> {
    for due in steps {
        let call = twilio.database.transact(|transaction| {
            let Some(mut message) = rows::message(transaction, &due.message)? else {
                return Ok(None);
            };
            apply(&mut message, due.step);
            rows::update_message(transaction, &message)?;
            let account = rows::account(transaction, &message.account)?;
            Ok::<_, rusqlite::Error>(account.and_then(|account| call(&message, due.step, &account)))
        })?;
        if let Some(call) = call {
            make(twilio, call).await;
        }
        twilio
            .database
            .transact(|transaction| rows::finish(transaction, due.position))?;
        twilio.changed();
    }
    Ok(())
}

fn apply(message: &mut Message, step: Step) {
    match step {
        Step::Becomes(status) => {
            message.status = status;
            message.sent.get_or_insert_with(Timestamp::now);
        }
        Step::Fails(code) => {
            message.status = Status::Undelivered;
            message.error = Some(code);
        }
        Step::Arrives => {}
    }
}

/// The call that a step leads to, if somebody asked to be told.
fn call(message: &Message, step: Step, account: &super::Account) -> Option<Call> {
    let (url, form) = match step {
        Step::Becomes(_) | Step::Fails(_) => {
            (message.status_callback.clone()?, status_form(message))
        }
        Step::Arrives => {
            let sender = account
                .senders
                .iter()
                .find(|sender| sender.address == message.to)?;
            (sender.webhook_url.clone(), inbound_form(message))
        }
    };
    let form = form
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Some(Call {
        url,
        auth_token: account.auth_token.clone(),
        form,
    })
}

fn status_form(message: &Message) -> Vec<(&'static str, String)> {
    let status = message.status.as_str().to_owned();
    let bare = |address: &str| address.trim_start_matches("whatsapp:").to_owned();
    let mut form = vec![
        ("SmsSid", message.sid.clone()),
        ("SmsStatus", status.clone()),
        ("MessageStatus", status.clone()),
        ("ChannelToAddress", bare(&message.to)),
        ("To", message.to.clone()),
        ("ChannelPrefix", "whatsapp".to_owned()),
        ("MessageSid", message.sid.clone()),
        ("AccountSid", message.account.clone()),
        ("StructuredMessage", "false".to_owned()),
        ("From", message.from.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
    ];
    if matches!(
        message.status,
        Status::Delivered | Status::Read | Status::Undelivered
    ) {
        form.push(("EventType", status.to_uppercase()));
    }
    if let Some(code) = message.error {
        form.push(("ErrorCode", code.to_string()));
    }
    form
}

fn inbound_form(message: &Message) -> Vec<(&'static str, String)> {
    let bare = message.from.trim_start_matches("whatsapp:");
    let mut form = vec![
        ("SmsMessageSid", message.sid.clone()),
        (
            "NumMedia",
            u8::from(message.media_type.is_some()).to_string(),
        ),
        (
            "ProfileName",
            message.profile_name.clone().unwrap_or_default(),
        ),
        ("MessageType", message_type(message).to_owned()),
        ("SmsSid", message.sid.clone()),
        ("SmsStatus", "received".to_owned()),
        ("Body", message.body.clone()),
        ("To", message.to.clone()),
        ("NumSegments", "1".to_owned()),
        ("ReferralNumMedia", "0".to_owned()),
        ("MessageSid", message.sid.clone()),
        ("AccountSid", message.account.clone()),
        ("From", message.from.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
    ];
    if let Some(media_type) = &message.media_type {
        form.push(("MediaContentType0", media_type.clone()));
        form.extend(message.media.first().map(|url| ("MediaUrl0", url.clone())));
    }
    if let Some(tapped) = &message.tapped {
        let [id, title] = if tapped.of_list {
            ["ListId", "ListTitle"]
        } else {
            ["ButtonPayload", "ButtonText"]
        };
        form.extend([
            (id, tapped.id.clone()),
            (title, message.body.clone()),
            ("OriginalRepliedMessageSid", tapped.message.clone()),
            ("OriginalRepliedMessageSender", message.to.clone()),
        ]);
    }
    // A hidden number has no digits to tell; its id stands in both places (providers §2.2).
    match bare.strip_prefix('+') {
        Some(digits) => form.push(("WaId", digits.to_owned())),
        None => form.push(("ExternalUserId", message.from.clone())),
    }
    form
}

fn message_type(message: &Message) -> &str {
    match (&message.tapped, &message.media_type) {
        (Some(_), _) => "interactive",
        (None, Some(media_type)) => media_type.split('/').next().unwrap_or_default(),
        (None, None) => "text",
    }
}

/// Brings a call once; what is to be brought again is brought beside what comes next, which does not wait for it.
async fn make(twilio: &Twilio, call: Call) {
    let client = twilio.client.clone();
    let (address, tries) = tries_of(&call.url);
    if bring(&client, address, &call).await || tries == 1 {
        return;
    }
    tokio::spawn(async move {
        let (address, tries) = tries_of(&call.url);
        for _ in 1..tries {
            tokio::time::sleep(PAUSE).await;
            if bring(&client, address, &call).await {
                return;
            }
        }
    });
}

/// The address that is called and signed, and how often: its fragment may say `rc=N&rp=all`. Of policies, only that one is played.
fn tries_of(url: &str) -> (&str, u32) {
    let Some((address, overrides)) = url.split_once('#') else {
        return (url, 1);
    };
    let value = |name: &str| {
        let mut pairs = overrides.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let again: u32 = value("rc")
        .and_then(|count| count.parse().ok())
        .unwrap_or(0);
    match value("rp") {
        Some("all") => (address, 1 + again.min(AGAIN_MAX)),
        _ => (address, 1),
    }
}

/// Whether our webhook took it.
async fn bring(client: &Client, address: &str, call: &Call) -> bool {
    let signature = sign(&call.auth_token, address, &call.form);
    let answer = client
        .post(address)
        .header("X-Twilio-Signature", signature)
        .form(&call.form)
        .send()
        .await;
    match answer {
        Ok(answer) if answer.status().is_success() => return true,
        Ok(answer) => {
            tracing::warn!(status = %answer.status(), "our webhook did not take a message")
        }
        Err(_) => tracing::warn!("our webhook could not be reached with a message"),
    }
    false
}

#[cfg(test)]
mod tests {
    use super::tries_of;

    #[test]
    fn an_address_asks_for_repetitions_in_its_fragment_which_is_not_called() {
        for (url, expected) in [
            ("http://x/y", ("http://x/y", 1)),
            ("http://x/y#rc=5&rp=all", ("http://x/y", 6)),
            ("http://x/y?a=1#rp=all&rc=9", ("http://x/y?a=1", 6)),
            ("http://x/y#rc=5", ("http://x/y", 1)),
            ("http://x/y#rp=all&rc=x", ("http://x/y", 1)),
        ] {
            assert_eq!(tries_of(url), expected, "{url}");
        }
    }
}
