//! Enters the name or e-mail that the talk holds, and forgets it: what the store's people change meanwhile is not changed back
//! with the next answer.

use comanda_domain::{
    people::{Customer, CustomerRefusal, CustomerUpdate, EmailChange},
    talk::{EmailAnswer, Field, Preface},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{SaveCustomer, TalkKey};

use super::table::{CHANGING, change_talk, load_talk, operation, require_customer};
use crate::{
    customers::update_customer,
    fault::{Failure, Fault},
    handler::Handler,
    ports::{Ports, guarded::Uses},
};

impl Handler for SaveCustomer {
    const USES: &'static [Uses] = CHANGING;

    async fn handle(ports: &Ports, key: TalkKey) -> Result<Preface, Failure<NoRefusal>> {
        let talk = load_talk(ports, &key).await?;
        let customer = require_customer(ports, &talk).await?;
        let update = CustomerUpdate {
            name: talk.draft.name.clone(),
            email: talk.draft.email.clone().and_then(email_change),
            ..CustomerUpdate::default()
        };
        // Who would rather not say has not asked for what is there to go away.
        if update.name.is_none() && talk.draft.email == Some(EmailAnswer::Declined) {
            return Ok(Preface::LeftAsItWas);
        }
        let operation = operation(&talk, "details");
        let said = saved(update_customer(ports, &operation, &customer.customer_id, &update).await)?;
        change_talk::<(), Fault>(ports, &key, |talk| {
            talk.draft.forget(Field::Name);
            talk.draft.forget(Field::Email);
            Ok(())
        })
        .await?;
        Ok(said)
    }
}

/// What an answer means for the record.
pub(super) fn email_change(answer: EmailAnswer) -> Option<EmailChange> {
    match answer {
        EmailAnswer::Given(email) => Some(EmailChange::Given(email)),
        EmailAnswer::Removed => Some(EmailChange::None),
        EmailAnswer::Declined => None,
    }
}

/// What is said of a change.
pub(super) fn saved(done: Result<Customer, Failure<CustomerRefusal>>) -> Result<Preface, Fault> {
    match done {
        Ok(_) => Ok(Preface::Saved),
        Err(Failure::Refused(CustomerRefusal::TooManyAddresses { .. })) => {
            Ok(Preface::AddressesFull)
        }
        // Gone meanwhile: what was wanted cannot be, and nothing was changed.
        Err(Failure::Refused(_)) => Ok(Preface::Sorry),
        Err(Failure::Fault(fault)) => Err(fault),
    }
}
