//! What a customer is asked, what can be wrong with an answer, and what is said before the next question.
//!
//! INVARIANT: nothing here holds what a person wrote; these travel through executions, whose histories are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A question.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Question {
    /// What are you called?
    Name,
    /// Your e-mail? It may be declined.
    Email,
    /// Where do you live? It may be declined.
    Address,
    /// Is all of this right?
    Confirmation,
    /// Which of your addresses, or another one?
    WhichAddress,
    /// What can I do for you?
    Wish,
}

/// A field of the record that a customer may name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Field {
    /// The name.
    Name,
    /// The e-mail.
    Email,
    /// The address.
    Address,
}

impl Question {
    /// The field that an answer fills.
    #[must_use]
    pub fn field(self) -> Option<Field> {
        match self {
            Self::Name => Some(Field::Name),
            Self::Email => Some(Field::Email),
            Self::Address => Some(Field::Address),
            Self::Confirmation | Self::WhichAddress | Self::Wish => None,
        }
    }

    /// The field that was asked for before this question, when a customer is registered: where "back" leads.
    #[must_use]
    pub fn before(self) -> Option<Field> {
        match self {
            Self::Email => Some(Field::Name),
            Self::Address => Some(Field::Email),
            Self::Confirmation => Some(Field::Address),
            Self::Name | Self::WhichAddress | Self::Wish => None,
        }
    }
}

/// A part of an address that a delivery cannot do without.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AddressPart {
    /// The street.
    Street,
    /// The number, or that there is none.
    Number,
    /// The neighbourhood.
    Neighborhood,
    /// The city with its state.
    City,
}

/// Why an answer was not understood.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Problem {
    /// A picture, a voice message: there is no text to read.
    NoText,
    /// Far more text than any answer has.
    TooLong,
    /// No name of a person.
    NoName,
    /// No e-mail address, and not declined either.
    NoEmail,
    /// Nothing that could be an address.
    NoAddress,
    /// An address without this part; what there was is kept.
    AddressLacks(AddressPart),
    /// An address that is on record already, where another is to be told.
    AddressKnown,
    /// Neither yes nor no.
    NoDecision,
    /// A no that does not say what is wrong.
    WhatIsWrong,
    /// None of the addresses.
    NoChoice,
    /// An address is to be told anew, and nobody said which.
    WhichToCorrect,
    /// An address is to go, and nobody said which.
    WhichToRemove,
    /// A button of an earlier question was tapped.
    OldChoice,
    /// Nothing that can be done here.
    NoWish,
}

/// What is said before a question, in the same message.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Preface {
    /// What was wrong with the answer.
    Problem(Problem),
    /// Good to see you again.
    WelcomeBack,
    /// Where were we?
    Resume,
    /// What is wrong is asked for again.
    Correcting,
    /// It is about a change of the record; nothing needs to be said before.
    Changing,
    /// You are registered.
    Registered,
    /// The change was made.
    Saved,
    /// The orders go there from here on.
    AddressChosen,
    /// The address is gone.
    AddressRemoved,
    /// There is no room for one more address.
    AddressesFull,
    /// You will hear of offers.
    ConsentGiven,
    /// You will not hear of offers any more.
    ConsentWithdrawn,
    /// All right, it stays as it is.
    LeftAsItWas,
    /// Something of ours did not work; nothing was changed.
    Sorry,
}
