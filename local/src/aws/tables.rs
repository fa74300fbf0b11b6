//! Our tables in the embedded DynamoDB: each is made if it is not there; one that is there stays as it is. And what a crash
//! left of tables that were being made, ours or others', is taken away. What is in the tables is for those who call.

use comanda_domain::tables::{ALL, Index, Table};
use serde_json::{Value, json};

use super::{ApiError, DynamoDb};

/// What the database says of a table that it does not have.
const NOT_THERE: &str = "no such table";

/// Takes away the tables that were not made to the end. DynamoDB makes a table in several steps, the name first; one whose
/// maker died in between is listed, and neither it nor its index can be read, for ever. Nobody was told that it is there,
/// and nobody has written into it.
pub async fn remove_half_made(dynamodb: &DynamoDb) -> Result<(), ApiError> {
    let mut start = Value::Null;
    loop {
        let mut list = json!({});
        if !start.is_null() {
            list = json!({"ExclusiveStartTableName": start});
        }
        let page = dynamodb.call("ListTables", &list).await?;
        let names = page.get("TableNames").and_then(Value::as_array);
        for name in names.into_iter().flatten() {
            if is_half_made(dynamodb, name).await? {
                tracing::warn!(table = %name, "a table that was not made to the end is taken away");
                dynamodb
                    .call("DeleteTable", &json!({"TableName": name}))
                    .await?;
            }
        }
        start = page
            .get("LastEvaluatedTableName")
            .cloned()
            .unwrap_or_default();
        if start.is_null() {
            return Ok(());
        }
    }
}

async fn is_half_made(dynamodb: &DynamoDb, table: &Value) -> Result<bool, ApiError> {
    let described = dynamodb
        .call("DescribeTable", &json!({"TableName": table}))
        .await?;
    let mut scans = vec![json!({"TableName": table, "Limit": 1})];
    for kind in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        let indexes = described.pointer(&format!("/Table/{kind}"));
        let indexes = indexes.and_then(Value::as_array).into_iter().flatten();
        let names = indexes.filter_map(|index| index.get("IndexName"));
        scans.extend(names.map(|name| json!({"TableName": table, "IndexName": name, "Limit": 1})));
    }
    for scan in scans {
        match dynamodb.call("Scan", &scan).await {
            Err(error) if error.message.contains(NOT_THERE) => return Ok(true),
            // Whatever else it says is no news about how it was made.
            _ => {}
        }
    }
    Ok(false)
}

/// Makes what is missing of the tables that the domain describes.
pub async fn create_missing(dynamodb: &DynamoDb) -> Result<(), ApiError> {
    for table in ALL {
        let created = dynamodb.call("CreateTable", &description(table)).await;
        match created {
            Err(error) if error.name != "ResourceInUseException" => return Err(error),
            // Who made one that is there may have died before this.
            _ => expire(dynamodb, table).await?,
        }
    }
    Ok(())
}

async fn expire(dynamodb: &DynamoDb, table: &Table) -> Result<(), ApiError> {
    let Some(attribute) = table.time_to_live else {
        return Ok(());
    };
    let name = json!({"TableName": table.name});
    let told = dynamodb.call("DescribeTimeToLive", &name).await?;
    let status = told.pointer("/TimeToLiveDescription/TimeToLiveStatus");
    if status.is_some_and(|status| status == "ENABLED") {
        return Ok(());
    }
    let request = json!({
        "TableName": table.name,
        "TimeToLiveSpecification": {"AttributeName": attribute, "Enabled": true},
    });
    dynamodb
        .call("UpdateTimeToLive", &request)
        .await
        .map(|_| ())
}

fn description(table: &Table) -> Value {
    let mut attributes = vec![table.partition_key];
    attributes.extend(table.sort_key);
    for index in table.indexes {
        attributes.push(index.partition_key);
        attributes.extend(index.sort_key);
    }
    attributes.sort_unstable();
    attributes.dedup();
    let mut description = json!({
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": key(table.partition_key, table.sort_key),
        "AttributeDefinitions": attributes
            .into_iter()
            .map(|name| json!({"AttributeName": name, "AttributeType": "S"}))
            .collect::<Vec<Value>>(),
    });
    let indexes: Vec<Value> = table.indexes.iter().map(index).collect();
    if let Some(members) = description.as_object_mut()
        && !indexes.is_empty()
    {
        // DynamoDB refuses an empty list.
        members.insert("GlobalSecondaryIndexes".to_owned(), indexes.into());
    }
    description
}

fn index(index: &Index) -> Value {
    json!({
        "IndexName": index.name,
        "KeySchema": key(index.partition_key, index.sort_key),
        "Projection": {"ProjectionType": "ALL"},
    })
}

fn key(partition: &str, sort: Option<&str>) -> Value {
    let hash = json!({"AttributeName": partition, "KeyType": "HASH"});
    let range = sort.map(|sort| json!({"AttributeName": sort, "KeyType": "RANGE"}));
    std::iter::once(hash).chain(range).collect()
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use comanda_domain::tables::{ALL, Table};
    use comanda_tasks_aws::SystemClock;
    use serde_json::json;

    use crate::aws::{AwsStack, Data};

    async fn opened(directory: &Path) -> AwsStack {
        let data = Data::Directory(directory.to_owned());
        let stack = AwsStack::open(data, Arc::new(SystemClock)).await;
        stack.expect("it opens")
    }

    /// What a crash between two steps of making a table leaves: its name, but not all that is to be read.
    fn drop_one(directory: &Path, name: &str) {
        let file = directory.join("dynamodb.sqlite");
        let connection = rusqlite::Connection::open(file).expect("a file");
        let dropped = connection.execute_batch(&format!("DROP TABLE \"{name}\""));
        dropped.expect("it is there");
    }

    #[tokio::test]
    async fn a_table_that_was_not_made_to_the_end_is_made_anew() {
        let directory = tempfile::tempdir().expect("a directory");
        opened(directory.path()).await.closed().await;
        let table: &Table = ALL
            .iter()
            .find(|table| !table.indexes.is_empty())
            .expect("one with an index");
        let index = table.indexes[0].name;
        for lost in [
            table.name.to_owned(),
            format!("{}::gsi::{index}", table.name),
        ] {
            drop_one(directory.path(), &lost);
            let stack = opened(directory.path()).await;
            for scan in [
                json!({"TableName": table.name}),
                json!({"TableName": table.name, "IndexName": index}),
            ] {
                let dynamodb = &stack.services().dynamodb;
                let scanned = dynamodb.call("Scan", &scan).await;
                assert_eq!(scanned.expect("it is whole")["Count"], 0, "{lost}");
            }
            stack.closed().await;
        }
    }
}
