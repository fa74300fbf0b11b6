//! Makes the customer whose answers the talk holds.

use comanda_domain::{
    order::Source,
    people::CustomerUpdate,
    planted::{CustomerFault as Planted, planted},
    talk::{Draft, EmailAnswer, Preface},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{RegisterCustomer, TalkKey};

use super::{
    save_customer::{email_change, saved},
    table::{CHANGING, change_talk, load_talk, operation},
};
use crate::{
    customers::{
        NewCustomer, ReadIn, add_address, create_customer_of, get_customer_by_address,
        update_customer,
    },
    fault::{Failure, Fault},
    handler::Handler,
    ports::{Ports, guarded::Uses},
    rows::TalkRow,
};

impl Handler for RegisterCustomer {
    const USES: &'static [Uses] = CHANGING;

    async fn handle(ports: &Ports, key: TalkKey) -> Result<Preface, Failure<NoRefusal>> {
        let talk = load_talk(ports, &key).await?;
        let (tenant, address) = (&talk.client_id, &talk.channel_address);
        let Some(name) = talk.draft.name.clone() else {
            // Done before: the draft was emptied behind it.
            return match get_customer_by_address(ports, tenant, address).await? {
                Some(_) => Ok(Preface::Registered),
                None => Err(Fault::unexpected("nobody's name was asked for").into()),
            };
        };
        let new = NewCustomer {
            address: address.clone(),
            name: name.clone(),
            cpf: None,
            source: Source::WhatsappBot,
            id: None,
        };
        let read_in = TalkRow::key_of(tenant, &talk.talk_id);
        let read_in = (&new, ReadIn::Talk(&read_in));
        let made = create_customer_of(ports, &operation(&talk, "register"), read_in).await;
        let made = made.and_then(|made| made.ok_or_else(was_erased));
        let made = made.map_err(|fault| match planted(Planted::NameInError) {
            true => Fault::unexpected(format!("{} cannot be registered", name.as_str())),
            false => fault,
        })?;
        let id = &made.customer_id;
        let update = CustomerUpdate {
            name: Some(name),
            email: talk
                .draft
                .email
                .clone()
                .filter(|answer| matches!(answer, EmailAnswer::Given(_)))
                .and_then(email_change),
            ..CustomerUpdate::default()
        };
        saved(update_customer(ports, &operation(&talk, "details"), id, &update).await)?;
        let given = talk.draft.given_address();
        if let Some(given) = given.filter(|_| !planted(Planted::AddressLost)) {
            let operation = operation(&talk, "address");
            saved(add_address(ports, &operation, id, (given, true)).await)?;
        }
        change_talk::<(), Fault>(ports, &key, |talk| {
            talk.draft = Draft::default();
            Ok(())
        })
        .await?;
        Ok(Preface::Registered)
    }
}

fn was_erased() -> Fault {
    Fault::unexpected("who was to be registered was erased meanwhile")
}
