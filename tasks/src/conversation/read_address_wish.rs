//! Reads which of a customer's addresses is meant, and what with it.

use comanda_domain::talk::{
    Field, Problem,
    reading::{self, Choice},
};
use comanda_workflows::contracts::{
    AddressNamed, AddressWish, AnswerRead, ReadAddressWish, ReadError,
};

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

impl Handler for ReadAddressWish {
    const USES: &'static [Uses] = TALKING;

    async fn handle(ports: &Ports, input: AnswerRead) -> Result<AddressWish, Failure<ReadError>> {
        // Who has no address has another one in mind.
        read(ports, &input, understand, |talk| {
            talk.draft.forget(Field::Address);
            AddressWish::New
        })
        .await
    }
}

fn understand(
    talk: &mut TalkRow,
    text: &str,
    around: &Around<'_>,
) -> Result<AddressWish, ReadError> {
    let unknown = || unclear(Problem::NoChoice);
    let customer = around.customer.ok_or_else(unknown)?;
    let default = customer.default_address_index.unwrap_or_default();
    let default = usize::try_from(default).unwrap_or_default();
    let choice = reading::choice(text, &customer.addresses, default).map_err(unclear)?;
    let named = |at: usize| {
        let address = customer.addresses.get(at);
        let id = address.and_then(|address| address.address_id.clone());
        let address_id = id.ok_or_else(unknown)?;
        Ok(AddressNamed { address_id })
    };
    talk.draft.forget(Field::Address);
    Ok(match choice {
        Choice::Use(at) => AddressWish::Use(named(at)?),
        Choice::New => AddressWish::New,
        Choice::Edit(at) => AddressWish::Edit(named(at)?),
        Choice::Remove(at) => AddressWish::Remove(named(at)?),
    })
}
