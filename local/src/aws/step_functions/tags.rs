//! Tags of machines and activities.

use std::sync::Arc;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Empty, StepFunctions,
    create::Tag,
    names::check_arn,
    store::{self, Table},
};
use crate::{aws::error::ApiError, journal::Commit};

/// So many tags a thing may have, as at AWS.
const TAGS: usize = 50;

type Tags = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceRequest {
    resource_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagResourceRequest {
    resource_arn: String,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UntagResourceRequest {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// Refuses more tags than a thing may have.
pub fn check_count(tags: &Tags) -> Result<(), ApiError> {
    if tags.len() <= TAGS {
        return Ok(());
    }
    Err(ApiError::step_functions(
        "TooManyTags",
        format!("Too Many Tags: '{} are more than {TAGS}'", tags.len()),
    ))
}

fn no_resource(arn: &str) -> ApiError {
    ApiError::step_functions("ResourceNotFound", format!("Resource not found: '{arn}'"))
}

impl StepFunctions {
    pub(super) async fn tag_resource(
        &self,
        request: TagResourceRequest,
    ) -> Result<Empty, ApiError> {
        let new = request.tags.into_iter().map(|tag| (tag.key, tag.value));
        self.change_tags(&request.resource_arn, |tags| tags.extend(new))
            .await
    }

    pub(super) async fn untag_resource(
        &self,
        request: UntagResourceRequest,
    ) -> Result<Empty, ApiError> {
        self.change_tags(&request.resource_arn, |tags| {
            tags.retain(|key, _| !request.tag_keys.contains(key));
        })
        .await
    }

    pub(super) async fn list_tags(&self, request: ResourceRequest) -> Result<Value, ApiError> {
        let arn = &request.resource_arn;
        check_arn(arn, &["stateMachine", "activity"])?;
        let of_machine = self
            .machines()
            .by_arn
            .get(arn)
            .map(|machine| machine.record.tags.clone());
        let of_activity = || {
            self.activities()
                .record(arn)
                .map(|record| record.tags.clone())
        };
        let tags = of_machine.or_else(of_activity);
        let tags = tags.ok_or_else(|| no_resource(arn))?;
        let tags: Vec<Value> = tags
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect();
        Ok(json!({"tags": tags}))
    }

    async fn change_tags(
        &self,
        arn: &str,
        change: impl FnOnce(&mut Tags),
    ) -> Result<Empty, ApiError> {
        check_arn(arn, &["stateMachine", "activity"])?;
        self.commit_tags(arn, change)?.durable().await?;
        Ok(Empty {})
    }

    fn commit_tags(&self, arn: &str, change: impl FnOnce(&mut Tags)) -> Result<Commit, ApiError> {
        let mut machines = self.machines();
        if let Some(machine) = machines.by_arn.get_mut(arn) {
            let machine = Arc::make_mut(machine);
            machine.record.tags = changed(&machine.record.tags, change)?;
            return self.put_machine(&machines, arn);
        }
        let mut activities = self.activities();
        let record = activities.record_mut(arn).ok_or_else(|| no_resource(arn))?;
        record.tags = changed(&record.tags, change)?;
        let put = store::put(Table::Activities, &record.name, record)?;
        Ok(self.journal.commit(put))
    }
}

fn changed(tags: &Tags, change: impl FnOnce(&mut Tags)) -> Result<Tags, ApiError> {
    let mut tags = tags.clone();
    change(&mut tags);
    check_count(&tags)?;
    Ok(tags)
}
