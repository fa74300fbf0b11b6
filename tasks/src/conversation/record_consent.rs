//! Records what was said about offers, as of when it was said.

use comanda_domain::{tables, talk::Preface};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{ConsentGiven, RecordConsent};

use super::table::{load_talk, operation, require_customer};
use crate::{
    customers::{Consent, record_consent},
    fault::Failure,
    handler::Handler,
    ports::{Ports, guarded::Uses},
};

impl Handler for RecordConsent {
    const USES: &'static [Uses] = &[Uses {
        reads: &[
            &tables::TALKS,
            &tables::CUSTOMERS,
            &tables::CUSTOMER_KEYS,
            &tables::CONSENTS,
        ],
        writes: &[&tables::CONSENTS],
        ..Uses::NOTHING
    }];

    async fn handle(ports: &Ports, input: ConsentGiven) -> Result<Preface, Failure<NoRefusal>> {
        let talk = load_talk(ports, &input.talk).await?;
        let customer = require_customer(ports, &talk).await?;
        let at = talk
            .last_read
            .as_ref()
            .map_or(talk.last_inbound_at, |read| read.at);
        let consent = Consent {
            customer: &customer.customer_id,
            given: input.given,
            channel: talk.channel_address.channel(),
            at,
        };
        record_consent(ports, &operation(&talk, "consent"), &consent).await?;
        Ok(if input.given {
            Preface::ConsentGiven
        } else {
            Preface::ConsentWithdrawn
        })
    }
}
