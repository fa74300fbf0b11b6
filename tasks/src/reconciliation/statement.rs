//! The provider's statement of the last days against the ledger (P6), back to where the last reading came to its end. Fees are
//! known from here only, and entered.
//!
//! All lines of the days are held at once: forty thousand short ones at most. A reading that takes more of the provider's quota
//! than its share of one sweep is rested off by the next ones.

mod lines;
mod orphans;
mod payouts;
mod rest;
mod span;

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::ChargeId,
    ledger::{LedgerEntry, Movement},
    order::PaymentMethod,
    payment::{Charge, Evidence},
    statement::{Books, Line, Mismatch},
    store::StoreConfig,
};
use comanda_workflows::contracts::{DayComparison, Walk};
use jiff::{SignedDuration, civil::Date};

use self::{
    lines::{Known, booked, movement, show_unknown},
    rest::{PAGES_OF_A_SWEEP, Rest},
    span::Span,
};
use super::{
    charges::{is_being_booked, reconcile},
    count, found, unless_broken,
};
use crate::{
    fault::Fault,
    ports::{Account, Condition, PageOf, Ports, StatementLine},
    rows::{load, load_all, put, put_if_absent, write},
    shop::{account, load_store},
};

/// Pages of the provider's statement in one reading: 40 000 lines, which is five thousand payments a day. Of what is beyond, the
/// fees are not entered and the days not compared, and that is said.
const PAGES_MAX: u32 = 400;
/// How long it is read for, of the five minutes that a call may take: the rest is to enter and compare what was read.
const READING: SignedDuration = SignedDuration::from_mins(3);
/// Lines that are looked up and entered before the next are.
const LINES_AT_ONCE: usize = 200;
/// DynamoDB takes a hundred writes at once.
const WRITES_AT_ONCE: usize = 100;

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let store_id = walk
        .store_id
        .clone()
        .ok_or_else(|| Fault::unexpected("a walk along the statement names no store"))?;
    let rest = Rest::of(ports, walk, &store_id).await?;
    if rest.is_on {
        walk.complete = !rest.was_cut;
        walk.ended = true;
        return Ok(());
    }
    let store = load_store(ports, &walk.client_id, &store_id).await?;
    let account = account(ports, &store).await?;
    let span = Span::of(ports, walk, &rest).await?;
    let read = read(ports, walk, (&account, &rest), span.days.clone()).await?;
    let lines = compare(ports, walk, (&store, &account), (&read, &span)).await?;
    walk.days.retain(|day| span.tells_of(day));
    span.after(ports, walk, (&rest, &read)).await?;
    let is_cut = read.is_cut || span.is_behind();
    rest.after(ports, walk, (read.pages, is_cut)).await?;
    let past = span.past(&read.days);
    payouts::look(ports, walk, (&store, &account, &rest), past, &lines).await?;
    // To begin again would be to read the same again: it ends here, and the report says whether it is complete.
    walk.complete = !is_cut && walk.left == 0;
    walk.ended = true;
    Ok(())
}

/// What was read of the statement: the lines, and the days of which none is missing.
struct Reading {
    days: Vec<Date>,
    lines: Vec<StatementLine>,
    pages: u32,
    is_cut: bool,
}

/// Enters what only the statement knows, and holds the days that were read whole against the ledger. Answers the lines that it
/// knows the meaning of.
async fn compare(
    ports: &Ports,
    walk: &mut Walk,
    (store, account): (&StoreConfig, &Account),
    (Reading { days, lines, .. }, span): (&Reading, &Span),
) -> Result<Vec<Line>, Fault> {
    let mut entries = entries_of(ports, walk, lines, days).await?;
    let mut known: Known = entries
        .iter()
        .map(|entry| (entry.charge_id.clone(), entry.order_id.clone()))
        .collect();
    let mut is_new = false;
    // Together, and not all at once: a call that is cut short has entered what it came to.
    for lines in lines.chunks(LINES_AT_ONCE) {
        look_up(ports, walk, lines, &mut known).await?;
        is_new |= enter_fees(ports, walk, lines, (&known, &entries)).await?;
    }
    if is_new {
        entries = entries_of(ports, walk, lines, days).await?;
    }
    let news = lines.iter().filter(|line| span.is_news(line.day));
    orphans::look(ports, walk, account, (news, &known)).await?;
    show_unknown(ports, walk, lines, &known).await?;
    entries.retain(|entry| days.contains(&entry.day));
    let mut lines = booked(lines, &known);
    lines.retain(|line| days.contains(&line.day));
    let (mut later, mut elsewhere) = (BTreeMap::new(), BTreeSet::new());
    for id in books(days, &entries, &lines, &later).unmatched() {
        match belongs(ports, store, &id).await? {
            Belongs::Now => {}
            Belongs::Later(charge) => drop(later.insert(id, charge.evidence)),
            Belongs::Elsewhere => drop(elsewhere.insert(id)),
        }
    }
    entries.retain(|entry| !elsewhere.contains(&entry.charge_id));
    // What we had not heard is heard, and then compared again.
    let mismatches = books(days, &entries, &lines, &later).mismatches();
    let suspects = mismatches.into_iter().map(|mismatch| mismatch.charge);
    let suspects: BTreeSet<ChargeId> = suspects.chain(paid_again(&lines, &later)).collect();
    let mut being_booked = BTreeSet::new();
    for id in &suspects {
        hear_again(ports, walk, account, id).await?;
        if is_being_booked(ports, &walk.client_id, id).await? {
            being_booked.insert(id.clone());
        }
        if let Belongs::Later(charge) = belongs(ports, store, id).await? {
            later.insert(id.clone(), charge.evidence);
        }
    }
    if !suspects.is_empty() {
        entries = load_days(ports, walk, days).await?;
        entries.retain(|entry| !elsewhere.contains(&entry.charge_id));
    }
    let books = books(days, &entries, &lines, &later);
    let mut mismatches = books.mismatches();
    mismatches.retain(|mismatch| !being_booked.contains(&mismatch.charge));
    for mismatch in &mismatches {
        differ(ports, walk, mismatch).await?;
    }
    walk.days = books.by_day().into_iter().map(comparison).collect();
    Ok(lines)
}

/// Charges that we know to be disputed, and that were paid out: that may be how the dispute ended.
fn paid_again(
    lines: &[Line],
    later: &BTreeMap<ChargeId, Evidence>,
) -> impl Iterator<Item = ChargeId> {
    let received = lines
        .iter()
        .filter(|line| line.movement == Movement::Captured);
    let is_disputed = |id: &ChargeId| later.get(id).is_some_and(|known| known.is_disputed());
    let disputed = received.filter(move |line| is_disputed(&line.charge));
    disputed.map(|line| line.charge.clone())
}

/// Reads one charge at the provider, and hears what it did not tell.
async fn hear_again(
    ports: &Ports,
    walk: &mut Walk,
    account: &Account,
    id: &ChargeId,
) -> Result<(), Fault> {
    walk.calls += 1;
    if let Some(charge) = ports.provider.get_charge(account, id).await? {
        let looked = reconcile(ports, walk, account, &charge).await;
        unless_broken(ports, walk, (id.as_str(), looked)).await?;
    }
    Ok(())
}

fn books<'a>(
    days: &'a [Date],
    entries: &'a [LedgerEntry],
    lines: &'a [Line],
    settles_later: &'a BTreeMap<ChargeId, Evidence>,
) -> Books<'a> {
    Books {
        days,
        entries,
        lines,
        settles_later,
    }
}

/// The lines of the days, oldest first, and the days of which all were read. What is not read in time is read when it is older:
/// the oldest come first.
async fn read(
    ports: &Ports,
    walk: &mut Walk,
    (account, rest): (&Account, &Rest),
    days: Vec<Date>,
) -> Result<Reading, Fault> {
    let mut read = Reading {
        days,
        lines: Vec::new(),
        pages: 0,
        is_cut: false,
    };
    let (Some(from), Some(to)) = (read.days.first().copied(), read.days.last().copied()) else {
        return Ok(read);
    };
    let mut ended = false;
    let began = ports.clock.now();
    while !ended && read.pages < PAGES_MAX && ports.clock.now().duration_since(began) < READING {
        if read.pages > 0 && read.pages.is_multiple_of(PAGES_OF_A_SWEEP) {
            rest.before_more(ports, walk, read.pages).await?;
        }
        read.pages += 1;
        walk.calls += 1;
        let offset = count(read.lines.len());
        let page = PageOf { from, to, offset };
        let page = ports.provider.statement(account, page).await?;
        ended = !page.has_more || page.entries.is_empty();
        read.lines.extend(page.entries);
    }
    walk.looked_at += count(read.lines.len());
    if !ended {
        read.is_cut = true;
        let last = read.lines.last().map_or(from, |line| line.day);
        read.days.retain(|day| *day < last);
    }
    Ok(read)
}

/// Our charges that the lines name, with their orders. The ledger names most of them; what is missing there and by key is no charge of
/// ours.
async fn look_up(
    ports: &Ports,
    walk: &Walk,
    lines: &[StatementLine],
    known: &mut Known,
) -> Result<(), Fault> {
    let named: BTreeSet<&ChargeId> = lines
        .iter()
        .filter_map(|line| line.charge.as_ref())
        .collect();
    for id in named {
        let key = Charge::key_of(&walk.client_id, id);
        if !known.contains_key(id)
            && let Some(charge) = load::<Charge>(ports.store.as_ref(), &key).await?
        {
            known.insert(id.clone(), Some(charge.order_id));
        }
    }
    Ok(())
}

/// Each fee of ours once: the line's id and its day are the entry's key. Answers whether there were any to enter.
async fn enter_fees(
    ports: &Ports,
    walk: &Walk,
    lines: &[StatementLine],
    (known, entries): (&Known, &[LedgerEntry]),
) -> Result<bool, Fault> {
    let entered: BTreeSet<&str> = entries
        .iter()
        .map(|entry| entry.entry_id.as_str())
        .collect();
    // By its id: pages that shift while they are read show a line twice.
    let mut fees = BTreeMap::new();
    for line in lines {
        let charge = line.charge.as_ref();
        let charge = charge.and_then(|id| Some((id, known.get(id)?.as_ref())));
        let (Some(charge), Some(moved)) = (charge, movement(line)) else {
            continue;
        };
        if !matches!(moved.0, Movement::Fee | Movement::FeeReturned) {
            continue;
        }
        let entry = LedgerEntry::fee(
            &walk.client_id,
            charge,
            (&line.id, line.day),
            moved,
            ports.clock.now(),
        );
        if !entered.contains(entry.entry_id.as_str()) {
            fees.insert(entry.entry_id.clone(), entry);
        }
    }
    let fees: Vec<LedgerEntry> = fees.into_values().collect();
    for together in fees.chunks(WRITES_AT_ONCE) {
        let writes = together.iter().map(|fee| put(fee, Condition::Absent));
        if !write(ports.store.as_ref(), writes.collect::<Result<_, _>>()?).await? {
            // Another sweep has entered some of them.
            for fee in together {
                put_if_absent(ports.store.as_ref(), fee).await?;
            }
        }
    }
    Ok(!fees.is_empty())
}

/// The ledger's entries of these days, and of the day that was read in part.
async fn entries_of(
    ports: &Ports,
    walk: &Walk,
    lines: &[StatementLine],
    days: &[Date],
) -> Result<Vec<LedgerEntry>, Fault> {
    let of_lines = lines.iter().map(|line| line.day);
    let days: BTreeSet<Date> = days.iter().copied().chain(of_lines).collect();
    load_days(ports, walk, &Vec::from_iter(days)).await
}

async fn load_days(ports: &Ports, walk: &Walk, days: &[Date]) -> Result<Vec<LedgerEntry>, Fault> {
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
    Later(Box<Charge>),
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
            Belongs::Later(Box::new(charge))
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
