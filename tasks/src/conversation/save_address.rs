//! Enters the address that the talk holds, in place of another or as one more, and has orders go there.

use comanda_domain::talk::Preface;
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{AddressSave, SaveAddress};

use super::{
    save_customer::saved,
    table::{CHANGING, load_talk, operation, require_customer},
};
use crate::{
    customers::{AddressChange, add_address, update_address},
    fault::Failure,
    handler::Handler,
    ports::{Ports, guarded::Uses},
};

impl Handler for SaveAddress {
    const USES: &'static [Uses] = CHANGING;

    async fn handle(ports: &Ports, input: AddressSave) -> Result<Preface, Failure<NoRefusal>> {
        let talk = load_talk(ports, &input.talk).await?;
        let customer = require_customer(ports, &talk).await?;
        let id = &customer.customer_id;
        let Some(address) = talk.draft.given_address() else {
            return Ok(Preface::LeftAsItWas);
        };
        let operation = operation(&talk, "address");
        let said = match input.replaces.as_deref() {
            Some(replaced) => {
                let change = AddressChange::Rewrite(address);
                saved(update_address(ports, &operation, id, (replaced, &change)).await)?
            }
            None => saved(add_address(ports, &operation, id, (address, true)).await)?,
        };
        Ok(match (said, input.replaces) {
            (Preface::Saved, None) => Preface::AddressChosen,
            (said, _) => said,
        })
    }
}
