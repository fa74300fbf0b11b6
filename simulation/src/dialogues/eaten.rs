//! Orders that were eaten, as they are on record: with who it was for, where they live, what they asked for and were told.

use comanda_domain::{
    ids::{CheckoutId, CustomerId, OrderId, OrderKey},
    money::Money,
    order::{DeliveryType, NewOrder, Order, OrderEvent, PaymentMethod, Source},
    people::{Address, ChannelAddress, PersonName, State},
    tables::{Row, to_item},
};
use comanda_tasks::{
    ports::{Change, Condition, Store as _, Write},
    rows::{CheckoutRow, DeliveryStatus, NotificationRow, NotificationState},
    testing::block_on,
};
use comanda_workflows::contracts::OrderReference;
use serde_json::json;

use super::Dialogues;

impl Dialogues {
    pub(super) fn eaten(
        &self,
        person: usize,
        number: usize,
        customer_id: CustomerId,
    ) -> Option<Order> {
        let one = self.people.get(person)?;
        let tenant = self.tenants.get(one.tenant)?;
        let total = one.orders.get(number).copied()?;
        let (seed, place) = (self.network.seed, person * 100 + number);
        let new = NewOrder {
            key: OrderKey {
                client_id: tenant.id.clone(),
                store_id: tenant.shop.store.store_id.clone(),
                order_id: OrderId::new(format!("order_{seed:016x}{place:016x}")).ok()?,
            },
            order_number: u64::try_from(place).ok()? + 1,
            checkout_id: CheckoutId::new(format!("checkout-{place}")).ok()?,
            customer_id,
            customer_name: PersonName::parse(&one.wanted.name).ok()?,
            channel_address: ChannelAddress::new(one.address.as_str()).ok()?,
            items: Vec::new(),
            subtotal: total,
            delivery_fee: Money::ZERO,
            discount: Money::ZERO,
            discount_rule: None,
            total,
            menu_version: 1,
            payment_method: PaymentMethod::Cash,
            payment_deadline: None,
            delivery_type: DeliveryType::Delivery,
            delivery_address: one.wanted.address.as_deref().and_then(address),
            customer_notes: format!("Para {}", one.wanted.name),
            requires_confirmation: true,
            source: Source::WhatsappBot,
        };
        let mut order = Order::new(new, self.now());
        for event in [
            OrderEvent::Confirm,
            OrderEvent::Prepare,
            OrderEvent::MakeReady,
            OrderEvent::Complete,
        ] {
            order.move_to(event).ok()?;
        }
        Some(order)
    }

    /// What such an order leaves behind, once. False if it could not be written.
    pub(super) fn keep_rows_of(&self, person: usize, order: &Order) -> bool {
        let key = Order::key_of(&order.client_id, &order.order_id);
        if self.outside.store.row(Order::TABLE, &key).is_some() {
            return true;
        }
        let name = order.customer_name.as_str();
        let of = OrderReference {
            client_id: order.client_id.clone(),
            store_id: order.store_id.clone(),
            order_id: order.order_id.clone(),
            checkout_id: order.checkout_id.clone(),
        };
        let request =
            json!({ "customer": { "name": name, "channelAddress": order.channel_address } });
        let now = self.now();
        let checkout = CheckoutRow::new(of, format!("hash-{person}"), request, now).with_order();
        let told = NotificationRow {
            client_id: order.client_id.clone(),
            store_id: order.store_id.clone(),
            subject_id: order.order_id.as_str().to_owned(),
            kind: "STATUS#DELIVERED".to_owned(),
            channel_address: order.channel_address.clone(),
            text: format!("Bom apetite, {name}!"),
            offered: Vec::new(),
            state: NotificationState::Sent,
            message_id: Some(format!("SM{}", order.order_id)),
            as_template: false,
            failed_message_id: None,
            refusal_code: None,
            claimed_until: None,
            delivery: Some(DeliveryStatus::Read),
            version: 1,
            created_at: now,
        };
        self.keep(order) && self.keep(&checkout) && self.keep(&told)
    }

    fn keep<R: Row>(&self, row: &R) -> bool {
        to_item(row).is_ok_and(|item| {
            let write = Write {
                table: R::TABLE,
                key: row.key(),
                condition: Condition::None,
                change: Change::Put(item),
            };
            block_on(self.store.write(vec![write])).is_ok()
        })
    }
}

/// `Rua das Flores, 123, Jardim Primavera`.
fn address(line: &str) -> Option<Address> {
    let mut parts = line.split(", ");
    let mut part = || parts.next().map(str::to_owned);
    Some(Address {
        address_id: None,
        label: None,
        street: part()?,
        number: part()?,
        complement: None,
        neighborhood: part()?,
        city: "São Paulo".to_owned(),
        state: State::parse("SP").ok()?,
        postal_code: None,
        reference: None,
    })
}
