//! The provider's charges against ours: what its webhook did not tell is heard now, through the same inbox; what can still be
//! paid for an order that is over is taken back; money that no order knows is shown to a person.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::{ChargeId, ClientId, OrderId},
    inbox::{News, NewsId, NewsKind},
    invariants::GRACE,
    ledger::day_of,
    money::Money,
    order::Order,
    payment::{Charge, ChargeState, Evidence},
    store::StoreConfig,
    tables::{PAYMENTS, payments::BY_STATE},
};
use comanda_workflows::contracts::Walk;
use jiff::{SignedDuration, ToSpan, civil::Date};

use super::{
    books, count, end, found, healed, page_of, past, read, set_stand, stand, unless_broken,
};
use crate::{
    charges::{
        TakenBack, dispute_ended, hear_charge, hear_read, is_kept, read_evidence, take_back,
        unheard,
    },
    fault::Fault,
    ports::{self, Account, ChargeStatus, PageOf, Ports, Query},
    rows::{load, load_all},
    shop::{account, load_store},
};

/// How far back the provider's list is read. Older charges that are still open are read one by one: they are few.
const DAYS: i64 = 3;

/// Before the provider's list: our own rows of charges that can still be paid.
const OPEN: [ChargeState; 2] = [ChargeState::Created, ChargeState::Failed];

/// From hearing of money until the step that waits for it has booked it: it may be tried again for a while.
const BOOKED_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Those rows, and the list.
const PARTS: u32 = 3;

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let store_id = walk
        .store_id
        .clone()
        .ok_or_else(|| Fault::unexpected("a walk along charges names no store"))?;
    let store = load_store(ports, &walk.client_id, &store_id).await?;
    let account = account(ports, &store).await?;
    let today = day_of(ports.clock.now());
    let from = today.checked_sub(DAYS.days()).unwrap_or(today);
    let part = usize::try_from(walk.part).unwrap_or(usize::MAX);
    match OPEN.get(part) {
        Some(state) => still_open(ports, walk, &account, (*state, from)).await,
        None if part == OPEN.len() => listed(ports, walk, (&store, &account), (from, today)).await,
        None => {
            end(walk);
            Ok(())
        }
    }
}

/// One page of the provider's list. Newest first, so a charge that is made meanwhile shifts the pages by one: it is seen
/// twice or the next time, never skipped for good. A list that one sweep does not get through is gone on with by the next.
async fn listed(
    ports: &Ports,
    walk: &mut Walk,
    (store, account): (&StoreConfig, &Account),
    (from, to): (Date, Date),
) -> Result<(), Fault> {
    let through = format!("CHARGES#{}", store.store_id);
    let offset = match walk.cursor.as_deref() {
        Some(cursor) => cursor
            .parse()
            .map_err(|_| Fault::unexpected("a walk's cursor is no offset"))?,
        None => stand(ports, &walk.client_id, &through).await?,
    };
    walk.calls += 1;
    let page = PageOf {
        from,
        to,
        offset: count(offset),
    };
    let page = ports.provider.list_charges(account, page).await?;
    let entries = page.entries.len();
    walk.looked_at += count(entries);
    for charge in &page.entries {
        let looked = reconcile(ports, walk, account, charge).await;
        unless_broken(ports, walk, (charge.id.as_str(), looked)).await?;
    }
    let next = (page.has_more && entries > 0).then_some(offset + entries);
    // Most lists are through within a page, and keep nothing.
    if next.is_some() || offset > 0 {
        set_stand(ports, &walk.client_id, (&through, next.unwrap_or(0))).await?;
    }
    let next = next.map(|offset| ports::Cursor(offset.to_string()));
    past(walk, next, PARTS);
    Ok(())
}

/// Our open charges from before the list.
async fn still_open(
    ports: &Ports,
    walk: &mut Walk,
    account: &Account,
    (state, listed_from): (ChargeState, Date),
) -> Result<(), Fault> {
    let query = Query {
        table: &PAYMENTS,
        index: Some(&BY_STATE),
        partition: Charge::in_state(&walk.client_id, state),
        sort_prefix: None,
        descending: false,
        limit: 0,
        start: None,
    };
    let page = page_of(ports, walk, query).await?;
    for row in &page.items {
        let Some(ours) = read::<Charge>(ports, walk, row).await? else {
            continue;
        };
        if day_of(ours.created_at) >= listed_from {
            continue;
        }
        walk.calls += 1;
        if let Some(charge) = ports.provider.get_charge(account, &ours.charge_id).await? {
            let looked = reconcile(ports, walk, account, &charge).await;
            unless_broken(ports, walk, (charge.id.as_str(), looked)).await?;
        }
    }
    past(walk, page.next, PARTS);
    Ok(())
}

/// Holds one charge of the provider against ours.
pub(super) async fn reconcile(
    ports: &Ports,
    walk: &mut Walk,
    account: &Account,
    charge: &ports::Charge,
) -> Result<(), Fault> {
    let store = ports.store.as_ref();
    let tenant = walk.client_id.clone();
    let ours: Option<Charge> = load(store, &Charge::key_of(&tenant, &charge.id)).await?;
    let told = read_evidence(charge);
    let Some(order) = order_of(ports, &tenant, ours.as_ref(), charge).await? else {
        return orphan(ports, walk, charge, told).await;
    };
    let known = ours.map(|ours| ours.evidence).unwrap_or_default();
    tell(ports, walk, &order, unheard(known, charge)).await?;
    if charge.status == ChargeStatus::Unknown {
        return Ok(());
    }
    if known.is_disputed() && is_kept(told) {
        walk.calls += 1;
        walk.healed += u32::from(dispute_ended(ports, account, &order, &charge.id).await?);
    }
    if knows_more(known, told) {
        // The list may have been read before our row was written: what the provider says now decides.
        walk.calls += 1;
        let read = ports.provider.get_charge(account, &charge.id).await?;
        let told = read.as_ref().map(read_evidence).unwrap_or_default();
        if knows_more(known, told) {
            differ(ports, walk, &order, (charge, known, told)).await?;
        }
    }
    if told == Evidence::default() && charge.status == ChargeStatus::Pending {
        take_back_unwanted(ports, walk, account, (charge, &order)).await?;
    }
    books::look(ports, walk, &order).await
}

/// Whether we have money in our books that the provider does not have.
fn knows_more(known: Evidence, told: Evidence) -> bool {
    told.captured < known.captured || told.refunded < known.refunded
}

async fn differ(
    ports: &Ports,
    walk: &mut Walk,
    order: &Order,
    (charge, known, told): (&ports::Charge, Evidence, Evidence),
) -> Result<(), Fault> {
    let detail = format!(
        "we have {} in and {} back, the provider {} and {}",
        known.captured, known.refunded, told.captured, told.refunded
    );
    let subject = (charge.id.as_str(), ExceptionKind::LedgerDifference);
    let exception = Exception::raised(&order.client_id, subject, detail, ports.clock.now());
    let exception = Exception {
        order_id: Some(order.order_id.clone()),
        ..exception
    };
    found(ports, walk, &exception).await
}

async fn order_of(
    ports: &Ports,
    tenant: &ClientId,
    ours: Option<&Charge>,
    charge: &ports::Charge,
) -> Result<Option<Order>, Fault> {
    let reference = charge.external_reference.as_deref().unwrap_or_default();
    let id = match ours {
        Some(ours) => ours.order_id.clone(),
        None => match OrderId::new(reference) {
            Ok(id) => id,
            Err(_) => return Ok(None),
        },
    };
    load(ports.store.as_ref(), &Order::key_of(tenant, &id)).await
}

/// The same way that the webhook's news takes: the inbox makes it one, and what follows is `hear`'s.
async fn tell(
    ports: &Ports,
    walk: &mut Walk,
    order: &Order,
    unheard: Vec<(String, NewsKind)>,
) -> Result<(), Fault> {
    let mut notes = Vec::new();
    for (id, kind) in &unheard {
        let id = NewsId::new(id.as_str()).map_err(|error| Fault::unexpected(error.to_string()))?;
        let key = News::key_of(&order.client_id, &order.order_id, &id);
        // Heard in a sweep before, and kept for a step that is still to come: no news of this sweep.
        if load::<News>(ports.store.as_ref(), &key).await?.is_none() {
            let subject = (id.as_str(), ExceptionKind::MissedNews);
            let now = ports.clock.now();
            notes.push(Exception {
                order_id: Some(order.order_id.clone()),
                ..Exception::raised(&order.client_id, subject, detail(kind), now)
            });
        }
    }
    hear_read(ports, order, unheard).await?;
    for note in notes {
        healed(ports, walk, note).await?;
    }
    Ok(())
}

/// Whether news of a charge was heard so lately that the step that waits for it may not have booked it yet: then the next reading
/// compares.
pub(super) async fn is_being_booked(
    ports: &Ports,
    tenant: &ClientId,
    id: &ChargeId,
) -> Result<bool, Fault> {
    let charge: Option<Charge> = load(ports.store.as_ref(), &Charge::key_of(tenant, id)).await?;
    let Some(charge) = charge else {
        return Ok(false);
    };
    let inbox = News::of_order(tenant, &charge.order_id);
    let inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
    let now = ports.clock.now();
    Ok(inbox.iter().any(|news| {
        news.acknowledged_at.is_none()
            && news.news.charge() == Some(id)
            && now.duration_since(news.at) < BOOKED_WITHIN
    }))
}

fn detail(kind: &NewsKind) -> String {
    let what = match kind {
        NewsKind::Paid { amount, .. } => format!("{amount} were paid"),
        NewsKind::Refunded { refunded, .. } => format!("{refunded} went back"),
        NewsKind::ChargedBack { .. } => "the payer's bank takes a charge back".to_owned(),
        _ => "a charge was deleted".to_owned(),
    };
    format!("read at the provider, not told by its webhook: {what}")
}

async fn orphan(
    ports: &Ports,
    walk: &mut Walk,
    charge: &ports::Charge,
    told: Evidence,
) -> Result<(), Fault> {
    if told.held() == Money::ZERO {
        return Ok(());
    }
    let subject = (charge.id.as_str(), ExceptionKind::OrphanMoney);
    let key = Exception::key_of(&walk.client_id, subject.0, subject.1);
    let known: Option<Exception> = load(ports.store.as_ref(), &key).await?;
    // A person closed the alarm of this money: to find it once more says nothing new.
    let is_done = |known: &Exception| {
        known.state == ExceptionState::Closed && known.amount == Some(told.held())
    };
    if known.as_ref().is_some_and(is_done) {
        return Ok(());
    }
    let detail = "the provider has money for a charge that belongs to no order";
    let exception = Exception::raised(&walk.client_id, subject, detail, ports.clock.now());
    let exception = Exception {
        amount: Some(told.held()),
        ..exception
    };
    found(ports, walk, &exception).await
}

/// P5: nothing can be paid for an order that ended, nor beside the charge that has paid for it. Its end takes the charge back,
/// and a new attempt that of the one before; this is for the one that came after the end, and for the attempt after the one
/// that was paid.
async fn take_back_unwanted(
    ports: &Ports,
    walk: &mut Walk,
    account: &Account,
    (charge, order): (&ports::Charge, &Order),
) -> Result<(), Fault> {
    let now = ports.clock.now();
    let is_paid_by_another =
        order.payment_status().holds_money() && order.payment_id.as_ref() != Some(&charge.id);
    let is_unwanted = order.status().is_closed() || is_paid_by_another;
    if charge.deleted || !is_unwanted || now.duration_since(order.updated_at()) <= GRACE {
        return Ok(());
    }
    walk.calls += 1;
    match take_back(ports, account, &charge.id).await? {
        TakenBack::Gone => {}
        TakenBack::Paid(paid) => hear_charge(ports, order, &paid).await?,
        // The next sweep tries again.
        TakenBack::Refused => return Ok(()),
    }
    let subject = (charge.id.as_str(), ExceptionKind::MissedNews);
    let detail = "a charge that nobody waits for could still be paid; it was taken back";
    let note = Exception::raised(&order.client_id, subject, detail, now);
    healed(ports, walk, note).await
}
