//! Takes an address off the record.

use comanda_domain::talk::Preface;
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{AddressPick, RemoveAddress};

use super::{
    save_customer::saved,
    table::{CHANGING, load_talk, operation, require_customer},
};
use crate::{
    customers::remove_address,
    fault::Failure,
    handler::Handler,
    ports::{Ports, guarded::Uses},
};

impl Handler for RemoveAddress {
    const USES: &'static [Uses] = CHANGING;

    async fn handle(ports: &Ports, input: AddressPick) -> Result<Preface, Failure<NoRefusal>> {
        let talk = load_talk(ports, &input.talk).await?;
        let customer = require_customer(ports, &talk).await?;
        let operation = operation(&talk, "remove");
        let id = &customer.customer_id;
        let done = remove_address(ports, &operation, id, &input.address_id).await;
        Ok(match saved(done)? {
            Preface::Saved => Preface::AddressRemoved,
            other => other,
        })
    }
}
