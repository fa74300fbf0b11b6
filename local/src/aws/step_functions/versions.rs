//! Versions: snapshots of a machine that executions may be started of.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Empty, StepFunctions, epoch_seconds,
    machines::Machines,
    names::{MachineArn, Qualifier, machine_of, no_machine},
    operations::with_token,
    pages::{PageOf, text_of},
    store::{self, Table},
};
use crate::{aws::error::ApiError, journal::Commit};

/// So many versions a machine may have, as at AWS.
const VERSIONS: usize = 1_000;
/// How the first revision of a machine is called in requests.
const INITIAL: &str = "INITIAL";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishVersionRequest {
    state_machine_arn: String,
    revision_id: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteVersionRequest {
    state_machine_version_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListOfMachineRequest {
    pub state_machine_arn: String,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

impl StepFunctions {
    pub(super) async fn publish_version(
        &self,
        request: PublishVersionRequest,
    ) -> Result<Value, ApiError> {
        let arn = request.state_machine_arn;
        if machine_of(&arn)?.qualifier.is_some() {
            return Err(no_machine(&arn));
        }
        let now = self.clock.now();
        let (told, commit) = {
            let mut machines = self.machines();
            let machine = machines.by_arn.get_mut(&arn);
            let machine = machine.ok_or_else(|| no_machine(&arn))?;
            let record = &mut Arc::make_mut(machine).record;
            let current = record.told(&record.settings.revision).unwrap_or(INITIAL);
            if let Some(wanted) = request.revision_id.filter(|wanted| wanted != current) {
                return Err(conflict(format!(
                    "Failed to publish the State Machine version for revision {wanted}. The current State Machine revision is {current}."
                )));
            }
            if record.versions.len() >= VERSIONS {
                return Err(ApiError::step_functions(
                    "ServiceQuotaExceededException",
                    format!("The state machine has {VERSIONS} versions, the most that it may have"),
                ));
            }
            let number = record.publish(request.description, now);
            let created = record
                .version(number)
                .map_or(now, |version| version.created_at);
            let told = json!({
                "stateMachineVersionArn": record.qualified_arn(number),
                "creationDate": epoch_seconds(created),
            });
            (told, self.put_machine(&machines, &arn)?)
        };
        commit.durable().await?;
        Ok(told)
    }

    pub(super) async fn delete_version(
        &self,
        request: DeleteVersionRequest,
    ) -> Result<Empty, ApiError> {
        let arn = request.state_machine_version_arn;
        let MachineArn { machine, qualifier } = machine_of(&arn)?;
        let Some(Qualifier::Version(number)) = qualifier else {
            return Err(ApiError::step_functions(
                "InvalidArn",
                format!("Invalid Arn: 'Invalid ARN: {arn}'"),
            ));
        };
        let commit = {
            let mut machines = self.machines();
            // Deleting what is not there is fine, as at AWS.
            let Some(existing) = machines.by_arn.get_mut(machine) else {
                return Ok(Empty {});
            };
            let record = &mut Arc::make_mut(existing).record;
            let uses = |name: &&str| {
                let alias = record.alias(name);
                alias.is_some_and(|alias| alias.routes.iter().any(|route| route.version == number))
            };
            let names = record.aliases.iter().map(|alias| alias.name.as_str());
            let users: Vec<&str> = names.filter(uses).collect();
            if !users.is_empty() {
                return Err(conflict(format!(
                    "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [{}]",
                    users.join(", ")
                )));
            }
            record.versions.retain(|version| version.number != number);
            self.put_machine(&machines, machine)?
        };
        commit.durable().await?;
        Ok(Empty {})
    }

    pub(super) async fn list_versions(
        &self,
        request: ListOfMachineRequest,
    ) -> Result<Value, ApiError> {
        let arn = &request.state_machine_arn;
        let machine = self.machine(machine_of(arn)?.machine)?;
        let record = &machine.record;
        let newest_first = record.versions.iter().rev();
        let versions: Vec<Value> = newest_first
            .map(|version| {
                json!({
                    "stateMachineVersionArn": record.qualified_arn(version.number),
                    "creationDate": epoch_seconds(version.created_at),
                })
            })
            .collect();
        let page = PageOf {
            list: &format!("versions {arn}"),
            max_results: request.max_results,
            next_token: request.next_token.as_deref(),
        };
        let (versions, next) = page.take(versions, text_of("stateMachineVersionArn"))?;
        Ok(with_token(json!({"stateMachineVersions": versions}), next))
    }

    /// Writes a machine as it stands under the lock that the caller holds.
    pub(super) fn put_machine(&self, machines: &Machines, arn: &str) -> Result<Commit, ApiError> {
        let machine = machines.by_arn.get(arn).ok_or_else(|| no_machine(arn))?;
        let record = &machine.record;
        Ok(self
            .journal
            .commit(store::put(Table::Machines, &record.name, record)?))
    }
}

/// `ConflictException`.
pub fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::step_functions("ConflictException", message)
}
