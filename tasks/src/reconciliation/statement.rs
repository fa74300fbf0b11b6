//! The provider's statement of the last days against the ledger (P6). Fees are known from here only, and entered.
//!
//! All lines of the days are held at once: a day of the busiest store is a few thousand short ones.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::ChargeId,
    ledger::{LedgerEntry, Movement, day_of},
    money::Money,
    order::PaymentMethod,
    payment::Charge,
    statement::{Books, Line, Mismatch},
    store::StoreConfig,
};
use comanda_workflows::contracts::{DayComparison, Walk};
use jiff::{ToSpan, civil::Date};

use super::{charges::reconcile, count, end, found, unless_broken};
use crate::{
    fault::Fault,
    ports::{Account, LineKind, PageOf, Ports, StatementLine},
    rows::{load, load_all, put_if_absent},
    shop::{account, load_store},
};

/// Today and the days before it that are compared.
const DAYS: i64 = 4;
/// Pages of the provider's statement in one sweep: 5 000 lines. What is beyond is not compared, and that is said.
const PAGES_MAX: u32 = 50;

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let store_id = walk
        .store_id
        .clone()
        .ok_or_else(|| Fault::unexpected("a walk along the statement names no store"))?;
    let store = load_store(ports, &walk.client_id, &store_id).await?;
    let account = account(ports, &store).await?;
    let today = day_of(ports.clock.now());
    let days: Vec<Date> = (0..DAYS)
        .rev()
        .filter_map(|back| today.checked_sub(back.days()).ok())
        .collect();
    let Some(lines) = read(ports, walk, &account, &days).await? else {
        // To begin again would be to read the same again: it ends here, and the report says that it is not complete.
        walk.ended = true;
        return Ok(());
    };
    let known = charges_of(ports, walk, &lines).await?;
    enter_fees(ports, walk, &lines, &known).await?;
    let lines = booked(&lines, &known);
    let mut entries = entries_of(ports, walk, &days).await?;
    let (mut later, mut elsewhere) = (BTreeSet::new(), BTreeSet::new());
    for id in books(&days, &entries, &lines, &later).unmatched() {
        match belongs(ports, &store, &id).await? {
            Belongs::Now => {}
            Belongs::Later => drop(later.insert(id)),
            Belongs::Elsewhere => drop(elsewhere.insert(id)),
        }
    }
    entries.retain(|entry| !elsewhere.contains(&entry.charge_id));
    // What we had not heard is heard, and then compared again.
    let suspects: BTreeSet<ChargeId> = books(&days, &entries, &lines, &later)
        .mismatches()
        .into_iter()
        .map(|mismatch| mismatch.charge)
        .collect();
    for id in &suspects {
        walk.calls += 1;
        if let Some(charge) = ports.provider.get_charge(&account, id).await? {
            let looked = reconcile(ports, walk, &account, &charge).await;
            unless_broken(ports, walk, (id.as_str(), looked)).await?;
        }
    }
    if !suspects.is_empty() {
        entries = entries_of(ports, walk, &days).await?;
        entries.retain(|entry| !elsewhere.contains(&entry.charge_id));
    }
    let books = books(&days, &entries, &lines, &later);
    for mismatch in books.mismatches() {
        differ(ports, walk, &mismatch).await?;
    }
    walk.days = books.by_day().into_iter().map(comparison).collect();
    end(walk);
    Ok(())
}

fn books<'a>(
    days: &'a [Date],
    entries: &'a [LedgerEntry],
    lines: &'a [Line],
    settles_later: &'a BTreeSet<ChargeId>,
) -> Books<'a> {
    Books {
        days,
        entries,
        lines,
        settles_later,
    }
}

/// All lines of the days; `None` if there are more than one sweep reads.
async fn read(
    ports: &Ports,
    walk: &mut Walk,
    account: &Account,
    days: &[Date],
) -> Result<Option<Vec<StatementLine>>, Fault> {
    let (Some(from), Some(to)) = (days.first().copied(), days.last().copied()) else {
        return Ok(Some(Vec::new()));
    };
    let mut lines: Vec<StatementLine> = Vec::new();
    for _ in 0..PAGES_MAX {
        walk.calls += 1;
        let offset = count(lines.len());
        let page = PageOf { from, to, offset };
        let page = ports.provider.statement(account, page).await?;
        let ended = !page.has_more || page.entries.is_empty();
        lines.extend(page.entries);
        if ended {
            walk.looked_at += count(lines.len());
            return Ok(Some(lines));
        }
    }
    Ok(None)
}

/// Our charges that the lines name. What is missing belongs to no order: the walk along charges shows it to a person.
async fn charges_of(
    ports: &Ports,
    walk: &Walk,
    lines: &[StatementLine],
) -> Result<BTreeMap<ChargeId, Charge>, Fault> {
    let named: BTreeSet<&ChargeId> = lines
        .iter()
        .filter_map(|line| line.charge.as_ref())
        .collect();
    let mut known = BTreeMap::new();
    for id in named {
        let key = Charge::key_of(&walk.client_id, id);
        if let Some(charge) = load::<Charge>(ports.store.as_ref(), &key).await? {
            known.insert(id.clone(), charge);
        }
    }
    Ok(known)
}

/// A line in the ledger's words; `None` for what is about no charge, or runs the other way (a fee that was given back).
fn movement(line: &StatementLine) -> Option<(Movement, Money)> {
    let taken = || Money::ZERO.checked_sub(line.amount);
    let (movement, amount) = match line.kind {
        LineKind::Received => (Movement::Captured, Some(line.amount)),
        LineKind::Fee => (Movement::Fee, taken()),
        LineKind::Refunded => (Movement::Refunded, taken()),
        LineKind::ChargedBack => (Movement::ChargedBack, taken()),
        LineKind::Other => return None,
    };
    let amount = amount.filter(|amount| *amount > Money::ZERO)?;
    Some((movement, amount))
}

fn booked(lines: &[StatementLine], known: &BTreeMap<ChargeId, Charge>) -> Vec<Line> {
    let of_ours = lines.iter().filter_map(|line| {
        let charge = line
            .charge
            .clone()
            .filter(|charge| known.contains_key(charge))?;
        let (movement, amount) = movement(line)?;
        Some(Line {
            day: line.day,
            movement,
            amount,
            charge,
        })
    });
    of_ours.collect()
}

/// Each fee of ours once: the line's id and its day are the entry's key.
async fn enter_fees(
    ports: &Ports,
    walk: &Walk,
    lines: &[StatementLine],
    known: &BTreeMap<ChargeId, Charge>,
) -> Result<(), Fault> {
    for line in lines {
        let charge = line.charge.as_ref().and_then(|id| known.get(id));
        let (Some(charge), Some((Movement::Fee, amount))) = (charge, movement(line)) else {
            continue;
        };
        let entry = LedgerEntry::fee(
            &walk.client_id,
            (&charge.charge_id, Some(&charge.order_id)),
            (&line.id, line.day, amount),
            ports.clock.now(),
        );
        put_if_absent(ports.store.as_ref(), &entry).await?;
    }
    Ok(())
}

async fn entries_of(ports: &Ports, walk: &Walk, days: &[Date]) -> Result<Vec<LedgerEntry>, Fault> {
    let mut entries = Vec::new();
    for day in days {
        let partition = LedgerEntry::of_day(&walk.client_id, *day);
        entries.extend(load_all::<LedgerEntry>(ports.store.as_ref(), partition).await?);
    }
    Ok(entries)
}

/// Where and when a charge of ours is on a statement.
enum Belongs {
    /// On this one, when it is paid.
    Now,
    /// On this one, long after it is paid.
    Later,
    /// On that of another account of the tenant.
    Elsewhere,
}

async fn belongs(ports: &Ports, store: &StoreConfig, id: &ChargeId) -> Result<Belongs, Fault> {
    let key = Charge::key_of(&store.client_id, id);
    let Some(charge) = load::<Charge>(ports.store.as_ref(), &key).await? else {
        return Ok(Belongs::Now);
    };
    let own = load_store(ports, &store.client_id, &charge.store_id).await?;
    Ok(
        if own.secrets.payment_api_key != store.secrets.payment_api_key {
            Belongs::Elsewhere
        } else if charge.method != PaymentMethod::Pix {
            Belongs::Later
        } else {
            Belongs::Now
        },
    )
}

async fn differ(ports: &Ports, walk: &mut Walk, mismatch: &Mismatch) -> Result<(), Fault> {
    let detail = format!(
        "{}: the ledger has {}, the statement {}",
        mismatch.movement.as_str(),
        mismatch.ledger,
        mismatch.statement
    );
    let subject = (mismatch.charge.as_str(), ExceptionKind::LedgerDifference);
    let exception = Exception::raised(&walk.client_id, subject, detail, ports.clock.now());
    let exception = Exception {
        amount: mismatch.ledger.checked_sub(mismatch.statement),
        ..exception
    };
    found(ports, walk, &exception).await
}

fn comparison(day: comanda_domain::statement::DayBooks) -> DayComparison {
    DayComparison {
        day: day.day,
        ledger: day.ledger,
        statement: day.statement,
        not_settled: day.not_settled,
        other_day: day.other_day,
        difference: day.difference,
    }
}
