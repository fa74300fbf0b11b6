//! The orders of a person who is erased: kept for the tax office, without names; none that is under way, or whose money is to go
//! back.

use comanda_domain::{
    exception::ExceptionKind,
    ids::{ClientId, StoreId},
    inbox::News,
    money::Money,
    order::{Actor, Order, Reason},
    payment::{RefundIntent, RefundState},
    planted::{CustomerFault as Planted, planted},
    store::{StoreConfig, stores_of},
    tables::{self, Row},
};

use super::{
    EraseRefusal,
    erase_customer::{NOWHERE, nobody},
    export_customer::{Person, all, orders_of},
};
use crate::{
    fault::{Failure, Fault},
    ports::{Condition, OutageError, Ports},
    raise::{Standing, stands},
    rows::{
        CheckoutRow, CounterRow, Decision, SETTLED, decide, load, load_all, load_order, put,
        put_order,
    },
};

/// More cancels than any order has.
const WORDS_MAX: usize = 90;

/// Whether an order was anonymised.
pub(crate) fn is_erased(order: &Order) -> bool {
    order.channel_address.as_str() == NOWHERE
}

/// All orders that they have placed. One under way, or whose money is to go back, refuses before any is touched.
pub(super) async fn anonymise_orders(
    ports: &Ports,
    person: &Person<'_>,
) -> Result<(), Failure<EraseRefusal>> {
    for order in &erasable_orders(ports, person).await? {
        if planted(Planted::ErasureLeavesOrders) {
            break;
        }
        anonymise_order(ports, order).await?;
    }
    Ok(())
}

/// The orders of a person, if all may be erased.
pub(super) async fn erasable_orders(
    ports: &Ports,
    person: &Person<'_>,
) -> Result<Vec<Order>, Failure<EraseRefusal>> {
    let orders = all_orders_of(ports, person).await?;
    if let Some(open) = orders.iter().find(|order| !order.status().is_final()) {
        return Err(under_way(open));
    }
    for order in &orders {
        if is_owed(ports, order).await? {
            let number = order.display_number();
            return Err(Failure::Refused(EraseRefusal::MoneyOwed(number)));
        }
    }
    Ok(orders)
}

/// Also those that were placed so lately that the indexes by person may not name them: an order and its number, which the store
/// counts, are one write, so the youngest are found by counting back.
async fn all_orders_of(ports: &Ports, person: &Person<'_>) -> Result<Vec<Order>, Fault> {
    let mut orders = orders_of(ports, person).await?;
    let store = ports.store.as_ref();
    let stores: Vec<StoreConfig> = load_all(store, stores_of(person.tenant)).await?;
    for StoreConfig { store_id, .. } in &stores {
        let counter = CounterRow::order_numbers(person.tenant, store_id, 0).key();
        let counter: Option<CounterRow> = load(store, &counter).await?;
        let mut number = counter.map_or(0, |counter| counter.version);
        while number > 0 {
            let order = numbered(ports, (person.tenant, store_id), number).await?;
            if ports.clock.now().duration_since(order.created_at) > SETTLED {
                break;
            }
            let is_known = orders.iter().any(|known| known.order_id == order.order_id);
            if !is_known && person.has_placed(&order) {
                orders.push(order);
            }
            number -= 1;
        }
    }
    Ok(orders)
}

/// The order with a number that was given. One that is not listed by it yet is listed in a moment.
async fn numbered(
    ports: &Ports,
    (tenant, store): (&ClientId, &StoreId),
    number: u64,
) -> Result<Order, Fault> {
    let by_number = Order::of_number(tenant, store, number);
    let listed = all::<Order>(ports, (&tables::orders::BY_NUMBER, by_number)).await?;
    let order = match listed.first() {
        Some(listed) => load_order(ports.store.as_ref(), &listed.order_key()).await?,
        None => None,
    };
    order.ok_or_else(|| {
        Fault::Outage(OutageError::NotDone {
            party: "dynamodb",
            detail: format!("order {number} of store {store} is not listed yet"),
        })
    })
}

/// Whether a refund of the order is not over: by itself, or by a person, who has closed its alarm when it went another way.
async fn is_owed(ports: &Ports, order: &Order) -> Result<bool, Fault> {
    if order.money_held() == Money::ZERO {
        return Ok(false);
    }
    let (store, tenant) = (ports.store.as_ref(), &order.client_id);
    let of_order = RefundIntent::of_order(tenant, &order.order_id);
    for listed in all::<RefundIntent>(ports, (&tables::refunds::BY_ORDER, of_order)).await? {
        let key = RefundIntent::key_of(tenant, &listed.charge_id, &listed.intent_id);
        let intent: Option<RefundIntent> = load(store, &key).await?;
        let open = intent.filter(|intent| intent.state != RefundState::Done);
        if let Some(open) = open
            && !went_another_way(ports, &open).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a person has closed the alarm that was about this refund, and not one that is of another state or from before it.
async fn went_another_way(ports: &Ports, intent: &RefundIntent) -> Result<bool, Fault> {
    let kind = match intent.state {
        RefundState::Denied => ExceptionKind::RefundDenied,
        RefundState::Intended | RefundState::Requested => ExceptionKind::RefundFailed,
        // What waits for the account's balance goes back by itself.
        RefundState::Blocked | RefundState::Done => return Ok(false),
    };
    let of = (&intent.client_id, intent.order_id.as_str(), kind);
    let standing = stands(ports, of, Some(intent.updated_at)).await?;
    Ok(standing == Standing::DoneWith)
}

fn under_way(order: &Order) -> Failure<EraseRefusal> {
    Failure::Refused(EraseRefusal::OrderOpen(order.display_number()))
}

/// The amounts stay for the tax office; who it was for does not. A change like any other: whoever writes at the same moment
/// has read the names, and must lose.
async fn anonymise_order(ports: &Ports, listed: &Order) -> Result<(), Failure<EraseRefusal>> {
    let (name, address) = nobody()?;
    let key = listed.order_key();
    decide::<Order, (), Failure<EraseRefusal>, _>(ports, || async {
        let Some(order) = load_order(ports.store.as_ref(), &key).await? else {
            return Ok(Decision::Stands(()));
        };
        // The index lags, in both directions.
        if !order.status().is_final() {
            return Err(under_way(&order));
        }
        let mut writes = Vec::new();
        if !is_erased(&order) {
            let reason = Reason::new(Actor::System, ports.clock.now(), "Dados pessoais removidos");
            let erased = order.apply(reason, |order| {
                order.customer_name = name.clone();
                order.channel_address = address.clone();
                order.phone_number = None;
                order.delivery_address = None;
                order.customer_notes.clear();
                for item in &mut order.items {
                    item.notes.clear();
                }
                Ok(())
            })?;
            writes.push(put_order(&erased)?);
        }
        let checkout = CheckoutRow::key_of(&order.client_id, &order.checkout_id);
        let checkout: Option<CheckoutRow> = load(ports.store.as_ref(), &checkout).await?;
        if let Some(checkout) = checkout.filter(|checkout| !checkout.request.is_null()) {
            let emptied = checkout.emptied();
            writes.push(put(&emptied, Condition::Version(checkout.version))?);
        }
        let inbox = News::of_order(&order.client_id, &order.order_id);
        let inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
        // What is said in people's own words; a transaction takes a hundred writes.
        let said = inbox.iter().filter_map(News::without_words).take(WORDS_MAX);
        for news in said {
            writes.push(put(&news, Condition::Present)?);
        }
        Ok(if writes.is_empty() {
            Decision::Stands(())
        } else {
            Decision::Write(writes, ())
        })
    })
    .await
}
