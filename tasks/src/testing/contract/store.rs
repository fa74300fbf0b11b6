//! The contract of [`Store`]: DynamoDB's rules as far as handlers build on them.

use comanda_domain::{
    ids::ClientId,
    keys::{Key, PartitionKey},
    tables::{DataClass, Index, Table},
};
use serde_json::{Value, json};

use super::{Held, answered, same, suite, that};
use crate::ports::{Change, Condition, Item, OutageError, Query, Store, StoreError, Write};

static BY_STATUS: Index = Index {
    name: "ByStatus",
    partition_key: "statusKey",
    sort_key: Some("createdAt"),
};

/// The table of the cases; whoever runs them against a database makes it there first.
pub static THINGS: Table = Table {
    name: "ContractThings",
    about: "Rows of the contract's cases.",
    partition_key: "clientKey",
    sort_key: Some("thingId"),
    indexes: &[Index {
        name: "ByStatus",
        partition_key: "statusKey",
        sort_key: Some("createdAt"),
    }],
    time_to_live: None,
    data_class: DataClass::Business,
};

/// An index may lag behind its table; one that has not come round in so many looks never does.
const LOOKS_MAX: u32 = 200;

suite! {
    /// Runs every case against an empty [`THINGS`].
    on &dyn Store;
    rows_come_back_as_they_were_written,
    conditions_decide,
    a_failed_delete_or_check_changes_nothing,
    a_transaction_is_all_or_nothing,
    the_first_failed_condition_is_named,
    a_repeat_is_refused_by_its_own_condition,
    a_row_is_written_once_in_a_transaction,
    a_write_is_of_one_to_a_hundred_rows,
    a_row_lies_under_its_key,
    floats_are_refused,
    rows_have_a_limit,
    pages_are_in_order_and_complete,
    partitions_are_apart,
    an_index_shows_rows_that_are_in_it,
    index_keys_are_texts,
}

mod queries;

use queries::{
    an_index_shows_rows_that_are_in_it, index_keys_are_texts, pages_are_in_order_and_complete,
    partitions_are_apart,
};

/// Rows of one case.
struct Place(&'static str);

impl Place {
    fn partition(&self) -> Result<PartitionKey, String> {
        let tenant = ClientId::new("contract").map_err(|error| error.to_string())?;
        Ok(PartitionKey::new(&tenant, self.0))
    }

    fn key(&self, thing: &str) -> Result<Key, String> {
        Ok(Key::sorted(self.partition()?, thing))
    }

    fn item(&self, thing: &str, more: &Value) -> Item {
        let mut item = Item::new();
        item.insert(
            "clientKey".to_owned(),
            json!(format!("contract#{}", self.0)),
        );
        item.insert("thingId".to_owned(), json!(thing));
        item.extend(more.as_object().cloned().unwrap_or_default());
        item
    }

    fn write(&self, thing: &str, condition: Condition, change: Change) -> Result<Write, String> {
        Ok(Write {
            table: &THINGS,
            key: self.key(thing)?,
            condition,
            change,
        })
    }

    fn put(&self, thing: &str, condition: Condition, more: &Value) -> Result<Write, String> {
        self.write(thing, condition, Change::Put(self.item(thing, more)))
    }

    async fn seed(&self, store: &dyn Store, thing: &str, more: &Value) -> Held {
        let write = self.put(thing, Condition::None, more)?;
        answered("seeding", store.write(vec![write]).await)
    }

    async fn read(&self, store: &dyn Store, thing: &str) -> Result<Option<Item>, String> {
        let row = answered("reading", store.get(&THINGS, &self.key(thing)?).await)?;
        Ok(row.map(|row| Item::clone(&row)))
    }

    /// The row is as it was put, or absent.
    async fn holds(&self, store: &dyn Store, thing: &str, more: Option<&Value>) -> Held {
        let expected = more.map(|more| self.item(thing, more));
        same(thing, self.read(store, thing).await?, expected)
    }
}

fn refused(answer: &Result<(), StoreError>, what: &str) -> Held {
    match answer {
        Err(StoreError::Outage(OutageError::Refused { .. })) => Ok(()),
        other => Err(format!("{what}: {other:?}, not a refusal")),
    }
}

async fn rows_come_back_as_they_were_written(store: &dyn Store) -> Held {
    let place = Place("as-written");
    let row = json!({
        "version": 1, "total": 4_480, "big": u64::MAX, "less": -5, "empty": "", "nothing": null, "yes": true,
        "items": [{ "name": "Pão de queijo", "options": [] }], "deep": { "a": { "b": [1, "2", false] } },
    });
    place.holds(store, "a", None).await?;
    place.seed(store, "a", &row).await?;
    place.holds(store, "a", Some(&row)).await?;
    // A row becomes what is put: nothing of the one before is left.
    place.seed(store, "a", &json!({ "version": 2 })).await?;
    place
        .holds(store, "a", Some(&json!({ "version": 2 })))
        .await
}

/// Each condition against a row that is not there, and against one of version 1.
async fn conditions_decide(store: &dyn Store) -> Held {
    let place = Place("conditions");
    let (before, after) = (json!({ "version": 1 }), json!({ "version": 2 }));
    let table = [
        (Condition::None, true, true),
        (Condition::Absent, true, false),
        (Condition::Present, false, true),
        (Condition::Version(1), false, true),
        (Condition::Version(2), false, false),
    ];
    for (number, (condition, absent, present)) in table.into_iter().enumerate() {
        for (is_there, holds) in [(false, absent), (true, present)] {
            let thing = format!("{number}-{is_there}");
            if is_there {
                place.seed(store, &thing, &before).await?;
            }
            let write = place.put(&thing, condition.clone(), &after)?;
            let answer = store.write(vec![write]).await;
            let expected = if holds {
                Ok(())
            } else {
                Err(StoreError::ConditionFailed { position: 0 })
            };
            let what = format!("{condition:?}, row there: {is_there}");
            same(&what, answer, expected)?;
            let row = if holds {
                Some(&after)
            } else {
                is_there.then_some(&before)
            };
            place.holds(store, &thing, row).await?;
        }
    }
    Ok(())
}

async fn a_failed_delete_or_check_changes_nothing(store: &dyn Store) -> Held {
    let place = Place("deletes");
    let row = json!({ "version": 1 });
    place.seed(store, "a", &row).await?;
    for change in [Change::Delete, Change::Check] {
        let write = place.write("a", Condition::Version(7), change)?;
        let answer = store.write(vec![write]).await;
        let expected = Err(StoreError::ConditionFailed { position: 0 });
        same("under a wrong version", answer, expected)?;
        place.holds(store, "a", Some(&row)).await?;
    }
    let check = place.write("a", Condition::Version(1), Change::Check)?;
    answered("a check that holds", store.write(vec![check]).await)?;
    place.holds(store, "a", Some(&row)).await?;
    let delete = place.write("a", Condition::Version(1), Change::Delete)?;
    answered("a delete", store.write(vec![delete]).await)?;
    place.holds(store, "a", None).await
}

async fn a_transaction_is_all_or_nothing(store: &dyn Store) -> Held {
    let place = Place("all-or-nothing");
    let row = json!({ "version": 1 });
    place.seed(store, "there", &row).await?;
    let mixed = vec![
        place.put("one", Condition::Absent, &row)?,
        place.write("there", Condition::Present, Change::Delete)?,
        place.put("two", Condition::Present, &row)?,
    ];
    let answer = store.write(mixed).await;
    same(
        "the third condition",
        answer,
        Err(StoreError::ConditionFailed { position: 2 }),
    )?;
    place.holds(store, "one", None).await?;
    place.holds(store, "there", Some(&row)).await?;
    let sound = vec![
        place.put("one", Condition::Absent, &row)?,
        place.write("there", Condition::Present, Change::Delete)?,
        place.write("two", Condition::Absent, Change::Check)?,
    ];
    answered("a sound one", store.write(sound).await)?;
    place.holds(store, "one", Some(&row)).await?;
    place.holds(store, "there", None).await?;
    place.holds(store, "two", None).await
}

async fn the_first_failed_condition_is_named(store: &dyn Store) -> Held {
    let place = Place("first-failed");
    let row = json!({ "version": 1 });
    let writes = vec![
        place.put("a", Condition::None, &row)?,
        place.write("b", Condition::Present, Change::Check)?,
        place.put("c", Condition::Version(1), &row)?,
    ];
    let expected = Err(StoreError::ConditionFailed { position: 1 });
    same("of two that fail", store.write(writes).await, expected)?;
    place.holds(store, "a", None).await
}

/// Writing the same once more is harmless, and the writer learns that it was done before.
async fn a_repeat_is_refused_by_its_own_condition(store: &dyn Store) -> Held {
    let place = Place("repeats");
    let (first, second) = (json!({ "version": 1 }), json!({ "version": 2 }));
    let create = vec![
        place.put("a", Condition::Absent, &first)?,
        place.put("b", Condition::Absent, &first)?,
    ];
    answered("the first time", store.write(create.clone()).await)?;
    let failed = Err(StoreError::ConditionFailed { position: 0 });
    same("created again", store.write(create).await, failed.clone())?;
    let change = vec![place.put("a", Condition::Version(1), &second)?];
    answered("changed", store.write(change.clone()).await)?;
    same("changed again", store.write(change).await, failed)?;
    place.holds(store, "a", Some(&second)).await?;
    place.holds(store, "b", Some(&first)).await
}

async fn a_row_is_written_once_in_a_transaction(store: &dyn Store) -> Held {
    let place = Place("twice");
    let row = json!({ "version": 1 });
    let writes = vec![
        place.put("a", Condition::None, &row)?,
        place.put("a", Condition::None, &json!({ "version": 2 }))?,
    ];
    refused(&store.write(writes).await, "one row twice")?;
    place.holds(store, "a", None).await
}

async fn a_write_is_of_one_to_a_hundred_rows(store: &dyn Store) -> Held {
    let place = Place("how-many");
    refused(&store.write(Vec::new()).await, "nothing at all")?;
    let rows = |count: usize| -> Result<Vec<Write>, String> {
        let numbers = 0..count;
        numbers
            .map(|number| place.put(&format!("{number:03}"), Condition::Absent, &json!({})))
            .collect()
    };
    refused(&store.write(rows(101)?).await, "a hundred and one")?;
    place.holds(store, "000", None).await?;
    answered("a hundred", store.write(rows(100)?).await)?;
    place.holds(store, "099", Some(&json!({}))).await
}

async fn a_row_lies_under_its_key(store: &dyn Store) -> Held {
    let place = Place("own-key");
    let mut write = place.put("a", Condition::None, &json!({}))?;
    write.key = place.key("b")?;
    refused(&store.write(vec![write]).await, "a row under another key")?;
    place.holds(store, "a", None).await?;
    place.holds(store, "b", None).await
}

async fn floats_are_refused(store: &dyn Store) -> Held {
    let place = Place("floats");
    for row in [
        json!({ "total": 44.8 }),
        json!({ "deep": [{ "total": 0.5 }] }),
    ] {
        let write = place.put("a", Condition::None, &row)?;
        refused(&store.write(vec![write]).await, "a float")?;
        place.holds(store, "a", None).await?;
    }
    Ok(())
}

async fn rows_have_a_limit(store: &dyn Store) -> Held {
    let place = Place("large");
    let write = place.put(
        "a",
        Condition::None,
        &json!({ "text": "x".repeat(410 * 1024) }),
    )?;
    refused(&store.write(vec![write]).await, "more than 400 KiB")?;
    place.holds(store, "a", None).await
}
