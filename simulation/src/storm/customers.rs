//! What a customer will do with an order: drawn from the seed before anything happens, so that the same customer acts the
//! same whoever else is in the world.

use comanda_domain::{
    menu::{Menu, MenuItem},
    people::ChannelAddress,
};
use comanda_tasks::{ports::ChargeMethod, rows::TalkRow};
use serde_json::{Value, json};

use super::{chance::Stream, tenants::Tenant};
use crate::restaurant::SampleStore;

/// How every address of the world's customers begins.
pub(crate) const ADDRESSES: &str = "whatsapp:+55119";

/// One customer with one order in mind; now and then the same person as another one.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    /// Index of the tenant.
    pub tenant: usize,
    /// Whether they order at its second store.
    pub at_branch: bool,
    /// What is sent to `POST /api/orders`.
    pub body: Value,
    /// Where they write from.
    pub address: String,
    /// Seconds after the world's start.
    pub comes_after: i64,
    /// Whether they wrote before, which opens the channel's window.
    pub writes_first: bool,
    /// The button pressed twice: so many seconds later.
    pub presses_again: Option<i64>,
    /// The same checkout id with another body.
    pub changes_mind: bool,
    /// So many seconds after the order was placed.
    pub cancels_after: Option<i64>,
}

/// What a customer does about a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paying {
    /// Pays after so many seconds.
    After(i64),
    /// Pays this many centavos more or less.
    Wrongly(i64, i64),
    /// Is declined after so many seconds, and pays so many later, if at all.
    DeclinedThen(i64, Option<i64>),
    /// Pays by PIX, and the bank holds it; then so many seconds later it is money, or not (providers §1.8).
    Held(i64, i64, bool),
    /// Pays by card and disputes it so many seconds later.
    Disputes(i64, i64),
    /// Chooses another method after so many seconds, and pays the first charge all the same so many later.
    PaysBoth(i64, i64),
    /// Never pays.
    Never,
}

impl Customer {
    /// Customer number `number` of the world.
    pub fn of(seed: u64, number: usize, tenants: &[Tenant]) -> Self {
        let mut stream = Stream::new(seed, &format!("customer/{number}"));
        let tenant_number = number % tenants.len().max(1);
        let person = person(seed, number);
        let address = format!("{ADDRESSES}{person:08}");
        let at_branch = Stream::new(seed, &format!("store/{number}")).happens(500);
        let body = tenants.get(tenant_number).map_or(Value::Null, |tenant| {
            body(&mut stream, number, tenant.shop(at_branch), &address)
        });
        Self {
            tenant: tenant_number,
            at_branch,
            body,
            address,
            comes_after: stream.between(0, 5_400),
            writes_first: stream.happens(850),
            presses_again: stream.happens(200).then(|| stream.between(0, 3)),
            changes_mind: stream.happens(50),
            cancels_after: stream
                .happens(180)
                .then(|| *stream.pick(&[1, 60, 600, 1_800, 5_000]).unwrap_or(&60))
                .map(|about| stream.between(about / 2, about * 2)),
        }
    }
}

impl Customer {
    /// What they ask for under their checkout's id when they press the button, and what they ask for then where they change
    /// their mind: whichever comes first is the order.
    pub fn bodies(&self) -> Vec<Value> {
        let mut bodies = vec![self.body.clone()];
        if self.changes_mind {
            bodies.push(self.other_body());
        }
        bodies
    }

    /// The other body under the same checkout's id.
    pub fn other_body(&self) -> Value {
        let mut body = self.body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("notes".to_owned(), "outro pedido".into());
        }
        body
    }

    /// The store that they order at.
    pub fn shop<'a>(&self, tenants: &'a [Tenant]) -> Option<&'a SampleStore> {
        let tenant = tenants.get(self.tenant)?;
        Some(tenant.shop(self.at_branch))
    }

    /// The id of their talk with their store.
    pub fn talk(&self, tenants: &[Tenant]) -> Option<String> {
        let address = ChannelAddress::new(self.address.clone()).ok()?;
        let store = &self.shop(tenants)?.store;
        let (tenant, store) = (&store.client_id, &store.store_id);
        Some(TalkRow::id_of(tenant, store, &address))
    }
}

/// Whose address customer `number` writes from. Some are a person who comes once more, to the same restaurant or another.
fn person(seed: u64, number: usize) -> usize {
    let mut stream = Stream::new(seed, &format!("person/{number}"));
    if number > 0 && stream.happens(150) {
        let earlier = stream.below(u64::try_from(number).unwrap_or(1));
        return usize::try_from(earlier).unwrap_or(0);
    }
    number
}

fn body(stream: &mut Stream, number: usize, shop: &SampleStore, address: &str) -> Value {
    let store = &shop.store;
    let method = *stream
        .pick(&["PIX", "PIX", "PIX", "CREDIT", "CREDIT", "CASH"])
        .unwrap_or(&"PIX");
    let lines = stream.between(2, 4);
    let items: Vec<Value> = (0..lines)
        .filter_map(|place| line(stream, &shop.menu, (number, place)))
        .collect();
    let delivery = if stream.happens(300) {
        json!({ "type": "PICKUP" })
    } else {
        json!({ "type": "DELIVERY", "address": {
            "street": "Rua das Flores", "number": format!("{}", 100 + number), "neighborhood": "Centro",
            "complement": format!("Apto {number}"),
            "city": "São Paulo", "state": "SP", "postalCode": "01234-567",
        } })
    };
    let letters: Vec<char> = ('a'..='z').collect();
    let letter = letters.get(number % letters.len()).copied().unwrap_or('a');
    let mut customer = json!({ "name": format!("Cliente {}{letter}", letter.to_uppercase()), "channelAddress": address });
    let leaves_cpf_out = method != "CASH" && stream.happens(30);
    if let (Some(fields), false) = (customer.as_object_mut(), leaves_cpf_out) {
        fields.insert("cpf".to_owned(), cpf(stream).into());
    }
    json!({
        "clientId": store.client_id, "storeId": store.store_id,
        "checkoutId": format!("checkout-{number}"),
        "customer": customer, "items": items, "delivery": delivery, "paymentMethod": method,
        "notes": format!("Troco para {number}"),
    })
}

/// One line of customer `number`, with notes of its own.
fn line(stream: &mut Stream, menu: &Menu, (number, place): (usize, i64)) -> Option<Value> {
    let sold: Vec<&MenuItem> = menu.items.iter().filter(|item| item.available).collect();
    let item = *stream.pick(&sold)?;
    let quantity = if stream.happens(8) {
        *stream.pick(&[0, -3, 100, 1_000_000]).unwrap_or(&0)
    } else {
        stream.between(1, 3)
    };
    let item_id = if stream.happens(8) {
        "nao-existe"
    } else {
        item.item_id.as_str()
    };
    Some(json!({
        "itemId": item_id, "quantity": quantity, "options": options(stream, item),
        "notes": format!("Prato {place} de {number}"),
    }))
}

/// What must be chosen, and now and then more.
fn options(stream: &mut Stream, item: &MenuItem) -> Vec<String> {
    let mut chosen = Vec::new();
    for group in &item.option_groups {
        let wanted = u64::from(group.minimum) + u64::from(stream.happens(300));
        let available = group.options.iter().filter(|option| option.available);
        let take = wanted.min(u64::from(group.maximum));
        let some = available.take(usize::try_from(take).unwrap_or(0));
        chosen.extend(some.map(|option| option.option_id.as_str().to_owned()));
    }
    chosen
}

/// Nine digits and the two that check them.
pub(crate) fn cpf(stream: &mut Stream) -> String {
    let mut digits: Vec<u64> = (0..9).map(|_| stream.below(10)).collect();
    for length in [9_u64, 10] {
        let sum: u64 = digits
            .iter()
            .zip((2..=length + 1).rev())
            .map(|(digit, weight)| digit * weight)
            .sum();
        digits.push((sum * 10 % 11) % 10);
    }
    digits.iter().map(u64::to_string).collect()
}

impl Paying {
    /// What customer `number` does about their charge number `charge`; `deadline` is in so many seconds.
    pub fn of(
        seed: u64,
        (number, charge): (usize, usize),
        method: ChargeMethod,
        deadline: i64,
    ) -> Self {
        let mut stream = Stream::new(seed, &format!("paying/{number}/{charge}"));
        let soon = stream.between(5, 500);
        let late = deadline + stream.between(1, 3_000);
        match stream.below(100) {
            0..=54 => Self::After(soon),
            55..=64 => Self::After(deadline + stream.between(-3, 3)),
            65..=72 => Self::After(late),
            73..=75 => Self::Wrongly(soon, *stream.pick(&[-100, 1, 500]).unwrap_or(&1)),
            76..=84 if method == ChargeMethod::Card => {
                Self::DeclinedThen(soon, stream.happens(500).then(|| stream.between(10, 4_000)))
            }
            76..=80 if method == ChargeMethod::Pix => {
                Self::Held(soon, stream.between(60, 90_000), stream.happens(700))
            }
            85..=88 if method == ChargeMethod::Card => {
                Self::Disputes(soon, stream.between(3_600, 90_000))
            }
            85..=92 => Self::After(soon),
            93..=97 => Self::PaysBoth(soon, stream.between(1, 300)),
            _ => Self::Never,
        }
    }
}
