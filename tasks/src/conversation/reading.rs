//! Reading a message once: taken out of the unread ones and understood in one conditional write, whose outcome is kept, so
//! that reading it again comes to the same (W3).

use comanda_domain::{
    people::Customer,
    store::Place,
    talk::{
        Preface, Problem, Question, Said,
        reading::{self, Turn},
    },
};
use comanda_workflows::contracts::{AnswerRead, ReadError, Reply};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::table::{change_talk, load_talk, table_of};
use crate::{
    fault::{Failure, Fault},
    ports::Ports,
    rows::{LastRead, TalkRow},
};

/// What a message came to.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Outcome<T> {
    Read(T),
    Refused(ReadError),
}

/// What a reader may look at beside the text.
pub(super) struct Around<'a> {
    /// What was asked.
    pub question: Question,
    /// The record, if there is one.
    pub customer: Option<&'a Customer>,
    /// Where the store is.
    pub place: Option<&'a Place>,
}

/// Reads the message that was heard. `known` is the answer where none was needed.
pub(super) async fn read<T>(
    ports: &Ports,
    input: &AnswerRead,
    understand: impl Fn(&mut TalkRow, &str, &Around<'_>) -> Result<T, ReadError>,
    known: impl Fn(&mut TalkRow) -> T,
) -> Result<T, Failure<ReadError>>
where
    T: Serialize + DeserializeOwned,
{
    let talk = load_talk(ports, &input.talk).await?;
    let table = table_of(ports, &talk).await?;
    let around = Around {
        question: input.question,
        customer: table.customer.as_ref(),
        place: table.store.place.as_ref(),
    };
    let change = change_talk::<Outcome<T>, Fault>(ports, &input.talk, |talk| {
        let Reply::Message { message_id } = &input.reply else {
            return Ok(Outcome::Read(known(talk)));
        };
        if let Some(last) = talk
            .last_read
            .as_ref()
            .filter(|last| last.message_id == *message_id)
        {
            return serde_json::from_value(last.outcome.clone()).map_err(|_| {
                Fault::unexpected("a message was read as an answer to another question")
            });
        }
        let at = talk
            .unread
            .iter()
            .position(|unread| unread.message_id == *message_id);
        let at = at.ok_or_else(|| Fault::unexpected("the message is not among the unread"))?;
        talk.wait = None;
        talk.open_question = None;
        if is_for_another(talk, at, &around) {
            talk.offered.clear();
            return Ok(Outcome::Refused(ReadError::Cancelled));
        }
        let message = talk.unread.remove(at);
        let outcome = match read_said(talk, &message.said, &around, &understand) {
            Ok(read) => Outcome::Read(read),
            Err(refused) => Outcome::Refused(refused),
        };
        // The same question comes again, and what it offered is still meant for it.
        if !matches!(outcome, Outcome::Refused(ReadError::NotUnderstood { .. })) {
            talk.offered.clear();
        }
        let kept = serde_json::to_value(&outcome)
            .map_err(|_| Fault::unexpected("what was read could not be written"))?;
        talk.last_read = Some(LastRead {
            message_id: message.message_id,
            at: message.at,
            said: message.said,
            outcome: kept,
        });
        Ok(outcome)
    });
    match change.await?.1 {
        Outcome::Read(read) => Ok(read),
        Outcome::Refused(refused) => Err(Failure::Refused(refused)),
    }
}

/// Whether a known customer wants no offers any more, whatever they were asked (LGPD art. 8, §5). What was asked is left, and
/// the message stays unread for the question that it answers.
fn is_for_another(talk: &TalkRow, at: usize, around: &Around<'_>) -> bool {
    let said = talk.unread.get(at).map(|unread| &unread.said);
    let meant = said.map(|said| reading::meant(said, &talk.offered));
    around.customer.is_some()
        && around.question != Question::Wish
        && meant.is_some_and(|meant| meant.is_ok_and(reading::withdraws))
}

fn read_said<T>(
    talk: &mut TalkRow,
    said: &Said,
    around: &Around<'_>,
    understand: &impl Fn(&mut TalkRow, &str, &Around<'_>) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let offered = talk.offered.clone();
    let text = reading::meant(said, &offered).map_err(unclear)?;
    let turn = reading::turn(text).filter(|_| around.question != Question::Wish);
    match turn {
        Some(Turn::Cancel) => Err(ReadError::Cancelled),
        Some(Turn::Back) => {
            go_back(talk, around.question);
            Err(ReadError::Back)
        }
        None => understand(talk, text, around),
    }
}

/// Forgets the answer before this question.
fn go_back(talk: &mut TalkRow, question: Question) {
    if let Some(before) = question.before() {
        talk.draft.forget(before);
    }
    talk.preface = Some(Preface::Correcting);
}

/// Not understood, for this reason.
pub(super) fn unclear(problem: Problem) -> ReadError {
    ReadError::NotUnderstood {
        say: Preface::Problem(problem),
    }
}
