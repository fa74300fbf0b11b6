//! `DescribeStateMachine`, of a machine, a version or an alias, and `DescribeStateMachineForExecution`.

use std::sync::Arc;

use comanda_asl::{json as asl_json, validate::variable_references};
use comanda_engine::ChildStarted;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    StepFunctions, epoch_seconds,
    executions::is_metadata_only,
    machines::{MachineRecord, Settings},
    names::{Qualifier, check_arn, machine_of, no_execution},
};
use crate::aws::error::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineRequest {
    state_machine_arn: String,
    included_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeForExecutionRequest {
    execution_arn: String,
    included_data: Option<String>,
}

impl StepFunctions {
    pub(super) async fn describe_state_machine(
        &self,
        request: DescribeStateMachineRequest,
    ) -> Result<Value, ApiError> {
        let arn = &request.state_machine_arn;
        let target = self.target(arn)?;
        let record = &target.machine.record;
        let without_data = is_metadata_only(request.included_data.as_deref());
        let mut told = self.described(record, target.settings(), without_data);
        let mut add = |name: &str, value: Value| told.insert(name.to_owned(), value);
        add("stateMachineArn", arn.as_str().into());
        add("status", "ACTIVE".into());
        add("type", record.kind_name().into());
        let version = target.through.version;
        let version = version.and_then(|number| record.version(number));
        let created = version.map_or(record.created_at, |version| version.created_at);
        add("creationDate", epoch_seconds(created).into());
        if let Some(revision) = record.told(&target.settings().revision) {
            add("revisionId", revision.into());
        }
        let description = match machine_of(arn)?.qualifier {
            Some(Qualifier::Alias(name)) => record
                .alias(name)
                .and_then(|alias| alias.description.as_ref()),
            _ => version.and_then(|version| version.description.as_ref()),
        };
        if let Some(description) = description {
            add("description", description.as_str().into());
        }
        Ok(told.into())
    }

    pub(super) async fn describe_machine_for_execution(
        &self,
        request: DescribeForExecutionRequest,
    ) -> Result<Value, ApiError> {
        let arn = request.execution_arn;
        check_arn(&arn, &["execution"])?;
        let child = self.child(&arn).await?;
        let parent = child.as_ref().map(|(parent, _)| Arc::clone(parent));
        let found = parent.or_else(|| self.scheduler.find(&arn));
        let facts = &found.ok_or_else(|| no_execution(&arn))?.facts;
        let machine = self.machine(&facts.start.state_machine_arn)?;
        let record = &machine.record;
        let number = facts.through.version;
        let version = number.and_then(|number| record.version(number));
        // Of an older revision only the text and the role are known for certain.
        let settings = Settings {
            revision: facts.revision.clone(),
            role_arn: facts.start.role_arn.to_string(),
            ..version
                .map_or(&record.settings, |version| &version.settings)
                .clone()
        };
        let without_data = is_metadata_only(request.included_data.as_deref());
        let mut told = self.described(record, &settings, without_data);
        let mut add = |name: &str, value: Value| told.insert(name.to_owned(), value);
        add("stateMachineArn", record.arn().into());
        let updated = record.updated_at.unwrap_or(record.created_at);
        add("updateDate", epoch_seconds(updated).into());
        if let Some(revision) = record.told(&settings.revision) {
            add("revisionId", revision.into());
        }
        if let Some((_, child)) = &child {
            add_map_run(&mut told, &child.started);
        }
        Ok(told.into())
    }

    /// What both operations tell.
    fn described(
        &self,
        record: &MachineRecord,
        settings: &Settings,
        without_data: bool,
    ) -> Map<String, Value> {
        let machines = self.machines();
        let revision = machines.revisions.get(&settings.revision);
        let text = revision.map_or(&record.definition, |revision| &revision.text);
        let mut told = Map::new();
        let mut add = |name: &str, value: Value| told.insert(name.to_owned(), value);
        add("name", record.name.as_str().into());
        // AWS leaves the definition out by an empty one.
        let shown = if without_data { "{}" } else { text };
        add("definition", shown.into());
        add("roleArn", settings.role_arn.as_str().into());
        add("loggingConfiguration", settings.logging.clone());
        add("tracingConfiguration", settings.tracing.clone());
        add("encryptionConfiguration", settings.encryption.clone());
        let references = references(text);
        if !without_data && !references.is_empty() {
            add("variableReferences", references.into());
        }
        told
    }
}

/// What is told of the machine of a child execution: its Map's processor in place of the whole.
fn add_map_run(told: &mut Map<String, Value>, child: &ChildStarted) {
    let machine = &*child.state_machine_arn;
    let label = machine.rsplit_once('/').map_or("", |(_, label)| label);
    let definition = told.get("definition").and_then(Value::as_str);
    let definition = definition.and_then(|text| serde_json::from_str(text).ok());
    let processor = definition.and_then(|definition| processor(&definition, label));
    let mut add = |name: &str, value: Value| told.insert(name.to_owned(), value);
    add("stateMachineArn", machine.into());
    add("label", label.into());
    add("mapRunArn", (*child.map_run_arn).into());
    if let Some(processor) = processor {
        add("definition", processor.to_string().into());
    }
}

/// The definition inside the distributed Map with a label, which is its name where it has none.
fn processor(definition: &Value, label: &str) -> Option<Value> {
    let states = definition.get("States")?.as_object()?;
    states.iter().find_map(|(name, state)| {
        let inside = state.get("ItemProcessor");
        let is_it = state.get("Label").map_or(name == label, |own| own == label);
        if let (true, Some(inside)) = (is_it, inside) {
            let mut inside = inside.clone();
            inside.as_object_mut()?.shift_remove("ProcessorConfig");
            return Some(inside);
        }
        let branches = state.get("Branches").and_then(Value::as_array);
        let mut within = inside.into_iter().chain(branches.into_iter().flatten());
        within.find_map(|within| processor(within, label))
    })
}

/// Which states of a definition refer to which variables.
fn references(definition: &str) -> Map<String, Value> {
    let machine = asl_json::read(definition).ok();
    let machine = machine.and_then(|node| comanda_asl::from_value(&node.to_value()));
    let references = machine.map(|machine| variable_references(&machine));
    references
        .into_iter()
        .flatten()
        .map(|(state, variables)| (state, variables.into_iter().collect::<Vec<_>>().into()))
        .collect()
}
