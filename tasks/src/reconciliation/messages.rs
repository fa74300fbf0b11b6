//! What customers were to be told and were not: its sender gave up while the channel was away, or was cut short.

use comanda_domain::{
    exception::Exception,
    ids::OrderId,
    notification::is_overtaken,
    order::Order,
    tables::{NOTIFICATIONS, Row, notifications::UNSAID},
};
use comanda_workflows::contracts::Walk;
use jiff::SignedDuration;

use super::{found, page_of, past, read, unless_broken};
use crate::{
    fault::Fault,
    ports::{Condition, Ports, Query},
    raise::{Standing, stands},
    rows::{DeliveryStatus, NotificationRow, NotificationState, load, load_all, put, write},
    shop::load_store,
    tell::{failure_of, say_again, say_noted},
};

/// Whoever notes one says it within moments, or tries again for about so long.
const YOUNG: SignedDuration = SignedDuration::from_mins(3);
/// The step of a talk that asks tries longer, and its calls take time; a question that it could not ask is dropped only then.
const YOUNG_OF_TALK: SignedDuration = SignedDuration::from_mins(10);
/// After this a person is shown it. It is still said when the channel is back.
const OLD: SignedDuration = SignedDuration::from_hours(1);
/// After so many outages on one page the channel is taken to be away.
const OUTAGES_MAX: u32 = 3;

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let query = Query {
        table: &NOTIFICATIONS,
        index: Some(&UNSAID),
        partition: NotificationRow::unsaid_of(&walk.client_id),
        sort_prefix: None,
        descending: false,
        limit: 0,
        start: None,
    };
    let page = page_of(ports, walk, query).await?;
    let mut outages = 0;
    for row in &page.items {
        let Some(listed) = read::<NotificationRow>(ports, walk, row).await? else {
            continue;
        };
        let age = ports.clock.now().duration_since(listed.created_at);
        let young = if listed.is_of_talk() {
            YOUNG_OF_TALK
        } else {
            YOUNG
        };
        if age > young {
            let looked = look(ports, walk, &listed, &mut outages).await;
            unless_broken(ports, walk, (listed.subject_id.as_str(), looked)).await?;
        }
    }
    past(walk, page.next, 1);
    Ok(())
}

async fn look(
    ports: &Ports,
    walk: &mut Walk,
    listed: &NotificationRow,
    outages: &mut u32,
) -> Result<(), Fault> {
    let row: Option<NotificationRow> = load(ports.store.as_ref(), &listed.key()).await?;
    let Some(row) = row.filter(|row| row.state == NotificationState::Intended) else {
        return Ok(());
    };
    let order = order_of(ports, &row).await?;
    let is_over = order
        .as_ref()
        .map_or_else(|| row.is_of_talk(), |order| is_overtaken(&row.kind, order));
    // A question belongs to its moment: its session has ended with the step that could not ask it, and whoever writes again
    // is asked again.
    if is_over {
        return drop_it(ports, row).await;
    }
    if *outages < OUTAGES_MAX {
        let store = load_store(ports, &row.client_id, &row.store_id).await?;
        let said = match &order {
            Some(order) => say_noted(ports, &store, order).await,
            None => say_again(ports, &store, row.clone()).await,
        };
        match said {
            Ok(()) => {
                walk.healed += 1;
                return Ok(());
            }
            Err(Fault::Outage(_)) => *outages += 1,
            // Somebody is saying it.
            Err(Fault::Contention { .. }) => {}
            Err(fault) => return Err(fault),
        }
    }
    if ports.clock.now().duration_since(row.created_at) > OLD {
        let failure = failure_of(ports, &row);
        if !was_closed(ports, &row, &failure).await? {
            found(ports, walk, &failure).await?;
        }
    }
    Ok(())
}

/// Whether a person has closed the alarm of this very row: each sweep would open it again.
async fn was_closed(
    ports: &Ports,
    row: &NotificationRow,
    failure: &Exception,
) -> Result<bool, Fault> {
    let of = (
        &failure.client_id,
        failure.subject_id.as_str(),
        failure.kind,
    );
    let shown = row.created_at.checked_add(OLD).ok();
    Ok(stands(ports, of, shown).await? == Standing::DoneWith)
}

/// Whether all that was to be said about a subject was said after all, or is not true any more.
pub(super) async fn all_is_said(ports: &Ports, open: &Exception) -> Result<bool, Fault> {
    let subject = NotificationRow::of_subject(&open.client_id, &open.subject_id);
    let rows: Vec<NotificationRow> = load_all(ports.store.as_ref(), subject).await?;
    Ok(rows.iter().all(|row| match row.state {
        NotificationState::Sent => row.delivery != Some(DeliveryStatus::Failed),
        NotificationState::Overtaken => true,
        NotificationState::Intended | NotificationState::Refused => false,
    }))
}

async fn order_of(ports: &Ports, row: &NotificationRow) -> Result<Option<Order>, Fault> {
    let Ok(order) = OrderId::new(row.subject_id.as_str()) else {
        return Ok(None);
    };
    load(ports.store.as_ref(), &Order::key_of(&row.client_id, &order)).await
}

/// Lost against whoever says it after all: as good.
async fn drop_it(ports: &Ports, row: NotificationRow) -> Result<(), Fault> {
    let before = row.version;
    let dropped = NotificationRow {
        state: NotificationState::Overtaken,
        version: before + 1,
        ..row
    };
    let writes = vec![put(&dropped, Condition::Version(before))?];
    write(ports.store.as_ref(), writes).await?;
    Ok(())
}
