//! The payment provider: customers, charges, refunds. Shapes are ours; Asaas' wire format is `tasks/aws`' business.

use comanda_domain::{
    ids::{ChargeId, OrderId},
    money::Money,
};
use jiff::civil::Date;
use secrecy::SecretString;

use super::{Answer, OutageError};

/// One tenant's account at the provider. There is no default environment (P7).
#[derive(Debug, Clone)]
pub struct Account {
    /// Which host is spoken to.
    pub environment: Environment,
    /// The account's API key.
    pub api_key: SecretString,
}

/// Which of the provider's worlds an account lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Environment {
    /// The simulator of the local stack.
    Local,
    /// The provider's sandbox.
    Sandbox,
    /// Real money.
    Production,
}

/// Charges and refunds at the provider.
pub trait PaymentProvider: Send + Sync {
    /// The payer's id at the provider, if this account knows the CPF.
    fn find_payer<'a>(
        &'a self,
        account: &'a Account,
        cpf: &'a str,
    ) -> Answer<'a, Option<String>, ProviderError>;

    /// Makes a payer and gives its id.
    fn create_payer<'a>(
        &'a self,
        account: &'a Account,
        payer: &'a NewPayer,
    ) -> Answer<'a, String, ProviderError>;

    /// All charges, deleted ones included, whose external reference is this order, newest first.
    fn find_charges<'a>(
        &'a self,
        account: &'a Account,
        order: &'a OrderId,
    ) -> Answer<'a, Vec<Charge>, ProviderError>;

    /// Makes a charge. Not idempotent: look for it first (RELIABILITY §2).
    fn create_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a NewCharge,
    ) -> Answer<'a, Charge, ProviderError>;

    /// One charge, or `None` if this account has none of that id.
    fn get_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, Option<Charge>, ProviderError>;

    /// The copy-and-paste code and picture of a PIX charge.
    fn pix_code<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, PixCode, ProviderError>;

    /// Deletes an unpaid charge. [`ProviderError::Refused`] if it was paid meanwhile.
    fn delete_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, (), ProviderError>;

    /// Asks for a refund of `amount`. Asynchronous at the provider: the charge's status tells the end.
    fn refund<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
        amount: Money,
        description: &'a str,
    ) -> Answer<'a, Charge, ProviderError>;

    /// One page of all charges, deleted ones included, that were made in a span of days. One call of the provider's quota.
    fn list_charges<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<Charge>, ProviderError>;

    /// One page of the account's statement of a span of days, in a fixed order. One call of the provider's quota.
    fn statement<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<StatementLine>, ProviderError>;
}

/// Which part of a list: days of the provider's calendar, both included, and how many entries come before the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageOf {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// How many entries are on the pages before.
    pub offset: u32,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The page's entries.
    pub entries: Vec<T>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// One line of the account's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// Its id.
    pub id: String,
    /// The day on which it counts.
    pub day: Date,
    /// What it is.
    pub kind: LineKind,
    /// The provider's own word for that.
    pub word: String,
    /// What the balance grew by; negative where it fell.
    pub amount: Money,
    /// The charge that it is about, where it is about one.
    pub charge: Option<ChargeId>,
}

/// What a line of the statement is, reduced to what the ledger knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// A charge was paid out to the account, fees not yet taken off.
    Received,
    /// A fee for a charge; where the balance grew, one that was given back.
    Fee,
    /// Money of a charge went back to its payer; where the balance grew, a refund that was called off.
    Refunded,
    /// The payer's bank took a charge back; where the balance grew, the dispute was won.
    ChargedBack,
    /// Anything that is about no charge (transfers, the provider's own bills), or a word that this version does not know.
    Other,
}

/// What the provider must know of a payer. No phone: it writes to nobody, and one that it does not like would make a payment
/// impossible.
#[derive(Clone)]
pub struct NewPayer {
    /// Full name.
    pub name: String,
    /// Eleven digits, checked.
    pub cpf: String,
    /// Our customer's id.
    pub external_reference: String,
}

/// A charge to make.
#[derive(Debug, Clone)]
pub struct NewCharge {
    /// The payer's id at the provider.
    pub payer: String,
    /// How it will be paid.
    pub method: ChargeMethod,
    /// How much.
    pub amount: Money,
    /// Due date, in the provider's zone: it takes none of yesterday ([`comanda_domain::ledger::day_of`]).
    pub due_date: Date,
    /// The order, as the external reference.
    pub order: OrderId,
    /// What the payer reads.
    pub description: String,
}

/// How a charge is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeMethod {
    /// Copy-and-paste code or QR.
    Pix,
    /// On the provider's invoice page, credit or debit (the provider has no debit by API).
    Card,
}

/// A charge as the provider tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// How it is paid.
    pub method: ChargeMethod,
    /// How much was asked.
    pub amount: Money,
    /// Where it stands.
    pub status: ChargeStatus,
    /// Deleted by us.
    pub deleted: bool,
    /// What went back and what waits to, in the provider's order.
    pub refunds: Vec<ChargeRefund>,
    /// The page where a card is typed in.
    pub invoice_url: String,
    /// Our order id, as we gave it.
    pub external_reference: Option<String>,
}

/// Where a charge stands, in the provider's words reduced to what we act on (providers §1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChargeStatus {
    /// Nothing paid. `OVERDUE` too: it stays payable.
    Pending,
    /// A card payment was looked at for risk or authorised, not captured.
    Authorised,
    /// PIX only: paid, but the provider may hold and reverse it for 72 hours. Not yet money.
    Held,
    /// The money is the merchant's: PIX `RECEIVED`, cards `CONFIRMED` or `RECEIVED`.
    Paid,
    /// A refund was asked and is under way.
    Refunding,
    /// Given back in full.
    Refunded,
    /// The payer's bank took it back, or tries to.
    Chargeback,
    /// A word that this version does not know; treated as no news.
    Unknown,
}

/// One refund of a charge; the provider gives refunds no id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeRefund {
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub status: RefundStatus,
    /// What we wrote when asking; carries the intent id.
    pub description: Option<String>,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    /// Under way.
    Pending,
    /// A person must allow it in the provider's panel.
    AwaitingAuthorisation,
    /// Refused or withdrawn.
    Cancelled,
    /// The money went back.
    Done,
}

/// The two forms of a PIX code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixCode {
    /// The copy-and-paste text.
    pub payload: String,
    /// The QR as a base64 PNG.
    pub image_base64: String,
}

/// Why the provider did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The account's balance does not cover a refund; topping it up is the merchant's business.
    #[error("the account's balance does not cover the refund")]
    InsufficientBalance,
    /// The provider decided against it, and would again.
    #[error("the provider refused: {code}")]
    Refused {
        /// The provider's error code.
        code: String,
        /// Its words, in Portuguese; may be shown to the tenant, never logged with personal data.
        description: String,
    },
    /// The key is wrong or expired: nothing can be done for this tenant until a person looks.
    #[error("the provider does not accept the account's key")]
    Unauthorised,
    /// The provider was away, or its answer was lost.
    #[error(transparent)]
    Outage(#[from] OutageError),
}

/// Without the person.
impl std::fmt::Debug for NewPayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPayer")
            .field("external_reference", &self.external_reference)
            .finish_non_exhaustive()
    }
}
