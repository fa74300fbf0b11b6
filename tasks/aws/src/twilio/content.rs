//! Twilio's Content API (providers §2.7): a message with buttons or a list is sent by naming a content, which must exist.
//!
//! A content of ours is a shape without words: how many buttons, or how many items and which of them have a line below.
//! Everything written is a variable of the message. So a handful of contents serves every question of every store, none is
//! made twice by one process, and none holds what a customer said or where they live.
//!
//! Twilio documents that bodies, titles and ids may be variables, that a variable holds no line end (21656), so that each line
//! of a body is one, and that contents of a session need no approval. From memory, not tried against Twilio: the paging of
//! the list of contents.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use comanda_domain::notification::in_one_line;
use comanda_tasks::ports::{ChannelError, Choice, Content, Sender};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{PARTY, exchange};
use crate::{http::Client, outage};

/// As many as one page of the list may have.
const PAGE_SIZE: usize = 500;
/// Ours are among the first thousands, or are made once more, which harms nobody.
const PAGES_MAX: usize = 10;

/// A content as it is made: its name among the account's contents, and what it is. The name tells whatever differs.
#[derive(Debug, PartialEq)]
pub(super) struct Shape {
    name: String,
    types: Value,
    variables: usize,
}

impl Shape {
    /// The shape of what can be tapped, and the words that fill it; `None` for what needs no content of ours.
    pub(super) fn of(content: &Content) -> Option<(Self, Vec<String>)> {
        let (text, button, choices) = match content {
            Content::QuickReplies { text, replies } => (text, None, replies),
            Content::List {
                text,
                button,
                items,
            } => (text, Some(button), items),
            Content::Text(_) | Content::Media { .. } | Content::Template { .. } => return None,
        };
        let mut words = Words(Vec::new());
        let (body, lines) = words.lines(text);
        let (name, types) = match button {
            None => {
                let actions: Vec<Value> = choices
                    .iter()
                    .map(|one| {
                        json!({
                            "type": "QUICK_REPLY", "title": words.variable(&one.title),
                            "id": words.variable(&one.says),
                        })
                    })
                    .collect();
                let name = format!("comanda-quick-reply-{}{lines}", choices.len());
                (
                    name,
                    json!({"twilio/quick-reply": {"body": body, "actions": actions}}),
                )
            }
            Some(button) => {
                let button = words.variable(button);
                let items: Vec<Value> = choices.iter().map(|one| item(&mut words, one)).collect();
                let below = choices
                    .iter()
                    .map(|one| one.description.as_ref().map_or('n', |_| 'd'));
                let below: String = below.collect();
                let name = format!("comanda-list-picker-{below}{lines}");
                let list = json!({"body": body, "button": button, "items": items});
                (name, json!({"twilio/list-picker": list}))
            }
        };
        let variables = words.0.len();
        let shape = Self {
            name,
            types,
            variables,
        };
        Some((shape, words.0))
    }

    pub(super) fn request(&self) -> Value {
        // Each variable must have a sample.
        let samples: serde_json::Map<_, _> = (1..=self.variables)
            .map(|number| (number.to_string(), Value::from("x")))
            .collect();
        json!({
            "friendly_name": self.name, "language": "pt_BR", "variables": samples, "types": self.types,
        })
    }
}

fn item(words: &mut Words, choice: &Choice) -> Value {
    let mut item = json!({
        "item": words.variable(&choice.title), "id": words.variable(&choice.says),
    });
    if let (Some(below), Some(item)) = (&choice.description, item.as_object_mut()) {
        item.insert("description".to_owned(), words.variable(below).into());
    }
    item
}

/// What fills a shape, in the order of its places.
struct Words(Vec<String>);

impl Words {
    fn variable(&mut self, word: &str) -> String {
        self.0.push(word.to_owned());
        format!("{{{{{}}}}}", self.0.len())
    }

    /// A text, a variable for each line that is not empty; and what tells it from texts with other lines.
    fn lines(&mut self, text: &str) -> (String, String) {
        let lines: Vec<String> = text.split('\n').map(in_one_line).collect();
        let pattern = lines
            .iter()
            .map(|line| if line.is_empty() { 'e' } else { 'l' });
        let pattern: String = pattern.collect();
        let name = match pattern.as_str() {
            "l" => String::new(),
            _ => format!("-{pattern}"),
        };
        let body: Vec<String> = lines
            .iter()
            .map(|line| match line.as_str() {
                "" => String::new(),
                line => self.variable(line),
            })
            .collect();
        (body.join("\n"), name)
    }
}

/// The contents of all accounts, as far as they are known.
pub(super) struct Contents {
    client: Client,
    address: String,
    /// By account and name.
    known: Mutex<BTreeMap<(String, String), String>>,
}

#[derive(Deserialize)]
struct Listed {
    contents: Vec<Made>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    next_page_url: Option<String>,
}

#[derive(Deserialize)]
struct Made {
    sid: String,
    friendly_name: Option<String>,
}

impl Contents {
    pub(super) fn new(client: Client, base: &str) -> Self {
        Self {
            client,
            address: format!("{base}/v1/Content"),
            known: Mutex::default(),
        }
    }

    /// The id of a shape in the sender's account; it is made if it is not there.
    pub(super) async fn sid(&self, sender: &Sender, shape: &Shape) -> Result<String, ChannelError> {
        let key = (sender.account.clone(), shape.name.clone());
        let known = self.lock().get(&key).cloned();
        if let Some(sid) = known {
            return Ok(sid);
        }
        let sid = match self.find(sender, &shape.name).await.map_err(not_sent)? {
            Some(sid) => sid,
            None => {
                let request = self.client.post(&self.address).json(&shape.request());
                let made: Made = exchange(request, sender).await.map_err(not_sent)?;
                made.sid
            }
        };
        self.lock().insert(key, sid.clone());
        Ok(sid)
    }

    /// What is known of the sender's account may be out of date.
    pub(super) fn forget(&self, sender: &Sender) {
        self.lock()
            .retain(|(account, _), _| *account != sender.account);
    }

    async fn find(&self, sender: &Sender, name: &str) -> Result<Option<String>, ChannelError> {
        let mut address = format!("{}?PageSize={PAGE_SIZE}", self.address);
        for _ in 0..PAGES_MAX {
            let request = self.client.get(&address);
            let page: Listed = exchange(request, sender).await?;
            let mut contents = page.contents.into_iter();
            let found = contents.find(|made| made.friendly_name.as_deref() == Some(name));
            match (found, page.meta.next_page_url) {
                (Some(made), _) => return Ok(Some(made.sid)),
                // The token goes nowhere but to the address that was configured.
                (None, Some(next)) if next.starts_with(&self.address) => address = next,
                (None, _) => return Ok(None),
            }
        }
        Ok(None)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, String), String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever became of the content, the message was not sent: it may be tried again.
fn not_sent(error: ChannelError) -> ChannelError {
    match error {
        ChannelError::Outage(_) => outage::not_done(PARTY, "its contents cannot be reached").into(),
        refused @ (ChannelError::Refused { .. } | ChannelError::Unauthorised) => refused,
    }
}
