//! Has orders go to an address from here on.

use comanda_domain::talk::Preface;
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{AddressPick, ChooseAddress};

use super::{
    save_customer::saved,
    table::{CHANGING, load_talk, operation, require_customer},
};
use crate::{
    customers::{AddressChange, update_address},
    fault::Failure,
    handler::Handler,
    ports::{Ports, guarded::Uses},
};

impl Handler for ChooseAddress {
    const USES: &'static [Uses] = CHANGING;

    async fn handle(ports: &Ports, input: AddressPick) -> Result<Preface, Failure<NoRefusal>> {
        let talk = load_talk(ports, &input.talk).await?;
        let customer = require_customer(ports, &talk).await?;
        let operation = operation(&talk, "choose");
        let change = AddressChange::MakeDefault;
        let picked = (input.address_id.as_str(), &change);
        let done = update_address(ports, &operation, &customer.customer_id, picked).await;
        Ok(match saved(done)? {
            Preface::Saved => Preface::AddressChosen,
            other => other,
        })
    }
}
