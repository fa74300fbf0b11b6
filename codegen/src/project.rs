//! Everything that the files are made from, gathered in one place.

use std::collections::BTreeMap;

use comanda_domain::tables::{self, Table};
use comanda_dsl::{DefinitionErrors, TaskDescription, Workflow};
use comanda_tasks::{entry_points, ports::guarded::Uses, registry};

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
    /// The ways in from outside that it answers (HTTP calls, webhooks, queues) and what each uses, by name.
    pub entry_points: BTreeMap<&'static str, &'static [Uses]>,
}

impl Function {
    fn new(service: &'static str) -> Self {
        Self {
            service,
            tasks: BTreeMap::new(),
            entry_points: BTreeMap::new(),
        }
    }

    /// All that it uses of the world.
    pub fn uses(&self) -> impl Iterator<Item = &'static Uses> {
        let all = self.tasks.values().chain(self.entry_points.values());
        all.flat_map(|uses| uses.iter())
    }
}

impl Project {
    /// The project as this program was built.
    pub fn load() -> Result<Self, &'static DefinitionErrors> {
        let mut functions: BTreeMap<&str, Function> = BTreeMap::new();
        for entry in registry::ENTRIES {
            let function = functions.entry(entry.function);
            let function = function.or_insert_with(|| Function::new(entry.function));
            function.tasks.insert(entry.task, entry.uses);
        }
        for entry in entry_points::ENTRY_POINTS {
            let function = functions.entry(entry.function);
            let function = function.or_insert_with(|| Function::new(entry.function));
            function.entry_points.insert(entry.name, entry.uses);
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
