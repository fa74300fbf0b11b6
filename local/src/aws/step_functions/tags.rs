//! Tags of machines. Activities take tags at creation and forget them: nobody has asked for them yet.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Empty, StepFunctions,
    machines::{MachineRecord, Tag},
    names::check_arn,
    store::{self, Table},
};
use crate::aws::error::ApiError;

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

fn no_resource(arn: &str) -> ApiError {
    ApiError::step_functions("ResourceNotFound", format!("Resource not found: '{arn}'"))
}

impl StepFunctions {
    pub(super) async fn tag_resource(
        &self,
        request: TagResourceRequest,
    ) -> Result<Empty, ApiError> {
        let tags = request.tags.into_iter().map(|tag| (tag.key, tag.value));
        self.change_tags(&request.resource_arn, |record| record.tags.extend(tags))
            .await
    }

    pub(super) async fn untag_resource(
        &self,
        request: UntagResourceRequest,
    ) -> Result<Empty, ApiError> {
        self.change_tags(&request.resource_arn, |record| {
            record.tags.retain(|key, _| !request.tag_keys.contains(key));
        })
        .await
    }

    pub(super) async fn list_tags(&self, request: ResourceRequest) -> Result<Value, ApiError> {
        let arn = request.resource_arn;
        check_arn(&arn, &["stateMachine", "activity"])?;
        let machines = self.machines();
        let machine = machines.by_arn.get(&arn).ok_or_else(|| no_resource(&arn))?;
        let tags = machine.record.tags.iter();
        let tags: Vec<Value> = tags
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect();
        Ok(json!({"tags": tags}))
    }

    async fn change_tags(
        &self,
        arn: &str,
        change: impl FnOnce(&mut MachineRecord),
    ) -> Result<Empty, ApiError> {
        check_arn(arn, &["stateMachine", "activity"])?;
        let commit = {
            let mut machines = self.machines();
            let machine = machines
                .by_arn
                .get_mut(arn)
                .ok_or_else(|| no_resource(arn))?;
            change(&mut machine.record);
            let put = store::put(Table::Machines, &machine.record.name, &machine.record)?;
            self.journal.commit(put)
        };
        commit.durable().await?;
        Ok(Empty {})
    }
}
