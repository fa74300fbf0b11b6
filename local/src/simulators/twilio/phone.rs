//! A customer's phone: the chat with a store's number, and what one does there. The console shows it; `/control/…` is the
//! same for programs.

use jiff::Timestamp;
use tokio::sync::watch;

use super::{
    Twilio,
    messages::is_address,
    model::{Choice, Message, Status, Step, Tapped, message_sid},
    rows,
};
use crate::simulators::{
    DatabaseError,
    fault::{self, Faulty},
};

/// More than anybody scrolls through.
const CHAT_MAX: usize = 200;

/// Why the customer's side does not do it.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// No address of WhatsApp.
    #[error("{0} is not a WhatsApp address")]
    NotAnAddress(String),
    /// No number of any account.
    #[error("no store has the number {0}")]
    NoSuchNumber(String),
    /// The message does not offer that.
    #[error("no message to this customer offers that")]
    NoSuchChoice,
    /// Nothing to send.
    #[error("a message needs a text")]
    Empty,
    /// The simulator's database.
    #[error(transparent)]
    Broken(#[from] DatabaseError),
}

impl From<rusqlite::Error> for PhoneError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error.into())
    }
}

/// What a customer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// Writes a text.
    Write(String),
    /// Taps a button, or an item of a list.
    Tap {
        /// The message that it is on.
        message: String,
        /// The choice's id.
        choice: String,
    },
    /// Sends a picture, a voice message, a document.
    Send {
        /// `image/jpeg`.
        media_type: String,
        /// The words beside it; may be empty.
        caption: String,
    },
}

/// A message as the phone shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneMessage {
    /// The channel's id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Whether the customer wrote it.
    pub by_customer: bool,
    /// Its text.
    pub text: String,
    /// Addresses of pictures, or the types of what the customer sent.
    pub media: Vec<String>,
    /// What can be tapped.
    pub choices: Vec<Choice>,
    /// What opens the choices, where they are a list.
    pub list_button: Option<String>,
    /// How far it got.
    pub status: Status,
    /// The channel's code, where it did not arrive.
    pub error: Option<u32>,
}

impl Twilio {
    /// Counts whatever phones may show differently.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Customers who wrote or were written to, each with the number, the last chat first.
    pub fn chats(&self, limit: usize) -> Result<Vec<(String, String)>, DatabaseError> {
        let found = self
            .database
            .transact(|transaction| rows::chats(transaction, limit));
        found.map_err(DatabaseError::from)
    }

    /// The chat of a customer with a number, oldest first.
    pub fn chat(
        &self,
        (customer, number): (&str, &str),
    ) -> Result<Vec<PhoneMessage>, DatabaseError> {
        let found = self
            .database
            .transact(|transaction| rows::chat(transaction, customer, number, CHAT_MAX));
        let shown = |message: Message| PhoneMessage {
            id: message.sid,
            at: message.created,
            by_customer: message.inbound,
            text: message.body,
            media: message
                .media_type
                .into_iter()
                .chain(message.media)
                .collect(),
            choices: message.choices,
            list_button: message.list_button,
            status: message.status,
            error: message.error,
        };
        Ok(found?.into_iter().map(shown).collect())
    }

    /// The customer does something. Our webhook is called a moment later, as often and as late as the fault dial says. Gives
    /// the channel's id of the message.
    pub fn does(
        &self,
        (customer, number): (&str, &str),
        doing: Doing,
        profile_name: Option<String>,
    ) -> Result<String, PhoneError> {
        if !is_address(customer) {
            return Err(PhoneError::NotAnAddress(customer.to_owned()));
        }
        let sid = self.database.transact(|transaction| {
            let account = rows::account_of_sender(transaction, number)?
                .ok_or_else(|| PhoneError::NoSuchNumber(number.to_owned()))?;
            let blank = Message {
                sid: message_sid(),
                account: account.sid,
                from: customer.to_owned(),
                to: number.to_owned(),
                body: String::new(),
                media: Vec::new(),
                template: None,
                choices: Vec::new(),
                list_button: None,
                tapped: None,
                media_type: None,
                status_callback: None,
                inbound: true,
                profile_name,
                status: Status::Received,
                error: None,
                created: Timestamp::now(),
                sent: None,
            };
            let message = match doing {
                Doing::Write(body) if body.trim().is_empty() => return Err(PhoneError::Empty),
                Doing::Write(body) => Message { body, ..blank },
                Doing::Tap { message, choice } => {
                    let on = rows::message(transaction, &message)?
                        .filter(|on| on.to == customer && on.from == number)
                        .ok_or(PhoneError::NoSuchChoice)?;
                    tapping(blank, on, &choice)?
                }
                Doing::Send {
                    media_type,
                    caption,
                } => sending(blank, media_type, caption),
            };
            rows::insert_message(transaction, &message)?;
            for delay in fault::sendings(transaction, Self::PROVIDER)? {
                let due = message.created.as_millisecond() + delay;
                rows::plan(transaction, &message.sid, Step::Arrives, due)?;
            }
            Ok::<_, PhoneError>(message.sid)
        })?;
        self.wake.notify_one();
        self.changed();
        Ok(sid)
    }

    /// The customer looks at the chat: what arrived is read, and whoever asked for it is told.
    pub fn reads(&self, (customer, number): (&str, &str)) -> Result<(), DatabaseError> {
        let any = self.database.transact(|transaction| {
            let chat = rows::chat(transaction, customer, number, CHAT_MAX)?;
            let unread = chat
                .into_iter()
                .filter(|message| !message.inbound && message.status == Status::Delivered);
            let mut any = false;
            for mut message in unread {
                message.status = Status::Read;
                rows::update_message(transaction, &message)?;
                let now = Timestamp::now().as_millisecond();
                rows::plan(transaction, &message.sid, Step::Becomes(Status::Read), now)?;
                any = true;
            }
            Ok::<_, rusqlite::Error>(any)
        })?;
        if any {
            self.wake.notify_one();
        }
        Ok(())
    }
}

fn tapping(blank: Message, on: Message, choice: &str) -> Result<Message, PhoneError> {
    let of_list = on.list_button.is_some();
    let mut choices = on.choices.into_iter();
    let choice = choices
        .find(|offered| offered.id == choice)
        .ok_or(PhoneError::NoSuchChoice)?;
    let tapped = Tapped {
        message: on.sid,
        id: choice.id,
        of_list,
    };
    Ok(Message {
        body: choice.title,
        tapped: Some(tapped),
        ..blank
    })
}

fn sending(blank: Message, media_type: String, caption: String) -> Message {
    let url = format!(
        "https://api.twilio.com/2010-04-01/Accounts/{}/Messages/{}/Media/ME{:032x}",
        blank.account,
        blank.sid,
        rand::random::<u128>()
    );
    Message {
        body: caption,
        media: vec![url],
        media_type: Some(media_type),
        ..blank
    }
}
