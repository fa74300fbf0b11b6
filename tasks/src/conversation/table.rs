//! What the tasks of a talk share: the talk, the store, the customer, and what may be said of them.

use std::sync::Arc;

use comanda_domain::{
    people::Customer,
    store::StoreConfig,
    tables,
    talk::{Preface, Question, Spoken, words},
};
use comanda_workflows::contracts::TalkKey;

use crate::{
    customers::{CUSTOMERS, Operation, get_customer_by_address},
    fault::Fault,
    parts,
    ports::{Condition, Ports, guarded::Uses},
    rows::{Decision, TalkRow, decide, load, put},
    shop::load_store,
    tell::{Hearer, offer},
};

/// Reading and writing the talk, and reading who it is with.
pub(super) const TALKING: &[Uses] = &[parts::STORE, TALK_ROW, CUSTOMER_READ];
/// The same, and saying something.
pub(super) const SAYING: &[Uses] = &[
    parts::STORE,
    parts::TELL,
    TALK_ROW,
    CUSTOMER_READ,
    parts::TOKENS,
];
/// The same, and changing the record.
pub(super) const CHANGING: &[Uses] = &[parts::STORE, TALK_ROW, CUSTOMERS];

const TALK_ROW: Uses = Uses {
    reads: &[&tables::TALKS],
    writes: &[&tables::TALKS],
    ..Uses::NOTHING
};
/// Reading who it is with.
pub(super) const CUSTOMER_READ: Uses = Uses {
    reads: &[&tables::CUSTOMERS, &tables::CUSTOMER_KEYS],
    ..Uses::NOTHING
};

/// Who talks with whom.
pub(super) struct Table {
    /// The store.
    pub store: Arc<StoreConfig>,
    /// The record, if they have one.
    pub customer: Option<Customer>,
}

/// The talk, if this session is the one that runs.
pub(super) async fn load_talk(ports: &Ports, key: &TalkKey) -> Result<TalkRow, Fault> {
    let row: Option<TalkRow> = load(
        ports.store.as_ref(),
        &TalkRow::key_of(&key.client_id, &key.talk_id),
    )
    .await?;
    row.filter(|row| !row.ended && row.session == key.session && row.store_id == key.store_id)
        .ok_or_else(|| {
            Fault::unexpected("the talk has gone on without this session, or was erased")
        })
}

/// Who sits at the table of a talk.
pub(super) async fn table_of(ports: &Ports, talk: &TalkRow) -> Result<Table, Fault> {
    let customer = get_customer_by_address(ports, &talk.client_id, &talk.channel_address).await?;
    Ok(Table {
        store: load_store(ports, &talk.client_id, &talk.store_id).await?,
        customer,
    })
}

/// The customer of a talk, who must be there.
pub(super) async fn require_customer(ports: &Ports, talk: &TalkRow) -> Result<Customer, Fault> {
    let customer = get_customer_by_address(ports, &talk.client_id, &talk.channel_address).await?;
    customer.ok_or_else(|| Fault::unexpected("the talk's customer has no record"))
}

/// Changes the talk, once more if somebody came in between.
pub(super) async fn change_talk<T, E: From<Fault>>(
    ports: &Ports,
    key: &TalkKey,
    change: impl Fn(&mut TalkRow) -> Result<T, E>,
) -> Result<(TalkRow, T), E> {
    decide::<TalkRow, (TalkRow, T), E, _>(ports, || async {
        let before = load_talk(ports, key).await?;
        let mut talk = before.clone();
        let answer = change(&mut talk)?;
        if talk == before {
            return Ok(Decision::Stands((talk, answer)));
        }
        talk.version = before.version + 1;
        let write = put(&talk, Condition::Version(before.version))?;
        Ok(Decision::Write(vec![write], (talk, answer)))
    })
    .await
}

/// An operation of the message that was read last: read again, it is the same operation.
pub(super) fn operation(talk: &TalkRow, what: &str) -> Operation {
    let message = talk.last_read.as_ref().map(|read| read.message_id.as_str());
    let id = format!("{what}-{}", message.unwrap_or("none"));
    Operation::new(&talk.client_id, &talk.store_id, id)
}

/// The message of a question.
pub(super) fn words_of(
    talk: &TalkRow,
    table: &Table,
    (question, preface): (Question, Option<Preface>),
) -> Spoken {
    words::ask(question, preface, &about(talk, table))
}

/// What there is to tell of whom one talks with.
pub(super) fn about<'a>(talk: &'a TalkRow, table: &'a Table) -> words::About<'a> {
    let customer = table.customer.as_ref();
    let default = customer.and_then(|customer| customer.default_address_index);
    let last = customer.and_then(|customer| customer.order_history.first());
    let draft = &talk.draft;
    words::About {
        store: &table.store.name,
        name: draft
            .name
            .as_ref()
            .or(customer.map(|customer| &customer.name)),
        email: draft.given_email(),
        address: draft.given_address(),
        has_email: customer.is_some_and(|customer| customer.email.is_some()),
        addresses: customer.map_or(&[], |customer| &customer.addresses),
        default_address: default.map_or(0, |at| usize::try_from(at).unwrap_or(0)),
        last_order: last.map(|order| (order.at, &table.store.time_zone)),
    }
}

/// Says something in a talk, once for a kind.
pub(super) async fn say(
    ports: &Ports,
    store: &StoreConfig,
    talk: &TalkRow,
    (kind, spoken): (String, Spoken),
) -> Result<(), Fault> {
    let subject = talk.execution_name();
    let hearer = Hearer {
        store,
        subject: &subject,
        address: &talk.channel_address,
    };
    offer(ports, &hearer, (kind, spoken)).await
}
