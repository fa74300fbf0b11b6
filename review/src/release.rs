//! What is deployed together, read from the files of `generated/`: definitions, contracts, messages, tables, permissions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A release as its files say it. What a file does not say is absent, and nothing is concluded from it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Release {
    /// State machines by name.
    pub machines: BTreeMap<String, Machine>,
    /// Tasks' contracts by name.
    pub tasks: BTreeMap<String, Contract>,
    /// Messages between us and the stores' POS by name: schemas.
    pub messages: BTreeMap<String, Value>,
    /// Tables' descriptions by name.
    pub tables: BTreeMap<String, Value>,
    /// Queues' name patterns.
    pub queues: BTreeSet<String>,
    /// What each function may do, by its name.
    pub functions: BTreeMap<String, BTreeSet<String>>,
    /// Whether there is a manifest: what it does not list is gone then, and else nothing is known of it.
    pub has_manifest: bool,
}

/// A state machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Machine {
    /// Whether it is Express.
    pub is_express: bool,
    /// In Amazon States Language.
    pub definition: Value,
    /// Schema of what it starts with.
    pub input: Option<Value>,
    /// Schema of what it ends with.
    pub output: Option<Value>,
    /// What its role may do: `lambda:InvokeFunction on function orders`.
    pub permissions: BTreeSet<String>,
    /// The steps as they were written, with what they do; some become part of others' states.
    pub steps: BTreeMap<String, String>,
}

/// A task's contract.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contract {
    /// The service that answers.
    pub function: String,
    /// Whether the answer comes by a task token.
    pub asks: bool,
    /// Whether it may be repeated: `idempotent`, `keyed`, `once`.
    pub licence: String,
    /// Schema of what it is given.
    pub input: Value,
    /// Schema of what it answers; of the signal where it asks.
    pub output: Value,
    /// Refusals, with the schema of what they carry.
    pub errors: BTreeMap<String, Value>,
}

/// A file is not what its place says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is no JSON: {why}")]
pub struct ReleaseError {
    path: String,
    why: String,
}

impl Release {
    /// From the files of a folder like `generated/`: path below it, and text. Files of other places are passed over.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ReleaseError> {
        let mut release = Self::default();
        for (path, text) in files {
            release.add(path, text)?;
        }
        Ok(release)
    }

    /// One definition alone, Standard.
    pub fn from_definition(name: &str, text: &str) -> Result<Self, ReleaseError> {
        let mut release = Self::default();
        release.machine(name).definition = parse(name, text)?;
        Ok(release)
    }

    fn add(&mut self, path: &str, text: &str) -> Result<(), ReleaseError> {
        let read = || parse(path, text);
        let json = path.strip_suffix(".json").unwrap_or_default();
        match json.split('/').collect::<Vec<_>>().as_slice() {
            ["asl", name] => {
                let name = name.strip_suffix(".asl").unwrap_or(name);
                self.machine(name).definition = read()?;
            }
            ["schemas", "workflows", name] => {
                let schema = read()?;
                let machine = self.machine(name);
                machine.input = schema.get("input").cloned();
                machine.output = schema.get("output").cloned();
            }
            ["schemas", "tasks", name] => {
                self.tasks
                    .insert((*name).to_owned(), Contract::of(&read()?));
            }
            ["schemas", "pos", name] => {
                self.messages.insert((*name).to_owned(), read()?);
            }
            ["graphs", name] => self.machine(name).steps = steps(&read()?),
            ["tables"] => {
                let named = |table: &Value| Some((text_of(table, "name")?, table.clone()));
                self.tables = elements(&read()?, "tables").filter_map(named).collect();
            }
            ["manifest"] => self.add_manifest(&read()?),
            _ => {}
        }
        Ok(())
    }

    fn add_manifest(&mut self, manifest: &Value) {
        self.has_manifest = true;
        for machine in elements(manifest, "stateMachines") {
            let Some(name) = text_of(machine, "name") else {
                continue;
            };
            let known = self.machine(&name);
            known.is_express = machine.get("kind").and_then(Value::as_str) == Some("EXPRESS");
            known.permissions = permissions(machine);
        }
        self.queues = elements(manifest, "queues")
            .filter_map(|queue| text_of(queue, "name"))
            .collect();
        self.functions = elements(manifest, "functions")
            .filter_map(|function| Some((text_of(function, "name")?, permissions(function))))
            .collect();
    }

    fn machine(&mut self, name: &str) -> &mut Machine {
        self.machines.entry(name.to_owned()).or_default()
    }
}

impl Contract {
    fn of(schema: &Value) -> Self {
        let text = |name| text_of(schema, name).unwrap_or_default();
        let value = |name| schema.get(name).cloned().unwrap_or_default();
        let errors = schema.get("errors").and_then(Value::as_object);
        Self {
            function: text("function"),
            asks: text("answers").contains("token"),
            licence: text("licence"),
            input: value("input"),
            output: value("output"),
            errors: errors
                .map(|errors| errors.clone().into_iter().collect())
                .unwrap_or_default(),
        }
    }
}

fn steps(graph: &Value) -> BTreeMap<String, String> {
    let nodes = graph
        .get("graph")
        .map(|graph| elements(graph, "nodes").collect::<Vec<_>>());
    let nodes = nodes.unwrap_or_default().into_iter();
    nodes
        .filter(|node| node.get("kind").and_then(Value::as_str) != Some("end"))
        .filter_map(|node| Some((text_of(node, "id")?, text_of(node, "kind")?)))
        .collect()
}

/// `{"table": "Orders", "actions": ["dynamodb:GetItem"]}` as `dynamodb:GetItem on table Orders`.
fn permissions(of: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for permission in elements(of, "permissions") {
        let on = permission
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(kind, name)| Some(format!("{kind} {}", name.as_str()?)));
        let on = on.collect::<Vec<_>>().join(", ");
        for action in elements(permission, "actions").filter_map(Value::as_str) {
            all.insert(format!("{action} on {on}"));
        }
    }
    all
}

fn elements<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text_of(of: &Value, name: &str) -> Option<String> {
    of.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn parse(path: &str, text: &str) -> Result<Value, ReleaseError> {
    serde_json::from_str(text).map_err(|error| ReleaseError {
        path: path.to_owned(),
        why: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::Release;

    #[test]
    fn a_release_is_read_from_its_files() {
        let release = Release::from_files([
            ("asl/tea.asl.json", r#"{"StartAt": "Pour", "States": {}}"#),
            (
                "manifest.json",
                r#"{"stateMachines": [{"name": "tea", "kind": "EXPRESS", "permissions":
                [{"function": "cups", "actions": ["lambda:InvokeFunction"]}]}], "queues": [{"name": "q.fifo"}]}"#,
            ),
            ("schemas/tasks/Pour.json", r#"{"function": "cups", "answers": "later, by its token", "errors": {"Spilt": null}}"#),
            ("README.md", "no JSON"),
        ])
        .unwrap();
        let tea = &release.machines["tea"];
        assert!(tea.is_express);
        assert_eq!(tea.definition["StartAt"], "Pour");
        assert!(
            tea.permissions
                .contains("lambda:InvokeFunction on function cups")
        );
        assert!(release.tasks["Pour"].asks);
        assert!(release.tasks["Pour"].errors.contains_key("Spilt"));
        assert!(release.queues.contains("q.fifo"));
        let broken = Release::from_files([("asl/x.asl.json", "{")]).unwrap_err();
        assert!(
            broken
                .to_string()
                .starts_with("`asl/x.asl.json` is no JSON")
        );
    }
}
