//! `order-lifecycle`: an order from the checkout until it is confirmed, closed, or before a person.
//!
//! It decides the order of things and nothing else: prices, charges, messages and rows are the tasks' business. Every wait
//! has a deadline, and every deadline asks once more, so that money or an answer of the last moment still counts.

use comanda_dsl::{
    AnyFailure, ChildCases, Deadline, Ended, Expr, Handles, OutsiderCases, Process, Retry, Scope,
    Unexpected, constant, none,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contracts::{
    AcceptOrder, Actor, CallPerson, CloseOrder, CloseReason, ClosingCases, Closure, ClosureExpr,
    ConfirmOrder, ConfirmOrderErrorCases, Confirmation, ConfirmationExpr, ConfirmationPlanByStore,
    ConfirmationPlanCases, HandOverExpr, HandToStore, OrderKey, OrderOutcome, OrderOutcomeExpr,
    OrderReference, PaymentPlanCases, PersonCallExpr, PersonReason, RefundOutcomeCases,
    RefundOutcomeExpr, RefundRequest, RefuseOrder, SettleStore, StoreAnswer, StoreAnswerCases,
    StoreNews, StoreNewsCases, StoreNewsConfirmedExpr, StoreNewsExpr, StoreSettlementExpr,
};
use crate::payment::{self, PaymentCases, PaymentExpr};
use crate::refund;

/// The workflow. Its key is the order's id.
pub const ORDER_LIFECYCLE: Process<OrderReference, OrderOutcome> =
    Process::standard("order-lifecycle", order_lifecycle);

/// For a store's queue that is away, and an order that may be paid: nine minutes at most, and half of that as a rule. Then it has not
/// answered.
pub const HAND_OVER: Retry = Retry::new(14, 1, 60);

fn order_lifecycle(w: &mut Scope, checkout: Expr<OrderReference>) -> Expr<OrderOutcome> {
    let accepted = w
        .call("Accept the order", AcceptOrder, checkout)
        .retry(Retry::OUTAGE)
        .or(AnyFailure {
            failed: |w, _| refuse(w, checkout),
        });
    let order = accepted.order;

    let payment = w.match_on(
        "How is it paid?",
        accepted.payment,
        PaymentPlanCases {
            on_delivery: |_| PaymentExpr::settled(),
            online: |w, plan| payment::take(w, order, plan),
        },
    );
    let decision = w.match_on(
        "Can it be cooked?",
        payment,
        PaymentCases {
            settled: |w| {
                w.match_on(
                    "Who confirms it?",
                    accepted.confirmation,
                    ConfirmationPlanCases {
                        automatic: |_| {
                            DecisionExpr::confirm(ConfirmationExpr {
                                order,
                                by: Actor::System,
                                ready_in_minutes: none(),
                            })
                        },
                        by_store: |w, plan| ask_the_store(w, order, plan),
                    },
                )
            },
            lost: |_, closure| DecisionExpr::close(closure),
        },
    );
    let ending = w.match_on(
        "Is it on?",
        decision,
        DecisionCases {
            confirm: |w, confirmation| confirm(w, order, confirmation),
            close: |_, closure| EndingExpr::close(closure),
            call_person: |_, reason| EndingExpr::call_person(reason),
        },
    );
    let reason = w.match_on(
        "Who ends it?",
        ending,
        EndingCases {
            close: |w, closure| close(w, closure),
            call_person: |_, reason| reason,
        },
    );
    w.call(
        "Call a person",
        CallPerson,
        PersonCallExpr {
            order,
            reason,
            refund: none(),
        },
    )
    .retry(Retry::PATIENT)
    .or(Unexpected {
        unexpected: |w, why| w.fail("Nobody could be called", "NobodyCalled", why.cause),
    });
    OrderOutcomeExpr::needs_person()
}

/// What became of the order's confirmation.
#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
enum Decision {
    Confirm(Confirmation),
    Close(Closure),
    CallPerson(PersonReason),
}

/// How an order that is not confirmed ends.
#[derive(Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
enum Ending {
    Close(Closure),
    CallPerson(PersonReason),
}

fn refuse(w: &mut Scope, checkout: Expr<OrderReference>) -> Ended {
    w.call("Tell why it was not accepted", RefuseOrder, checkout)
        .retry(Retry::PATIENT)
        .or(Unexpected {
            // The sweep finds the checkout, which is still open.
            unexpected: |w, why| w.fail("Nobody could be told", "NobodyTold", why.cause),
        });
    w.end(OrderOutcomeExpr::refused())
}

/// Hands the order to the store and awaits its decision. The store's clock starts here. A store that cannot be reached has not
/// answered; one that fails the token has said no; what cannot be read is asked about by a person, for it may have been a yes.
fn ask_the_store(
    w: &mut Scope,
    order: Expr<OrderKey>,
    plan: Expr<ConfirmationPlanByStore>,
) -> Expr<Decision> {
    let answer_within_seconds = plan.answer_within_seconds;
    let hand_over = HandOverExpr {
        order,
        answer_within_seconds,
    };
    let deadline = Deadline::within_seconds(answer_within_seconds);
    let news = w
        .await_signal(
            "Await the store's answer",
            HandToStore,
            hand_over,
            deadline,
            |w| {
                let at_deadline = StoreSettlementExpr {
                    order,
                    at_deadline: true,
                };
                w.call(
                    "Settle the store's answer at its deadline",
                    SettleStore,
                    at_deadline,
                )
                .retry(Retry::OUTAGE)
                .or(Unexpected {
                    unexpected: |_, _| StoreNewsExpr::unanswered(),
                })
            },
        )
        .retry(HAND_OVER)
        .then(
            |w, answer| read_answer(w, order, answer),
            OutsiderCases {
                says_no: |_, _| StoreNewsExpr::rejected(none()),
                unreadable: |_, _| StoreNewsExpr::unreadable(),
                unexpected: |_, _| StoreNewsExpr::unanswered(),
            },
        );
    w.match_on(
        "What comes of the hand-over?",
        news,
        StoreNewsCases {
            confirmed: |_, yes| {
                let ready_in_minutes = yes.ready_in_minutes;
                DecisionExpr::confirm(ConfirmationExpr {
                    order,
                    by: yes.by,
                    ready_in_minutes,
                })
            },
            rejected: |_, _| {
                close_for(
                    order,
                    CloseReason::Rejected,
                    constant(Actor::Restaurant).some(),
                )
            },
            cancelled: |_, called_off| {
                close_for(order, CloseReason::Cancelled, called_off.by.some())
            },
            unanswered: |_| close_for(order, CloseReason::Unanswered, none()),
            unreadable: |_| DecisionExpr::call_person(PersonReason::Unexpected),
        },
    )
}

/// The store's own word is the store's, whatever it says of who said it. All else is read where only we write.
fn read_answer(w: &mut Scope, order: Expr<OrderKey>, answer: Expr<StoreAnswer>) -> Expr<StoreNews> {
    w.match_on(
        "What does the store say?",
        answer,
        StoreAnswerCases {
            confirmed: |_, yes| {
                StoreNewsExpr::confirmed(StoreNewsConfirmedExpr {
                    ready_in_minutes: yes.ready_in_minutes,
                    by: none(),
                })
            },
            rejected: |_, no| StoreNewsExpr::rejected(no.reason),
            news: |w| {
                let before_the_deadline = StoreSettlementExpr {
                    order,
                    at_deadline: false,
                };
                w.call(
                    "Read what came in between",
                    SettleStore,
                    before_the_deadline,
                )
                .retry(Retry::OUTAGE)
                .or(Unexpected {
                    unexpected: |_, _| StoreNewsExpr::unreadable(),
                })
            },
        },
    )
}

/// Confirms the order; somebody may have called it off before.
fn confirm(w: &mut Scope, order: Expr<OrderKey>, confirmation: Expr<Confirmation>) -> Expr<Ending> {
    w.call("Confirm the order", ConfirmOrder, confirmation)
        .retry(Retry::OUTAGE)
        .then(
            |w, _| w.end(OrderOutcomeExpr::confirmed()),
            ConfirmOrderErrorCases {
                called_off: |_, news| {
                    EndingExpr::close(ClosureExpr {
                        order,
                        reason: CloseReason::Cancelled,
                        by: news.by,
                    })
                },
                ended: |w| w.end(OrderOutcomeExpr::cancelled()),
                unexpected: |_, _| EndingExpr::call_person(PersonReason::Unexpected),
            },
        )
}

/// Closes the order and gives back what was paid. What comes back from here is why a person must look.
fn close(w: &mut Scope, closure: Expr<Closure>) -> Expr<PersonReason> {
    w.call("Close the order", CloseOrder, closure)
        .retry(Retry::PATIENT)
        .then(
            |w, closing| {
                w.match_on(
                    "What does closing leave?",
                    closing,
                    ClosingCases {
                        cancelled: |w| w.end(OrderOutcomeExpr::cancelled()),
                        refund_due: |w, request| give_back(w, request),
                        needs_person: |_| constant(PersonReason::Unconfirmed),
                        confirmed: |w| w.end(OrderOutcomeExpr::confirmed()),
                    },
                )
            },
            Unexpected {
                unexpected: |_, _| constant(PersonReason::Unexpected),
            },
        )
}

/// Runs the refund. One that others have begun goes on without us, and calls its person itself if it needs one: to call one here
/// would say that money is stuck which is on its way.
fn give_back(w: &mut Scope, request: Expr<RefundRequest>) -> Expr<PersonReason> {
    let deadline = Deadline::within_seconds(refund::LONGEST_SECONDS);
    let outcome = w
        .child(
            "Give the money back",
            refund::REFUND,
            refund::key(request),
            request,
            deadline,
        )
        .or(ChildCases {
            already_ran: |w| w.end(OrderOutcomeExpr::refund_runs()),
            unexpected: |_, _| RefundOutcomeExpr::needs_person(),
        });
    w.match_on(
        "Did it go back?",
        outcome,
        RefundOutcomeCases {
            refunded: |w| w.end(OrderOutcomeExpr::refunded()),
            needs_person: |_| constant(PersonReason::RefundFailed),
        },
    )
}

fn close_for(
    order: Expr<OrderKey>,
    reason: CloseReason,
    by: Expr<Option<Actor>>,
) -> Expr<Decision> {
    DecisionExpr::close(ClosureExpr { order, reason, by })
}
