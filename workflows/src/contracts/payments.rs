//! Tasks of the payments function: charges and refunds at the payment provider.

use comanda_domain::{ids::ChargeId, money::Money};
use comanda_dsl::{Ask, Handles, Idempotent, NoRefusal, Task, TaskError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Actor, OnlineMethod, OrderKey, RefundIntentId, RefundReason};

/// Asks the customer to pay: registers the token, finds the order's live charge or makes one, sends the instructions
/// (PIX: the code alone in one message, and the QR; cards: the invoice's address).
///
/// Input [`PaymentAsked`], signal [`PaymentNews`], refusal [`RequestPaymentError`]. Idempotent: the charge is looked up
/// by the order before it is made, so a repeated call finds the first one's charge.
#[derive(Debug, Clone, Copy)]
pub struct RequestPayment;

impl Ask for RequestPayment {
    const NAME: &'static str = "RequestPayment";
    const FUNCTION: &'static str = "payments";
    type Input = PaymentAsked;
    type Signal = PaymentNews;
    type Error = RequestPaymentError;
    type Licence = Idempotent;
}

/// What is to be paid, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct PaymentAsked {
    /// The order.
    pub order: OrderKey,
    /// How it is charged.
    pub method: OnlineMethod,
    /// Which try this is, from 1.
    pub attempt: u32,
}

/// Why no charge can be made. A person of the tenant must act; waiting does not help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TaskError)]
#[serde(rename_all = "camelCase")]
pub enum RequestPaymentError {
    /// The provider refused the charge or the payer.
    Refused {
        /// The provider's code.
        code: String,
    },
    /// The provider does not accept the tenant's key.
    AccountUnusable,
}

/// What can be heard while a payment is awaited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum PaymentNews {
    /// The money is here.
    #[serde(rename_all = "camelCase")]
    Paid {
        /// The news' own id.
        news_id: String,
    },
    /// The card was refused; another method may work.
    #[serde(rename_all = "camelCase")]
    Failed {
        /// The news' own id.
        news_id: String,
        /// The provider's word for it.
        reason: String,
    },
    /// Somebody called the order off.
    #[serde(rename_all = "camelCase")]
    Cancelled {
        /// The news' own id.
        news_id: String,
        /// Who.
        by: Actor,
    },
    /// The customer wants to pay in another way.
    #[serde(rename_all = "camelCase")]
    MethodChosen {
        /// The news' own id.
        news_id: String,
        /// In which.
        method: OnlineMethod,
    },
    /// Another amount came in than was asked: nothing is cooked for it, and it goes back.
    #[serde(rename_all = "camelCase")]
    AmountMismatch {
        /// The news' own id.
        news_id: String,
    },
    /// Nothing came in time, and the charge can no longer be paid.
    Expired,
}

/// Tells the customer that the payment failed and which other methods there are.
///
/// Input [`MethodOffer`], signal [`PaymentNews`] (money may still come, or a cancel). Idempotent: one message a try.
#[derive(Debug, Clone, Copy)]
pub struct OfferAnotherMethod;

impl Ask for OfferAnotherMethod {
    const NAME: &'static str = "OfferAnotherMethod";
    const FUNCTION: &'static str = "payments";
    type Input = MethodOffer;
    type Signal = PaymentNews;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct MethodOffer {
    /// The order.
    pub order: OrderKey,
    /// Which try failed, from 1.
    pub attempt: u32,
    /// The provider's word for why.
    pub reason: String,
}

/// Settles a payment at its deadline: reads the inbox and the provider, deletes the charge if it is unpaid.
///
/// Input [`OrderKey`], output [`PaymentNews`]. Idempotent: reads, and a deletion.
#[derive(Debug, Clone, Copy)]
pub struct SettlePayment;

impl Task for SettlePayment {
    const NAME: &'static str = "SettlePayment";
    const FUNCTION: &'static str = "payments";
    const TIMEOUT_SECONDS: u32 = 60;
    type Input = OrderKey;
    type Output = PaymentNews;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// What goes back, and why. The input of the `refund` workflow and of each of its tasks; its execution's name is
/// `<chargeId>-<intentId>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct RefundRequest {
    /// The order.
    pub order: OrderKey,
    /// The charge that was paid.
    pub charge_id: ChargeId,
    /// This obligation's id: one refund at most for a charge and an intent (RELIABILITY R3).
    pub intent_id: RefundIntentId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: RefundReason,
}

/// Asks the provider to give money back. The refund's row is written before the call, and the provider is read before
/// any repeat (RELIABILITY R1 to R4).
///
/// Input [`RefundRequest`], signal [`RefundNews`], refusal [`RequestRefundError`]. Idempotent by charge and intent.
#[derive(Debug, Clone, Copy)]
pub struct RequestRefund;

impl Ask for RequestRefund {
    const NAME: &'static str = "RequestRefund";
    const FUNCTION: &'static str = "payments";
    type Input = RefundRequest;
    type Signal = RefundNews;
    type Error = RequestRefundError;
    type Licence = Idempotent;
}

/// Why a refund could not even be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TaskError)]
#[serde(rename_all = "camelCase")]
pub enum RequestRefundError {
    /// The account's balance does not cover it (Asaas keeps its fees): try again later.
    Blocked,
    /// The provider decided against it, and would again.
    Refused {
        /// The provider's code.
        code: String,
    },
}

/// What can be heard of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum RefundNews {
    /// The money went back.
    Refunded,
    /// The provider, or a person there, refused after all.
    Denied {
        /// The provider's word for why.
        reason: String,
    },
    /// Still under way.
    Pending,
}

/// Reads at the provider how a refund stands.
///
/// Input [`RefundRequest`], output [`RefundNews`]. Idempotent: reads only.
#[derive(Debug, Clone, Copy)]
pub struct SettleRefund;

impl Task for SettleRefund {
    const NAME: &'static str = "SettleRefund";
    const FUNCTION: &'static str = "payments";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = RefundRequest;
    type Output = RefundNews;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Makes a blocked refund visible (REFUND_BLOCKED) and tells the customer once that it is under way.
///
/// Input [`RefundRequest`], no output. Idempotent.
#[derive(Debug, Clone, Copy)]
pub struct MarkRefundBlocked;

impl Task for MarkRefundBlocked {
    const NAME: &'static str = "MarkRefundBlocked";
    const FUNCTION: &'static str = "payments";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = RefundRequest;
    type Output = ();
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Records that the money went back: the refund's row, the order's payment status and its place in the history; tells the
/// customer once.
///
/// Input [`RefundRequest`], no output. Idempotent.
#[derive(Debug, Clone, Copy)]
pub struct RecordRefund;

impl Task for RecordRefund {
    const NAME: &'static str = "RecordRefund";
    const FUNCTION: &'static str = "payments";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = RefundRequest;
    type Output = ();
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// How a refund ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum RefundOutcome {
    /// The money went back.
    Refunded,
    /// A person looks after it.
    NeedsPerson,
}
