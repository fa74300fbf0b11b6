//! Records that a customer consents to offers, or does not any more: which text, when, where (LGPD art. 8).

use comanda_domain::{
    ids::CustomerId,
    planted::{CustomerFault as Planted, planted},
    talk::words::CONSENT_VERSION,
};

use jiff::Timestamp;

use super::Operation;
use crate::{
    fault::Fault,
    ports::Ports,
    rows::{ConsentRow, put_if_absent},
};

/// A consent, or its end.
pub struct Consent<'a> {
    /// Whose.
    pub customer: &'a CustomerId,
    /// Given, or withdrawn.
    pub given: bool,
    /// On which channel it was said.
    pub channel: &'a str,
    /// When it was said, which a repetition does not change.
    pub at: Timestamp,
}

/// Writes it down, once for an operation.
pub async fn record_consent(
    ports: &Ports,
    operation: &Operation,
    consent: &Consent<'_>,
) -> Result<(), Fault> {
    let row = ConsentRow {
        client_id: operation.tenant.clone(),
        customer_id: consent.customer.clone(),
        operation: operation.id.clone(),
        purpose: "MARKETING".to_owned(),
        given: consent.given || planted(Planted::WithdrawalAsConsent),
        text_version: CONSENT_VERSION.to_owned(),
        channel: consent.channel.to_owned(),
        at: consent.at,
    };
    put_if_absent(ports.store.as_ref(), &row).await?;
    Ok(())
}
