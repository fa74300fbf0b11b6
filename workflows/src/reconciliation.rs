//! `reconciliation`: sweeps one tenant's books by index, never by scan, and hears at the provider what was not told.
//!
//! The second net under every order: each order's own deadlines come first. It replaces 002 §7's scan of everything every
//! five minutes (F013, F016). It may run at any time, twice, and beside live traffic; what it finds is the tasks' business.

use comanda_dsl::{Expr, Process, Retry, Scope, Unexpected};

use crate::contracts::{
    CloseSweep, PlanSweep, SweepPage, SweepReport, SweepRequest, SweptWalksExpr, Walk,
};

/// The workflow. Its key is the tenant and the moment.
pub const RECONCILIATION: Process<SweepRequest, SweepReport> =
    Process::standard("reconciliation", reconciliation);

/// Walks at one time; the provider takes 50 concurrent calls, our tables any number.
const WALKS_AT_ONCE: u32 = 4;
/// Pages of a walk in one sweep: two thousand rows. What is beyond is the next sweep's where the walk keeps how far it got;
/// a walk that does not begins anew, and the report says that it saw not everything.
///
/// It also bounds the calls to the provider. For one account 20 pages of its list and 50 of its statement (a longer reading is
/// rested off), every 15 minutes, are 3,360 in the 12 hours for which Asaas gives 25,000; the rest is for the orders themselves and for
/// charges that are looked at one by one.
const PAGES_MAX: u32 = 20;

fn reconciliation(w: &mut Scope, request: Expr<SweepRequest>) -> Expr<SweepReport> {
    let plan = w
        .call("Plan the sweep", PlanSweep, request)
        .retry(Retry::OUTAGE)
        .or(Unexpected {
            unexpected: |w, why| w.fail("The sweep has no plan", "NoPlan", why.cause),
        });
    let walks = w.map("Walk", plan.walks, WALKS_AT_ONCE, walk);
    let ended = SweptWalksExpr {
        client_id: request.client_id,
        walks,
    };
    w.call("Close the sweep", CloseSweep, ended)
        .retry(Retry::OUTAGE)
        .or(Unexpected {
            unexpected: |w, why| w.fail("The sweep has no report", "NoReport", why.cause),
        })
}

/// Page by page to the end, or to the bound: then the walk stays incomplete and says so.
fn walk(w: &mut Scope, walk: Expr<Walk>) -> Expr<Walk> {
    w.repeat(
        "Another page?",
        PAGES_MAX,
        walk,
        |w, again, walk| {
            let next = w
                .call("Walk a page", SweepPage, walk)
                .retry(Retry::TRANSIENT)
                .or(Unexpected {
                    // What one page breaks on must not keep the others from being seen.
                    unexpected: |w, why| w.end(walk.with().stopped(why.error.some())),
                });
            w.when(
                "Is that all?",
                next.ended,
                |_| next,
                |w| again.with(w, next),
            )
        },
        |_, walk| walk,
    )
}
