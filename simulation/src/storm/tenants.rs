//! The tenants of a world: the sample restaurant, each with its own ids, keys, numbers and rules, drawn from the seed.

use std::sync::OnceLock;

use comanda_domain::{
    ids::{ClientId, StoreId},
    money::Money,
    people::ChannelAddress,
    store::Minutes,
    tables::{Row, to_item},
};
use comanda_tasks::{
    rows::{ChannelRouteRow, WebhookRouteRow},
    testing,
};

use super::{StormError, chance::Stream};
use crate::restaurant::{self, SampleError, SampleStore};

/// One tenant with two stores, each with a number, a queue, a menu and rules of its own.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub id: ClientId,
    pub shop: SampleStore,
    pub branch: SampleStore,
    /// Its key at the provider.
    pub api_key: String,
    /// What the provider shows on its webhooks.
    pub hook_token: String,
    /// What the channel signs with.
    pub channel_token: String,
    /// Whether a person looks after orders that wait for one.
    pub has_operator: bool,
}

/// What tells a tenant's two stores apart.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub name: &'static str,
    pub numbers: &'static str,
    pub queue: &'static str,
}

pub(super) const FIRST: Kind = Kind {
    name: "loja",
    numbers: "+55114002",
    queue: "",
};
pub(super) const BRANCH: Kind = Kind {
    name: "filial",
    numbers: "+55114003",
    queue: "-filial",
};
/// What costs so much at the first store costs more at the branch.
fn dearer(price: Money) -> Money {
    Money::from_centavos(price.centavos() + 150)
}

static SAMPLE: OnceLock<Result<[SampleStore; 2], SampleError>> = OnceLock::new();

impl Tenant {
    /// Tenant number `number` of the world.
    pub fn of(seed: u64, number: usize) -> Result<Self, StormError> {
        let sample = SAMPLE.get_or_init(restaurant::stores).as_ref();
        let [sample, _] = sample.map_err(|error| StormError::new("the sample", error))?;
        let wrong = |error: &dyn std::fmt::Display| StormError::new("a tenant", error);
        let id = ClientId::new(format!("tenant-{number}")).map_err(|error| wrong(&error))?;
        let mut stream = Stream::new(seed, &format!("tenant/{number}"));
        let shop = shop_of(&id, sample, (FIRST, number), &mut stream)?;
        let has_operator = stream.happens(500);
        let mut stream = Stream::new(seed, &format!("branch/{number}"));
        let mut branch = shop_of(&id, sample, (BRANCH, number), &mut stream)?;
        for item in &mut branch.menu.items {
            item.price = dearer(item.price);
        }
        for zone in &mut branch.store.delivery_zones {
            zone.fee = dearer(zone.fee);
        }
        Ok(Self {
            api_key: format!("key-of-{id}"),
            hook_token: format!("webhook-token-of-{id}-with-enough-characters"),
            channel_token: format!("channel-token-of-{id}"),
            has_operator,
            id,
            shop,
            branch,
        })
    }

    /// One of its stores.
    pub fn shop(&self, branch: bool) -> &SampleStore {
        if branch { &self.branch } else { &self.shop }
    }

    /// Its stores.
    pub(super) fn shops(&self) -> [&SampleStore; 2] {
        [&self.shop, &self.branch]
    }

    /// Writes its rows and secrets.
    pub fn seed(&self, outside: &testing::World) -> Result<(), StormError> {
        let secrets = &self.shop.store.secrets;
        let token_secret = format!("comanda/{}/asaas-webhook-token", self.id);
        outside.secrets.set(&token_secret, &self.hook_token);
        outside.secrets.set(&secrets.payment_api_key, &self.api_key);
        outside
            .secrets
            .set(&secrets.messaging_account, format!("AC-{}", self.id));
        outside
            .secrets
            .set(&secrets.messaging_token, &self.channel_token);
        put(
            outside,
            &WebhookRouteRow {
                path: self.id.as_str().to_owned(),
                client_id: self.id.clone(),
                token_secret,
            },
        )?;
        for SampleStore {
            orders,
            store,
            menu,
        } in self.shops()
        {
            for address in &store.channel_addresses {
                put(
                    outside,
                    &ChannelRouteRow {
                        address: address.clone(),
                        client_id: self.id.clone(),
                        store_id: store.store_id.clone(),
                    },
                )?;
            }
            put(outside, orders)?;
            put(outside, store)?;
            put(outside, menu)?;
        }
        Ok(())
    }
}

/// A store's own address on the channel.
pub(crate) fn address_of(shop: &SampleStore) -> &str {
    let first = shop.store.channel_addresses.first();
    first.map_or("", ChannelAddress::as_str)
}

/// A tenant's store of this kind, with rules that are drawn.
fn shop_of(
    id: &ClientId,
    sample: &SampleStore,
    (kind, number): (Kind, usize),
    stream: &mut Stream,
) -> Result<SampleStore, StormError> {
    let wrong = |error: &dyn std::fmt::Display| StormError::new("a tenant's store", error);
    let store_id =
        StoreId::new(format!("{}-{number}", kind.name)).map_err(|error| wrong(&error))?;
    let address = ChannelAddress::new(format!("whatsapp:{}{number:04}", kind.numbers));
    let mut shop = sample.clone();
    for (client, store) in [
        (&mut shop.orders.client_id, &mut shop.orders.store_id),
        (&mut shop.menu.client_id, &mut shop.menu.store_id),
        (&mut shop.store.client_id, &mut shop.store.store_id),
    ] {
        client.clone_from(id);
        store.clone_from(&store_id);
    }
    shop.store.channel_addresses = vec![address.map_err(|error| wrong(&error))?];
    shop.store.queue_url = format!("http://sqs.invalid/{id}{}.fifo", kind.queue);
    shop.store.secrets.payment_api_key = format!("comanda/{id}/asaas-api-key");
    shop.store.secrets.messaging_account = format!("comanda/{id}/twilio-account");
    shop.store.secrets.messaging_token = format!("comanda/{id}/twilio-auth-token");
    let minutes = |value: u32| Minutes::try_from(value).map_err(|error| wrong(&error));
    let orders = &mut shop.orders;
    orders.requires_confirmation = stream.happens(800);
    orders.auto_confirmation_timeout = minutes(*stream.pick(&[0, 0, 10, 45]).unwrap_or(&0))?;
    orders.refund_timeout = minutes(*stream.pick(&[15, 30, 60]).unwrap_or(&60))?;
    orders.refund_unconfirmed_orders = stream.happens(600);
    shop.store.payment_timeout = minutes(*stream.pick(&[10, 30]).unwrap_or(&30))?;
    let minimum = *stream.pick(&[0, 2_000, 6_000]).unwrap_or(&0);
    shop.orders.minimum_order_value = Money::from_centavos(minimum);
    Ok(shop)
}

fn put<R: Row>(outside: &testing::World, row: &R) -> Result<(), StormError> {
    let item = to_item(row).map_err(|error| StormError::new("a tenant's row", &error))?;
    outside.store.seed(R::TABLE, item);
    Ok(())
}
