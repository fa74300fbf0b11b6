//! Tasks of the conversation function: what customers are asked, and how their answers are read.
//!
//! What was said stays in the talk's row; an execution knows which question was answered, and never with what.

use comanda_domain::{
    ids::{ClientId, StoreId},
    talk::{Preface, Question},
};
use comanda_dsl::{Ask, Handles, Idempotent, NoRefusal, Task, TaskError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names a session of a talk: what `conversation` starts with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct TalkKey {
    /// The tenant.
    pub client_id: ClientId,
    /// The store that is written to.
    pub store_id: StoreId,
    /// The talk; a hash of the channel address.
    pub talk_id: String,
    /// Which session of it.
    pub session: u32,
}

/// Finds out who writes, by their channel address within the tenant, and takes note of the message that began the session.
///
/// Input [`TalkKey`], output [`TalkStep`]. Idempotent: a session is begun once.
#[derive(Debug, Clone, Copy)]
pub struct Identify;

impl Task for Identify {
    const NAME: &'static str = "Identify";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = TalkKey;
    type Output = TalkStep;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// What comes next in a talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum TalkStep {
    /// Nobody knows them yet: they are asked who they are.
    Register,
    /// They are known: they are asked what they want.
    Serve(Served),
    /// The session ends.
    Close(Ending),
}

/// What was done last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct Served {
    /// What is said of it with the next question.
    pub preface: Preface,
}

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Ending {
    /// Nobody wrote for half an hour.
    Silence,
    /// The customer left it.
    Left,
    /// Nothing more is wanted.
    Done,
    /// The customer was not understood again and again.
    NotUnderstood,
    /// Something of ours did not work.
    Broken,
    /// The session did as much as one does. The next message begins another.
    Pause,
}

/// Asks a customer, in their channel, and awaits the next message: registers the token, says the question once. A message
/// that is there already, or an answer that was given before, completes it at once.
///
/// Input [`QuestionAsked`], signal [`Reply`]. Idempotent: the question is said once however often it is asked.
#[derive(Debug, Clone, Copy)]
pub struct AskQuestion;

impl Ask for AskQuestion {
    const NAME: &'static str = "AskQuestion";
    const FUNCTION: &'static str = "conversation";
    type Input = QuestionAsked;
    type Signal = Reply;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct QuestionAsked {
    /// Whom.
    pub talk: TalkKey,
    /// The question.
    pub question: Question,
    /// What is said before it.
    pub preface: Option<Preface>,
}

/// What is heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum Reply {
    /// A message came.
    #[serde(rename_all = "camelCase")]
    Message {
        /// The channel's id for it.
        message_id: String,
    },
    /// The answer was given before, and is not asked for again.
    Known,
}

/// Reads an answer that fills a field, or the yes to all of them, and keeps it with the talk.
///
/// Input [`AnswerRead`], no output, refusal [`ReadError`]. Idempotent: a message is read once, and read again it comes to the
/// same.
#[derive(Debug, Clone, Copy)]
pub struct ReadAnswer;

impl Task for ReadAnswer {
    const NAME: &'static str = "ReadAnswer";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = AnswerRead;
    type Output = ();
    type Error = ReadError;
    type Licence = Idempotent;
}

/// Reads what a customer wants.
///
/// Input [`AnswerRead`], output [`Wish`], refusal [`ReadError`]. Idempotent like [`ReadAnswer`].
#[derive(Debug, Clone, Copy)]
pub struct ReadWish;

impl Task for ReadWish {
    const NAME: &'static str = "ReadWish";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = AnswerRead;
    type Output = Wish;
    type Error = ReadError;
    type Licence = Idempotent;
}

/// Reads which address is meant, and what with it.
///
/// Input [`AnswerRead`], output [`AddressWish`], refusal [`ReadError`]. Idempotent like [`ReadAnswer`].
#[derive(Debug, Clone, Copy)]
pub struct ReadAddressWish;

impl Task for ReadAddressWish {
    const NAME: &'static str = "ReadAddressWish";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = AnswerRead;
    type Output = AddressWish;
    type Error = ReadError;
    type Licence = Idempotent;
}

/// What is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct AnswerRead {
    /// Whose.
    pub talk: TalkKey,
    /// What was asked.
    pub question: Question,
    /// What was heard.
    pub reply: Reply,
}

/// Why an answer is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TaskError)]
#[serde(rename_all = "camelCase")]
pub enum ReadError {
    /// It was not understood.
    NotUnderstood {
        /// What is said of it.
        say: Preface,
    },
    /// An earlier answer is to be given again; it is forgotten.
    Back,
    /// The customer leaves it.
    Cancelled,
}

/// What a customer wants of their record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum Wish {
    /// Another name.
    ChangeName,
    /// Another e-mail.
    ChangeEmail,
    /// One more address.
    AddAddress,
    /// To choose among the addresses.
    ChooseAddress,
    /// To hear of offers, or not any more.
    Consent(ConsentSaid),
    /// Nothing more.
    Nothing,
}

/// What was said about offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct ConsentSaid {
    /// Yes, or not any more.
    pub given: bool,
}

/// Which address, and what with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum AddressWish {
    /// Orders go there.
    Use(AddressNamed),
    /// Another one, which is told next.
    New,
    /// It is told anew next.
    Edit(AddressNamed),
    /// It goes.
    Remove(AddressNamed),
}

/// An address by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct AddressNamed {
    /// The id.
    pub address_id: String,
}

/// Ends a session. A message that came at the last moment begins the next one.
///
/// Input [`SessionEnd`], no output. Idempotent: a session ends once, and its last words are said once.
#[derive(Debug, Clone, Copy)]
pub struct CloseTalk;

impl Task for CloseTalk {
    const NAME: &'static str = "CloseTalk";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = SessionEnd;
    type Output = ();
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Which session ends, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct SessionEnd {
    /// The session.
    pub talk: TalkKey,
    /// Why.
    pub ending: Ending,
    /// What was done at last, where that is still to be said.
    pub done: Option<Preface>,
}
