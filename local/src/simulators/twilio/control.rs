//! The customer's side over HTTP: what they see on their phone, and what they do with it.

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
    model::{Choice, Status},
    phone::{Doing, PhoneError},
    rows,
};
use crate::simulators::fault::{self, FaultDial, Faulty};

impl IntoResponse for PhoneError {
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
            Self::NoSuchChoice => (
                StatusCode::NOT_FOUND,
                "NO_SUCH_CHOICE",
                "what a message offers is in its `choices`",
            ),
            Self::Empty => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "EMPTY_MESSAGE",
                "put it into `body`",
            ),
            Self::Broken(error) => {
                tracing::error!(%error, "the Twilio simulator failed");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "SIMULATOR_FAILED",
                    "the cause is in the log of the stack",
                )
            }
        };
        let body = json!({"error": {"code": code, "message": self.to_string(), "help": help}});
        (status, Json(body)).into_response()
    }
}

#[derive(Deserialize)]
pub(super) struct Conversation {
    /// The customer's address; absent: everybody's messages.
    to: Option<String>,
    /// The number that they came from; absent: any.
    from: Option<String>,
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
    /// What can be tapped.
    choices: Vec<Choice>,
    status: Status,
    error: Option<u32>,
}

/// What the customer was sent, oldest first; what never reached them has an `error`.
pub(super) async fn messages(
    State(twilio): State<Arc<Twilio>>,
    Query(conversation): Query<Conversation>,
) -> Result<Json<Value>, PhoneError> {
    let mut found = twilio.database.transact(|transaction| {
        rows::messages(
            transaction,
            None,
            conversation.from.as_deref(),
            conversation.to.as_deref(),
        )
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
            choices: message.choices,
            status: message.status,
            error: message.error,
        })
        .collect();
    Ok(Json(json!({"messages": shown})))
}

/// What a customer does: writes `body`, taps `tap`, or sends a file of the type `media` with `body` beside it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Inbound {
    from: String,
    to: String,
    #[serde(default)]
    body: String,
    tap: Option<Tap>,
    media: Option<String>,
    profile_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tap {
    /// The message's id.
    message: String,
    /// The choice's id.
    choice: String,
}

/// The customer writes. Our webhook is called a moment later, as often and as late as the fault dial says.
pub(super) async fn inbound(
    State(twilio): State<Arc<Twilio>>,
    Json(inbound): Json<Inbound>,
) -> Result<(StatusCode, Json<Value>), PhoneError> {
    let doing = match (inbound.tap, inbound.media) {
        (Some(Tap { message, choice }), _) => Doing::Tap { message, choice },
        (None, Some(media_type)) => Doing::Send {
            media_type,
            caption: inbound.body,
        },
        (None, None) => Doing::Write(inbound.body),
    };
    let between = (inbound.from.as_str(), inbound.to.as_str());
    let sid = twilio.does(between, doing, inbound.profile_name)?;
    Ok((StatusCode::ACCEPTED, Json(json!({"id": sid}))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Looking {
    from: String,
    to: String,
}

/// The customer looks at the chat: what arrived is read.
pub(super) async fn read(
    State(twilio): State<Arc<Twilio>>,
    Json(looking): Json<Looking>,
) -> Result<StatusCode, PhoneError> {
    twilio.reads((&looking.from, &looking.to))?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn dial(State(twilio): State<Arc<Twilio>>) -> Result<Json<FaultDial>, PhoneError> {
    let dial = twilio
        .database
        .transact(|transaction| fault::get(transaction, Twilio::PROVIDER))?;
    Ok(Json(dial))
}

pub(super) async fn turn_dial(
    State(twilio): State<Arc<Twilio>>,
    Json(dial): Json<FaultDial>,
) -> Result<Json<FaultDial>, PhoneError> {
    twilio
        .database
        .transact(|transaction| fault::set(transaction, Twilio::PROVIDER, dial))?;
    Ok(Json(dial))
}
