//! Money of cards, which reaches the account about a month after it was captured: each payout is noted on its charge, and one that
//! does not come is looked for.
//!
//! Once for each day of the statement, when it is so old that no line of it is missing.

use std::collections::BTreeMap;

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::ChargeId,
    ledger::Movement,
    money::Money,
    payment::{Charge, Evidence},
    statement::Line,
    store::StoreConfig,
};
use comanda_workflows::contracts::Walk;
use jiff::{ToSpan, civil::Date};

use super::{Belongs, belongs, hear_again, load_days, rest::Rest, span};
use crate::{
    fault::Fault,
    ports::{Account, Condition, Ports},
    reconciliation::{found, set_stand, stand},
    rows::{Decision, decide, load, put},
};

/// Asaas pays cards out 32 days after they were confirmed, on the next business day (providers §1.4); the longest run of days that
/// are none is Carnival's, with the weekend before it.
const DUE_DAYS: i64 = 37;

/// Goes through the days of which everything was read, and that no reading looks at again.
pub(super) async fn look(
    ports: &Ports,
    walk: &mut Walk,
    (store, account, rest): (&StoreConfig, &Account, &Rest),
    days: impl Iterator<Item = Date>,
    lines: &[Line],
) -> Result<(), Fault> {
    let through = format!("{}#PAYOUTS", rest.through);
    let stood = stand(ports, &walk.client_id, &through).await?;
    for day in days.filter(|day| span::number_of(*day) > stood) {
        let mut received: BTreeMap<&ChargeId, Money> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.day == day) {
            if line.movement == Movement::Captured {
                let sum = received.entry(&line.charge).or_default();
                *sum = sum.checked_add(line.amount).unwrap_or(*sum);
            }
        }
        for (id, amount) in received {
            if let Belongs::Later(_) = belongs(ports, store, id).await? {
                note(ports, walk, id, amount).await?;
            }
        }
        if let Ok(captured_on) = day.checked_sub(DUE_DAYS.days()) {
            due(ports, walk, (store, account), captured_on).await?;
        }
        set_stand(ports, &walk.client_id, (&through, span::number_of(day))).await?;
    }
    Ok(())
}

/// Notes on the charge what the statement has of it.
async fn note(ports: &Ports, walk: &Walk, id: &ChargeId, amount: Money) -> Result<(), Fault> {
    decide::<Charge, (), Fault, _>(ports, || async {
        let key = Charge::key_of(&walk.client_id, id);
        let charge: Option<Charge> = load(ports.store.as_ref(), &key).await?;
        let paid_out = Evidence {
            paid_out: amount,
            ..Evidence::default()
        };
        let learned = charge.and_then(|charge| {
            let learned = charge.learn(paid_out, ports.clock.now())?;
            Some((charge.version, learned))
        });
        Ok(match learned {
            Some((version, charge)) => {
                let writes = vec![put(&charge, Condition::Version(version))?];
                Decision::Write(writes, ())
            }
            None => Decision::Stands(()),
        })
    })
    .await
}

/// Cards of that day whose money must have come by this one. What the provider has not told of them is heard first: what went back
/// before it was paid out leaves no line.
async fn due(
    ports: &Ports,
    walk: &mut Walk,
    (store, account): (&StoreConfig, &Account),
    captured_on: Date,
) -> Result<(), Fault> {
    let entries = load_days(ports, walk, &[captured_on]).await?;
    let captured = entries
        .iter()
        .filter(|entry| entry.movement == Movement::Captured);
    for entry in captured {
        let id = &entry.charge_id;
        if missing(ports, store, id).await?.is_none() {
            continue;
        }
        hear_again(ports, walk, account, id).await?;
        if let Some(charge) = missing(ports, store, id).await? {
            let subject = (id.as_str(), ExceptionKind::LedgerDifference);
            let detail =
                format!("paid by card on {captured_on}, and the statement has no payout of it");
            let exception = Exception {
                order_id: Some(charge.order_id.clone()),
                amount: Some(charge.held()),
                ..Exception::raised(&walk.client_id, subject, detail, ports.clock.now())
            };
            found(ports, walk, &exception).await?;
        }
    }
    Ok(())
}

/// A charge of this account that is paid out late, and was not.
async fn missing(
    ports: &Ports,
    store: &StoreConfig,
    id: &ChargeId,
) -> Result<Option<Box<Charge>>, Fault> {
    let Belongs::Later(charge) = belongs(ports, store, id).await? else {
        return Ok(None);
    };
    let known = charge.evidence;
    let is_due =
        known.held() > Money::ZERO && !known.is_disputed() && known.paid_out == Money::ZERO;
    Ok(is_due.then_some(charge))
}
