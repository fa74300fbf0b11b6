//! Machines as a whole: bring one to a definition, delete one, list all.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Empty, StepFunctions,
    create::CreateStateMachineRequest,
    epoch_seconds,
    machines::Machine,
    names::{machine_of, no_machine},
    pages::PageOf,
    store::{self, Table},
    update::UpdateStateMachineRequest,
};
use crate::aws::{
    error::ApiError,
    names::{ACCOUNT, machine_arn},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteStateMachineRequest {
    state_machine_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRequest {
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

impl StepFunctions {
    /// All machines, by name.
    #[must_use]
    pub fn all_machines(&self) -> Vec<Arc<Machine>> {
        self.machines().by_arn.values().cloned().collect()
    }

    /// An id for a new revision, in the shape that AWS gives to them.
    pub(super) fn revision_id(&self) -> String {
        let fresh = self.clock.fresh_id();
        uuid::Uuid::try_parse(&fresh).map_or(fresh, |id| id.to_string())
    }

    /// Makes the machine `name`, or brings it to this definition; what it already is, it stays.
    pub async fn deploy(
        &self,
        name: &str,
        kind: WorkflowKind,
        definition: &str,
    ) -> Result<String, ApiError> {
        let arn = machine_arn(name);
        let existing = self.machines().by_arn.get(&arn).cloned();
        match existing {
            Some(machine) if machine.record.definition == definition => {}
            Some(_) => {
                let change = UpdateStateMachineRequest {
                    state_machine_arn: arn.clone(),
                    definition: Some(definition.to_owned()),
                    ..UpdateStateMachineRequest::default()
                };
                self.update_state_machine(change).await?;
            }
            None => {
                let is_express = kind == WorkflowKind::Express;
                let new = CreateStateMachineRequest {
                    name: name.to_owned(),
                    definition: definition.to_owned(),
                    role_arn: format!("arn:aws:iam::{ACCOUNT}:role/comanda"),
                    kind: is_express.then(|| "EXPRESS".to_owned()),
                    ..CreateStateMachineRequest::default()
                };
                self.create_state_machine(new).await?;
            }
        }
        Ok(arn)
    }

    /// A machine goes with its versions and aliases; its executions stay, and those that run go on.
    pub(super) async fn delete_state_machine(
        &self,
        request: DeleteStateMachineRequest,
    ) -> Result<Empty, ApiError> {
        let arn = request.state_machine_arn;
        if machine_of(&arn)?.qualifier.is_some() {
            return Err(no_machine(&arn));
        }
        let commit = {
            let mut machines = self.machines();
            let removed = machines.by_arn.remove(&arn);
            // Deleting what is not there is fine, as at AWS.
            removed.map(|machine| {
                let change = store::remove(Table::Machines, &machine.record.name);
                self.journal.commit(change)
            })
        };
        if let Some(commit) = commit {
            commit.durable().await?;
        }
        Ok(Empty {})
    }

    pub(super) async fn list_state_machines(
        &self,
        request: ListRequest,
    ) -> Result<Value, ApiError> {
        let page = PageOf {
            list: "machines",
            max_results: request.max_results,
            next_token: request.next_token.as_deref(),
        };
        let all = self.all_machines();
        let (machines, next) = page.take(all, |machine| machine.record.arn())?;
        let items: Vec<Value> = machines
            .iter()
            .map(|machine| {
                json!({
                    "stateMachineArn": machine.record.arn(),
                    "name": machine.record.name,
                    "type": machine.record.kind_name(),
                    "creationDate": epoch_seconds(machine.record.created_at),
                })
            })
            .collect();
        Ok(with_token(json!({"stateMachines": items}), next))
    }
}

/// Adds the token of the next page.
pub fn with_token(mut answer: Value, next: Option<String>) -> Value {
    if let (Some(answer), Some(next)) = (answer.as_object_mut(), next) {
        answer.insert("nextToken".to_owned(), next.into());
    }
    answer
}
