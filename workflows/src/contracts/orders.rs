//! Tasks of the orders function: an order's acceptance, its confirmation, its end, and the person who is called.

use comanda_domain::{order::PaymentMethod, store::Minutes};
use comanda_dsl::{Handles, Idempotent, NoRefusal, Task, TaskError};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AcceptOrderError, Actor, OrderKey, OrderReference, OrderStatus, RefundRequest};

/// Prices the checkout from the menu as it is now, checks it against the store's rules and saves the order (PENDING).
///
/// Input [`super::OrderReference`], output [`AcceptedOrder`], refusal [`AcceptOrderError`]. Idempotent by the order id:
/// an order that is saved already is answered, not priced again. A refusal saves no order; it is noted on the checkout
/// row, for [`RefuseOrder`] and for whoever asks what became of the order.
#[derive(Debug, Clone, Copy)]
pub struct AcceptOrder;

impl Task for AcceptOrder {
    const NAME: &'static str = "AcceptOrder";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 15;
    type Input = OrderReference;
    type Output = AcceptedOrder;
    type Error = AcceptOrderError;
    type Licence = Idempotent;
}

/// What `order-lifecycle` must know of an accepted order. The rest is in its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedOrder {
    /// The order.
    pub order: OrderKey,
    /// How and until when it is paid.
    pub payment: PaymentPlan,
    /// Who confirms it.
    pub confirmation: ConfirmationPlan,
}

/// How an order is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum PaymentPlan {
    /// Cash, or a card at the door: nothing is awaited.
    OnDelivery,
    /// Through the payment provider, before the store gets the order.
    #[serde(rename_all = "camelCase")]
    Online {
        /// How it will be charged first.
        method: OnlineMethod,
        /// When an unpaid order is cancelled.
        #[schemars(extend("x-withinSeconds" = Minutes::MAX.seconds()))]
        deadline: Timestamp,
    },
}

/// The payment methods that are charged online.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OnlineMethod {
    /// Copy-and-paste code or QR.
    Pix,
    /// On the provider's invoice page.
    Credit,
    /// On the provider's invoice page.
    Debit,
}

impl From<OnlineMethod> for PaymentMethod {
    fn from(method: OnlineMethod) -> Self {
        match method {
            OnlineMethod::Pix => Self::Pix,
            OnlineMethod::Credit => Self::Credit,
            OnlineMethod::Debit => Self::Debit,
        }
    }
}

impl OnlineMethod {
    /// The method, if it is paid online.
    #[must_use]
    pub fn of(method: PaymentMethod) -> Option<Self> {
        match method {
            PaymentMethod::Pix => Some(Self::Pix),
            PaymentMethod::Credit => Some(Self::Credit),
            PaymentMethod::Debit => Some(Self::Debit),
            PaymentMethod::Cash | PaymentMethod::CardOnDelivery => None,
        }
    }
}

/// Who confirms an order (SPEC §3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum ConfirmationPlan {
    /// Nobody: confirmed as soon as it is payable.
    Automatic,
    /// The store.
    #[serde(rename_all = "camelCase")]
    ByStore {
        /// How long the store has, counted from the hand-over: the earlier of the store's two timers, or the default.
        #[schemars(extend("maximum" = Minutes::MAX.seconds()))]
        answer_within_seconds: u32,
    },
}

/// Ends a checkout that became no order: tells the customer why, as [`AcceptOrder`] noted it. An order that was saved
/// after all (its answer was lost) is cancelled; nothing was charged yet.
///
/// Input [`super::OrderReference`], no output. Idempotent: one message.
#[derive(Debug, Clone, Copy)]
pub struct RefuseOrder;

impl Task for RefuseOrder {
    const NAME: &'static str = "RefuseOrder";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = OrderReference;
    type Output = ();
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Confirms an order: takes note of the news that led here, sets CONFIRMED, hands the order to the store where nobody
/// did before, and tells the customer.
///
/// Input [`Confirmation`], no output, refusal [`ConfirmOrderError`]. Idempotent: one conditional write decides, and what
/// follows it has its own row each.
#[derive(Debug, Clone, Copy)]
pub struct ConfirmOrder;

impl Task for ConfirmOrder {
    const NAME: &'static str = "ConfirmOrder";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = Confirmation;
    type Output = ();
    type Error = ConfirmOrderError;
    type Licence = Idempotent;
}

/// What is confirmed, and on whose word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    /// The order.
    pub order: OrderKey,
    /// Who confirms; the store where absent.
    pub by: Option<Actor>,
    /// The store's estimate.
    pub ready_in_minutes: Option<u32>,
}

/// Why an order is not confirmed. Refusals and not an answer, because a caught error costs no further transition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TaskError)]
#[serde(rename_all = "camelCase")]
pub enum ConfirmOrderError {
    /// Somebody called it off first: it is to be closed.
    CalledOff {
        /// Who.
        by: Actor,
    },
    /// It ended before, and whoever ended it looks after the money and the telling.
    Ended,
}

/// Ends an order that is not confirmed: takes note of the news that led here, sets CANCELLED, deletes the live charge,
/// tells the store if it has the order, tells the customer.
///
/// Input [`Closure`], output [`Closing`]. Idempotent: one conditional write decides; run again it answers the same.
#[derive(Debug, Clone, Copy)]
pub struct CloseOrder;

impl Task for CloseOrder {
    const NAME: &'static str = "CloseOrder";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 60;
    type Input = Closure;
    type Output = Closing;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// What is closed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct Closure {
    /// The order.
    pub order: OrderKey,
    /// Why.
    pub reason: CloseReason,
    /// Who wants it, where it is not our rule.
    pub by: Option<Actor>,
}

/// Why an order is closed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CloseReason {
    /// Not paid in time.
    PaymentExpired,
    /// Every offered way of paying failed.
    PaymentFailed,
    /// The charge could not be made at all.
    PaymentUnavailable,
    /// Another amount came in than was asked.
    AmountMismatch,
    /// Somebody cancelled; `by` says who.
    Cancelled,
    /// The store said no.
    Rejected,
    /// The store said nothing in time.
    Unanswered,
}

/// What closing an order came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum Closing {
    /// Closed, and nothing of the customer's is with us.
    Cancelled,
    /// Closed, and this must go back.
    RefundDue(RefundRequest),
    /// Not closed: money is with us and the store's rule is that a person decides.
    NeedsPerson,
    /// Not closed: it was confirmed before.
    Confirmed,
}

/// Puts an order visibly before a person (`waitingFor` = PERSON) and raises the alarm.
///
/// Input [`PersonCall`], no output. Idempotent. An order that meanwhile needs nobody is left alone.
#[derive(Debug, Clone, Copy)]
pub struct CallPerson;

impl Task for CallPerson {
    const NAME: &'static str = "CallPerson";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = PersonCall;
    type Output = ();
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// What a person must look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct PersonCall {
    /// The order.
    pub order: OrderKey,
    /// Why.
    pub reason: PersonReason,
    /// The refund that did not come to its end, where it is about one.
    pub refund: Option<RefundRequest>,
}

/// Why a person is called.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PersonReason {
    /// Paid, unanswered by the store, and its rule is not to refund by itself.
    Unconfirmed,
    /// The money could not be given back in all the time that was allowed.
    RefundFailed,
    /// The provider or a person there refused the refund.
    RefundDenied,
    /// A step failed in a way that no rule covers.
    Unexpected,
}

/// Carries out one status report on a confirmed order: checks the transition, writes it with its place in the history.
///
/// Input [`StatusReport`], output [`StatusResult`]. Idempotent by `eventId`.
#[derive(Debug, Clone, Copy)]
pub struct ApplyStatus;

impl Task for ApplyStatus {
    const NAME: &'static str = "ApplyStatus";
    const FUNCTION: &'static str = "orders";
    const TIMEOUT_SECONDS: u32 = 10;
    type Input = StatusReport;
    type Output = StatusResult;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// A status report, from the store, the customer or a person. Also how a cancel after the confirmation is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct StatusReport {
    /// The order.
    pub order: OrderKey,
    /// What it is to be.
    pub status: OrderStatus,
    /// Who says so.
    pub by: Actor,
    /// The report's own id: the same report twice is one change. Where somebody said why in their own words, these are in the
    /// news of this id.
    pub event_id: String,
    /// The store's estimate, where it gives one.
    pub ready_in_minutes: Option<u32>,
}

/// What became of a status report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum StatusResult {
    /// Written, now or before.
    #[serde(rename_all = "camelCase")]
    Applied {
        /// What the customer is told.
        notice: super::StatusNotice,
    },
    /// Written, and this must go back.
    #[serde(rename_all = "camelCase")]
    RefundDue {
        /// What the customer is told.
        notice: super::StatusNotice,
        /// What goes back.
        refund: RefundRequest,
    },
    /// Not a legal transition: recorded, not applied.
    Refused {
        /// What the order is.
        current: OrderStatus,
    },
}

/// How an order's workflow ended. Which order it was, its execution's name says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub enum OrderOutcome {
    /// The store has it and cooks.
    Confirmed,
    /// It ended without food, and without money of the customer's.
    Cancelled,
    /// It ended and the money went back.
    Refunded,
    /// It ended, and a refund that others began gives the money back.
    RefundRuns,
    /// It was never accepted; the customer knows why.
    Refused,
    /// A person decides.
    NeedsPerson,
}
