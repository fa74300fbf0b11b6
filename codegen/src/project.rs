//! Everything that the files are made from, gathered in one place.

use std::collections::BTreeMap;

use comanda_domain::tables::{self, Table};
use comanda_dsl::{DefinitionErrors, TaskDescription, Workflow};
use comanda_tasks::{ports::guarded::Uses, registry};

/// The parts of the house that leave something in `generated/`.
#[derive(Debug, Clone)]
pub struct Project {
    /// The workflows, in the order in which they are written down.
    pub workflows: &'static [Workflow],
    /// The Lambda functions, by service.
    pub functions: Vec<Function>,
    /// The tables.
    pub tables: &'static [&'static Table],
}

/// One service's Lambda function.
#[derive(Debug, Clone)]
pub struct Function {
    /// The service: `orders`. The function is `comanda-orders`.
    pub service: &'static str,
    /// The tasks that it answers and what each uses of the world, by name.
    pub tasks: BTreeMap<&'static str, &'static [Uses]>,
}

impl Project {
    /// The project as this program was built.
    pub fn load() -> Result<Self, &'static DefinitionErrors> {
        let mut functions: BTreeMap<&str, Function> = BTreeMap::new();
        for entry in registry::ENTRIES {
            functions
                .entry(entry.function)
                .or_insert_with(|| Function {
                    service: entry.function,
                    tasks: BTreeMap::new(),
                })
                .tasks
                .insert(entry.task, entry.uses);
        }
        Ok(Self {
            workflows: comanda_workflows::all()?,
            functions: functions.into_values().collect(),
            tables: tables::ALL,
        })
    }

    /// The tasks of all workflows, each once, by name.
    #[must_use]
    pub fn tasks(&self) -> BTreeMap<&'static str, &'static TaskDescription> {
        self.workflows
            .iter()
            .flat_map(|workflow| &workflow.tasks)
            .map(|task| (task.name, task))
            .collect()
    }
}
