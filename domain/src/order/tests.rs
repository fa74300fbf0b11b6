//! An order to test with, and the order's own round trip through its row.

use jiff::Timestamp;

use super::*;
use crate::tables::{RowError, from_item, to_item};

/// An instant to test with.
pub(crate) const NOON: &str = "2026-11-22T15:00:00Z";

/// A PIX order of R$ 44,80, just accepted.
pub(crate) fn an_order() -> Order {
    let at: Timestamp = NOON.parse().expect("an instant");
    let new = NewOrder {
        key: OrderKey {
            client_id: ClientId::new("sabor").expect("an id"),
            store_id: StoreId::new("centro").expect("an id"),
            order_id: OrderId::new("order_0123456789abcdef0123456789abcdef").expect("an id"),
        },
        order_number: 1,
        checkout_id: CheckoutId::new("checkout-1").expect("an id"),
        customer_id: CustomerId::new("cust_1").expect("an id"),
        customer_name: PersonName::parse("João da Silva").expect("a name"),
        channel_address: ChannelAddress::new("whatsapp:+5511987654321").expect("an address"),
        items: vec![OrderItem {
            item_id: ItemId::new("burger_cheese_bacon").expect("an id"),
            name: "Cheese Bacon".to_owned(),
            quantity: 1,
            unit_price: Money::from_centavos(3_980),
            total_price: Money::from_centavos(3_980),
            customizations: BTreeMap::new(),
            options: Vec::new(),
            notes: String::new(),
        }],
        subtotal: Money::from_centavos(3_980),
        delivery_fee: Money::from_centavos(500),
        discount: Money::ZERO,
        discount_rule: None,
        total: Money::from_centavos(4_480),
        menu_version: 1,
        payment_method: PaymentMethod::Pix,
        payment_deadline: Some(at),
        delivery_type: DeliveryType::Delivery,
        delivery_address: None,
        customer_notes: String::new(),
        requires_confirmation: true,
        source: Source::WhatsappBot,
    };
    Order::new(new, at)
}

fn waiting_order() -> Order {
    let reason = Reason::new(Actor::System, NOON.parse().expect("an instant"), "espera");
    let registered = an_order().apply(reason, |order| {
        let deadline = "2026-11-22T15:30:00Z".parse().expect("an instant");
        let kind = WaitKind::Payment { attempt: 1 };
        order.register_wait(kind, TaskToken::new("secret-token"), deadline);
        Ok(())
    });
    registered.expect("legal")
}

#[test]
fn keys_in_the_row_start_with_the_tenant() {
    let item = to_item(&waiting_order()).expect("a row");
    for (attribute, expected) in [
        ("orderId", "sabor#order_0123456789abcdef0123456789abcdef"),
        ("clientId", "sabor"),
        ("clientStore", "sabor#centro"),
        ("clientStoreStatus", "sabor#centro#PENDING"),
        ("clientStoreNumber", "sabor#centro#1"),
        ("clientPaymentStatus", "sabor#PENDING"),
        ("clientWaitingFor", "sabor#PAYMENT"),
        ("waitDeadline", "2026-11-22T15:30:00.000Z"),
        ("customerId", "sabor#cust_1"),
        ("phoneNumber", "sabor#+5511987654321"),
        ("channelAddress", "sabor#whatsapp:+5511987654321"),
        ("createdAt", "2026-11-22T15:00:00.000Z"),
    ] {
        let stored = item.get(attribute).and_then(|value| value.as_str());
        assert_eq!(stored, Some(expected), "{attribute}");
    }
    assert_eq!(item.get("total"), Some(&4_480.into()));
}

#[test]
fn a_row_is_read_back_as_it_was() {
    for order in [an_order(), waiting_order()] {
        let item = to_item(&order).expect("a row");
        assert_eq!(from_item(&item), Ok(order));
    }
}

#[test]
fn an_order_that_does_not_wait_is_in_no_waiting_list() {
    let item = to_item(&an_order()).expect("a row");
    assert_eq!(item.get("clientWaitingFor"), None);
    assert_eq!(item.get("waitDeadline"), None);
}

#[test]
fn a_row_with_keys_of_another_tenant_is_refused() {
    for attribute in ["orderId", "customerId", "clientStore"] {
        let mut item = to_item(&an_order()).expect("a row");
        item.insert(attribute.to_owned(), "other#value".into());
        let expected = Err(RowError::ForeignKey {
            table: "WhatsAppBotOrders",
            attribute,
        });
        assert_eq!(from_item::<Order>(&item), expected);
    }
}

#[test]
fn what_is_wrong_with_a_row_is_said_without_its_contents() {
    let mut item = to_item(&an_order()).expect("a row");
    item.remove("total");
    let error = from_item::<Order>(&item).expect_err("refused").to_string();
    assert!(error.contains("total"), "{error}");
    let mut item = to_item(&an_order()).expect("a row");
    item.insert("customerName".to_owned(), "João 007".into());
    let error = from_item::<Order>(&item).expect_err("refused").to_string();
    assert!(!error.contains("João"), "{error}");
}

#[test]
fn debug_of_an_order_gives_nobody_away() {
    let shown = format!("{:?}", waiting_order());
    for secret in ["987654321", "João", "secret-token"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
