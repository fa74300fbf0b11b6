//! Reads what a customer wants of their record.

use comanda_domain::talk::{Field, reading};
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
    let wish = match reading::wish(text).map_err(unclear)? {
        reading::Wish::Change(field) => {
            talk.draft.forget(field);
            match field {
                Field::Name => Wish::ChangeName,
                Field::Email => Wish::ChangeEmail,
                Field::Address => Wish::AddAddress,
            }
        }
        reading::Wish::ChooseAddress => {
            talk.draft.forget(Field::Address);
            Wish::ChooseAddress
        }
        reading::Wish::Consent => Wish::Consent(ConsentSaid { given: true }),
        reading::Wish::Withdraw => Wish::Consent(ConsentSaid { given: false }),
        reading::Wish::Nothing => Wish::Nothing,
    };
    Ok(wish)
}
