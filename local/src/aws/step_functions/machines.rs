//! State machines: what is kept of them, their versions and their aliases. What is done with them is the business of
//! the files named after the operations.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use comanda_asl::WorkflowKind;
use comanda_engine::Definition;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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

/// A state machine's row, with its versions and aliases: what changes together is written together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineRecord {
    /// Its name.
    pub name: String,
    /// Whether its executions are Express.
    pub is_express: bool,
    /// The text of its definition.
    pub definition: String,
    /// The revision that it was made with, which has no id that anyone is told.
    #[serde(default)]
    pub first_revision: String,
    /// What else a version is a snapshot of.
    #[serde(flatten)]
    pub settings: Settings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last, if ever.
    pub updated_at: Option<Timestamp>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Whether it was made with `publish`, and the description of that version: a second request to make it must say
    /// the same.
    #[serde(default)]
    pub publication: Option<Publication>,
    /// The number of the version that was published last; numbers are never used again.
    #[serde(default)]
    pub last_version: u32,
    /// Its versions in the order of their numbers.
    #[serde(default)]
    pub versions: Vec<VersionRecord>,
    /// Its aliases in the order in which they were made.
    #[serde(default)]
    pub aliases: Vec<AliasRecord>,
}

/// What an update may change and a version keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Which revision of the definition; the texts are kept by revision.
    pub revision: String,
    /// The role it was given; nobody here asks what it allows.
    pub role_arn: String,
    /// `loggingConfiguration`, told back.
    pub logging: Value,
    /// `tracingConfiguration`, told back.
    pub tracing: Value,
    /// `encryptionConfiguration`, told back; nothing here is encrypted.
    #[serde(default = "owned_key")]
    pub encryption: Value,
}

/// That a machine was made with `publish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The version's description.
    pub description: Option<String>,
}

/// A version: the settings as they were when it was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionRecord {
    /// Its number.
    pub number: u32,
    /// What is said about it.
    pub description: Option<String>,
    /// When it was published.
    pub created_at: Timestamp,
    /// The snapshot.
    pub settings: Settings,
}

/// An alias: a name for one version, or for two that share the executions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AliasRecord {
    /// Its name.
    pub name: String,
    /// What is said about it.
    pub description: Option<String>,
    /// The versions and their shares, 100 in all.
    pub routes: Vec<Route>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last; when it was made, if never.
    pub updated_at: Timestamp,
}

/// The share of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The version's number.
    pub version: u32,
    /// Of 100 executions so many.
    pub weight: u32,
}

fn owned_key() -> Value {
    json!({"type": "AWS_OWNED_KEY"})
}

impl MachineRecord {
    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        machine_arn(&self.name)
    }

    /// The ARN of one of its versions or aliases.
    #[must_use]
    pub fn qualified_arn(&self, qualifier: impl std::fmt::Display) -> String {
        format!("{}:{qualifier}", self.arn())
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

    /// The id of a revision as the API tells it: the first one has none.
    #[must_use]
    pub fn told<'revision>(&self, revision: &'revision str) -> Option<&'revision str> {
        (revision != self.first_revision).then_some(revision)
    }

    /// One of its versions.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&VersionRecord> {
        self.versions
            .iter()
            .find(|version| version.number == number)
    }

    /// One of its aliases.
    #[must_use]
    pub fn alias(&self, name: &str) -> Option<&AliasRecord> {
        self.aliases.iter().find(|alias| alias.name == name)
    }

    /// The number of the version that is made of this revision: the one that is there already, or a new one.
    pub fn publish(&mut self, description: Option<String>, now: Timestamp) -> u32 {
        let revision = &self.settings.revision;
        let is_there = |version: &&VersionRecord| version.settings.revision == *revision;
        if let Some(there) = self.versions.iter().find(is_there) {
            return there.number;
        }
        self.last_version += 1;
        self.versions.push(VersionRecord {
            number: self.last_version,
            description,
            created_at: now,
            settings: self.settings.clone(),
        });
        self.last_version
    }
}

/// All machines by ARN, and every revision that an execution or a version may run.
#[derive(Default)]
pub struct Machines {
    pub by_arn: BTreeMap<String, Arc<Machine>>,
    pub revisions: HashMap<String, Revision>,
}

/// One text of a definition.
pub struct Revision {
    /// As it came.
    pub text: String,
    /// Ready to run; none if this version cannot read it any more.
    pub definition: Option<Arc<Definition>>,
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
            let definition = definitions::compile_accepted(&text);
            let definition = definition
                .inspect_err(
                    |error| tracing::warn!(%revision, %error, "a stored definition is refused"),
                )
                .ok();
            if let Some(definition) = &definition {
                compiled.insert(revision.clone(), Arc::clone(definition));
            }
            machines
                .revisions
                .insert(revision, Revision { text, definition });
        }
        for record in store::load::<MachineRecord>(journal, Table::Machines)? {
            if let Some(definition) = compiled.get(&record.settings.revision).cloned() {
                let (arn, machine) = (record.arn(), Machine { record, definition });
                machines.by_arn.insert(arn, Arc::new(machine));
            }
        }
        Ok((machines, compiled))
    }
}
