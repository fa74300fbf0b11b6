//! The API's JSON (providers §1.2 to §1.7), its amounts and its lists.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

use super::{
    Asaas,
    error::AsaasError,
    model::{Account, Billing, Customer, Payment, Refund, Status},
    rows,
};

/// Who calls: the account behind `access_token` (providers §1.1).
pub(super) struct Caller(pub(super) Account);

impl FromRequestParts<Arc<Asaas>> for Caller {
    type Rejection = AsaasError;

    async fn from_request_parts(parts: &mut Parts, asaas: &Arc<Asaas>) -> Result<Self, AsaasError> {
        let has_body = parts
            .headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length != "0");
        if parts.method == axum::http::Method::GET && has_body {
            return Err(AsaasError::BodyInGet);
        }
        let key = parts.headers.get("access_token");
        let key = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
        let account = asaas
            .database
            .transact(|transaction| rows::account_by_key(transaction, key))?;
        account.map(Caller).ok_or(AsaasError::Unauthorised)
    }
}

/// The page that a list is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Paging {
    #[serde(default)]
    offset: usize,
    limit: Option<usize>,
}

/// A list in its envelope.
pub(super) fn list(paging: &Paging, all: &[Value]) -> Value {
    let limit = paging.limit.unwrap_or(10).min(100);
    let data: Vec<_> = all.iter().skip(paging.offset).take(limit).collect();
    json!({
        "object": "list",
        "hasMore": paging.offset.saturating_add(data.len()) < all.len(),
        "totalCount": all.len(),
        "limit": limit,
        "offset": paging.offset,
        "data": data,
    })
}

/// Centavos as the API writes reais: `100`, `98.01`, `129.9`.
pub(super) fn reais(centavos: i64) -> Value {
    let sign = if centavos < 0 { "-" } else { "" };
    let whole = centavos.unsigned_abs() / 100;
    let text = match centavos.unsigned_abs() % 100 {
        0 => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{rest:02}"),
    };
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// Reais as a caller writes them; `None` for what is no amount of centavos.
pub(super) fn centavos(value: &Value) -> Option<i64> {
    let text = value.as_number()?.to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let rest = rest.trim_end_matches('0');
    if rest.len() > 2
        || !whole
            .chars()
            .chain(rest.chars())
            .all(|c| c.is_ascii_digit())
    {
        return None;
    }
    format!("{whole}{rest:0<2}").parse().ok()
}

pub(super) fn customer(customer: &Customer) -> Value {
    json!({
        "object": "customer", "id": customer.id, "dateCreated": customer.created, "name": customer.name,
        "email": customer.email, "company": null, "phone": null, "mobilePhone": customer.mobile_phone,
        "address": null, "addressNumber": null, "complement": null, "province": null, "postalCode": null,
        "cpfCnpj": customer.cpf_cnpj,
        "personType": if customer.cpf_cnpj.len() == 11 { "FISICA" } else { "JURIDICA" },
        "deleted": false, "additionalEmails": null, "externalReference": customer.external_reference,
        "notificationDisabled": customer.notification_disabled, "observations": null,
        "municipalInscription": null, "stateInscription": null, "canDelete": true,
        "cannotBeDeletedReason": null, "canEdit": true, "cannotEditReason": null, "city": null,
        "cityName": null, "state": null, "country": "Brasil",
    })
}

pub(super) fn payment(payment: &Payment, base: &str) -> Value {
    let number = payment.id.trim_start_matches("pay_");
    let credited = (payment.status == Status::Received)
        .then_some(payment.paid)
        .flatten();
    let receipt = payment.paid.map(|_| format!("{base}/i/{number}?receipt=1"));
    let mut value = json!({
        "object": "payment", "id": payment.id, "dateCreated": payment.created, "customer": payment.customer,
        "checkoutSession": null, "paymentLink": null, "value": reais(payment.centavos),
        "netValue": reais(payment.net_centavos()), "originalValue": null, "interestValue": null,
        "description": payment.description, "billingType": payment.billing, "pixTransaction": null,
        "status": payment.status, "dueDate": payment.due, "originalDueDate": payment.due,
        "paymentDate": credited, "clientPaymentDate": payment.paid, "installmentNumber": null,
        "invoiceUrl": format!("{base}/i/{number}"), "invoiceNumber": payment.invoice_number,
        "externalReference": payment.external_reference, "deleted": payment.deleted, "anticipated": false,
        "anticipable": false, "creditDate": credited, "estimatedCreditDate": null,
        "transactionReceiptUrl": receipt, "nossoNumero": null, "bankSlipUrl": null,
        "lastInvoiceViewedDate": null, "lastBankSlipViewedDate": null,
        "discount": {"value": 0, "limitDate": null, "dueDateLimitDays": 0, "type": "FIXED"},
        "fine": {"value": 0, "type": "FIXED"}, "interest": {"value": 0, "type": "PERCENTAGE"},
        "postalService": false, "escrow": null, "refunds": refunds(payment),
    });
    if let (Billing::CreditCard, Some(fields)) = (payment.billing, value.as_object_mut()) {
        fields.insert("confirmedDate".to_owned(), json!(payment.paid));
        let card = payment.paid.map(|_| {
            json!({"creditCardNumber": "8829", "creditCardBrand": "MASTERCARD", "creditCardToken": null})
        });
        fields.insert("creditCard".to_owned(), json!(card));
    }
    value
}

fn refunds(payment: &Payment) -> Option<Vec<Value>> {
    (!payment.refunds.is_empty()).then(|| payment.refunds.iter().map(refund).collect())
}

/// A refund; it has no id (providers §1.7).
pub(super) fn refund(refund: &Refund) -> Value {
    let status = match (refund.done, refund.cancelled, refund.held) {
        (true, _, _) => "DONE",
        (false, true, _) => "CANCELLED",
        (false, false, true) => "AWAITING_CRITICAL_ACTION_AUTHORIZATION",
        (false, false, false) => "PENDING",
    };
    json!({
        "dateCreated": refund.created, "status": status,
        "value": reais(refund.centavos), "endToEndIdentifier": null, "description": refund.description,
        "effectiveDate": null, "transactionReceiptUrl": null, "refundedSplits": [],
    })
}
