//! The customer's side: what they see on their phone, and what they write.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Twilio,
    error::TwilioError,
    messages::is_address,
    model::{Message, Status, Step, message_sid},
    rows,
};
use crate::simulators::fault::{self, FaultDial, Faulty};

/// Why the customer's side does not do it.
#[derive(Debug, thiserror::Error)]
pub(super) enum ControlError {
    #[error("{0} is not a WhatsApp address")]
    NotAnAddress(String),
    #[error("no store has the number {0}")]
    NoSuchNumber(String),
    #[error("a message needs a text")]
    Empty,
    #[error(transparent)]
    Provider(#[from] TwilioError),
}

impl From<rusqlite::Error> for ControlError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Provider(error.into())
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let (status, code, help) = match &self {
            Self::NotAnAddress(_) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "NOT_AN_ADDRESS",
                "write it as whatsapp:+5511987654321",
            ),
            Self::NoSuchNumber(_) => (
                StatusCode::NOT_FOUND,
                "NO_SUCH_NUMBER",
                "the stack prints the numbers of its stores when it starts",
            ),
            Self::Empty => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "EMPTY_MESSAGE",
                "put it into `body`",
            ),
            Self::Provider(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "SIMULATOR_FAILED",
                "the cause is in the log of the stack",
            ),
        };
        let body = json!({"error": {"code": code, "message": self.to_string(), "help": help}});
        (status, Json(body)).into_response()
    }
}

#[derive(Deserialize)]
pub(super) struct Conversation {
    /// The customer's address; absent: everybody's messages.
    to: Option<String>,
}

/// One message as a phone shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: String,
    at: Timestamp,
    from: String,
    to: String,
    body: String,
    media: Vec<String>,
    template: Option<String>,
    status: Status,
    error: Option<u32>,
}

/// What the customer was sent, oldest first; what never reached them has an `error`.
pub(super) async fn messages(
    State(twilio): State<Arc<Twilio>>,
    Query(conversation): Query<Conversation>,
) -> Result<Json<Value>, ControlError> {
    let mut found = twilio.database.transact(|transaction| {
        rows::messages(transaction, None, None, conversation.to.as_deref())
    })?;
    found.retain(|message| !message.inbound);
    found.reverse();
    let shown: Vec<_> = found
        .into_iter()
        .map(|message| Shown {
            id: message.sid,
            at: message.created,
            from: message.from,
            to: message.to,
            body: message.body,
            media: message.media,
            template: message.template,
            status: message.status,
            error: message.error,
        })
        .collect();
    Ok(Json(json!({"messages": shown})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Inbound {
    from: String,
    to: String,
    body: String,
    profile_name: Option<String>,
}

/// The customer writes. Our webhook is called a moment later, as often and as late as the fault dial says.
pub(super) async fn inbound(
    State(twilio): State<Arc<Twilio>>,
    Json(inbound): Json<Inbound>,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    if !is_address(&inbound.from) {
        return Err(ControlError::NotAnAddress(inbound.from));
    }
    if inbound.body.is_empty() {
        return Err(ControlError::Empty);
    }
    let sid = twilio.database.transact(|transaction| {
        let account = rows::account_of_sender(transaction, &inbound.to)?
            .ok_or_else(|| ControlError::NoSuchNumber(inbound.to.clone()))?;
        let message = Message {
            sid: message_sid(),
            account: account.sid,
            from: inbound.from,
            to: inbound.to,
            body: inbound.body,
            media: Vec::new(),
            template: None,
            status_callback: None,
            inbound: true,
            profile_name: inbound.profile_name,
            status: Status::Received,
            error: None,
            created: Timestamp::now(),
            sent: None,
        };
        rows::insert_message(transaction, &message)?;
        for delay in fault::sendings(transaction, Twilio::PROVIDER)? {
            let due = message.created.as_millisecond() + delay;
            rows::plan(transaction, &message.sid, Step::Arrives, due)?;
        }
        Ok::<_, ControlError>(message.sid)
    })?;
    twilio.wake.notify_one();
    Ok((StatusCode::ACCEPTED, Json(json!({"id": sid}))))
}

pub(super) async fn dial(
    State(twilio): State<Arc<Twilio>>,
) -> Result<Json<FaultDial>, ControlError> {
    let dial = twilio
        .database
        .transact(|transaction| fault::get(transaction, Twilio::PROVIDER))?;
    Ok(Json(dial))
}

pub(super) async fn turn_dial(
    State(twilio): State<Arc<Twilio>>,
    Json(dial): Json<FaultDial>,
) -> Result<Json<FaultDial>, ControlError> {
    twilio
        .database
        .transact(|transaction| fault::set(transaction, Twilio::PROVIDER, dial))?;
    Ok(Json(dial))
}
