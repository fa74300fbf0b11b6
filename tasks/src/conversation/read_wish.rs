//! Reads what a customer wants of their record.

use comanda_domain::talk::{Draft, Field, reading};
use comanda_workflows::contracts::{AnswerRead, ConsentSaid, ReadError, ReadWish, Wish};

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

impl Handler for ReadWish {
    const USES: &'static [Uses] = TALKING;

    async fn handle(ports: &Ports, input: AnswerRead) -> Result<Wish, Failure<ReadError>> {
        read(ports, &input, understand, |_| Wish::Nothing).await
    }
}

fn understand(talk: &mut TalkRow, text: &str, _: &Around<'_>) -> Result<Wish, ReadError> {
    let wish = reading::wish(text).map_err(unclear)?;
    // What an earlier wish left there could not be saved, and they were told so.
    talk.draft = Draft::default();
    Ok(match wish {
        reading::Wish::Change(Field::Name) => Wish::ChangeName,
        reading::Wish::Change(Field::Email) => Wish::ChangeEmail,
        reading::Wish::Change(Field::Address) => Wish::AddAddress,
        reading::Wish::ChooseAddress => Wish::ChooseAddress,
        reading::Wish::Consent => Wish::Consent(ConsentSaid { given: true }),
        reading::Wish::Withdraw => Wish::Consent(ConsentSaid { given: false }),
        reading::Wish::Nothing => Wish::Nothing,
    })
}
