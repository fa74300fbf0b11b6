//! What the simulator remembers, in its own words; amounts are centavos.

use comanda_domain::{money::Money, store::BRASILIA};
use comanda_tasks::{ports::ChargeMethod, testing::sandbox_fee};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// A merchant's account: who it is, and where its webhooks go.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// The account's id; the tenant, for us.
    pub id: String,
    /// The merchant as a payer's bank shows it.
    pub name: String,
    /// The merchant's city.
    pub city: String,
    /// The key that callers show.
    pub api_key: String,
    /// Where events are posted.
    pub webhook_url: String,
    /// What is put into `asaas-access-token`.
    pub webhook_token: String,
    /// What the account holds when it is made. Fees are not given back, so refunding a charge in full takes more than
    /// the charge brought in.
    pub opening_balance_centavos: i64,
}

/// A payer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) created: Date,
    pub(super) name: String,
    pub(super) cpf_cnpj: String,
    pub(super) email: Option<String>,
    pub(super) mobile_phone: Option<String>,
    pub(super) external_reference: Option<String>,
    pub(super) notification_disabled: bool,
}

/// A charge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) customer: String,
    pub(super) created: Date,
    pub(super) due: Date,
    pub(super) billing: Billing,
    pub(super) centavos: i64,
    pub(super) description: Option<String>,
    pub(super) external_reference: Option<String>,
    pub(super) invoice_number: String,
    pub(super) status: Status,
    pub(super) deleted: bool,
    pub(super) paid: Option<Date>,
    pub(super) refunds: Vec<Refund>,
}

/// How a charge can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Billing {
    Undefined,
    Boleto,
    CreditCard,
    Pix,
}

/// Where a charge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Pending,
    Overdue,
    Confirmed,
    Received,
    RefundInProgress,
    Refunded,
    ChargebackRequested,
}

/// Money on its way back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Refund {
    /// `2022-02-21 10:28:40`, Brasília.
    pub(super) created: String,
    pub(super) centavos: i64,
    pub(super) description: Option<String>,
    pub(super) done: bool,
    /// Refused or withdrawn.
    #[serde(default)]
    pub(super) cancelled: bool,
    /// A person must authorise it in the panel first.
    #[serde(default)]
    pub(super) held: bool,
}

impl Payment {
    pub(super) fn is_paid(&self) -> bool {
        matches!(self.status, Status::Confirmed | Status::Received)
    }

    pub(super) fn refunded_centavos(&self) -> i64 {
        let standing = self.refunds.iter().filter(|refund| !refund.cancelled);
        standing.map(|refund| refund.centavos).sum()
    }

    /// The part that reaches the merchant.
    pub(super) fn net_centavos(&self) -> i64 {
        let method = match self.billing {
            Billing::Pix | Billing::Boleto | Billing::Undefined => ChargeMethod::Pix,
            Billing::CreditCard => ChargeMethod::Card,
        };
        let amount = Money::from_centavos(self.centavos);
        self.centavos - sandbox_fee(method, amount).centavos()
    }
}

/// Asaas' calendar and clock are Brasília's.
pub(super) fn brasilia(at: Timestamp) -> jiff::Zoned {
    at.to_zoned(BRASILIA)
}

/// Today in Brasília.
pub(super) fn today() -> Date {
    brasilia(Timestamp::now()).date()
}

/// `2024-06-12 16:45:03`, Brasília.
pub(super) fn local_time(at: Timestamp) -> String {
    brasilia(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// An id's random part: lower-case letters and digits.
pub(super) fn random_id(length: usize) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    std::iter::repeat_with(rand::random::<u8>)
        // 252 is seven times 36: beyond it some characters would be likelier.
        .filter(|byte| *byte < 252)
        .filter_map(|byte| ALPHABET.get(usize::from(byte) % ALPHABET.len()))
        .map(|byte| char::from(*byte))
        .take(length)
        .collect()
}
