//! A store's orders that are not over: does an execution carry them, does news lie unheard, does a person have to ask?

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    invariants::overdue,
    order::{Order, OrderStatus, WaitingFor},
    planted::{Fault as Planted, planted},
    store::StoreConfig,
    tables::{ORDERS, orders::BY_STORE_AND_STATUS},
};
use comanda_workflows::contracts::{OrderReference, Walk};
use jiff::SignedDuration;

use super::{
    books, count, end, found, page_of, past, read, set_stand_in_index, stand_in_index,
    unless_broken,
};
use crate::{
    fault::Fault,
    hear::{follow_all, wake_order},
    orders::before_person::{Cause, put_before_person},
    ports::{Ports, Query, Started},
    rows::load_order,
    shop::load_store,
};

/// The statuses that an order must not stay in for ever.
const NOT_OVER: [OrderStatus; 5] = [
    OrderStatus::Pending,
    OrderStatus::Confirmed,
    OrderStatus::Preparing,
    OrderStatus::Ready,
    OrderStatus::Delivering,
];

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let store_id = walk
        .store_id
        .clone()
        .ok_or_else(|| Fault::unexpected("a walk along orders names no store"))?;
    let store = load_store(ports, &walk.client_id, &store_id).await?;
    let part = usize::try_from(walk.part).unwrap_or(usize::MAX);
    let Some(status) = NOT_OVER.get(part) else {
        end(walk);
        return Ok(());
    };
    let query = Query {
        table: &ORDERS,
        index: Some(&BY_STORE_AND_STATUS),
        partition: Order::of_store_in(&walk.client_id, &store_id, *status),
        sort_prefix: None,
        descending: false,
        limit: 0,
        start: None,
    };
    // Orders that nobody completes stay in the index: a status that one sweep does not get through is gone on with by the next.
    let through = format!("ORDERS#{store_id}#{status}");
    if walk.cursor.is_none() {
        walk.cursor = stand_in_index(ports, &walk.client_id, &through).await?;
    }
    let goes_on = walk.cursor.is_some();
    let page = page_of(ports, walk, query).await?;
    for row in &page.items {
        let Some(listed) = read::<Order>(ports, walk, row).await? else {
            continue;
        };
        let looked = match look(ports, walk, &store, &listed).await {
            Ok(()) => books::look(ports, walk, &listed).await,
            broken => broken,
        };
        unless_broken(ports, walk, (listed.order_id.as_str(), looked)).await?;
    }
    // Most statuses are through within a page, and keep nothing.
    if page.next.is_some() || goes_on {
        let stand = (through.as_str(), page.next.as_ref());
        set_stand_in_index(ports, &walk.client_id, stand).await?;
    }
    past(walk, page.next, count(NOT_OVER.len()));
    Ok(())
}

async fn look(
    ports: &Ports,
    walk: &mut Walk,
    store: &StoreConfig,
    listed: &Order,
) -> Result<(), Fault> {
    // News that nobody completed the token for, or followed: its bearer died in between, and never came back.
    if listed.status() == OrderStatus::Pending
        && let Some(order) = load_order(ports.store.as_ref(), &listed.order_key()).await?
    {
        if order.waiting_for == Some(WaitingFor::Person) {
            follow_all(ports, &order.order_key()).await?;
        }
        wake_order(ports, &order).await?;
    }
    let timeout = SignedDuration::from_mins(i64::from(store.delivery_timeout.get()));
    let now = ports.clock.now();
    match overdue(listed, timeout, now) {
        None => Ok(()),
        Some(ExceptionKind::NoDeliveryNews) if planted(Planted::NoNewsUnseen) => Ok(()),
        Some(ExceptionKind::NoDeliveryNews) => {
            let detail = "confirmed, and nothing was heard of it for the store's deliveryTimeout";
            call_person(
                ports,
                walk,
                listed,
                (ExceptionKind::NoDeliveryNews, detail),
                timeout,
            )
            .await
        }
        Some(kind) => carry(ports, walk, listed, kind, timeout).await,
    }
}

/// An order whose execution should have gone on long ago. Starting it under its own name is what tells whether it runs, and
/// heals the one that never began.
async fn carry(
    ports: &Ports,
    walk: &mut Walk,
    listed: &Order,
    kind: ExceptionKind,
    timeout: SignedDuration,
) -> Result<(), Fault> {
    let reference = OrderReference {
        client_id: listed.client_id.clone(),
        store_id: listed.store_id.clone(),
        order_id: listed.order_id.clone(),
        checkout_id: listed.checkout_id.clone(),
    };
    let input = serde_json::to_value(&reference)
        .map_err(|_| Fault::unexpected("an order's reference could not be written"))?;
    let name = listed.order_id.as_str();
    match ports
        .workflows
        .start("order-lifecycle", name, input)
        .await?
    {
        Started::Running => {
            let Some(order) = load_order(ports.store.as_ref(), &listed.order_key()).await? else {
                return Ok(());
            };
            if overdue(&order, timeout, ports.clock.now()) == Some(ExceptionKind::WaitOverdue) {
                let detail = "a step waits past its deadline, and its execution runs";
                let raised = Exception::of_order(&order, kind, detail, ports.clock.now());
                found(ports, walk, &raised).await?;
            }
            Ok(())
        }
        Started::AlreadyExists => {
            let detail = "no execution carries it any more";
            let kind = ExceptionKind::OrderWithoutExecution;
            call_person(ports, walk, listed, (kind, detail), timeout).await
        }
    }
}

/// Puts the order before a person, if it is still as it was listed: the index may lag.
async fn call_person(
    ports: &Ports,
    walk: &mut Walk,
    listed: &Order,
    (kind, detail): (ExceptionKind, &'static str),
    timeout: SignedDuration,
) -> Result<(), Fault> {
    let cause = Cause {
        kind,
        detail,
        notes: notes(kind),
        refund: None,
        is_told_once: false,
    };
    let called = put_before_person(ports, &listed.order_key(), &cause, |order| {
        overdue(order, timeout, ports.clock.now()).is_some()
    })
    .await?;
    walk.raised += u32::from(called.is_new);
    Ok(())
}

fn notes(kind: ExceptionKind) -> &'static str {
    match kind {
        ExceptionKind::NoDeliveryNews => "Confirmado e sem notícias: uma pessoa verifica",
        _ => "Nenhuma execução cuida do pedido: uma pessoa verifica",
    }
}
