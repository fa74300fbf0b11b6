//! JSON Schemas of what crosses a border: tasks' inputs, outputs and errors, workflows' inputs and outputs, and the
//! messages between us and the stores' POS.

use comanda_dsl::TaskDescription;
use comanda_tasks::tenants::TenantFile;
use comanda_workflows::contracts::{StoreDecision, StoreEvent, StoreMessage};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    files::{COMMAND, File},
    project::Project,
};

/// The files below `schemas/`.
pub fn files(project: &Project) -> Vec<File> {
    let tasks = project.tasks().into_values().map(|described| {
        File::json(
            format!("schemas/tasks/{}.json", described.name),
            &task(described),
        )
    });
    let workflows = project.workflows.iter().map(|workflow| {
        let schema = json!({
            "$comment": made_by(),
            "workflow": workflow.name,
            "input": workflow.input,
            "output": workflow.output,
        });
        File::json(format!("schemas/workflows/{}.json", workflow.name), &schema)
    });
    let messages = [
        pos::<StoreMessage>("store-message"),
        pos::<StoreDecision>("store-decision"),
        pos::<StoreEvent>("store-event"),
    ];
    let tenant = File::json("schemas/tenant.json", &whole::<TenantFile>());
    tasks
        .chain(workflows)
        .chain(messages)
        .chain([tenant])
        .collect()
}

fn task(task: &TaskDescription) -> Value {
    let errors: Map<String, Value> = task
        .errors
        .iter()
        .map(|error| {
            (
                error.name.to_owned(),
                error.payload.clone().unwrap_or(Value::Null),
            )
        })
        .collect();
    json!({
        "$comment": made_by(),
        "task": task.name,
        "function": task.function,
        "answers": if task.asks { "later, by its token" } else { "at once" },
        "licence": task.licence,
        "input": task.input,
        "output": task.output,
        "errors": errors,
    })
}

/// A message's schema: POS makers need nothing else.
fn pos<T: JsonSchema>(name: &str) -> File {
    File::json(format!("schemas/pos/{name}.json"), &whole::<T>())
}

/// A type's schema, whole in one file.
fn whole<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = generator.into_root_schema_for::<T>().to_value();
    let mut with_comment = Map::new();
    with_comment.insert("$comment".into(), made_by().into());
    if let Value::Object(members) = schema {
        with_comment.extend(members);
    }
    Value::Object(with_comment)
}

/// What the comment of a generated file says.
pub fn made_by() -> String {
    format!("Written by `{COMMAND}`; edits are lost.")
}
