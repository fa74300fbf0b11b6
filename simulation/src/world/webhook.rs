//! The provider's webhook, as it calls ours: its header, its body, its words (providers §1.8).

use std::collections::BTreeMap;

use comanda_domain::{ids::ChargeId, money::Money};
use comanda_tasks::{
    http,
    ports::{ChargeMethod, ChargeStatus, Clock as _, RefundStatus},
    testing::ChargeTruth,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{PartyError, World, delivery::Delivery, deploy};

impl World {
    /// Calls our webhook as the provider does. The event's id names what happened, so that a repetition is one.
    pub(super) fn webhook(&mut self, event: &str, charge: &ChargeId) -> Result<(), PartyError> {
        let truth = self.outside.provider.charge(charge);
        let truth = truth.ok_or_else(|| self.not_now("the provider", "there is no such charge"))?;
        let id = format!("evt_{event}_{charge}_{}&1", truth.refunded.centavos());
        let body = event_body(&truth, event, &id, self.outside.clock.now());
        let request = http::WebhookRequest {
            url: String::new(),
            headers: BTreeMap::from([(
                "asaas-access-token".to_owned(),
                deploy::parties_token().to_owned(),
            )]),
            body: body.to_string().into_bytes(),
        };
        self.deliver(Delivery::Webhook(request), 1);
        Ok(())
    }
}

/// One event about a charge, in the provider's words (providers §1.8).
pub(crate) fn event_body(truth: &ChargeTruth, event: &str, id: &str, at: Timestamp) -> Value {
    let at = at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(-3)));
    let refunds = truth.charge.refunds.iter().map(|refund| {
        let status = match refund.status {
            RefundStatus::Done => "DONE",
            RefundStatus::Cancelled => "CANCELLED",
            RefundStatus::Pending | RefundStatus::AwaitingAuthorisation => "PENDING",
        };
        json!({ "status": status, "value": reais(refund.amount), "description": refund.description })
    });
    // What was paid, where anything was: the payer of an invoice may be charged another value than was asked.
    let value = if truth.captured.centavos() > 0 {
        truth.captured
    } else {
        truth.charge.amount
    };
    json!({
        "id": id,
        "event": event,
        "dateCreated": at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "payment": {
            "object": "payment",
            "id": truth.charge.id.as_str(),
            "value": reais(value),
            "netValue": reais(value),
            "billingType": billing_type(truth),
            "status": status_word(truth.charge.status),
            "externalReference": truth.charge.external_reference,
            "deleted": truth.charge.deleted,
            "refunds": refunds.collect::<Vec<_>>(),
        },
    })
}

/// As the provider writes amounts: a number of reais with the centavos as decimals, made of text so that no float
/// decides a digit.
fn reais(amount: Money) -> Value {
    let text = format!("{}.{:02}", amount.centavos() / 100, amount.centavos() % 100);
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

fn billing_type(truth: &ChargeTruth) -> &'static str {
    match truth.charge.method {
        ChargeMethod::Pix => "PIX",
        ChargeMethod::Card => "CREDIT_CARD",
    }
}

fn status_word(status: ChargeStatus) -> &'static str {
    match status {
        ChargeStatus::Paid => "RECEIVED",
        ChargeStatus::Refunding => "REFUND_IN_PROGRESS",
        ChargeStatus::Refunded => "REFUNDED",
        ChargeStatus::Chargeback => "CHARGEBACK_REQUESTED",
        ChargeStatus::Authorised => "AUTHORIZED",
        ChargeStatus::Held => "CONFIRMED",
        ChargeStatus::Pending | ChargeStatus::Unknown => "PENDING",
    }
}
