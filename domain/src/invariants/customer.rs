//! Customers' records: one for each address and phone, changed only where they may be, points that add up, and nothing of
//! a person after an erasure (C1, C3, C4, C5).

use super::{Breach, unless};
use crate::{
    ids::CustomerId,
    loyalty::{self, LoyaltyEntry},
    people::{Customer, CustomerIdentity, CustomerKey},
    tables::Item,
};

/// C3 and C4: one version for each change, nothing changed that no operation changes, an order counted once, and one default
/// address exactly where there is any.
#[must_use]
pub fn customer_change(before: Option<&Customer>, after: &Customer) -> Vec<Breach> {
    let mut breaches: Vec<Option<Breach>> = vec![
        after.unsound().map(|wrong| Breach::new("C4", wrong)),
        unless(
            after.version == before.map_or(1, |before| before.version.saturating_add(1)),
            "C3",
            || {
                format!(
                    "version {} follows {}",
                    after.version,
                    before.map_or(0, |before| before.version)
                )
            },
        ),
    ];
    if let Some(before) = before {
        breaches.extend(between(before, after));
    }
    breaches.into_iter().flatten().collect()
}

fn between(before: &Customer, after: &Customer) -> [Option<Breach>; 4] {
    let same = (&before.customer_id, &before.client_id, &before.source)
        == (&after.customer_id, &after.client_id, &after.source)
        && before.created_at == after.created_at
        && before.updated_at <= after.updated_at;
    let known = after
        .channel_addresses
        .starts_with(&before.channel_addresses)
        && (before.phone_number.is_none() || before.phone_number == after.phone_number)
        && before.tags == after.tags;
    [
        unless(same, "C3", || {
            "whose record it is, or since when, was changed".to_owned()
        }),
        unless(known || is_emptied(after), "C3", || {
            "an address, the phone or the tags were changed".to_owned()
        }),
        unless(counts_once(before, after), "C3", || {
            format!(
                "{} orders follow {}, and the history says otherwise",
                after.total_orders, before.total_orders
            )
        }),
        unless(repeats_no_order(after), "C3", || {
            "an order is twice in the history".to_owned()
        }),
    ]
}

/// Either no order came, or one that is at the head of the history.
fn counts_once(before: &Customer, after: &Customer) -> bool {
    if before.total_orders == after.total_orders {
        return before.order_history == after.order_history;
    }
    let one_more = before.total_orders.checked_add(1) == Some(after.total_orders);
    let kept = after.order_history.get(1..).unwrap_or_default();
    one_more && !after.order_history.is_empty() && before.order_history.starts_with(kept)
}

fn repeats_no_order(customer: &Customer) -> bool {
    let mut orders = customer.order_history.iter().enumerate();
    orders.all(|(at, order)| {
        let earlier = customer.order_history.iter().take(at);
        earlier
            .into_iter()
            .all(|other| other.order_id != order.order_id)
    })
}

/// What an erasure leaves.
fn is_emptied(customer: &Customer) -> bool {
    customer.channel_addresses.is_empty()
        && customer.phone_number.is_none()
        && customer.cpf.is_none()
        && customer.email.is_none()
        && customer.addresses.is_empty()
        && customer.tags.is_empty()
}

/// C1: each address and each phone of a tenant has one key row, which names the one customer who has it.
#[must_use]
pub fn customers_apart(customers: &[Customer], keys: &[CustomerKey]) -> Vec<Breach> {
    let of_key = |key: &CustomerKey| {
        let mut owners = customers.iter();
        owners.find(|one| one.client_id == key.client_id && one.customer_id == key.customer_id)
    };
    let kept = keys.iter().filter_map(|key| {
        let has = of_key(key).is_some_and(|owner| identities(owner).contains(&key.identity));
        unless(has, "C1", || {
            format!(
                "a key names {}, who does not have what it stands for",
                key.customer_id
            )
        })
    });
    let known = customers.iter().flat_map(|customer| {
        identities(customer)
            .into_iter()
            .filter_map(move |identity| {
                let mut named = keys
                    .iter()
                    .filter(|key| key.client_id == customer.client_id && key.identity == identity)
                    .map(|key| &key.customer_id);
                let (first, second): (Option<&CustomerId>, _) = (named.next(), named.next());
                let alone = first == Some(&customer.customer_id) && second.is_none();
                unless(alone, "C1", || {
                    format!(
                        "an address or phone of {} is another's too, or has no key",
                        customer.customer_id
                    )
                })
            })
    });
    kept.chain(known).collect()
}

fn identities(customer: &Customer) -> Vec<CustomerIdentity> {
    let addresses = customer.channel_addresses.iter().cloned();
    let phone = customer.phone_number.clone().map(CustomerIdentity::Phone);
    addresses
        .map(CustomerIdentity::ChannelAddress)
        .chain(phone)
        .collect()
}

/// C3: the balance is what the ledger adds up to.
#[must_use]
pub fn points_at_rest(customer: &Customer, ledger: &[LoyaltyEntry]) -> Option<Breach> {
    let own = ledger.iter().filter(|entry| {
        entry.client_id == customer.client_id && entry.customer_id == customer.customer_id
    });
    let balance = loyalty::balance(own);
    unless(balance == Some(customer.loyalty_points), "C3", || {
        format!(
            "the balance is {} and the ledger adds up to {balance:?}",
            customer.loyalty_points
        )
    })
}

/// C5: none of a person's words is in a row. Orders, points and consents that the law keeps name nobody either.
#[must_use]
pub fn names_nobody(table: &str, row: &Item, words: &[String]) -> Option<Breach> {
    let row = serde_json::to_string(row)
        .unwrap_or_default()
        .to_lowercase();
    let found = words.iter().any(|word| row.contains(&word.to_lowercase()));
    unless(!found, "C5", || {
        format!("a row of {table} still tells of a person who was erased")
    })
}
