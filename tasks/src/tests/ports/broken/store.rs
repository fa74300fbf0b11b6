//! Tables that are not DynamoDB's.

use std::sync::Arc;

use comanda_domain::{
    ids::ClientId,
    keys::{Key, PartitionKey},
    tables::Table,
};
use serde_json::{Value, json};

use super::check;
use crate::{
    ports::{Answer, Change, Condition, Item, Page, Query, Store, StoreError, StoredRow, Write},
    testing::{MemoryStore, block_on, contract::store},
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    MergesRows,
    ForgetsConditions,
    DeletesWhateverHolds,
    WritesOneByOne,
    NamesTheFirst,
    TakesRepeats,
    TakesOneRowTwice,
    TakesAnyNumber,
    FilesByTheRow,
    RoundsFloats,
    CutsRows,
    OnlyAscends,
    ListsWholePartitions,
    LosesTheLastOfAPage,
    MixesPartitions,
    ListsEveryStatus,
    DropsWrongIndexKeys,
}

struct BrokenStore(MemoryStore, Fault);

impl BrokenStore {
    async fn row(&self, write: &Write) -> Item {
        let row = self.0.get(write.table, &write.key).await;
        row.unwrap()
            .map(|row| Item::clone(&row))
            .unwrap_or_default()
    }

    async fn spoil(&self, mut write: Write) -> Write {
        let before = self.row(&write).await;
        let Change::Put(item) = &mut write.change else {
            if matches!(
                self.1,
                Fault::DeletesWhateverHolds | Fault::ForgetsConditions
            ) {
                write.condition = Condition::None;
            }
            return write;
        };
        match self.1 {
            Fault::ForgetsConditions => write.condition = Condition::None,
            Fault::MergesRows => {
                let new = std::mem::replace(item, before);
                item.extend(new);
            }
            Fault::FilesByTheRow => write.key.sort = item["thingId"].as_str().map(str::to_owned),
            Fault::RoundsFloats => item.values_mut().for_each(round),
            Fault::CutsRows => {
                for value in item.values_mut() {
                    if let Value::String(text) = value {
                        text.truncate(1_000);
                    }
                }
            }
            Fault::DropsWrongIndexKeys
                if !item
                    .get("statusKey")
                    .is_some_and(|key| key.is_string() && key != "") =>
            {
                item.remove("statusKey");
            }
            _ => {}
        }
        write
    }

    async fn takes_it(&self, writes: &[Write]) -> bool {
        for write in writes {
            if let Change::Put(item) = &write.change
                && self.row(write).await != *item
            {
                return false;
            }
        }
        true
    }
}

fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => *value = json!(0),
        Value::Array(values) => values.iter_mut().for_each(round),
        Value::Object(fields) => fields.values_mut().for_each(round),
        _ => {}
    }
}

impl Store for BrokenStore {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
        self.0.get(table, key)
    }

    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
        Box::pin(async move {
            let mut spoilt: Vec<Write> = Vec::new();
            for write in writes {
                let write = self.spoil(write).await;
                if self.1 == Fault::TakesOneRowTwice {
                    spoilt.retain(|earlier| earlier.key != write.key);
                }
                spoilt.push(write);
            }
            match self.1 {
                Fault::WritesOneByOne => {
                    for (position, write) in spoilt.into_iter().enumerate() {
                        let written = self.0.write(vec![write]).await;
                        written.map_err(|_| StoreError::ConditionFailed { position })?;
                    }
                    Ok(())
                }
                Fault::TakesAnyNumber => {
                    for some in spoilt.chunks(100) {
                        self.0.write(some.to_vec()).await?;
                    }
                    Ok(())
                }
                Fault::NamesTheFirst => self.0.write(spoilt).await.map_err(|error| match error {
                    StoreError::ConditionFailed { .. } => {
                        StoreError::ConditionFailed { position: 0 }
                    }
                    error => error,
                }),
                Fault::TakesRepeats => match self.0.write(spoilt.clone()).await {
                    Err(StoreError::ConditionFailed { .. }) if self.takes_it(&spoilt).await => {
                        Ok(())
                    }
                    answer => answer,
                },
                _ => self.0.write(spoilt).await,
            }
        })
    }

    fn query(&self, mut query: Query) -> Answer<'_, Page, StoreError> {
        Box::pin(async move {
            match self.1 {
                Fault::OnlyAscends => query.descending = false,
                Fault::ListsWholePartitions => query.sort_prefix = None,
                _ => {}
            }
            let mut page = self.0.query(query.clone()).await?;
            let tenant = ClientId::new("contract").unwrap();
            let more = match (self.1, query.partition.as_str(), query.index) {
                (Fault::MixesPartitions, "contract#apart", _) => "apart2",
                (Fault::ListsEveryStatus, _, Some(_)) => "DONE",
                (Fault::LosesTheLastOfAPage, ..) if page.next.is_some() => {
                    page.items.pop();
                    return Ok(page);
                }
                _ => return Ok(page),
            };
            query.partition = PartitionKey::new(&tenant, more);
            query.start = None;
            page.items.extend(self.0.query(query).await?.items);
            Ok(page)
        })
    }
}

#[test]
fn tables_that_break_a_rule_are_found_out() {
    let faults: &[(Fault, &[&str])] = &[
        (Fault::MergesRows, &["rows_come_back_as_they_were_written"]),
        (Fault::ForgetsConditions, &["conditions_decide"]),
        (
            Fault::DeletesWhateverHolds,
            &["a_failed_delete_or_check_changes_nothing"],
        ),
        (Fault::WritesOneByOne, &["a_transaction_is_all_or_nothing"]),
        (
            Fault::NamesTheFirst,
            &["the_first_failed_condition_is_named"],
        ),
        (
            Fault::TakesRepeats,
            &["a_repeat_is_refused_by_its_own_condition"],
        ),
        (
            Fault::TakesOneRowTwice,
            &["a_row_is_written_once_in_a_transaction"],
        ),
        (
            Fault::TakesAnyNumber,
            &["a_write_is_of_one_to_a_hundred_rows"],
        ),
        (Fault::FilesByTheRow, &["a_row_lies_under_its_key"]),
        (Fault::RoundsFloats, &["floats_are_refused"]),
        (Fault::CutsRows, &["rows_have_a_limit"]),
        (Fault::OnlyAscends, &["pages_are_in_order_and_complete"]),
        (
            Fault::ListsWholePartitions,
            &["pages_are_in_order_and_complete"],
        ),
        (
            Fault::LosesTheLastOfAPage,
            &["pages_are_in_order_and_complete"],
        ),
        (Fault::MixesPartitions, &["partitions_are_apart"]),
        (
            Fault::ListsEveryStatus,
            &["an_index_shows_rows_that_are_in_it"],
        ),
        (Fault::DropsWrongIndexKeys, &["index_keys_are_texts"]),
    ];
    check(&[store::CASES], faults, |fault| {
        block_on(store::broken(&BrokenStore(MemoryStore::default(), fault)))
    });
}
