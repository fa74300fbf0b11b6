//! Each invariant of customers sees the one thing that is wrong.

use serde_json::json;

use super::*;
use crate::{
    checkout::CheckedCustomer,
    ids::{ClientId, CustomerId, OrderId},
    loyalty::LoyaltyEntry,
    money::Money,
    order::{OrderStatus, Source, tests::NOON},
    people::{ChannelAddress, Customer, CustomerIdentity, CustomerKey, OrderSummary, PersonName},
    tables::to_item,
};

fn a_customer(id: &str) -> Customer {
    let checked = CheckedCustomer {
        name: PersonName::parse("João da Silva").expect("a name"),
        channel_address: ChannelAddress::new("whatsapp:+551187654321").expect("an address"),
        cpf: None,
    };
    Customer::first_seen(
        ClientId::new("sabor").expect("an id"),
        CustomerId::new(id).expect("an id"),
        checked,
        Source::WhatsappBot,
        NOON.parse().expect("an instant"),
    )
}

fn keys_of(customer: &Customer) -> Vec<CustomerKey> {
    let address = customer.channel_addresses.first().expect("one").clone();
    let phone = customer.phone_number.clone().expect("one");
    [
        CustomerIdentity::ChannelAddress(address),
        CustomerIdentity::Phone(phone),
    ]
    .map(|identity| CustomerKey {
        client_id: customer.client_id.clone(),
        identity,
        customer_id: customer.customer_id.clone(),
    })
    .to_vec()
}

fn an_order(id: &str) -> OrderSummary {
    OrderSummary {
        order_id: OrderId::new(id).expect("an id"),
        at: NOON.parse().expect("an instant"),
        total: Money::from_centavos(4_480),
        status: OrderStatus::Delivered,
    }
}

fn named(breaches: &[Breach]) -> Vec<&str> {
    breaches.iter().map(|breach| breach.invariant).collect()
}

#[test]
fn a_customer_is_one_by_their_keys() {
    let one = a_customer("cust_1");
    let keys = keys_of(&one);
    assert_eq!(customers_apart(std::slice::from_ref(&one), &keys), []);
    let twice = [one.clone(), a_customer("cust_2")];
    assert_eq!(named(&customers_apart(&twice, &keys)), ["C1", "C1"]);
    assert_eq!(named(&customers_apart(&[one], &[])), ["C1", "C1"]);
    assert_eq!(named(&customers_apart(&[], &keys)), ["C1", "C1"]);
}

#[test]
fn a_change_is_one_version_of_what_may_change() {
    let before = a_customer("cust_1");
    assert_eq!(customer_change(None, &before), []);
    let at = before.created_at;
    let next = before.changed::<()>(at, |next| {
        next.remember_order(an_order("ord_1"));
        Ok(())
    });
    let after = next.expect("allowed").expect("changed");
    assert_eq!(customer_change(Some(&before), &after), []);
    assert_eq!(named(&customer_change(None, &after)), ["C3"]);
    assert_eq!(named(&customer_change(Some(&after), &after)), ["C3"]);
    let again = after.changed::<()>(at, |next| {
        next.remember_order(an_order("ord_1"));
        Ok(())
    });
    let again = again.expect("allowed").expect("changed");
    assert_eq!(named(&customer_change(Some(&after), &again)), ["C3"]);
    let mut tagged = after.clone();
    tagged.version += 1;
    tagged.tags.push("vip".to_owned());
    assert_eq!(named(&customer_change(Some(&after), &tagged)), ["C3"]);
    let mut lost = after.clone();
    lost.version += 1;
    let street = json!({
        "street": "Rua A", "number": "1", "neighborhood": "Centro", "city": "São Paulo", "state": "SP",
    });
    lost.addresses = vec![serde_json::from_value(street).expect("an address")];
    assert_eq!(named(&customer_change(Some(&after), &lost)), ["C4"]);
}

#[test]
fn points_are_what_the_ledger_adds_up_to() {
    let mut customer = a_customer("cust_1");
    let entry = LoyaltyEntry {
        client_id: customer.client_id.clone(),
        customer_id: customer.customer_id.clone(),
        entry_id: "points-ord_1".to_owned(),
        points: 44,
        reason: "Pedido #1".to_owned(),
        at: customer.created_at,
    };
    customer.loyalty_points = 44;
    assert_eq!(
        points_at_rest(&customer, std::slice::from_ref(&entry)),
        None
    );
    assert!(points_at_rest(&customer, &[]).is_some());
    let overdrawn = LoyaltyEntry {
        points: -45,
        ..entry.clone()
    };
    customer.loyalty_points = 0;
    assert!(points_at_rest(&customer, &[entry, overdrawn]).is_some());
}

#[test]
fn a_word_of_an_erased_person_is_found_anywhere() {
    let row = to_item(&a_customer("cust_1")).expect("a row");
    let words = |word: &str| vec![word.to_owned()];
    assert!(names_nobody("customers", &row, &words("87654321")).is_some());
    assert!(names_nobody("customers", &row, &words("JOÃO DA")).is_some());
    assert_eq!(names_nobody("customers", &row, &words("maria")), None);
    let nested = json!({ "draft": { "name": "Maria" } });
    let nested = nested.as_object().expect("an object");
    assert!(names_nobody("talks", nested, &words("maria")).is_some());
}
