//! Customers' phones over the running stack: the chat from the channel's simulator, how far messages got from our own rows.

use std::collections::BTreeMap;

use comanda_domain::{
    ids::{ClientId, StoreId},
    people::ChannelAddress,
    store::StoreConfig,
    tables::{NOTIFICATIONS, STORE_CONFIG, TALKS, from_item, notifications::BY_CHANNEL_ADDRESS},
};
use comanda_tasks::{
    ports::Query,
    rows::{DeliveryStatus, NotificationRow, TalkRow},
};

use super::{
    StackData,
    data::{DataError, Read},
    phones::{Chat, ChatMessage, Phones, StoreNumber},
    stack::broken,
};
use crate::simulators::twilio::{Doing, PhoneError};

/// A chat shows the last messages only; so many rows say how far those got.
const ROWS: usize = 200;

/// Ours, if both can be read.
type Party = (ClientId, StoreId, ChannelAddress);

fn party(customer: &str, store: &StoreNumber) -> Option<Party> {
    let (tenant, id) = &store.owner;
    Some((
        ClientId::new(tenant.as_str()).ok()?,
        StoreId::new(id.as_str()).ok()?,
        ChannelAddress::new(customer).ok()?,
    ))
}

impl StackData {
    async fn deliveries(
        &self,
        (tenant, _, customer): &Party,
    ) -> Result<BTreeMap<String, DeliveryStatus>, DataError> {
        let query = Query {
            table: &NOTIFICATIONS,
            index: Some(&BY_CHANNEL_ADDRESS),
            partition: NotificationRow::of_customer(tenant, customer),
            sort_prefix: None,
            descending: true,
            limit: ROWS,
            start: None,
        };
        let page = self.store.query(query).await.map_err(broken)?;
        let mut known = BTreeMap::new();
        for item in page.items {
            let row: NotificationRow = from_item(&item).map_err(broken)?;
            known.extend(row.message_id.zip(row.delivery));
            let failed = row.failed_message_id;
            known.extend(failed.map(|id| (id, DeliveryStatus::Failed)));
        }
        Ok(known)
    }

    async fn session(
        &self,
        (tenant, store, customer): &Party,
    ) -> Result<Option<String>, DataError> {
        let key = TalkRow::key_of(tenant, &TalkRow::id_of(tenant, store, customer));
        let Some(item) = self.store.get(&TALKS, &key).await.map_err(broken)? else {
            return Ok(None);
        };
        let talk: TalkRow = from_item(&item).map_err(broken)?;
        Ok((talk.session > 0).then(|| talk.execution_name()))
    }

    async fn store_numbers(&self) -> Result<Vec<StoreNumber>, DataError> {
        let mut numbers = Vec::new();
        for (tenant, store) in &self.tenancy.shops() {
            let key = StoreConfig::key_of(tenant, store);
            let item = self.store.get(&STORE_CONFIG, &key).await.map_err(broken)?;
            let Some(item) = item else { continue };
            let config: StoreConfig = from_item(&item).map_err(broken)?;
            let zone = config.time_zone.at(self.clock.now()).time_zone().clone();
            let whatsapp = config
                .channel_addresses
                .iter()
                .filter(|address| address.channel() == "whatsapp");
            numbers.extend(whatsapp.map(|address| StoreNumber {
                address: address.as_str().to_owned(),
                name: config.name.clone(),
                zone: zone.clone(),
                owner: (tenant.to_string(), store.to_string()),
            }));
        }
        Ok(numbers)
    }

    async fn read_chat(&self, customer: &str, store: &StoreNumber) -> Result<Chat, DataError> {
        let between = (customer, store.address.as_str());
        self.twilio.reads(between).map_err(broken)?;
        let shown = self.twilio.chat(between).map_err(broken)?;
        let (known, execution) = match party(customer, store) {
            Some(party) => (self.deliveries(&party).await?, self.session(&party).await?),
            None => (BTreeMap::new(), None),
        };
        let message = |message: crate::simulators::twilio::PhoneMessage| ChatMessage {
            delivery: known.get(&message.id).copied(),
            id: message.id,
            at: message.at,
            by_customer: message.by_customer,
            text: message.text,
            media: message.media,
            choices: message.choices,
            list_button: message.list_button,
            error: message.error,
        };
        Ok(Chat {
            messages: shown.into_iter().map(message).collect(),
            execution,
        })
    }
}

impl Phones for StackData {
    fn chats(&self, limit: usize) -> Read<'_, Vec<(String, String)>> {
        let chats = self.twilio.chats(limit).map_err(broken);
        Box::pin(async { chats })
    }

    fn numbers(&self) -> Read<'_, Vec<StoreNumber>> {
        Box::pin(self.store_numbers())
    }

    fn chat<'a>(&'a self, customer: &'a str, store: &'a StoreNumber) -> Read<'a, Chat> {
        Box::pin(self.read_chat(customer, store))
    }

    fn does<'a>(&'a self, customer: &'a str, number: &'a str, doing: Doing) -> Read<'a, ()> {
        let done = self.twilio.does((customer, number), doing, None);
        let done = done.map(|_sid| ()).map_err(|error| match error {
            PhoneError::Broken(error) => broken(error),
            refused => DataError::Refused(format!("{refused}.")),
        });
        Box::pin(async { done })
    }
}
