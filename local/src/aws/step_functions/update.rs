//! `UpdateStateMachine`: a change makes a new revision, a request that changes nothing makes none.

use std::sync::Arc;

use std::collections::hash_map::Entry;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    StepFunctions,
    create::{check_description, check_role, encryption, logging, tracing},
    definitions, epoch_seconds,
    machines::{MachineRecord, Revision},
    names::{MachineArn, machine_of, no_machine},
    store::{self, Table},
};
use crate::aws::error::ApiError;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachineRequest {
    pub state_machine_arn: String,
    pub definition: Option<String>,
    pub role_arn: Option<String>,
    pub logging_configuration: Option<Value>,
    pub tracing_configuration: Option<Value>,
    pub encryption_configuration: Option<Value>,
    #[serde(default)]
    pub publish: bool,
    pub version_description: Option<String>,
}

impl UpdateStateMachineRequest {
    fn says_nothing(&self) -> bool {
        self.definition.is_none()
            && self.role_arn.is_none()
            && self.logging_configuration.is_none()
            && self.tracing_configuration.is_none()
            && self.encryption_configuration.is_none()
            && !self.publish
    }

    /// Makes the changes that are asked for; whether any made a difference.
    fn apply(&mut self, record: &mut MachineRecord) -> Result<bool, ApiError> {
        let before = (record.definition.clone(), record.settings.clone());
        if let Some(text) = self.definition.take() {
            record.definition = text;
        }
        if let Some(role_arn) = self.role_arn.take() {
            record.settings.role_arn = role_arn;
        }
        if self.logging_configuration.is_some() {
            record.settings.logging = logging(self.logging_configuration.as_ref())?;
        }
        if self.tracing_configuration.is_some() {
            record.settings.tracing = tracing(self.tracing_configuration.as_ref());
        }
        if let Some(asked) = self.encryption_configuration.take() {
            record.settings.encryption = encryption(Some(asked));
        }
        Ok((&before.0, &before.1) != (&record.definition, &record.settings))
    }
}

impl StepFunctions {
    pub(super) async fn update_state_machine(
        &self,
        mut request: UpdateStateMachineRequest,
    ) -> Result<Value, ApiError> {
        if request.says_nothing() {
            return Err(ApiError::step_functions(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
            ));
        }
        check_description(request.publish, request.version_description.as_ref())?;
        if let Some(role_arn) = &request.role_arn {
            check_role(role_arn)?;
        }
        let arn = request.state_machine_arn.clone();
        let MachineArn { machine, qualifier } = machine_of(&arn)?;
        if qualifier.is_some() {
            return Err(no_machine(&arn));
        }
        let kind = self.machine(machine)?.record.kind();
        let compiled = request.definition.as_deref();
        let compiled = compiled.map(|text| definitions::compile(text, kind));
        let compiled = compiled.transpose()?;
        let now = self.clock.now();
        let (record, version, commit) = {
            let mut machines = self.machines();
            // It may have changed, or gone, while the definition was compiled.
            let existing = machines.by_arn.get(&arn).cloned();
            let existing = existing.ok_or_else(|| no_machine(&arn))?;
            let mut changed = super::Machine::clone(&existing);
            if request.apply(&mut changed.record)? {
                changed.record.settings.revision = self.revision_id();
                changed.record.updated_at = Some(now);
                changed.definition = compiled.unwrap_or(changed.definition);
            }
            let description = request.version_description;
            let version = request
                .publish
                .then(|| changed.record.publish(description, now));
            let record = &changed.record;
            let revision = record.settings.revision.clone();
            let put = store::put(Table::Machines, &record.name, record)?;
            let change = match machines.revisions.entry(revision) {
                Entry::Occupied(_) => put,
                Entry::Vacant(new) => {
                    let text = &record.definition;
                    let change = store::put_revision(new.key(), &record.name, text);
                    new.insert(Revision {
                        text: text.clone(),
                        definition: Some(changed.definition.clone()),
                    });
                    store::both(put, change)
                }
            };
            let commit = self.journal.commit(change);
            let record = changed.record.clone();
            machines.by_arn.insert(arn, Arc::new(changed));
            (record, version, commit)
        };
        commit.durable().await?;
        let mut told = json!({"updateDate": epoch_seconds(now)});
        if let Some(told) = told.as_object_mut() {
            if let Some(revision) = record.told(&record.settings.revision) {
                told.insert("revisionId".to_owned(), revision.into());
            }
            if let Some(version) = version {
                let version = record.qualified_arn(version);
                told.insert("stateMachineVersionArn".to_owned(), version.into());
            }
        }
        Ok(told)
    }
}
