//! `Messages.json`: sending, and looking at what was sent.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::{FromRequestParts, Path, Query, State},
    http::{StatusCode, header, request::Parts},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822, tz::TimeZone};
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::{
    Twilio,
    content::{self, Rendered},
    error::TwilioError,
    model::{Account, MadeContent, Message, Status, Step, message_sid},
    rows,
};

/// Longer texts are refused (providers §2.4).
const BODY_MAX_CHARS: usize = 1_600;
/// After a customer's last message, free text is allowed for so long (providers §2.6).
const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// "Failed to send freeform message because you are outside the allowed window" (providers §2.4).
const OUTSIDE_WINDOW: u32 = 63_016;

/// Who calls: the account behind the Basic authentication, which must be the one in the path.
pub(super) struct Caller(Account);

impl FromRequestParts<Arc<Twilio>> for Caller {
    type Rejection = TwilioError;

    async fn from_request_parts(
        parts: &mut Parts,
        twilio: &Arc<Twilio>,
    ) -> Result<Self, TwilioError> {
        let Path(sid) = Path::<String>::from_request_parts(parts, twilio)
            .await
            .map_err(|_| TwilioError::Unauthorised)?;
        let shown = shown_credentials(parts);
        let account = twilio
            .database
            .transact(|transaction| rows::account(transaction, &sid))?
            .ok_or(TwilioError::Unauthorised)?;
        account.require(&shown)?;
        Ok(Self(account))
    }
}

/// What the Basic authentication shows: `sid:token`.
pub(super) fn shown_credentials(parts: &Parts) -> Vec<u8> {
    parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|value| BASE64_STANDARD.decode(value).ok())
        .unwrap_or_default()
}

impl Account {
    /// Only who shows this account's id and token gets on.
    pub(super) fn require(&self, shown: &[u8]) -> Result<(), TwilioError> {
        let expected = format!("{}:{}", self.sid, self.auth_token);
        match shown.ct_eq(expected.as_bytes()).into() {
            true => Ok(()),
            false => Err(TwilioError::Unauthorised),
        }
    }
}

pub(super) async fn create(
    State(twilio): State<Arc<Twilio>>,
    Caller(account): Caller,
    Form(form): Form<Vec<(String, String)>>,
) -> Result<(StatusCode, Json<Value>), TwilioError> {
    let message = twilio.database.transact(|transaction| {
        let contents = rows::contents(transaction, &account.sid)?;
        let message = read(&account, &contents, &form)?;
        rows::insert_message(transaction, &message)?;
        plan_delivery(&twilio, transaction, &message)?;
        Ok::<_, TwilioError>(message)
    })?;
    twilio.wake.notify_one();
    twilio.changed();
    Ok((StatusCode::CREATED, Json(wire(&message))))
}

/// The message that a form asks for, or what is wrong with it.
fn read(
    account: &Account,
    contents: &[MadeContent],
    form: &[(String, String)],
) -> Result<Message, TwilioError> {
    let field = |name: &str| {
        let found = form.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    };
    let refused = |code, text: String| Err(TwilioError::Refused(code, text));
    let Some(to) = field("To").filter(|to| is_address(to)) else {
        let to = field("To").unwrap_or_default();
        return refused(
            21_211,
            format!("The 'To' number {to} is not a valid phone number."),
        );
    };
    let from = field("From").unwrap_or_default();
    if !account.senders.iter().any(|sender| sender.address == from) {
        let text = "Twilio could not find a Channel with the specified From address";
        return refused(63_007, text.to_owned());
    }
    let variables = field("ContentVariables");
    let (template, rendered) = match field("ContentSid") {
        Some(sid) => match contents.iter().find(|content| content.sid == sid) {
            Some(content) => (None, content::render(content, variables)?),
            None => (Some(sid), Rendered::text(render(account, sid, variables)?)),
        },
        None => (
            None,
            Rendered::text(field("Body").unwrap_or_default().to_owned()),
        ),
    };
    let Rendered {
        body,
        choices,
        list_button,
    } = rendered;
    let media: Vec<_> = form
        .iter()
        .filter(|(key, _)| key == "MediaUrl")
        .map(|(_, value)| value.clone())
        .collect();
    if body.is_empty() && media.is_empty() {
        return refused(
            21_619,
            "A text message body or media urls must be specified.".to_owned(),
        );
    }
    if body.chars().count() > BODY_MAX_CHARS {
        let text = "The concatenated message body exceeds the 1600 character limit.";
        return refused(21_617, text.to_owned());
    }
    Ok(Message {
        sid: message_sid(),
        account: account.sid.clone(),
        from: from.to_owned(),
        to: to.to_owned(),
        body,
        media,
        template: template.map(str::to_owned),
        choices,
        list_button,
        tapped: None,
        media_type: None,
        status_callback: field("StatusCallback").map(str::to_owned),
        inbound: false,
        profile_name: None,
        status: Status::Queued,
        error: None,
        created: Timestamp::now(),
        sent: None,
    })
}

/// `whatsapp:+5511987654321`, or a hidden number's `whatsapp:BR.15025…` (providers §2.2).
pub(super) fn is_address(text: &str) -> bool {
    let Some(address) = text.strip_prefix("whatsapp:") else {
        return false;
    };
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    match address.strip_prefix('+') {
        Some(number) => (8..=15).contains(&number.len()) && digits(number),
        None => address.split_once('.').is_some_and(|(country, id)| {
            country.len() == 2
                && (1..=128).contains(&id.len())
                && id.chars().all(|c| c.is_ascii_alphanumeric())
        }),
    }
}

fn render(account: &Account, sid: &str, variables: Option<&str>) -> Result<String, TwilioError> {
    let template = account
        .templates
        .iter()
        .find(|template| template.sid == sid);
    let template = template
        .ok_or_else(|| TwilioError::Refused(21_655, "The ContentSid is invalid.".to_owned()))?;
    let variables = content::Variables::read(variables)?;
    Ok(variables.fill(&template.text))
}

/// What becomes of the message. The window is looked at after the answer, as at the real one: the caller is told by
/// the status callback only.
fn plan_delivery(
    twilio: &Twilio,
    transaction: &Transaction<'_>,
    message: &Message,
) -> Result<(), TwilioError> {
    let pace = i64::try_from(twilio.pace.0.as_millis()).unwrap_or(i64::MAX);
    let now = message.created.as_millisecond();
    let open = rows::wrote_since(
        transaction,
        &message.to,
        &message.from,
        message
            .created
            .saturating_sub(WINDOW)
            .unwrap_or(Timestamp::MIN),
    )?;
    if message.template.is_none() && !open {
        rows::plan(
            transaction,
            &message.sid,
            Step::Fails(OUTSIDE_WINDOW),
            now + pace,
        )?;
        return Ok(());
    }
    rows::plan(
        transaction,
        &message.sid,
        Step::Becomes(Status::Sent),
        now + pace,
    )?;
    let delivered = Step::Becomes(Status::Delivered);
    rows::plan(transaction, &message.sid, delivered, now + 2 * pace)?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    from: Option<String>,
    to: Option<String>,
    page_size: Option<usize>,
}

pub(super) async fn list(
    State(twilio): State<Arc<Twilio>>,
    Caller(account): Caller,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, TwilioError> {
    let (from, to) = (filter.from.as_deref(), filter.to.as_deref());
    let found = twilio
        .database
        .transact(|transaction| rows::messages(transaction, Some(&account.sid), from, to))?;
    let page_size = filter.page_size.unwrap_or(50).min(1_000);
    let messages: Vec<_> = found.iter().take(page_size).map(wire).collect();
    let uri = format!("/2010-04-01/Accounts/{}/Messages.json", account.sid);
    Ok(Json(json!({
        "messages": messages, "page": 0, "page_size": page_size, "start": 0,
        "end": messages.len().saturating_sub(1), "uri": uri, "first_page_uri": uri,
        "next_page_uri": null, "previous_page_uri": null,
    })))
}

/// A message in the API's JSON; the counts are texts, the dates RFC 2822.
fn wire(message: &Message) -> Value {
    let date = |at: Timestamp| rfc2822::to_string(&at.to_zoned(TimeZone::UTC)).ok();
    let path = format!(
        "/2010-04-01/Accounts/{}/Messages/{}",
        message.account, message.sid
    );
    json!({
        "account_sid": message.account, "api_version": "2010-04-01", "body": message.body,
        "date_created": date(message.created), "date_sent": message.sent.and_then(date),
        "date_updated": date(message.sent.unwrap_or(message.created)),
        "direction": if message.inbound { "inbound" } else { "outbound-api" },
        "error_code": message.error, "error_message": null, "from": message.from,
        "messaging_service_sid": null, "num_media": message.media.len().to_string(), "num_segments": "1",
        "price": null, "price_unit": null, "sid": message.sid, "status": message.status,
        "subresource_uris": {"media": format!("{path}/Media.json")}, "to": message.to,
        "uri": format!("{path}.json"),
    })
}
