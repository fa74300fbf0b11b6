//! Asaas' JSON (providers §1): what we send, and the part of the answers that we use. Unknown fields are ignored, and
//! unknown words become `Unknown` kinds: Asaas adds both without notice.

use comanda_domain::ids::ChargeId;
use comanda_tasks::ports::{
    Charge, ChargeMethod, ChargeRefund, ChargeStatus, LineKind, PixCode, RefundStatus,
    StatementLine,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use comanda_tasks::reais::Reais;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewCustomer<'a> {
    pub(super) name: &'a str,
    pub(super) cpf_cnpj: &'a str,
    pub(super) external_reference: &'a str,
    /// Asaas' own e-mails and texts to the payer cost money; our bot does the talking.
    pub(super) notification_disabled: bool,
}

#[derive(Deserialize)]
pub(super) struct Customer {
    pub(super) id: String,
    #[serde(default)]
    pub(super) deleted: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewPayment<'a> {
    pub(super) customer: &'a str,
    pub(super) billing_type: &'static str,
    pub(super) value: Reais,
    pub(super) due_date: String,
    pub(super) description: &'a str,
    pub(super) external_reference: &'a str,
}

#[derive(Serialize)]
pub(super) struct NewRefund<'a> {
    pub(super) value: Reais,
    pub(super) description: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Payment {
    id: ChargeId,
    billing_type: String,
    value: Reais,
    status: String,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    refunds: Option<Vec<Refund>>,
    #[serde(default)]
    invoice_url: Option<String>,
    #[serde(default)]
    external_reference: Option<String>,
}

#[derive(Deserialize)]
struct Refund {
    value: Reais,
    status: String,
    #[serde(default)]
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PixQrCode {
    encoded_image: String,
    payload: String,
}

/// A line of `/financialTransactions`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FinancialTransaction {
    id: String,
    value: Reais,
    #[serde(rename = "type")]
    kind: String,
    date: Date,
    #[serde(default)]
    payment_id: Option<ChargeId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List<T> {
    pub(super) has_more: bool,
    pub(super) data: Vec<T>,
}

#[derive(Deserialize)]
pub(super) struct Errors {
    pub(super) errors: Vec<ErrorEntry>,
}

#[derive(Deserialize)]
pub(super) struct ErrorEntry {
    pub(super) code: String,
    pub(super) description: String,
}

/// How a charge of ours is asked for. Asaas has no debit by API: a debit payer finds it on the invoice page
/// (providers §1.4).
pub(super) fn billing_type(method: ChargeMethod) -> &'static str {
    match method {
        ChargeMethod::Pix => "PIX",
        ChargeMethod::Card => "CREDIT_CARD",
    }
}

impl From<Payment> for Charge {
    fn from(payment: Payment) -> Self {
        let method = match payment.billing_type.as_str() {
            "PIX" => ChargeMethod::Pix,
            _ => ChargeMethod::Card,
        };
        Self {
            id: payment.id,
            method,
            amount: payment.value.0,
            status: status(method, &payment.status),
            deleted: payment.deleted,
            refunds: payment
                .refunds
                .unwrap_or_default()
                .into_iter()
                .map(ChargeRefund::from)
                .collect(),
            invoice_url: payment.invoice_url.unwrap_or_default(),
            external_reference: payment.external_reference,
        }
    }
}

impl From<FinancialTransaction> for StatementLine {
    fn from(line: FinancialTransaction) -> Self {
        Self {
            id: line.id,
            day: line.date,
            kind: line_kind(&line.kind, line.payment_id.is_some()),
            word: line.kind,
            amount: line.value.0,
            charge: line.payment_id,
        }
    }
}

/// Asaas' words for lines about charges, as its page of the statement lists them (a copy of `docs.asaas.com`, "Recuperar extrato").
/// Those that this version does not know, or that are about no charge, are `Other`. What a line does to the balance is its value's:
/// the word for what is called off is the word for what is done.
fn line_kind(word: &str, is_of_charge: bool) -> LineKind {
    if !is_of_charge {
        return LineKind::Other;
    }
    match word {
        "PAYMENT_RECEIVED" | "PARTIAL_PAYMENT" => LineKind::Received,
        "PAYMENT_FEE_REVERSAL"
        | "REFUND_REQUEST_FEE_REVERSAL"
        | "CHARGED_FEE_REFUND"
        | "FREE_PAYMENT_USE"
        | "PROMOTIONAL_CODE_CREDIT"
        | "PROMOTIONAL_CODE_DEBIT" => LineKind::Fee,
        // All that the page says is a fee ("taxa") ends so: for the charge, for a refund, for the messages about it.
        word if word.ends_with("_FEE") => LineKind::Fee,
        "PAYMENT_REVERSAL"
        | "PAYMENT_REFUND_CANCELLED"
        | "REFUND_REQUEST_CANCELLED"
        | "PIX_TRANSACTION_CREDIT_REFUND"
        | "PIX_TRANSACTION_CREDIT_REFUND_CANCELLATION" => LineKind::Refunded,
        "CHARGEBACK" | "CHARGEBACK_REVERSAL" => LineKind::ChargedBack,
        _ => LineKind::Other,
    }
}

/// A PIX that is CONFIRMED may be held for 72 hours and go back; a card that is CONFIRMED is paid
/// (providers §1.8).
fn status(method: ChargeMethod, word: &str) -> ChargeStatus {
    match (word, method) {
        ("PENDING" | "OVERDUE", _) => ChargeStatus::Pending,
        ("AUTHORIZED" | "AWAITING_RISK_ANALYSIS", _) => ChargeStatus::Authorised,
        ("CONFIRMED", ChargeMethod::Pix) => ChargeStatus::Held,
        ("CONFIRMED", ChargeMethod::Card) | ("RECEIVED" | "RECEIVED_IN_CASH", _) => {
            ChargeStatus::Paid
        }
        ("REFUND_REQUESTED" | "REFUND_IN_PROGRESS", _) => ChargeStatus::Refunding,
        ("REFUNDED", _) => ChargeStatus::Refunded,
        ("CHARGEBACK_REQUESTED" | "CHARGEBACK_DISPUTE" | "AWAITING_CHARGEBACK_REVERSAL", _) => {
            ChargeStatus::Chargeback
        }
        _ => ChargeStatus::Unknown,
    }
}

impl From<Refund> for ChargeRefund {
    fn from(refund: Refund) -> Self {
        Self {
            amount: refund.value.0,
            status: match refund.status.as_str() {
                "DONE" => RefundStatus::Done,
                "CANCELLED" => RefundStatus::Cancelled,
                "AWAITING_CRITICAL_ACTION_AUTHORIZATION"
                | "AWAITING_CUSTOMER_EXTERNAL_AUTHORIZATION" => RefundStatus::AwaitingAuthorisation,
                // A word of tomorrow must not look finished, nor free to be asked again.
                _ => RefundStatus::Pending,
            },
            description: refund.description,
        }
    }
}

impl From<PixQrCode> for PixCode {
    fn from(code: PixQrCode) -> Self {
        Self {
            payload: code.payload,
            image_base64: code.encoded_image,
        }
    }
}
