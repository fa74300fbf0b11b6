//! The provider's charges against ours: what its webhook did not tell is heard now, through the same inbox; what can still be
//! paid for an order that is over is taken back; money that no order knows is shown to a person.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::{ClientId, OrderId},
    inbox::{News, NewsId, NewsKind},
    invariant::GRACE,
    ledger::day_of,
    money::Money,
    order::Order,
    payment::{Charge, ChargeState, Evidence},
    tables::{PAYMENTS, from_item, payments::BY_STATE},
};
use comanda_workflows::contracts::{OrderKey, Walk};
use jiff::{Timestamp, ToSpan, civil::Date};

use super::{count, found, healed, page_of, past};
use crate::{
    charges::take_back,
    fault::Fault,
    hear::hear,
    ports::{self, Account, ChargeStatus, PageOf, Ports, Query, RefundStatus},
    rows::load,
    shop::{account, load_store},
};

/// How far back the provider's list is read. Older charges that are still open are read one by one: they are few.
const DAYS: i64 = 3;

/// After the provider's list: our own rows of charges that can still be paid.
const OPEN: [ChargeState; 4] = [
    ChargeState::Created,
    ChargeState::Overdue,
    ChargeState::Authorised,
    ChargeState::Failed,
];

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let store_id = walk
        .store_id
        .clone()
        .ok_or_else(|| Fault::unexpected("a walk along charges names no store"))?;
    let store = load_store(ports, &walk.client_id, &store_id).await?;
    let account = account(ports, &store).await?;
    let today = day_of(ports.clock.now());
    let from = today.checked_sub(DAYS.days()).unwrap_or(today);
    match walk.part {
        0 => listed(ports, walk, &account, (from, today)).await,
        part => {
            let part = usize::try_from(part).unwrap_or(usize::MAX);
            match OPEN.get(part - 1) {
                Some(state) => still_open(ports, walk, &account, (*state, from)).await,
                None => {
                    walk.complete = true;
                    Ok(())
                }
            }
        }
    }
}

/// One page of the provider's list. Newest first, so a charge that is made meanwhile shifts the pages by one: it is seen
/// twice or the next time, never skipped for good.
async fn listed(
    ports: &Ports,
    walk: &mut Walk,
    account: &Account,
    (from, to): (Date, Date),
) -> Result<(), Fault> {
    let offset = walk.cursor.as_deref().unwrap_or("0");
    let offset: u32 = offset
        .parse()
        .map_err(|_| Fault::unexpected("a walk's cursor is no offset"))?;
    walk.calls += 1;
    let page = PageOf { from, to, offset };
    let page = ports.provider.list_charges(account, page).await?;
    let read = count(page.entries.len());
    walk.looked_at += read;
    for charge in &page.entries {
        reconcile(ports, walk, account, charge).await?;
    }
    let next = page.has_more && read > 0;
    let next = next.then(|| ports::Cursor((offset + read).to_string()));
    past(walk, next, 1 + count(OPEN.len()));
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
    for item in page.items {
        let ours: Charge = from_item(item)?;
        if day_of(ours.created_at) >= listed_from {
            continue;
        }
        walk.calls += 1;
        if let Some(charge) = ports.provider.get_charge(account, &ours.charge_id).await? {
            reconcile(ports, walk, account, &charge).await?;
        }
    }
    past(walk, page.next, 1 + count(OPEN.len()));
    Ok(())
}

/// What the provider's own word about a charge proves.
fn evidence(charge: &ports::Charge) -> Evidence {
    let done = charge
        .refunds
        .iter()
        .filter(|refund| refund.status == RefundStatus::Done)
        .fold(Money::ZERO, |sum, refund| {
            sum.checked_add(refund.amount).unwrap_or(sum)
        });
    let paid = Evidence::given_back(charge.amount, done);
    match charge.status {
        ChargeStatus::Paid => paid,
        ChargeStatus::Refunding => Evidence {
            refunding: true,
            ..paid
        },
        ChargeStatus::Refunded => Evidence::given_back(charge.amount, charge.amount),
        ChargeStatus::Chargeback => Evidence {
            chargeback: true,
            ..paid
        },
        ChargeStatus::Pending if charge.deleted => Evidence {
            deleted: true,
            ..Evidence::default()
        },
        ChargeStatus::Pending
        | ChargeStatus::Authorised
        | ChargeStatus::Held
        | ChargeStatus::Unknown => Evidence::default(),
    }
}

/// What must be heard so that `known` becomes what the provider says.
fn unheard(known: Evidence, told: Evidence, charge: &ports::Charge) -> Vec<(String, NewsKind)> {
    let charge_id = || charge.id.clone();
    let mut news = Vec::new();
    if told.captured > known.captured {
        let amount = told.captured;
        let kind = NewsKind::Paid {
            charge_id: charge_id(),
            amount,
        };
        news.push((format!("read-{}-paid", charge.id), kind));
    }
    if told.refunded > known.refunded {
        let refunded = told.refunded;
        let kind = NewsKind::Refunded {
            charge_id: charge_id(),
            refunded,
            charged: Some(charge.amount),
        };
        let id = format!("read-{}-refunded-{}", charge.id, refunded.centavos());
        news.push((id, kind));
    }
    if told.chargeback && !known.chargeback {
        let kind = NewsKind::ChargedBack {
            charge_id: charge_id(),
            amount: told.captured,
        };
        news.push((format!("read-{}-chargeback", charge.id), kind));
    }
    if told.deleted && known == Evidence::default() {
        let kind = NewsKind::ChargeDeleted {
            charge_id: charge_id(),
        };
        news.push((format!("read-{}-deleted", charge.id), kind));
    }
    news
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
    let told = evidence(charge);
    let Some(order) = order_of(ports, &tenant, ours.as_ref(), charge).await? else {
        return orphan(ports, walk, charge, told).await;
    };
    let known = ours.map(|ours| ours.evidence).unwrap_or_default();
    for (id, kind) in unheard(known, told, charge) {
        tell(ports, walk, &order, (id, kind)).await?;
    }
    if told.captured < known.captured || told.refunded < known.refunded {
        let detail = format!(
            "we have {} in and {} back, the provider {} and {}",
            known.captured, known.refunded, told.captured, told.refunded
        );
        let subject = (charge.id.as_str(), ExceptionKind::LedgerDifference);
        let exception = Exception::raised(&tenant, subject, detail, ports.clock.now());
        let exception = Exception {
            order_id: Some(order.order_id.clone()),
            ..exception
        };
        found(ports, walk, &exception).await?;
    }
    if told == Evidence::default() && charge.status == ChargeStatus::Pending {
        take_back_unwanted(ports, walk, account, (charge, &order)).await?;
    }
    Ok(())
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
    (id, kind): (String, NewsKind),
) -> Result<(), Fault> {
    let id = NewsId::new(id).map_err(|error| Fault::unexpected(error.to_string()))?;
    let detail = detail(&kind);
    let subject = id.as_str().to_owned();
    let key = News::key_of(&order.client_id, &order.order_id, &id);
    let before: Option<News> = load(ports.store.as_ref(), &key).await?;
    let now: Timestamp = ports.clock.now();
    let news = News::heard(&order.client_id, &order.order_id, id, kind, now);
    let key: OrderKey = order.order_key();
    hear(ports, &key, news).await?;
    // Heard in a sweep before, and kept for a step that is still to come: no news of this sweep.
    if before.is_some() {
        return Ok(());
    }
    let note = Exception::raised(
        &order.client_id,
        (&subject, ExceptionKind::MissedNews),
        detail,
        now,
    );
    let note = Exception {
        order_id: Some(order.order_id.clone()),
        ..note
    };
    healed(ports, walk, note).await
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
    let detail = "the provider has money for a charge that belongs to no order";
    let exception = Exception::raised(&walk.client_id, subject, detail, ports.clock.now());
    let exception = Exception {
        amount: Some(told.held()),
        ..exception
    };
    found(ports, walk, &exception).await
}

/// P5: nothing can be paid for an order that ended. Its end takes the charge back; this is for the one that came after it.
async fn take_back_unwanted(
    ports: &Ports,
    walk: &mut Walk,
    account: &Account,
    (charge, order): (&ports::Charge, &Order),
) -> Result<(), Fault> {
    let now = ports.clock.now();
    let ended = order.status().is_closed() && now.duration_since(order.updated_at()) > GRACE;
    if charge.deleted || !ended {
        return Ok(());
    }
    if let Some(paid) = take_back(ports, account, &charge.id).await? {
        let news = crate::charges::paid_news(ports, order, &paid)?;
        hear(ports, &order.order_key(), news).await?;
    }
    walk.calls += 1;
    let subject = (charge.id.as_str(), ExceptionKind::MissedNews);
    let detail = "a charge of an order that ended could still be paid; it was taken back";
    let note = Exception::raised(&order.client_id, subject, detail, now);
    healed(ports, walk, note).await
}
