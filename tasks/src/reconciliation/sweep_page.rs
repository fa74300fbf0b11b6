//! Walks one page of whatever the walk goes along.

use comanda_domain::tables;
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{SweepPage, Walk, WalkKind};

use super::{
    charges, checkouts, customer_events, exceptions, messages, orders, refunds, statement,
};
use crate::{
    customers::CUSTOMERS,
    fault::{Failure, Fault},
    handler::Handler,
    parts,
    ports::{Ports, guarded::Uses},
};

impl Handler for SweepPage {
    const USES: &'static [Uses] = &[
        parts::HEAR,
        parts::CASE_FILE,
        parts::STORE,
        parts::TELL,
        parts::PROVIDER,
        parts::RAISE,
        CUSTOMERS,
        Uses {
            reads: &[
                &tables::REFUNDS,
                &tables::CHECKOUTS,
                &tables::LEDGER,
                &tables::COUNTERS,
            ],
            queries: &[
                &tables::ORDERS,
                &tables::PAYMENTS,
                &tables::REFUNDS,
                &tables::LEDGER,
                &tables::EXCEPTIONS,
                &tables::CHECKOUTS,
            ],
            writes: &[&tables::LEDGER, &tables::CHECKOUTS, &tables::COUNTERS],
            starts: &["order-lifecycle"],
            ..Uses::NOTHING
        },
    ];

    async fn handle(ports: &Ports, mut walk: Walk) -> Result<Walk, Failure<NoRefusal>> {
        if walk.ended {
            return Ok(walk);
        }
        let walked = match walk.along {
            WalkKind::Orders => orders::walk(ports, &mut walk).await,
            WalkKind::Refunds => refunds::walk(ports, &mut walk).await,
            WalkKind::Charges => charges::walk(ports, &mut walk).await,
            WalkKind::Statement => statement::walk(ports, &mut walk).await,
            WalkKind::Checkouts => checkouts::walk(ports, &mut walk).await,
            WalkKind::CustomerEvents => customer_events::walk(ports, &mut walk).await,
            WalkKind::Messages => messages::walk(ports, &mut walk).await,
            WalkKind::Exceptions => exceptions::walk(ports, &mut walk).await,
        };
        match walked {
            Ok(()) => Ok(walk),
            Err(fault) if fault.is_retryable() => Err(fault.into()),
            // No try of the same page comes further, and only a person can put it right: they are told what it is.
            Err(fault) => Ok(stopped(walk, &fault)),
        }
    }
}

fn stopped(walk: Walk, fault: &Fault) -> Walk {
    let why = fault.to_string().chars().take(Walk::STOPPED_MAX).collect();
    Walk {
        complete: false,
        ended: true,
        stopped: Some(why),
        ..walk
    }
}
