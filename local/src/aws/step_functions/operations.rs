//! What is done about state machines: create, update, describe, delete, list.

use comanda_asl::WorkflowKind;
use serde_json::{Value, json};

use super::{
    Empty, StepFunctions, definitions, epoch_seconds,
    machines::{
        CreateStateMachineRequest, ExecutionOfMachineRequest, ListRequest, Machine, MachineRecord,
        MachineRequest, UpdateStateMachineRequest,
    },
    names::{check_arn, check_name, no_execution, no_machine},
    pages::page,
    store::{self, Table},
};
use crate::aws::{error::ApiError, names::machine_arn};

fn no_logging() -> Value {
    json!({"level": "OFF", "includeExecutionData": false})
}

fn no_tracing() -> Value {
    json!({"enabled": false})
}

fn no_versions() -> ApiError {
    ApiError::step_functions(
        "ValidationException",
        "versions are not served here: leave out publish",
    )
}

impl StepFunctions {
    /// The machine of an ARN.
    pub fn machine(&self, arn: &str) -> Result<Machine, ApiError> {
        check_arn(arn, &["stateMachine"])?;
        let machine = self.machines().by_arn.get(arn).cloned();
        machine.ok_or_else(|| no_machine(arn))
    }

    /// All machines, by name.
    #[must_use]
    pub fn all_machines(&self) -> Vec<Machine> {
        self.machines().by_arn.values().cloned().collect()
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
                    role_arn: None,
                    logging_configuration: None,
                    tracing_configuration: None,
                    publish: false,
                };
                self.update_state_machine(change).await?;
            }
            None => {
                let is_express = kind == WorkflowKind::Express;
                let new = CreateStateMachineRequest {
                    name: name.to_owned(),
                    definition: definition.to_owned(),
                    role_arn: format!("arn:aws:iam::{}:role/comanda", crate::aws::names::ACCOUNT),
                    kind: is_express.then(|| "EXPRESS".to_owned()),
                    logging_configuration: None,
                    tracing_configuration: None,
                    tags: Vec::new(),
                    publish: false,
                    version_description: None,
                };
                self.create_state_machine(new).await?;
            }
        }
        Ok(arn)
    }

    pub(super) async fn create_state_machine(
        &self,
        request: CreateStateMachineRequest,
    ) -> Result<Value, ApiError> {
        let record = self.new_machine(request)?;
        let definition = definitions::compile(&record.definition, record.kind())?;
        let arn = record.arn();
        let (created_at, commit) = {
            let mut machines = self.machines();
            if let Some(existing) = machines.by_arn.get(&arn) {
                let existing = &existing.record;
                if !is_same(existing, &record) {
                    return Err(ApiError::step_functions(
                        "StateMachineAlreadyExists",
                        format!("State Machine Already Exists: '{arn}'"),
                    ));
                }
                // Whoever made it may still wait for the disk.
                let barrier = self.journal.commit(Box::new(|_| Ok(())));
                (existing.created_at, barrier)
            } else {
                let change = store::both(
                    store::put(Table::Machines, &record.name, &record)?,
                    store::put_revision(&record.revision, &record.name, &record.definition),
                );
                let commit = self.journal.commit(change);
                let text = record.definition.clone();
                machines.revisions.insert(record.revision.clone(), text);
                let created_at = record.created_at;
                machines
                    .by_arn
                    .insert(arn.clone(), Machine { record, definition });
                (created_at, commit)
            }
        };
        commit.durable().await?;
        Ok(json!({"stateMachineArn": arn, "creationDate": epoch_seconds(created_at)}))
    }

    fn new_machine(&self, request: CreateStateMachineRequest) -> Result<MachineRecord, ApiError> {
        check_name(&request.name)?;
        if request.version_description.is_some() && !request.publish {
            return Err(ApiError::step_functions(
                "ValidationException",
                "Version description can only be set when publish is true",
            ));
        }
        if request.publish {
            return Err(no_versions());
        }
        check_role(&request.role_arn)?;
        let is_express = workflow_kind(request.kind.as_deref())? == WorkflowKind::Express;
        Ok(MachineRecord {
            name: request.name,
            is_express,
            definition: request.definition,
            revision: self.clock.fresh_id(),
            role_arn: request.role_arn,
            created_at: self.clock.now(),
            updated_at: None,
            logging: request.logging_configuration.unwrap_or_else(no_logging),
            tracing: request.tracing_configuration.unwrap_or_else(no_tracing),
            tags: request
                .tags
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect(),
        })
    }

    pub(super) async fn update_state_machine(
        &self,
        request: UpdateStateMachineRequest,
    ) -> Result<Value, ApiError> {
        if request.publish {
            return Err(no_versions());
        }
        let arn = request.state_machine_arn;
        let mut machine = self.machine(&arn)?;
        let record = &mut machine.record;
        if let Some(role_arn) = request.role_arn {
            check_role(&role_arn)?;
            record.role_arn = role_arn;
        }
        if let Some(text) = request.definition {
            machine.definition = definitions::compile(&text, record.kind())?;
            record.definition = text;
        }
        if let Some(logging) = request.logging_configuration {
            record.logging = logging;
        }
        if let Some(tracing) = request.tracing_configuration {
            record.tracing = tracing;
        }
        let updated_at = self.clock.now();
        record.updated_at = Some(updated_at);
        record.revision = self.clock.fresh_id();
        let revision = record.revision.clone();
        let commit = {
            let mut machines = self.machines();
            if !machines.by_arn.contains_key(&arn) {
                return Err(no_machine(&arn));
            }
            let change = store::both(
                store::put(Table::Machines, &machine.record.name, &machine.record)?,
                store::put_revision(&revision, &machine.record.name, &machine.record.definition),
            );
            let text = machine.record.definition.clone();
            machines.revisions.insert(revision.clone(), text);
            machines.by_arn.insert(arn, machine);
            self.journal.commit(change)
        };
        commit.durable().await?;
        Ok(json!({"updateDate": epoch_seconds(updated_at), "revisionId": revision}))
    }

    pub(super) async fn describe_state_machine(
        &self,
        request: MachineRequest,
    ) -> Result<Value, ApiError> {
        let machine = self.machine(&request.state_machine_arn)?;
        let mut described = described(&machine.record, &machine.record.definition);
        if let Some(described) = described.as_object_mut() {
            described.insert("status".to_owned(), "ACTIVE".into());
            described.insert("type".to_owned(), machine.record.kind_name().into());
            let created = epoch_seconds(machine.record.created_at);
            described.insert("creationDate".to_owned(), created.into());
        }
        Ok(described)
    }

    pub(super) async fn describe_machine_for_execution(
        &self,
        request: ExecutionOfMachineRequest,
    ) -> Result<Value, ApiError> {
        let arn = request.execution_arn;
        check_arn(&arn, &["execution"])?;
        let execution = self
            .scheduler
            .find(&arn)
            .ok_or_else(|| no_execution(&arn))?;
        let machine = self.machine(&execution.facts.start.state_machine_arn)?;
        let text = self
            .machines()
            .revisions
            .get(&execution.facts.revision)
            .cloned();
        let mut described = described(
            &machine.record,
            text.as_deref().unwrap_or(&machine.record.definition),
        );
        if let Some(described) = described.as_object_mut() {
            let updated = machine
                .record
                .updated_at
                .unwrap_or(machine.record.created_at);
            described.insert("updateDate".to_owned(), epoch_seconds(updated).into());
        }
        Ok(described)
    }

    pub(super) async fn delete_state_machine(
        &self,
        request: MachineRequest,
    ) -> Result<Empty, ApiError> {
        check_arn(&request.state_machine_arn, &["stateMachine"])?;
        let commit = {
            let mut machines = self.machines();
            let removed = machines.by_arn.remove(&request.state_machine_arn);
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
        let all = self.all_machines();
        let (machines, next) = page(
            all,
            "machines",
            request.max_results,
            request.next_token.as_deref(),
        )?;
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

fn described(record: &MachineRecord, definition: &str) -> Value {
    let mut described = json!({
        "stateMachineArn": record.arn(),
        "name": record.name,
        "definition": definition,
        "roleArn": record.role_arn,
        "loggingConfiguration": record.logging,
        "tracingConfiguration": record.tracing,
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    });
    if let (Some(described), Some(_)) = (described.as_object_mut(), record.updated_at) {
        described.insert("revisionId".to_owned(), record.revision.clone().into());
    }
    described
}

/// The kind that a request names; Standard if it names none.
pub fn workflow_kind(name: Option<&str>) -> Result<WorkflowKind, ApiError> {
    match name {
        None | Some("STANDARD") => Ok(WorkflowKind::Standard),
        Some("EXPRESS") => Ok(WorkflowKind::Express),
        Some(other) => Err(ApiError::step_functions(
            "ValidationException",
            format!(
                "1 validation error detected: Value '{other}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]"
            ),
        )),
    }
}

fn is_same(existing: &MachineRecord, wanted: &MachineRecord) -> bool {
    existing.definition == wanted.definition
        && existing.is_express == wanted.is_express
        && existing.role_arn == wanted.role_arn
        && existing.logging == wanted.logging
        && existing.tracing == wanted.tracing
}

fn check_role(arn: &str) -> Result<(), ApiError> {
    if arn.starts_with("arn:") && arn.split(':').count() >= 6 {
        return Ok(());
    }
    Err(ApiError::step_functions(
        "InvalidArn",
        format!("Invalid Arn: 'Invalid ARN prefix: {arn}'"),
    ))
}
