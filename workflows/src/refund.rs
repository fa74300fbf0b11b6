//! `refund`: gives money back for one charge, once, and does not let go before it is back or a person has it.
//!
//! Refunds are asynchronous at the provider and can be blocked by the merchant's balance, so it asks again with growing
//! pauses. What is written where, so that no refund is made twice, is the tasks' business (RELIABILITY R1 to R4).

use comanda_dsl::{
    AnyFailure, Deadline, Ended, Expr, Process, Retry, Scope, Unexpected, constant, none, text,
};

use crate::contracts::{
    CallPerson, MarkRefundBlocked, PersonCallExpr, PersonReason, RecordRefund, RefundNews,
    RefundNewsCases, RefundNewsExpr, RefundOutcome, RefundOutcomeExpr, RefundRequest,
    RequestRefund, RequestRefundErrorCases, SettleRefund,
};

/// The workflow. Its key is [`key`].
pub const REFUND: Process<RefundRequest, RefundOutcome> = Process::standard("refund", refund);

/// How often the refund is asked for. While the balance does not cover it that is three days and a half, with the pauses: whoever is told
/// on a Friday evening can top the account up on Monday.
const ROUNDS_MAX: u32 = 37;

/// The pause before the second time; each further one is twice as long.
const FIRST_PAUSE_SECONDS: u32 = 300;

/// The longest pause while the balance does not cover it: so long somebody waits at most who has topped the account up.
const BLOCKED_PAUSE_SECONDS_MAX: u32 = 9_600;

/// The longest pause while it is under way, and nothing is heard of it. With the hour's wait each time eight rounds, more than eighteen
/// hours, if every call is answered at its first try; then a person looks.
const PENDING_PAUSE_SECONDS_MAX: u32 = 19_200;

/// How long the provider's word is awaited before it is asked. PIX goes back within seconds, cards' acceptance too.
const ANSWER_SECONDS: u32 = 3_600;

/// Before that nobody is called because a refund takes too long: all the pauses up to the longest, where each time it is refused at once.
pub const SHORTEST_SECONDS: u32 = 2 * PENDING_PAUSE_SECONDS_MAX - FIRST_PAUSE_SECONDS;

/// By when a refund has surely ended, even if every call fails until its last try (`comanda bounds`): whoever awaits it must
/// not take it for failed while it goes on.
pub const LONGEST_SECONDS: u32 = 28 * 86_400;

/// One obligation is one execution: a second start for it is none.
pub fn key(request: Expr<RefundRequest>) -> Expr<String> {
    text(&[&request.charge_id, &"-", &request.intent_id])
}

fn refund(w: &mut Scope, request: Expr<RefundRequest>) -> Expr<RefundOutcome> {
    let reason = w.repeat(
        "Ask once more?",
        ROUNDS_MAX,
        none(),
        |w, again, pause| {
            w.if_some(
                "Was it asked before?",
                pause,
                |w, seconds| {
                    w.wait(
                        "Pause before asking again",
                        Deadline::within_seconds(seconds),
                    )
                },
                |_| (),
            );
            let next = pause.or_else(FIRST_PAUSE_SECONDS / 2).times(2);
            let news = ask(w, request, |w| {
                w.when(
                    "Is the next pause too long?",
                    next.more_than(BLOCKED_PAUSE_SECONDS_MAX),
                    |w| again.with(w, BLOCKED_PAUSE_SECONDS_MAX),
                    |w| again.with(w, next),
                )
            });
            w.match_on(
                "Is the money back?",
                news,
                RefundNewsCases {
                    refunded: |w| {
                        w.call("Record the refund", RecordRefund, request)
                            .retry(Retry::PATIENT)
                            .then(
                                |w, _| w.end(RefundOutcomeExpr::refunded()),
                                Unexpected {
                                    unexpected: |_, _| constant(PersonReason::Unexpected),
                                },
                            )
                    },
                    denied: |_, _| constant(PersonReason::RefundDenied),
                    pending: |w| {
                        w.when(
                            "Has it been under way for long?",
                            next.more_than(PENDING_PAUSE_SECONDS_MAX),
                            |_| constant(PersonReason::RefundFailed),
                            |w| again.with(w, next),
                        )
                    },
                },
            )
        },
        |_, _| constant(PersonReason::RefundFailed),
    );
    let call = PersonCallExpr {
        order: request.order,
        reason,
        refund: request.some(),
    };
    w.call("Call a person about the refund", CallPerson, call)
        .retry(Retry::PATIENT)
        .or(Unexpected {
            unexpected: |w, why| w.fail("Nobody could be called", "NobodyCalled", why.cause),
        });
    RefundOutcomeExpr::needs_person()
}

/// Asks the provider for the refund and awaits what comes of it, or goes on as `blocked` says.
fn ask(
    w: &mut Scope,
    request: Expr<RefundRequest>,
    blocked: impl FnOnce(&mut Scope) -> Ended,
) -> Expr<RefundNews> {
    let deadline = Deadline::within_seconds(ANSWER_SECONDS);
    w.await_signal(
        "Ask for the refund",
        RequestRefund,
        request,
        deadline,
        |w| {
            w.call("Look how the refund stands", SettleRefund, request)
                .retry(Retry::PATIENT)
                .or(Unexpected {
                    unexpected: |_, _| RefundNewsExpr::pending(),
                })
        },
    )
    .retry(Retry::PATIENT)
    .or(RequestRefundErrorCases {
        blocked: |w| {
            // Whether it could be shown or not, the refund goes on.
            w.call(
                "Show that the refund is blocked",
                MarkRefundBlocked,
                request,
            )
            .retry(Retry::OUTAGE)
            .or(AnyFailure {
                failed: |_, _| constant(()),
            });
            blocked(w)
        },
        refused: |_, refused| RefundNewsExpr::denied(refused.code),
        unexpected: |_, _| RefundNewsExpr::pending(),
    })
}
