//! Our tables in the embedded DynamoDB: each is made if it is not there; one that is there stays as it is.

use comanda_domain::tables::{ALL, Index, Table};
use serde_json::{Value, json};

use super::{ApiError, DynamoDb};

/// Makes what is missing of the tables that the domain describes.
pub async fn create_missing(dynamodb: &DynamoDb) -> Result<(), ApiError> {
    for table in ALL {
        let created = dynamodb.call("CreateTable", &description(table)).await;
        match created {
            Err(error) if error.name != "ResourceInUseException" => return Err(error),
            Err(_) => {}
            Ok(_) => expire(dynamodb, table).await?,
        }
    }
    Ok(())
}

async fn expire(dynamodb: &DynamoDb, table: &Table) -> Result<(), ApiError> {
    let Some(attribute) = table.time_to_live else {
        return Ok(());
    };
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
