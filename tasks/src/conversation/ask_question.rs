//! Asks a customer: registers the token, says the question once, and answers at once where the answer is there already.

use comanda_domain::{
    order::TaskToken,
    talk::{Question, Spoken},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{AskQuestion, QuestionAsked, Reply};

use super::table::{SAYING, Table, change_talk, load_talk, say, table_of, words_of};
use crate::{
    fault::{Failure, Fault},
    handler::AskHandler,
    hear::complete,
    ports::{Ports, guarded::Uses},
    rows::{TalkRow, TalkWait},
};

impl AskHandler for AskQuestion {
    const USES: &'static [Uses] = SAYING;

    async fn ask(
        ports: &Ports,
        input: QuestionAsked,
        token: TaskToken,
    ) -> Result<(), Failure<NoRefusal>> {
        let talk = load_talk(ports, &input.talk).await?;
        let table = table_of(ports, &talk).await?;
        let registered = change_talk::<Asked, Fault>(ports, &input.talk, |talk| {
            Ok(register(talk, &table, &input, &token))
        });
        let (talk, asked) = registered.await?;
        let reply = match asked {
            Asked::Known => Some(Reply::Known),
            Asked::Unread(message_id) => Some(Reply::Message { message_id }),
            Asked::Say => None,
        };
        if let Some(reply) = reply {
            complete(ports, token.expose(), &reply).await?;
            return Ok(());
        }
        let spoken = question_of(&talk, &table, &input);
        // Counted in six digits, so that messages of one instant are listed as they were said.
        let kind = format!("ASK#{:06}", talk.asked);
        say(ports, &table.store, &talk, (kind, spoken)).await?;
        Ok(())
    }
}

/// What there is to do about a question.
enum Asked {
    /// Nothing: it was answered before.
    Known,
    /// Nothing: the next message is here.
    Unread(String),
    /// To say it, if it was not said.
    Say,
}

fn register(talk: &mut TalkRow, table: &Table, input: &QuestionAsked, token: &TaskToken) -> Asked {
    let question = input.question;
    if is_answered(talk, table, question) {
        return Asked::Known;
    }
    // Once the question was said, the same words may well be its answer.
    if talk.open_question != Some(question) {
        talk.drop_repetitions();
    }
    if let Some(first) = talk.unread.first() {
        return Asked::Unread(first.message_id.clone());
    }
    // A repetition of this very asking has a new token and says nothing new.
    let repeated = talk
        .wait
        .as_ref()
        .is_some_and(|wait| wait.question == question);
    if !repeated {
        talk.asked += 1;
        talk.open_question = Some(question);
        talk.said_preface = talk.preface.take();
        let offered = question_of(talk, table, input).offered;
        talk.offered = offered.into_iter().map(|one| one.says).collect();
    }
    talk.wait = Some(TalkWait {
        question,
        token: token.clone(),
    });
    Asked::Say
}

/// What is said: the question, and before it what the workflow or the reading of the last answer has to say.
fn question_of(talk: &TalkRow, table: &Table, input: &QuestionAsked) -> Spoken {
    let preface = input.preface.or(talk.said_preface);
    words_of(talk, table, (input.question, preface))
}

fn is_answered(talk: &TalkRow, table: &Table, question: Question) -> bool {
    match question.field() {
        Some(field) => talk.draft.knows(field),
        // Who has no address is not asked which.
        None if question == Question::WhichAddress => {
            let addresses = table.customer.as_ref().map(|customer| &customer.addresses);
            addresses.is_none_or(Vec::is_empty)
        }
        None => false,
    }
}
