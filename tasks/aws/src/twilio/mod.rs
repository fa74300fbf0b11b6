//! WhatsApp messages through Twilio's Messages API (providers §2.4), and what can be tapped through its Content API.
//!
//! The API has no idempotency key. Only a 429 is certainly not done; after any other unclear answer the handler
//! looks with [`Channel::sent_since`] before it sends again.

mod content;

use comanda_tasks::ports::{
    Answer, Channel, ChannelError, ChoiceLimits, Content, OutboundMessage, Sender, SentMessage,
};
use http::StatusCode;
use jiff::{Timestamp, fmt::rfc2822};
use secrecy::ExposeSecret;
use serde::{Deserialize, de::DeserializeOwned};

use self::content::{Contents, Shape};
use crate::{
    config::TwilioEndpoint,
    http::{Answer as Response, Client, Request},
    outage,
};

const PARTY: &str = "twilio";
/// A report that we answer with an error is brought again, up to five times within Twilio's 15 seconds in all; one that is answered
/// after these is not. Twilio's connection overrides are the address' fragment, which is neither sent nor signed.
const BROUGHT_AGAIN: &str = "#rc=5&rp=all";
/// Plenty for one customer since an intent was written, which is minutes.
const PAGE_SIZE: &str = "50";

/// "The ContentSid is invalid": somebody deleted the content that we remember.
const NO_SUCH_CONTENT: u32 = 21_655;

/// Speaks to Twilio on behalf of any tenant.
pub(crate) struct Twilio {
    client: Client,
    endpoint: TwilioEndpoint,
    contents: Contents,
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
    /// Nothing is spoken to yet.
    pub(crate) fn new(client: Client, endpoint: TwilioEndpoint) -> Self {
        let client = client.within(endpoint.within);
        Self {
            contents: Contents::new(client.clone(), &endpoint.content),
            client,
            endpoint,
        }
    }

    fn messages_address(&self, sender: &Sender) -> String {
        // Without `.json` the answer is XML.
        format!(
            "{}/2010-04-01/Accounts/{}/Messages.json",
            self.endpoint.api, sender.account
        )
    }

    /// What the form says beside the addresses. Where an account cannot have contents, what can be tapped is text.
    async fn said(
        &self,
        sender: &Sender,
        content: &Content,
    ) -> Result<Vec<(&'static str, String)>, ChannelError> {
        let Some((shape, variables)) = Shape::of(content) else {
            return Ok(plain(content));
        };
        match self.contents.sid(sender, &shape).await {
            Ok(sid) => Ok(by_content(&sid, &variables)),
            // A token that does nothing at all is told by the message itself.
            Err(ChannelError::Refused { .. } | ChannelError::Unauthorised) => {
                Ok(vec![("Body", content.as_text())])
            }
            Err(outage) => Err(outage),
        }
    }
}

impl Channel for Twilio {
    fn send<'a>(
        &'a self,
        sender: &'a Sender,
        message: &'a OutboundMessage,
    ) -> Answer<'a, String, ChannelError> {
        Box::pin(async move {
            let mut form = vec![("To", message.to.clone()), ("From", sender.address.clone())];
            form.extend(self.said(sender, &message.content).await?);
            // A text outside the window is taken and fails later: only the report tells.
            let callback = &self.endpoint.status_callback;
            form.push(("StatusCallback", format!("{callback}{BROUGHT_AGAIN}")));
            let address = self.messages_address(sender);
            let request = self.client.post(address).form(&form);
            match exchange::<Message>(request, sender).await {
                Ok(sent) => Ok(sent.sid),
                Err(ChannelError::Refused {
                    code: NO_SUCH_CONTENT,
                }) if Shape::of(&message.content).is_some() => {
                    self.contents.forget(sender);
                    Err(outage::not_done(PARTY, "a content is gone").into())
                }
                Err(error) => Err(error),
            }
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
            let address = self.messages_address(sender);
            let request = self.client.get(address).query(&[
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

    fn limits(&self, to: &str) -> ChoiceLimits {
        if to.starts_with("whatsapp:") {
            ChoiceLimits::WHATSAPP
        } else {
            ChoiceLimits::NONE
        }
    }
}

fn plain(content: &Content) -> Vec<(&'static str, String)> {
    match content {
        Content::Text(_) | Content::QuickReplies { .. } | Content::List { .. } => {
            vec![("Body", content.as_text())]
        }
        Content::Media { url, caption } => {
            let mut form = vec![("MediaUrl", url.clone())];
            if !caption.is_empty() {
                form.push(("Body", caption.clone()));
            }
            form
        }
        Content::Template { id, variables } => by_content(id, variables),
    }
}

fn by_content(sid: &str, variables: &[String]) -> Vec<(&'static str, String)> {
    let variables: serde_json::Map<_, _> = variables
        .iter()
        .enumerate()
        .map(|(place, value)| ((place + 1).to_string(), value.clone().into()))
        .collect();
    let variables = serde_json::Value::Object(variables).to_string();
    vec![
        ("ContentSid", sid.to_owned()),
        ("ContentVariables", variables),
    ]
}

async fn exchange<T: DeserializeOwned>(
    request: Request,
    sender: &Sender,
) -> Result<T, ChannelError> {
    let request = request.basic_auth(&sender.account, sender.auth_token.expose_secret());
    let sent = request.send().await;
    let answer = sent.map_err(|failure| failure.outage(PARTY))?;
    let status = answer.status;
    if status.is_success() {
        let read = answer.json();
        return read.ok_or_else(|| outage::unknown(PARTY, "the answer could not be read").into());
    }
    Err(match status {
        StatusCode::TOO_MANY_REQUESTS => outage::not_done(PARTY, "HTTP 429").into(),
        // It is about the account, and not about the message: a token that was made anew, an account that was suspended.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => match answer.json::<Refusal>() {
            Some(_) => ChannelError::Unauthorised,
            None => refusal(&answer),
        },
        _ if status.is_client_error() => refusal(&answer),
        _ => outage::unknown(PARTY, format!("HTTP {}", status.as_u16())).into(),
    })
}

fn refusal(answer: &Response) -> ChannelError {
    match answer.json::<Refusal>() {
        Some(Refusal { code }) => ChannelError::Refused { code },
        // A proxy's answer, not Twilio's: nothing reached it.
        None => outage::not_done(PARTY, format!("HTTP {}", answer.status.as_u16())).into(),
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
