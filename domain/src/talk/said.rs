//! What customers say and are offered, whatever channel carries it: typed on both sides, so that a channel is a
//! translation of these and nothing more.

use serde::{Deserialize, Serialize};

/// One message of a customer. Not `Debug`: it is what a person wrote.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Said {
    /// Written words.
    Text(String),
    /// A button or an item of a list was tapped.
    Choice {
        /// What it says, as it was offered ([`Offered::says`]).
        says: String,
        /// What was written on it.
        title: String,
    },
    /// A picture, a voice message, a document.
    Media {
        /// `image`, `audio`, `video`, `application`…
        kind: String,
        /// The words beside it; may be empty.
        caption: String,
    },
    /// Something without words: a place, a contact, a reaction.
    #[default]
    Other,
}

impl Said {
    /// The words that a person sees of it.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Choice { title, .. } => title,
            Self::Media { caption, .. } => caption,
            Self::Other => "",
        }
    }
}

/// One of the answers that a question offers. To tap it says the same as to write `says`: who types is not worse off than
/// who taps, and what a channel hands back can do nothing that words could not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offered {
    /// What tapping it says, in words that the question's reader understands.
    pub says: String,
    /// What is written on it.
    pub title: String,
}

impl Offered {
    /// An answer by what it says and what is written on it.
    pub fn new(says: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            says: says.into(),
            title: title.into(),
        }
    }
}

/// One message to a customer: a text, and the answers that it offers, if any.
#[derive(Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The text.
    pub text: String,
    /// The answers, in the order in which they are shown.
    pub offered: Vec<Offered>,
}

impl Spoken {
    /// The same as text alone: where a channel has no buttons, or not so many.
    #[must_use]
    pub fn numbered(&self) -> String {
        numbered(
            &self.text,
            self.offered.iter().map(|one| one.title.as_str()),
        )
    }
}

/// A text with its answers as a numbered list.
#[must_use]
pub fn numbered<'a>(text: &str, titles: impl Iterator<Item = &'a str>) -> String {
    let mut whole = text.to_owned();
    for (at, title) in titles.enumerate() {
        whole.push_str(&format!("\n{}. {title}", at + 1));
    }
    whole
}
