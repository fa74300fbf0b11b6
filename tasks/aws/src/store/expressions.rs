//! Condition and key expressions. Names and values always go as placeholders: attribute names may be reserved words.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use comanda_domain::tables::Table;
use comanda_tasks::ports::{Condition, OutageError, Query};

use crate::outage;

/// An expression as the API takes it; all three are absent where there is nothing to say.
#[derive(Debug, Default)]
pub(super) struct Expression {
    pub(super) text: Option<String>,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<HashMap<String, AttributeValue>>,
}

/// What must hold of the row.
pub(super) fn condition(table: &Table, condition: &Condition) -> Expression {
    let about_key = |text: &str| Expression {
        text: Some(text.to_owned()),
        names: Some(HashMap::from([(
            "#key".to_owned(),
            table.partition_key.to_owned(),
        )])),
        values: None,
    };
    match condition {
        Condition::None => Expression::default(),
        Condition::Absent => about_key("attribute_not_exists(#key)"),
        Condition::Present => about_key("attribute_exists(#key)"),
        Condition::Version(version) => Expression {
            text: Some("#version = :version".to_owned()),
            names: Some(HashMap::from([(
                "#version".to_owned(),
                "version".to_owned(),
            )])),
            values: Some(HashMap::from([(
                ":version".to_owned(),
                AttributeValue::N(version.to_string()),
            )])),
        },
    }
}

/// Which rows a query reads.
pub(super) fn key_condition(query: &Query) -> Result<Expression, OutageError> {
    let (partition_key, sort_key) = match query.index {
        Some(index) => (index.partition_key, index.sort_key),
        None => (query.table.partition_key, query.table.sort_key),
    };
    let mut text = "#partition = :partition".to_owned();
    let mut names = HashMap::from([("#partition".to_owned(), partition_key.to_owned())]);
    let mut values = HashMap::from([(
        ":partition".to_owned(),
        AttributeValue::S(query.partition.to_string()),
    )]);
    if let Some(prefix) = &query.sort_prefix {
        let sort_key = sort_key.ok_or_else(|| {
            outage::refused(super::PARTY, "a sort prefix where there is no sort key")
        })?;
        text.push_str(" AND begins_with(#sort, :prefix)");
        names.insert("#sort".to_owned(), sort_key.to_owned());
        values.insert(":prefix".to_owned(), AttributeValue::S(prefix.clone()));
    }
    Ok(Expression {
        text: Some(text),
        names: Some(names),
        values: Some(values),
    })
}
