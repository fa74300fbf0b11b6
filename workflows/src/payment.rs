//! Taking an order's payment: a sub-flow, within one deadline, for whichever workflow sells something.
//!
//! A card that fails leads to the question for another method. Whatever the ways were, it ends in one of two: the money is
//! here, or there will be none and the order is to be closed.

use comanda_dsl::{Again, AnyFailure, Deadline, Expr, Handles, Retry, Scope, Unexpected, none};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contracts::{
    Actor, CloseReason, Closure, ClosureExpr, MethodOffer, MethodOfferExpr, OfferAnotherMethod,
    OrderKey, PaymentAsked, PaymentAskedExpr, PaymentNews, PaymentNewsCases, PaymentNewsExpr,
    PaymentPlanOnline, RequestPayment, SettlePayment,
};
/// How often a customer is asked for the money, or for another way of paying, within the one deadline.
const ROUNDS_MAX: u32 = 8;

/// What became of the payment.
#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Payment {
    /// The money is here, or is paid at the door.
    Settled,
    /// There will be none.
    Lost(Closure),
}

/// What is asked of the customer next.
#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
enum Question {
    Pay(PaymentAsked),
    ChooseAnotherMethod(MethodOffer),
}

/// What is heard of it.
#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
enum Heard {
    News(PaymentNews),
    /// The asking itself failed: the provider makes no charge, or our function is out of order.
    Nothing,
}

/// Asks for the money until it is here, the deadline has passed, or somebody calls the order off. A card that fails leads to
/// the question for another method, within the same deadline.
pub(crate) fn take(
    w: &mut Scope,
    order: Expr<OrderKey>,
    plan: Expr<PaymentPlanOnline>,
) -> Expr<Payment> {
    let deadline = Deadline::at(plan.deadline);
    let first = QuestionExpr::pay(PaymentAskedExpr {
        order,
        method: plan.method,
        attempt: 1,
    });
    w.repeat(
        "Ask once more?",
        ROUNDS_MAX,
        first,
        |w, again, question| {
            let heard = w.match_on(
                "What is asked?",
                question,
                QuestionCases {
                    pay: |w, asked| await_payment(w, order, asked, deadline),
                    choose_another_method: |w, offer| await_choice(w, order, offer, deadline),
                },
            );
            w.match_on(
                "Could it be asked?",
                heard,
                HeardCases {
                    news: |w, news| weigh(w, order, news, again),
                    nothing: |_| lost(order, CloseReason::PaymentUnavailable, none()),
                },
            )
        },
        |_, _| lost(order, CloseReason::PaymentFailed, none()),
    )
}

/// What a piece of news means for the payment: the end of it, or one more question.
fn weigh(
    w: &mut Scope,
    order: Expr<OrderKey>,
    news: Expr<PaymentNews>,
    again: &Again<Question>,
) -> Expr<Payment> {
    w.match_on(
        "What came of the payment?",
        news,
        PaymentNewsCases {
            paid: |_, _| PaymentExpr::settled(),
            failed: |w, failed| {
                let offer = MethodOfferExpr {
                    order,
                    attempt: again.round(),
                    reason: failed.reason,
                };
                again.with(w, QuestionExpr::choose_another_method(offer))
            },
            method_chosen: |w, chosen| {
                let asked = PaymentAskedExpr {
                    order,
                    method: chosen.method,
                    attempt: again.round().plus(1),
                };
                again.with(w, QuestionExpr::pay(asked))
            },
            cancelled: |_, called_off| lost(order, CloseReason::Cancelled, called_off.by.some()),
            amount_mismatch: |_, _| lost(order, CloseReason::AmountMismatch, none()),
            expired: |_| lost(order, CloseReason::PaymentExpired, none()),
        },
    )
}

fn lost(order: Expr<OrderKey>, reason: CloseReason, by: Expr<Option<Actor>>) -> Expr<Payment> {
    PaymentExpr::lost(ClosureExpr { order, reason, by })
}

/// Sends the payment instructions and awaits the money.
fn await_payment(
    w: &mut Scope,
    order: Expr<OrderKey>,
    asked: Expr<PaymentAsked>,
    deadline: Deadline,
) -> Expr<Heard> {
    w.await_signal("Await the payment", RequestPayment, asked, deadline, |w| {
        HeardExpr::news(settle_payment(
            w,
            "Settle the payment at its deadline",
            order,
        ))
    })
    .retry(Retry::WAITED_FOR)
    .then(
        |_, news| HeardExpr::news(news),
        AnyFailure {
            failed: |_, _| HeardExpr::nothing(),
        },
    )
}

/// Tells the customer that the payment failed and awaits the choice of another method.
fn await_choice(
    w: &mut Scope,
    order: Expr<OrderKey>,
    offer: Expr<MethodOffer>,
    deadline: Deadline,
) -> Expr<Heard> {
    w.await_signal(
        "Await another payment method",
        OfferAnotherMethod,
        offer,
        deadline,
        |w| {
            HeardExpr::news(settle_payment(
                w,
                "Settle the failed payment at its deadline",
                order,
            ))
        },
    )
    .retry(Retry::WAITED_FOR)
    .then(
        |_, news| HeardExpr::news(news),
        AnyFailure {
            failed: |_, _| HeardExpr::nothing(),
        },
    )
}

/// News of the last moment, or none: then the charge can no longer be paid. Where even that fails the order is closed, which
/// reads the provider once more and gives back what is there.
fn settle_payment(w: &mut Scope, name: &str, order: Expr<OrderKey>) -> Expr<PaymentNews> {
    w.call(name, SettlePayment, order)
        .retry(Retry::OUTAGE)
        .or(Unexpected {
            unexpected: |_, _| PaymentNewsExpr::expired(),
        })
}
