//! The Content API (providers §2.7): quick replies and list pickers are made once and sent by their id, with the words as
//! variables. What exceeds WhatsApp's limits is refused.
//!
//! Twilio's documents give the limits, not which code says which is broken. Here a content that is too large as it is made is
//! refused with 20001, and one that is too large with its variables with 63005, at once (from memory; Twilio itself may say
//! so by the status callback only).

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Twilio,
    error::TwilioError,
    messages::shown_credentials,
    model::{Account, Choice, MadeContent, content_sid},
    rows,
};

const BODY_MAX_CHARS: usize = 1_024;
/// In a session, without approval.
const REPLIES_MAX: usize = 3;
const REPLY_TITLE_MAX_CHARS: usize = 20;
const ITEMS_MAX: usize = 10;
const ITEM_MAX_CHARS: usize = 24;
const ID_MAX_CHARS: usize = 200;
const DESCRIPTION_MAX_CHARS: usize = 72;

/// Who calls, by the Basic authentication alone: the path names no account.
pub(super) struct Caller(Account);

impl FromRequestParts<Arc<Twilio>> for Caller {
    type Rejection = TwilioError;

    async fn from_request_parts(
        parts: &mut Parts,
        twilio: &Arc<Twilio>,
    ) -> Result<Self, TwilioError> {
        let shown = shown_credentials(parts);
        let sid = shown.split(|byte| *byte == b':').next().unwrap_or_default();
        let sid = String::from_utf8_lossy(sid).into_owned();
        let account = twilio
            .database
            .transact(|transaction| rows::account(transaction, &sid))?
            .ok_or(TwilioError::Unauthorised)?;
        account.require(&shown)?;
        Ok(Self(account))
    }
}

#[derive(Deserialize)]
pub(super) struct NewContent {
    #[serde(default)]
    friendly_name: String,
    language: String,
    #[serde(default)]
    variables: Value,
    types: Value,
}

pub(super) async fn create(
    State(twilio): State<Arc<Twilio>>,
    Caller(account): Caller,
    Json(new): Json<NewContent>,
) -> Result<(StatusCode, Json<Value>), TwilioError> {
    let content = MadeContent {
        sid: content_sid(),
        account: account.sid,
        friendly_name: new.friendly_name,
        language: new.language,
        variables: new.variables,
        types: new.types,
        created: Timestamp::now(),
    };
    Form::of(&content.types).and_then(|form| form.check(20_001))?;
    twilio
        .database
        .transact(|transaction| rows::insert_content(transaction, &content))?;
    Ok((StatusCode::CREATED, Json(wire(&content))))
}

pub(super) async fn list(
    State(twilio): State<Arc<Twilio>>,
    Caller(account): Caller,
) -> Result<Json<Value>, TwilioError> {
    let contents = twilio
        .database
        .transact(|transaction| rows::contents(transaction, &account.sid))?;
    let contents: Vec<Value> = contents.iter().map(wire).collect();
    let url = "https://content.twilio.com/v1/Content?PageSize=500&Page=0";
    Ok(Json(json!({
        "contents": contents,
        "meta": {
            "page": 0, "page_size": 500, "first_page_url": url, "previous_page_url": null, "url": url,
            "next_page_url": null, "key": "contents",
        },
    })))
}

fn wire(content: &MadeContent) -> Value {
    let url = format!("https://content.twilio.com/v1/Content/{}", content.sid);
    json!({
        "sid": content.sid, "account_sid": content.account, "friendly_name": content.friendly_name,
        "language": content.language, "variables": content.variables, "types": content.types, "url": url,
        "date_created": content.created, "date_updated": content.created,
        "links": {
            "approval_create": format!("{url}/ApprovalRequests/whatsapp"),
            "approval_fetch": format!("{url}/ApprovalRequests"),
        },
    })
}

/// What a message with a content shows.
pub(super) struct Rendered {
    pub(super) body: String,
    pub(super) choices: Vec<Choice>,
    pub(super) list_button: Option<String>,
}

impl Rendered {
    /// A text that nothing can be tapped on.
    pub(super) fn text(body: String) -> Self {
        Self {
            body,
            choices: Vec::new(),
            list_button: None,
        }
    }
}

/// The content with these variables, if it is then within the limits.
pub(super) fn render(
    content: &MadeContent,
    variables: Option<&str>,
) -> Result<Rendered, TwilioError> {
    let variables = Variables::read(variables)?;
    let filled = variables.filled(&content.types);
    let form = Form::of(&filled)?;
    form.check(63_005)?;
    Ok(match form {
        Form::QuickReply(reply) => Rendered {
            body: reply.body,
            choices: reply
                .actions
                .into_iter()
                .map(|action| Choice {
                    id: action.id,
                    title: action.title,
                    description: None,
                })
                .collect(),
            list_button: None,
        },
        Form::ListPicker(list) => Rendered {
            body: list.body,
            choices: list
                .items
                .into_iter()
                .map(|item| Choice {
                    id: item.id,
                    title: item.item,
                    description: item.description,
                })
                .collect(),
            list_button: Some(list.button),
        },
    })
}

/// Twilio refuses a variable that is empty or "contains newlines, tabs, or more than 4 consecutive spaces" in a body. Here in
/// every place: its documents except none of the contents, whether approved or for sessions.
fn is_one_line(value: &str) -> bool {
    let cannot = value.is_empty() || value.contains(['\n', '\r', '\t']) || value.contains("     ");
    !cannot
}

/// `{"1": "João"}`.
pub(super) struct Variables(Map<String, Value>);

impl Variables {
    pub(super) fn read(text: Option<&str>) -> Result<Self, TwilioError> {
        let invalid = || {
            let text = "The ContentVariables Parameter is invalid.";
            TwilioError::Refused(21_656, text.to_owned())
        };
        let variables: Map<String, Value> =
            serde_json::from_str(text.unwrap_or("{}")).map_err(|_| invalid())?;
        let fits = |value: &Value| value.as_str().is_some_and(is_one_line);
        if variables.values().all(fits) {
            Ok(Self(variables))
        } else {
            Err(invalid())
        }
    }

    /// One pass, so that a variable's own braces stay text.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let named = after.split_once("}}").and_then(|(name, after)| {
                let value = self.0.get(name)?.as_str()?;
                Some((value, after))
            });
            match named {
                Some((value, after)) => {
                    filled.push_str(value);
                    rest = after;
                }
                None => {
                    filled.push_str("{{");
                    rest = after;
                }
            }
        }
        filled + rest
    }

    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.filled(value)));
                Value::Object(fields.collect())
            }
            other => other.clone(),
        }
    }
}

/// The types of content that are known here.
enum Form {
    QuickReply(QuickReply),
    ListPicker(ListPicker),
}

#[derive(Deserialize)]
struct QuickReply {
    body: String,
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct Action {
    title: String,
    id: String,
}

#[derive(Deserialize)]
struct ListPicker {
    body: String,
    button: String,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    item: String,
    id: String,
    description: Option<String>,
}

impl Form {
    fn of(types: &Value) -> Result<Self, TwilioError> {
        let unknown = || {
            let text = "Invalid parameter: `types` has to be a twilio/quick-reply or a twilio/list-picker.";
            TwilioError::Refused(20_001, text.to_owned())
        };
        let read = |name: &str| types.get(name).cloned();
        if let Some(reply) = read("twilio/quick-reply") {
            let reply = serde_json::from_value(reply).map_err(|_| unknown())?;
            return Ok(Self::QuickReply(reply));
        }
        let list = read("twilio/list-picker").ok_or_else(unknown)?;
        let list = serde_json::from_value(list).map_err(|_| unknown())?;
        Ok(Self::ListPicker(list))
    }

    /// Whether it is within the limits.
    fn check(&self, code: u32) -> Result<(), TwilioError> {
        let most = |what: &str, number: usize, most: usize| {
            if (1..=most).contains(&number) {
                return Ok(());
            }
            let text = format!("{what} has {number}, which is none or more than {most}");
            Err(TwilioError::Refused(code, text))
        };
        let length = |text: &str| text.chars().count();
        match self {
            Self::QuickReply(reply) => {
                most("body", length(&reply.body), BODY_MAX_CHARS)?;
                most("actions", reply.actions.len(), REPLIES_MAX)?;
                for action in &reply.actions {
                    most("title", length(&action.title), REPLY_TITLE_MAX_CHARS)?;
                    most("id", length(&action.id), ID_MAX_CHARS)?;
                }
            }
            Self::ListPicker(list) => {
                most("body", length(&list.body), BODY_MAX_CHARS)?;
                most("button", length(&list.button), REPLY_TITLE_MAX_CHARS)?;
                most("items", list.items.len(), ITEMS_MAX)?;
                for item in &list.items {
                    most("item", length(&item.item), ITEM_MAX_CHARS)?;
                    most("id", length(&item.id), ID_MAX_CHARS)?;
                    if let Some(description) = &item.description {
                        most("description", length(description), DESCRIPTION_MAX_CHARS)?;
                    }
                }
            }
        }
        Ok(())
    }
}
