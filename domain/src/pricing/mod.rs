//! From ids and quantities to money: names, prices, fee and discount all come from the store's own rows (O3).
//!
//! total = sum(quantity × price) − discount + fee, in checked integers. The goods after discount must reach the minimum, so
//! that the total does too.

mod lines;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::{
    checkout::{CheckedCustomer, DeliveryRequest, PlaceOrder, Refusal, lines as text_lines},
    ids::{CheckoutId, CustomerId, OrderKey},
    money::Money,
    order::{DeliveryType, NewOrder, Order, OrderItem, PaymentMethod, Source},
    people::{Address, Cpf},
    planted::{Fault, planted},
    store::{DeliveryZone, DiscountRule, Minutes, Shop},
};

/// The most that one order may cost. Far above any dinner, far below what arithmetic can hold.
pub const ORDER_LIMIT: Money = Money::from_centavos(5_000_000);

/// An order that could be taken now, with what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Who orders.
    pub customer: CheckedCustomer,
    /// Priced lines.
    pub items: Vec<OrderItem>,
    /// Sum of the lines.
    pub subtotal: Money,
    /// The zone's fee.
    pub delivery_fee: Money,
    /// What is taken off.
    pub discount: Money,
    /// By which rule.
    pub discount_rule: Option<DiscountRule>,
    /// subtotal − discount + fee.
    pub total: Money,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// Brought or fetched.
    pub delivery_type: DeliveryType,
    /// Where to.
    pub delivery_address: Option<Address>,
    /// How long it usually takes, cooking and way.
    pub usual_time: Minutes,
    /// What the store should know.
    pub notes: String,
}

/// Checks and prices a request against the store's rows. The first thing that is wrong is the refusal.
///
/// `cpf_on_record` says whether the customer's record already has a CPF; a request to pay online needs one or the other.
pub fn quote(
    shop: &Shop,
    request: &PlaceOrder,
    cpf_on_record: Option<&Cpf>,
    now: Timestamp,
) -> Result<Quote, Refusal> {
    if !shop.takes_orders_at(now) {
        let (hours, zone) = (&shop.store().opening_hours, &shop.store().time_zone);
        let opening = hours.next_opening(zone, now);
        return Err(Refusal::StoreClosed {
            opens: hours.next_opening_text(zone, now),
            opens_at: opening.map(|at| at.timestamp().display_with_offset(at.offset()).to_string()),
        });
    }
    let customer = request.customer.check()?;
    let notes = text_lines("notes", &request.notes, 500)?;
    let items = lines::price(shop.menu(), &request.items)?;
    let (delivery_type, delivery_address) = destination(shop, &request.delivery)?;
    let zone = delivery_address
        .as_ref()
        .and_then(|address| shop.zone_of(address));
    let method = accepted(shop, request.payment_method)?;
    let totals = totals(shop, &items, zone, method)?;
    let has_cpf = customer.cpf.is_some() || cpf_on_record.is_some() || planted(Fault::NoCpf);
    if method.is_online() && !has_cpf {
        return Err(Refusal::CpfRequired);
    }
    Ok(Quote {
        customer,
        items,
        subtotal: totals.subtotal,
        delivery_fee: totals.delivery_fee,
        discount: totals.discount,
        discount_rule: shop
            .store()
            .discount_rule
            .clone()
            .filter(|_| totals.discount > Money::ZERO),
        total: totals.total,
        payment_method: method,
        delivery_type,
        delivery_address,
        usual_time: usual_time(shop, zone),
        notes,
    })
}

fn destination(
    shop: &Shop,
    delivery: &DeliveryRequest,
) -> Result<(DeliveryType, Option<Address>), Refusal> {
    match delivery {
        DeliveryRequest::Pickup if shop.store().offers_pickup => Ok((DeliveryType::Pickup, None)),
        DeliveryRequest::Pickup => Err(Refusal::PickupNotOffered),
        DeliveryRequest::Delivery { address } => {
            let address = address.check()?;
            if shop.zone_of(&address).is_none() {
                return Err(Refusal::OutsideDeliveryZone);
            }
            Ok((DeliveryType::Delivery, Some(address)))
        }
    }
}

/// The method, if the store takes it; also asked when a customer changes the method of an order.
pub fn accepted(shop: &Shop, method: PaymentMethod) -> Result<PaymentMethod, Refusal> {
    let accepted = &shop.orders().accepted_payment_methods;
    if accepted.contains(&method) {
        Ok(method)
    } else {
        Err(Refusal::MethodNotAccepted {
            method,
            accepted: accepted.clone(),
        })
    }
}

/// Whether an order that is priced may be paid in that way instead. What it costs is settled, so a discount that its method
/// brought is not taken along to one that brings less. Its own rule says so: the store may have another by now.
#[must_use]
pub fn keeps_price(order: &Order, method: PaymentMethod) -> bool {
    let rule = order.discount_rule.as_ref();
    let discount = rule.map_or(Some(Money::ZERO), |rule| {
        rule.discount(order.subtotal, method)
    });
    method == order.payment_method || discount >= Some(order.discount)
}

struct Totals {
    subtotal: Money,
    delivery_fee: Money,
    discount: Money,
    total: Money,
}

fn totals(
    shop: &Shop,
    items: &[OrderItem],
    zone: Option<&DeliveryZone>,
    method: PaymentMethod,
) -> Result<Totals, Refusal> {
    let above = || Refusal::AboveLimit { limit: ORDER_LIMIT };
    let lines = items.iter().map(|item| item.total_price);
    let sum = lines.into_iter().try_fold(Money::ZERO, Money::checked_add);
    let subtotal = sum.filter(|sum| *sum <= ORDER_LIMIT).ok_or_else(above)?;
    let discount = match &shop.store().discount_rule {
        Some(rule) => rule.discount(subtotal, method).ok_or_else(above)?,
        None => Money::ZERO,
    };
    let goods = subtotal.checked_sub(discount).ok_or_else(above)?;
    let zone_minimum = zone.and_then(|zone| zone.minimum_order_value);
    let minimum = shop
        .orders()
        .minimum_order_value
        .max(zone_minimum.unwrap_or(Money::ZERO));
    if goods < minimum && !planted(Fault::BelowMinimum) || goods <= Money::ZERO {
        return Err(Refusal::BelowMinimum {
            minimum: minimum.max(Money::from_centavos(1)),
            total: goods,
        });
    }
    let delivery_fee = zone.map_or(Money::ZERO, |zone| zone.fee_for(goods));
    let total = goods.checked_add(delivery_fee);
    let total = total
        .filter(|total| *total <= ORDER_LIMIT)
        .ok_or_else(above)?;
    Ok(Totals {
        subtotal,
        delivery_fee,
        discount,
        total,
    })
}

fn usual_time(shop: &Shop, zone: Option<&DeliveryZone>) -> Minutes {
    let cooking = shop.store().preparation_time;
    let way = zone
        .and_then(|zone| zone.travel_time)
        .unwrap_or(Minutes::ZERO);
    Minutes::new(cooking.get() + way.get()).unwrap_or(cooking)
}

impl Quote {
    /// The order that this becomes, once the store has given it a number.
    #[must_use]
    pub fn into_new_order(self, shop: &Shop, identity: Identity, now: Timestamp) -> NewOrder {
        NewOrder {
            key: identity.key,
            order_number: identity.order_number,
            checkout_id: identity.checkout_id,
            customer_id: identity.customer_id,
            customer_name: self.customer.name,
            channel_address: self.customer.channel_address,
            items: self.items,
            subtotal: self.subtotal,
            delivery_fee: self.delivery_fee,
            discount: self.discount,
            discount_rule: self.discount_rule,
            total: self.total,
            menu_version: shop.menu().version,
            payment_method: self.payment_method,
            payment_deadline: shop.payment_deadline(self.payment_method, now),
            delivery_type: self.delivery_type,
            delivery_address: self.delivery_address,
            customer_notes: self.notes,
            requires_confirmation: shop.confirmation().requires_answer(),
            source: identity.source,
        }
    }
}

/// What names an order; none of it is decided by pricing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Tenant, store and the order's own id.
    pub key: OrderKey,
    /// The store's next number.
    pub order_number: u64,
    /// The checkout it comes from.
    pub checkout_id: CheckoutId,
    /// The customer.
    pub customer_id: CustomerId,
    /// Where it came from.
    pub source: Source,
}
