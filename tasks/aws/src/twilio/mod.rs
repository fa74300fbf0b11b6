//! WhatsApp messages through Twilio's Messages API (providers §2.4).
//!
//! The API has no idempotency key. Only a 429 is certainly not done; after any other unclear answer the handler
//! looks with [`Channel::sent_since`] before it sends again.

use comanda_tasks::ports::{
    Answer, Channel, ChannelError, Content, OutboundMessage, Sender, SentMessage,
};
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use serde::{Deserialize, de::DeserializeOwned};

use crate::outage;

const PARTY: &str = "twilio";
/// Plenty for one customer since an intent was written, which is minutes.
const PAGE_SIZE: &str = "50";

/// Speaks to Twilio on behalf of any tenant.
pub(crate) struct Twilio {
    client: Client,
    base: String,
}

#[derive(Deserialize)]
struct Message {
    sid: String,
    body: Option<String>,
    date_created: String,
}

#[derive(Deserialize)]
struct Messages {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Refusal {
    code: u32,
}

impl Twilio {
    /// `base` is the address before `/2010-04-01`.
    pub(crate) fn new(client: Client, base: String) -> Self {
        Self { client, base }
    }

    fn messages_address(&self, sender: &Sender) -> String {
        // Without `.json` the answer is XML.
        format!(
            "{}/2010-04-01/Accounts/{}/Messages.json",
            self.base, sender.account
        )
    }
}

impl Channel for Twilio {
    fn send<'a>(
        &'a self,
        sender: &'a Sender,
        message: &'a OutboundMessage,
    ) -> Answer<'a, String, ChannelError> {
        Box::pin(async move {
            let request = self
                .client
                .post(self.messages_address(sender))
                .form(&form(sender, message));
            let sent: Message = exchange(request, sender).await?;
            Ok(sent.sid)
        })
    }

    fn sent_since<'a>(
        &'a self,
        sender: &'a Sender,
        to: &'a str,
        since: Timestamp,
    ) -> Answer<'a, Vec<SentMessage>, ChannelError> {
        Box::pin(async move {
            // No `DateSent` filter: a message that is still queued has no such date, and it is the one that must not
            // be missed. The list is newest first.
            let request = self.client.get(self.messages_address(sender)).query(&[
                ("To", to),
                ("From", &sender.address),
                ("PageSize", PAGE_SIZE),
            ]);
            let list: Messages = exchange(request, sender).await?;
            let sent = list
                .messages
                .into_iter()
                .map(read_message)
                .collect::<Result<Vec<_>, _>>()?;
            // Twilio tells whole seconds, so a message of the very second of `since` counts.
            let from = since.as_second();
            Ok(sent
                .into_iter()
                .filter(|message| message.at.as_second() >= from)
                .collect())
        })
    }
}

fn form(sender: &Sender, message: &OutboundMessage) -> Vec<(&'static str, String)> {
    let mut form = vec![("To", message.to.clone()), ("From", sender.address.clone())];
    match &message.content {
        Content::Text(text) => form.push(("Body", text.clone())),
        Content::Media { url, caption } => {
            form.push(("MediaUrl", url.clone()));
            if !caption.is_empty() {
                form.push(("Body", caption.clone()));
            }
        }
        Content::Template { id, variables } => {
            let variables: serde_json::Map<_, _> = variables
                .iter()
                .enumerate()
                .map(|(place, value)| ((place + 1).to_string(), value.clone().into()))
                .collect();
            form.push(("ContentSid", id.clone()));
            form.push((
                "ContentVariables",
                serde_json::Value::Object(variables).to_string(),
            ));
        }
    }
    if let Some(callback) = &message.status_callback {
        form.push(("StatusCallback", callback.clone()));
    }
    form
}

async fn exchange<T: DeserializeOwned>(
    request: RequestBuilder,
    sender: &Sender,
) -> Result<T, ChannelError> {
    let answer = request
        .basic_auth(&sender.account, Some(sender.auth_token.expose_secret()))
        .send()
        .await
        .map_err(|error| outage::of_http(PARTY, &error))?;
    let status = answer.status();
    if status.is_success() {
        return answer
            .json()
            .await
            .map_err(|_| outage::unknown(PARTY, "the answer could not be read").into());
    }
    Err(match status {
        StatusCode::TOO_MANY_REQUESTS => outage::not_done(PARTY, "HTTP 429").into(),
        _ if status.is_client_error() => refusal(status, answer).await,
        _ => outage::unknown(PARTY, format!("HTTP {}", status.as_u16())).into(),
    })
}

async fn refusal(status: StatusCode, answer: Response) -> ChannelError {
    match answer.json::<Refusal>().await {
        Ok(Refusal { code }) => ChannelError::Refused { code },
        // A proxy's answer, not Twilio's: nothing reached it.
        Err(_) => outage::not_done(PARTY, format!("HTTP {}", status.as_u16())).into(),
    }
}

fn read_message(message: Message) -> Result<SentMessage, ChannelError> {
    let at = rfc2822::parse(&message.date_created)
        .map_err(|_| outage::not_done(PARTY, "a message's date could not be read"))?
        .timestamp();
    Ok(SentMessage {
        id: message.sid,
        body: message.body.unwrap_or_default(),
        at,
    })
}

#[cfg(test)]
mod tests;
