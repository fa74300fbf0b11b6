//! What customers were to be told and were not: its sender gave up while the channel was away, or was cut short.

use comanda_domain::{
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
    rows::{NotificationRow, NotificationState, load, put, write},
    shop::load_store,
    tell::{failure_of, say_again, say_noted},
};

/// Whoever notes one says it within moments, or tries again for about so long.
const YOUNG: SignedDuration = SignedDuration::from_mins(3);
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
    for item in page.items {
        let Some(listed) = read::<NotificationRow>(ports, walk, item).await? else {
            continue;
        };
        let age = ports.clock.now().duration_since(listed.created_at);
        if age > YOUNG {
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
        .map_or_else(|| is_of_talk(&row), |order| is_overtaken(&row.kind, order));
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
        found(ports, walk, &failure_of(ports, &row)).await?;
    }
    Ok(())
}

async fn order_of(ports: &Ports, row: &NotificationRow) -> Result<Option<Order>, Fault> {
    let Ok(order) = OrderId::new(row.subject_id.as_str()) else {
        return Ok(None);
    };
    load(ports.store.as_ref(), &Order::key_of(&row.client_id, &order)).await
}

/// A question belongs to its moment: its session has ended with the step that could not ask it, and whoever writes again is
/// asked again.
fn is_of_talk(row: &NotificationRow) -> bool {
    row.subject_id.starts_with("talk-")
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
