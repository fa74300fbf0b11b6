//! State machines: what is kept of them, and what requests about them say. What is done is [`super::operations`]' business.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use comanda_asl::WorkflowKind;
use comanda_engine::Definition;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    definitions,
    store::{self, Table},
};
use crate::{
    aws::names::machine_arn,
    journal::{Journal, JournalError},
};

/// A state machine as it is now.
#[derive(Clone)]
pub struct Machine {
    /// What is kept of it.
    pub record: MachineRecord,
    /// Its definition, ready to run.
    pub definition: Arc<Definition>,
}

/// A state machine's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineRecord {
    /// Its name.
    pub name: String,
    /// Whether its executions are Express.
    pub is_express: bool,
    /// The text of its definition.
    pub definition: String,
    /// Which revision that is.
    pub revision: String,
    /// The role it was given; nobody here asks what it allows.
    pub role_arn: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last, if ever.
    pub updated_at: Option<Timestamp>,
    /// `loggingConfiguration`, told back.
    pub logging: Value,
    /// `tracingConfiguration`, told back.
    pub tracing: Value,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl MachineRecord {
    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        machine_arn(&self.name)
    }

    /// Standard or Express.
    #[must_use]
    pub fn kind(&self) -> WorkflowKind {
        if self.is_express {
            WorkflowKind::Express
        } else {
            WorkflowKind::Standard
        }
    }

    /// The kind as the API spells it.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        if self.is_express {
            "EXPRESS"
        } else {
            "STANDARD"
        }
    }
}

/// All machines by ARN, and the text of every revision that an execution may have run.
#[derive(Default)]
pub struct Machines {
    pub by_arn: BTreeMap<String, Machine>,
    pub revisions: HashMap<String, String>,
}

impl Machines {
    /// What the journal has, and every revision compiled that this version can still compile.
    #[allow(
        clippy::type_complexity,
        reason = "a pair of maps, named where they go"
    )]
    pub fn load(
        journal: &Journal,
    ) -> Result<(Self, HashMap<String, Arc<Definition>>), JournalError> {
        let mut machines = Self::default();
        let mut compiled = HashMap::new();
        for (revision, text) in store::load_revisions(journal)? {
            match definitions::compile_accepted(&text) {
                Ok(definition) => {
                    compiled.insert(revision.clone(), definition);
                }
                Err(error) => tracing::warn!(%revision, %error, "a stored definition is refused"),
            }
            machines.revisions.insert(revision, text);
        }
        for record in store::load::<MachineRecord>(journal, Table::Machines)? {
            if let Some(definition) = compiled.get(&record.revision).cloned() {
                machines
                    .by_arn
                    .insert(record.arn(), Machine { record, definition });
            }
        }
        Ok((machines, compiled))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachineRequest {
    pub name: String,
    pub definition: String,
    pub role_arn: String,
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    pub logging_configuration: Option<Value>,
    pub tracing_configuration: Option<Value>,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachineRequest {
    pub state_machine_arn: String,
    pub definition: Option<String>,
    pub role_arn: Option<String>,
    pub logging_configuration: Option<Value>,
    pub tracing_configuration: Option<Value>,
    #[serde(default)]
    pub publish: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineRequest {
    pub state_machine_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionOfMachineRequest {
    pub execution_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListRequest {
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}
