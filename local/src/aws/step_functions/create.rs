//! `CreateStateMachine`, and what of its members other operations check as well.

use std::sync::Arc;

use comanda_asl::WorkflowKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    StepFunctions, definitions, epoch_seconds,
    machines::{Machine, MachineRecord, Publication, Revision, Settings},
    names::{check_name, invalid},
    store::{self, Table},
    tags,
};
use crate::aws::error::ApiError;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachineRequest {
    pub name: String,
    pub definition: String,
    pub role_arn: String,
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    pub logging_configuration: Option<Value>,
    pub tracing_configuration: Option<Value>,
    pub encryption_configuration: Option<Value>,
    #[serde(default)]
    pub tags: Vec<Tag>,
    #[serde(default)]
    pub publish: bool,
    pub version_description: Option<String>,
}

/// A tag as it travels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tag {
    /// Its name.
    pub key: String,
    /// Its value.
    #[serde(default)]
    pub value: String,
}

impl StepFunctions {
    pub(super) async fn create_state_machine(
        &self,
        request: CreateStateMachineRequest,
    ) -> Result<Value, ApiError> {
        let record = self.new_machine(request)?;
        let definition = definitions::compile(&record.definition, record.kind())?;
        let arn = record.arn();
        let (made, commit) = {
            let mut machines = self.machines();
            if let Some(existing) = machines.by_arn.get(&arn) {
                let existing = existing.record.clone();
                if !is_same(&existing, &record) {
                    return Err(ApiError::step_functions(
                        "StateMachineAlreadyExists",
                        format!("State Machine Already Exists: '{arn}'"),
                    ));
                }
                // Whoever made it may still wait for the disk.
                (existing, self.journal.commit(Box::new(|_| Ok(()))))
            } else {
                let revision = &record.settings.revision;
                let change = store::both(
                    store::put(Table::Machines, &record.name, &record)?,
                    store::put_revision(revision, &record.name, &record.definition),
                );
                let commit = self.journal.commit(change);
                let text = Revision {
                    text: record.definition.clone(),
                    definition: Some(definition.clone()),
                };
                machines.revisions.insert(revision.clone(), text);
                let made = record.clone();
                machines
                    .by_arn
                    .insert(arn.clone(), Arc::new(Machine { record, definition }));
                (made, commit)
            }
        };
        commit.durable().await?;
        let mut told = json!({
            "stateMachineArn": arn,
            "creationDate": epoch_seconds(made.created_at),
        });
        if let (Some(told), Some(_)) = (told.as_object_mut(), &made.publication) {
            // A machine that is made with `publish` begins with version 1.
            let version = made.qualified_arn(1);
            told.insert("stateMachineVersionArn".to_owned(), version.into());
        }
        Ok(told)
    }

    fn new_machine(&self, request: CreateStateMachineRequest) -> Result<MachineRecord, ApiError> {
        check_name(&request.name)?;
        check_description(request.publish, request.version_description.as_ref())?;
        check_role(&request.role_arn)?;
        let tags = request.tags.into_iter().map(|tag| (tag.key, tag.value));
        let tags = tags.collect();
        tags::check_count(&tags)?;
        let now = self.clock.now();
        let publication = request.publish.then(|| Publication {
            description: request.version_description.clone(),
        });
        let revision = self.revision_id();
        let mut record = MachineRecord {
            name: request.name,
            is_express: workflow_kind(request.kind.as_deref())? == WorkflowKind::Express,
            definition: request.definition,
            settings: Settings {
                revision: revision.clone(),
                role_arn: request.role_arn,
                logging: logging(request.logging_configuration.as_ref())?,
                tracing: tracing(request.tracing_configuration.as_ref()),
                encryption: encryption(request.encryption_configuration),
            },
            first_revision: revision,
            created_at: now,
            updated_at: None,
            tags,
            publication,
            last_version: 0,
            versions: Vec::new(),
            aliases: Vec::new(),
        };
        if request.publish {
            record.publish(request.version_description, now);
        }
        Ok(record)
    }
}

/// Whether a machine is what is asked for once more. Neither the role nor the tags count, as at AWS.
fn is_same(existing: &MachineRecord, wanted: &MachineRecord) -> bool {
    existing.definition == wanted.definition
        && existing.is_express == wanted.is_express
        && existing.settings.logging == wanted.settings.logging
        && existing.settings.tracing == wanted.settings.tracing
        && existing.settings.encryption == wanted.settings.encryption
        && existing.publication == wanted.publication
}

/// The kind that a request names; Standard if it names none.
pub fn workflow_kind(name: Option<&str>) -> Result<WorkflowKind, ApiError> {
    match name {
        None | Some("STANDARD") => Ok(WorkflowKind::Standard),
        Some("EXPRESS") => Ok(WorkflowKind::Express),
        Some(other) => Err(invalid(format!(
            "1 validation error detected: Value '{other}' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]"
        ))),
    }
}

/// A description is of a version.
pub fn check_description(publish: bool, description: Option<&String>) -> Result<(), ApiError> {
    if description.is_some() && !publish {
        return Err(invalid(
            "Version description can only be set when publish is true",
        ));
    }
    Ok(())
}

/// A role's ARN.
pub fn check_role(arn: &str) -> Result<(), ApiError> {
    if arn.starts_with("arn:") && arn.split(':').count() >= 6 {
        return Ok(());
    }
    Err(ApiError::step_functions(
        "InvalidArn",
        format!("Invalid Arn: 'Invalid ARN prefix: {arn}'"),
    ))
}

/// `loggingConfiguration` with what it leaves out. Nothing is logged here.
pub fn logging(asked: Option<&Value>) -> Result<Value, ApiError> {
    let member = |name: &str| asked.and_then(|asked| asked.get(name));
    let level = member("level").and_then(Value::as_str).unwrap_or("OFF");
    let destinations = member("destinations").and_then(Value::as_array);
    let count = destinations.map_or(0, Vec::len);
    if count > 1 || (count == 0 && level != "OFF") {
        return Err(ApiError::step_functions(
            "InvalidLoggingConfiguration",
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        ));
    }
    let with_data = member("includeExecutionData").and_then(Value::as_bool);
    let mut logging = json!({"level": level, "includeExecutionData": with_data.unwrap_or(false)});
    if let (Some(logging), Some(destinations)) = (logging.as_object_mut(), destinations)
        && count > 0
    {
        logging.insert("destinations".to_owned(), destinations.clone().into());
    }
    Ok(logging)
}

/// `tracingConfiguration` with what it leaves out. Nothing is traced here.
pub fn tracing(asked: Option<&Value>) -> Value {
    let enabled = asked.and_then(|asked| asked.get("enabled"));
    json!({"enabled": enabled.and_then(Value::as_bool).unwrap_or(false)})
}

/// `encryptionConfiguration`; nothing is encrypted here.
pub fn encryption(asked: Option<Value>) -> Value {
    asked.unwrap_or_else(|| json!({"type": "AWS_OWNED_KEY"}))
}
