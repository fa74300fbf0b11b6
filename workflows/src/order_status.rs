//! `order-status`: carries out one report on a confirmed order, and tells the customer.
//!
//! Express, because every step bears repetition: the report has an id of its own, and one change is one message.

use comanda_dsl::{Expr, Process, Scope};

use crate::contracts::{ApplyStatus, NotifyStatus, StatusReport, StatusResult, StatusResultCases};
use crate::refund;

/// The workflow. A cancel after the confirmation, and a store's late answer to a waiting order, come by it too.
pub const ORDER_STATUS: Process<StatusReport, StatusResult> =
    Process::express("order-status", order_status);

fn order_status(w: &mut Scope, report: Expr<StatusReport>) -> Expr<StatusResult> {
    let result = w.task("Apply the status", ApplyStatus, report);
    let notice = w.match_on(
        "What came of it?",
        result,
        StatusResultCases {
            applied: |_, applied| applied.notice,
            refund_due: |w, due| {
                w.start(
                    "Start the refund",
                    refund::REFUND,
                    refund::key(due.refund),
                    due.refund,
                );
                due.notice
            },
            refused: |w, _| w.end(result),
        },
    );
    w.task("Tell the customer", NotifyStatus, notice);
    result
}
