//! Tables on DynamoDB.
//!
//! INVARIANT: a conditional write of one row is sent once. The SDK would repeat it after a lost answer, and the
//! repeat fails on the condition that the first one changed: "somebody else was faster", where it was ourselves.
//! `TransactWriteItems` carries a token that makes its repeats safe, so it keeps the SDK's retries.

mod expressions;
mod rows;

use std::{sync::Arc, time::Duration};

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::{
    Client,
    config::http::HttpResponse,
    error::SdkError,
    operation::{
        delete_item::DeleteItemError, put_item::PutItemError,
        transact_write_items::TransactWriteItemsError,
    },
    types::{CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem},
};
use comanda_domain::{keys::Key, tables::Table};
use comanda_tasks::ports::{
    Answer, Change, Item, OutageError, Page, Query, Store, StoreError, StoredRow, Write,
};

use crate::outage;
use expressions::{Expression, condition, key_condition};

const PARTY: &str = "dynamodb";
/// DynamoDB's own limit for one transaction.
const MAX_WRITES: usize = 100;
/// Waits before the repeats of a write that certainly did not happen (throttled).
const REPEAT_AFTER: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(150),
    Duration::from_millis(450),
];

/// Reads and writes through the DynamoDB API.
pub(crate) struct DynamoStore {
    client: Client,
    /// The same without the SDK's retries.
    once: Client,
}

impl DynamoStore {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        let once = aws_sdk_dynamodb::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            client: Client::new(config),
            once: Client::from_conf(once),
        }
    }

    async fn write_once(&self, writes: &[Write]) -> Result<(), StoreError> {
        match writes {
            [] => Err(outage::refused(PARTY, "a write of nothing").into()),
            [write] => match &write.change {
                Change::Put(item) => self.put(write, item).await,
                Change::Delete => self.delete(write).await,
                Change::Check => self.transact(writes).await,
            },
            _ => self.transact(writes).await,
        }
    }

    async fn put(&self, write: &Write, item: &Item) -> Result<(), StoreError> {
        let condition = condition(write.table, &write.condition);
        let answer = self
            .once
            .put_item()
            .table_name(write.table.name)
            .set_item(Some(rows::keyed(write.table, &write.key, item)?))
            .set_condition_expression(condition.text)
            .set_expression_attribute_names(condition.names)
            .set_expression_attribute_values(condition.values)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => {
                    StoreError::ConditionFailed { position: 0 }
                }
                _ => outage::of_aws(PARTY, &error).into(),
            })
    }

    async fn delete(&self, write: &Write) -> Result<(), StoreError> {
        let condition = condition(write.table, &write.condition);
        let answer = self
            .once
            .delete_item()
            .table_name(write.table.name)
            .set_key(Some(rows::key_attributes(write.table, &write.key)?))
            .set_condition_expression(condition.text)
            .set_expression_attribute_names(condition.names)
            .set_expression_attribute_values(condition.values)
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => {
                    StoreError::ConditionFailed { position: 0 }
                }
                _ => outage::of_aws(PARTY, &error).into(),
            })
    }

    async fn transact(&self, writes: &[Write]) -> Result<(), StoreError> {
        if writes.len() > MAX_WRITES {
            let detail = format!("{} writes at once; the limit is {MAX_WRITES}", writes.len());
            return Err(outage::refused(PARTY, detail).into());
        }
        let items = writes
            .iter()
            .map(transaction_item)
            .collect::<Result<Vec<_>, _>>()?;
        self.client
            .transact_write_items()
            .set_transact_items(Some(items))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| of_transaction(&error))
    }
}

impl Store for DynamoStore {
    fn get<'a>(
        &'a self,
        table: &'static Table,
        key: &'a Key,
    ) -> Answer<'a, Option<Arc<StoredRow>>, StoreError> {
        Box::pin(async move {
            let answer = self
                .client
                .get_item()
                .table_name(table.name)
                .set_key(Some(rows::key_attributes(table, key)?))
                .consistent_read(true)
                .send()
                .await
                .map_err(|error| outage::of_aws(PARTY, &error))?;
            let row = answer.item().map(rows::from_attributes).transpose()?;
            Ok(row.map(StoredRow::new))
        })
    }

    fn write(&self, writes: Vec<Write>) -> Answer<'_, (), StoreError> {
        Box::pin(async move {
            for wait in REPEAT_AFTER {
                match self.write_once(&writes).await {
                    Err(StoreError::Outage(OutageError::NotDone { .. })) => {
                        tokio::time::sleep(wait).await;
                    }
                    answer => return answer,
                }
            }
            self.write_once(&writes).await
        })
    }

    fn query(&self, query: Query) -> Answer<'_, Page, StoreError> {
        Box::pin(async move {
            let limit = i32::try_from(query.limit).unwrap_or(i32::MAX);
            let start = query
                .start
                .as_ref()
                .map(|cursor| rows::start_key(&query, cursor))
                .transpose()?;
            let condition = key_condition(&query)?;
            let answer = self
                .client
                .query()
                .table_name(query.table.name)
                .set_index_name(query.index.map(|index| index.name.to_owned()))
                .set_key_condition_expression(condition.text)
                .set_expression_attribute_names(condition.names)
                .set_expression_attribute_values(condition.values)
                .scan_index_forward(!query.descending)
                .limit(limit)
                // An index has no consistent reads; asking for one is an error.
                .consistent_read(query.index.is_none())
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| outage::of_aws(PARTY, &error))?;
            Ok(Page {
                items: answer
                    .items()
                    .iter()
                    .map(|attributes| rows::from_attributes(attributes).map(StoredRow::new))
                    .collect::<Result<_, _>>()?,
                next: answer
                    .last_evaluated_key()
                    .map(|last| rows::cursor(&query, last))
                    .transpose()?,
            })
        })
    }
}

fn transaction_item(write: &Write) -> Result<TransactWriteItem, OutageError> {
    let Expression {
        text,
        names,
        values,
    } = condition(write.table, &write.condition);
    let table = write.table.name;
    let incomplete = |_| outage::refused(PARTY, "a write of the transaction is incomplete");
    let item = TransactWriteItem::builder();
    let item = match &write.change {
        Change::Put(row) => item.put(
            Put::builder()
                .table_name(table)
                .set_item(Some(rows::keyed(write.table, &write.key, row)?))
                .set_condition_expression(text)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .build()
                .map_err(incomplete)?,
        ),
        Change::Delete => item.delete(
            Delete::builder()
                .table_name(table)
                .set_key(Some(rows::key_attributes(write.table, &write.key)?))
                .set_condition_expression(text)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .build()
                .map_err(incomplete)?,
        ),
        Change::Check => item.condition_check(
            ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(rows::key_attributes(write.table, &write.key)?))
                .set_condition_expression(text)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .build()
                .map_err(incomplete)?,
        ),
    };
    Ok(item.build())
}

/// A cancelled transaction gives one reason per write; the first failed condition is the answer, since it is a fact
/// about our rows, while conflicts and throttles pass.
fn of_transaction(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> StoreError {
    let failed = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons();
            match reasons.iter().position(failed) {
                Some(position) => StoreError::ConditionFailed { position },
                None => {
                    let code = reasons
                        .iter()
                        .filter_map(CancellationReason::code)
                        .find(|code| *code != "None");
                    outage::not_done(PARTY, code.unwrap_or("TransactionCanceledException")).into()
                }
            }
        }
        // Ours, of an earlier try, still at work: it may yet happen.
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
            outage::unknown(PARTY, "TransactionInProgressException").into()
        }
        _ => outage::of_aws(PARTY, error).into(),
    }
}

#[cfg(test)]
mod tests;
