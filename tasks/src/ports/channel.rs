//! Messages to customers, on whatever channel their address names.
//!
//! What is said is typed: text, quick replies, a list, a picture, a template. [`Content::spoken`] chooses among them by what
//! the channel can show, so that no caller knows a channel's limits; what customers say back is
//! [`comanda_domain::talk::Said`].

use comanda_domain::talk::{Spoken, numbered, words::SEE_OPTIONS};
use jiff::Timestamp;
use secrecy::SecretString;

use super::{Answer, OutageError};

/// Sends messages, and tells what was sent (the sending API has no idempotency key, so a lost answer is looked up).
///
/// How far a message got is reported to our webhook, for every message: where that is, the implementation knows.
pub trait Channel: Send + Sync {
    /// Hands one message to the channel and gives the channel's id for it.
    fn send<'a>(
        &'a self,
        sender: &'a Sender,
        message: &'a OutboundMessage,
    ) -> Answer<'a, String, ChannelError>;

    /// Messages to this address since `since`, newest first: to find one whose answer was lost.
    fn sent_since<'a>(
        &'a self,
        sender: &'a Sender,
        to: &'a str,
        since: Timestamp,
    ) -> Answer<'a, Vec<SentMessage>, ChannelError>;

    /// What an address can be shown to choose from; nothing, where the channel does not say.
    fn limits(&self, _to: &str) -> ChoiceLimits {
        ChoiceLimits::NONE
    }
}

/// What a channel shows of answers to tap; characters each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChoiceLimits {
    /// The text above the answers.
    pub text: usize,
    /// How many quick replies.
    pub replies: usize,
    /// What is written on one.
    pub reply_title: usize,
    /// How many items in a list.
    pub items: usize,
    /// What is written on one.
    pub item_title: usize,
    /// What is written below it.
    pub item_description: usize,
    /// What an answer says, which comes back when it is tapped.
    pub says: usize,
}

impl ChoiceLimits {
    /// WhatsApp in a session, without approval (providers §2.7).
    pub const WHATSAPP: Self = Self {
        text: 1_024,
        replies: 3,
        reply_title: 20,
        items: 10,
        item_title: 24,
        item_description: 72,
        says: 200,
    };
    /// A channel without buttons.
    pub const NONE: Self = Self {
        text: 0,
        replies: 0,
        reply_title: 0,
        items: 0,
        item_title: 0,
        item_description: 0,
        says: 0,
    };
}

/// Who sends: the store's address on the channel and the account behind it.
#[derive(Debug, Clone)]
pub struct Sender {
    /// `whatsapp:+55…` of the store.
    pub address: String,
    /// Twilio's account SID.
    pub account: String,
    /// Twilio's auth token.
    pub auth_token: SecretString,
}

/// One message to one customer.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboundMessage {
    /// The customer's address, exactly as it came.
    pub to: String,
    /// What is said.
    pub content: Content,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Free text, only inside the 24-hour window.
    Text(String),
    /// A text with buttons, only inside the window.
    QuickReplies {
        /// The text above them.
        text: String,
        /// The buttons.
        replies: Vec<Choice>,
    },
    /// A text with a list that opens, only inside the window.
    List {
        /// The text above it.
        text: String,
        /// What opens it.
        button: String,
        /// Its items.
        items: Vec<Choice>,
    },
    /// A picture by public address, with a caption.
    Media {
        /// Where the channel fetches it.
        url: String,
        /// Text beside it; may be empty.
        caption: String,
    },
    /// An approved template, allowed at any time.
    Template {
        /// The template's id at the channel (`HX…`).
        id: String,
        /// Its variables, `1` first.
        variables: Vec<String>,
    },
}

/// A button, or an item of a list.
#[derive(Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it says when it is tapped; not shown.
    pub says: String,
    /// What is written on it.
    pub title: String,
    /// What is written below it.
    pub description: Option<String>,
}

impl Content {
    /// A text and the answers that it offers, as the channel can show them: buttons, else a list, else a numbered text.
    /// Nothing is cut off: an item's title that is too long stands whole below its beginning.
    #[must_use]
    pub fn spoken(spoken: &Spoken, limits: &ChoiceLimits) -> Self {
        let offered = &spoken.offered;
        let text = spoken.text.clone();
        let length = |text: &str| text.chars().count();
        let titles_within = |limit| offered.iter().all(|one| length(&one.title) <= limit);
        let says_fit = offered.iter().all(|one| length(&one.says) <= limits.says);
        if offered.is_empty() {
            return Self::Text(text);
        }
        if length(&text) > limits.text || !says_fit {
            return Self::Text(spoken.numbered());
        }
        let choices = |title_limit| {
            let choice = |one: &comanda_domain::talk::Offered| {
                let is_long = length(&one.title) > title_limit;
                Choice {
                    says: one.says.clone(),
                    title: shortened(&one.title, title_limit),
                    description: is_long.then(|| one.title.clone()),
                }
            };
            offered.iter().map(choice).collect()
        };
        if offered.len() <= limits.replies && titles_within(limits.reply_title) {
            let replies = choices(limits.reply_title);
            return Self::QuickReplies { text, replies };
        }
        let item = limits.item_title.max(limits.item_description);
        if offered.len() <= limits.items && titles_within(item) {
            let (button, items) = (SEE_OPTIONS.to_owned(), choices(limits.item_title));
            return Self::List {
                text,
                button,
                items,
            };
        }
        Self::Text(spoken.numbered())
    }

    /// The text, without what can be tapped: what the channel lists as the message's body. What an approved template says
    /// around its variables is the channel's; it says something after the last.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Text(text) | Self::QuickReplies { text, .. } | Self::List { text, .. } => {
                text.clone()
            }
            Self::Media { caption, .. } => caption.clone(),
            Self::Template { id, variables } => {
                format!("{id}: {}. Obrigado!", variables.join(" | "))
            }
        }
    }

    /// The same as one text, with what can be tapped as a numbered list.
    #[must_use]
    pub fn as_text(&self) -> String {
        let choices: &[Choice] = match self {
            Self::QuickReplies { replies, .. } => replies,
            Self::List { items, .. } => items,
            Self::Text(_) | Self::Media { .. } | Self::Template { .. } => &[],
        };
        let titles = choices
            .iter()
            .map(|choice| choice.description.as_deref().unwrap_or(&choice.title));
        numbered(&self.body(), titles)
    }
}

/// The beginning of a text that is longer than this.
fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A message that the channel has.
#[derive(Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// The channel's id.
    pub id: String,
    /// Its text.
    pub body: String,
    /// When it was taken.
    pub at: Timestamp,
}

/// Why the channel did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// The channel decided against it, and would again (wrong address, outside the window, opted out).
    #[error("the channel refused the message: {code}")]
    Refused {
        /// The channel's error code (`63016`).
        code: u32,
    },
    /// The account or its token is not accepted: nothing is said for this tenant until a person looks.
    #[error("the channel does not accept the account's token")]
    Unauthorised,
    /// The channel was away, or its answer was lost.
    #[error(transparent)]
    Outage(#[from] OutageError),
}

/// Without the address and the text, which are personal.
impl std::fmt::Debug for OutboundMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutboundMessage").finish_non_exhaustive()
    }
}

/// Without the text, which is personal.
impl std::fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SentMessage")
            .field("id", &self.id)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use comanda_domain::talk::{Offered, Spoken};

    use super::{ChoiceLimits, Content};

    /// The words by which the form of a message is told.
    #[track_caller]
    fn check(titles: &[&str], limits: &ChoiceLimits, expected: &str) {
        let offered = titles.iter().map(|title| Offered::new(*title, *title));
        let spoken = Spoken {
            text: "Qual?".to_owned(),
            offered: offered.collect(),
        };
        let content = Content::spoken(&spoken, limits);
        let (form, choices) = match &content {
            Content::Text(_) => ("text", Vec::new()),
            Content::QuickReplies { replies, .. } => ("buttons", replies.clone()),
            Content::List { items, .. } => ("list", items.clone()),
            Content::Media { .. } | Content::Template { .. } => ("other", Vec::new()),
        };
        assert_eq!(form, expected, "{titles:?}");
        assert_eq!(content.as_text(), spoken.numbered(), "nothing is lost");
        for choice in choices {
            let title = choice.title.chars().count();
            let description = choice.description.unwrap_or_default().chars().count();
            let most = if form == "list" {
                limits.item_title
            } else {
                limits.reply_title
            };
            assert!(title <= most && description <= limits.item_description);
        }
    }

    #[test]
    fn answers_are_shown_as_the_channel_can() {
        let whatsapp = &ChoiceLimits::WHATSAPP;
        check(&["Sim", "Não"], whatsapp, "buttons");
        check(&["Prefiro não informar"], whatsapp, "buttons");
        check(&["Prefiro não informar!"], whatsapp, "list");
        check(&["1", "2", "3", "4"], whatsapp, "list");
        check(
            &["Rua das Flores, 123, Apto 45, Jardim Primavera"],
            whatsapp,
            "list",
        );
        check(&["x"; 10], whatsapp, "list");
        check(&["x"; 11], whatsapp, "text");
        check(&["é".repeat(72).as_str()], whatsapp, "list");
        check(&["é".repeat(73).as_str()], whatsapp, "text");
        check(&["Sim", "Não"], &ChoiceLimits::NONE, "text");
    }

    #[test]
    fn a_text_that_is_too_long_for_buttons_is_a_text() {
        let spoken = |characters: usize| Spoken {
            text: "é".repeat(characters),
            offered: vec![Offered::new("sim", "Sim")],
        };
        let is_text = |spoken: &Spoken| {
            matches!(
                Content::spoken(spoken, &ChoiceLimits::WHATSAPP),
                Content::Text(_)
            )
        };
        assert!(!is_text(&spoken(1_024)));
        assert!(is_text(&spoken(1_025)));
        let says_much = Spoken {
            text: String::new(),
            offered: vec![Offered::new("x".repeat(201), "Sim")],
        };
        assert!(is_text(&says_much));
    }
}
