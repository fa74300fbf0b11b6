//! Reads an answer that fills a field of the draft, or the yes to all of them.

use comanda_domain::{
    people::Customer,
    talk::{
        AddressAnswer, Field, Preface, Problem, Question,
        reading::{self, Decision},
    },
};
use comanda_workflows::contracts::{AnswerRead, ReadAnswer, ReadError};

use super::{
    reading::{Around, read, unclear},
    table::TALKING,
};
use crate::{
    fault::Failure,
    handler::Handler,
    ports::{Ports, guarded::Uses},
    rows::TalkRow,
};

impl Handler for ReadAnswer {
    const USES: &'static [Uses] = TALKING;

    async fn handle(ports: &Ports, input: AnswerRead) -> Result<(), Failure<ReadError>> {
        read(ports, &input, understand, |_| ()).await
    }
}

fn understand(talk: &mut TalkRow, text: &str, around: &Around<'_>) -> Result<(), ReadError> {
    let draft = &mut talk.draft;
    match around.question {
        // Who has a name on record keeps it by not telling another.
        Question::Name if around.customer.is_some() && reading::declines(text) => {
            return Err(ReadError::Cancelled);
        }
        Question::Name => draft.name = Some(reading::name(text).map_err(unclear)?),
        Question::Email => draft.email = Some(reading::email(text).map_err(unclear)?),
        Question::Address => match reading::address(draft.parts.as_ref(), text, around.place) {
            Ok(address) => {
                draft.parts = None;
                // Who registers holds a name in the draft. Who is on record adds or corrects: an address that is there already is
                // a message of before that came late, and to enter it twice, or over another, is not what anybody meant.
                let known = around.customer.filter(|_| draft.name.is_none());
                if known.is_some_and(|customer| is_on_record(customer, &address)) {
                    return Err(unclear(Problem::AddressKnown));
                }
                draft.address = Some(address);
            }
            Err((problem, parts)) => {
                draft.parts = parts.map(|parts| *parts);
                return Err(unclear(problem));
            }
        },
        Question::Confirmation => return confirm(talk, text),
        Question::WhichAddress | Question::Wish => return Err(unclear(Problem::NoWish)),
    }
    Ok(())
}

fn is_on_record(customer: &Customer, answer: &AddressAnswer) -> bool {
    let AddressAnswer::Given(said) = answer else {
        return false;
    };
    customer
        .addresses
        .iter()
        .any(|known| said.is_told_by(known))
}

/// What is to be corrected is forgotten, and so asked for again.
fn confirm(talk: &mut TalkRow, text: &str) -> Result<(), ReadError> {
    let field: Field = match reading::decision(text).map_err(unclear)? {
        Decision::Yes => return Ok(()),
        Decision::Correct(field) => field,
    };
    talk.draft.forget(field);
    talk.preface = Some(Preface::Correcting);
    Err(ReadError::Back)
}
