//! What the contracts say of a value that an expression names: how much, how many, how far away.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    machine::{self, task},
    release::Release,
};

/// In a schema: the most seconds that a moment is away when it is told.
const WITHIN: &str = "x-withinSeconds";

/// Schemas of variables that hold a task's answer.
pub(super) struct Lookup<'a> {
    variables: BTreeMap<String, &'a Value>,
}

impl<'a> Lookup<'a> {
    pub(super) fn of(release: &'a Release, machine: &Value) -> Self {
        let mut variables: BTreeMap<String, &Value> = BTreeMap::new();
        for at in machine::all(machine) {
            let Some(contract) = task(at.state).and_then(|name| release.tasks.get(name)) else {
                continue;
            };
            let assigned = at.state.get("Assign").and_then(Value::as_object);
            for (name, value) in assigned.into_iter().flatten() {
                let text = value.as_str().unwrap_or_default();
                let bare = text.trim_start_matches("{%").trim_end_matches("%}").trim();
                if bare == "$states.result.Payload" || bare == "$states.result" {
                    variables.insert(name.clone(), &contract.output);
                }
            }
        }
        Self { variables }
    }

    /// The most that the one number in an expression can be.
    pub(super) fn most(&self, expression: &str) -> Option<u64> {
        // A function such as `$max([1, …])` around it does not make more of it than the number and its constants.
        let is_plain = !expression.contains(['*', '+', '&']);
        let schema = self.schema(expression).filter(|_| is_plain)?;
        schema.get("maximum").and_then(Value::as_u64)
    }

    /// The most items of the list that an expression names.
    pub(super) fn items(&self, expression: &str) -> Option<u64> {
        self.schema(expression)?.get("maxItems")?.as_u64()
    }

    /// How far away a moment can be.
    pub(super) fn within(&self, moment: &str) -> Option<u64> {
        self.schema(moment)?.get(WITHIN)?.as_u64()
    }

    /// The schema behind the first variable that an expression names.
    fn schema(&self, expression: &str) -> Option<&'a Value> {
        self.variables.iter().find_map(|(name, root)| {
            let (_, behind) = expression.split_once(&format!("${name}"))?;
            let end = behind
                .find(|letter: char| !letter.is_alphanumeric() && !"_.".contains(letter))
                .unwrap_or(behind.len());
            let chain = behind.get(..end)?;
            if !chain.is_empty() && !chain.starts_with('.') {
                return None;
            }
            let mut at = *root;
            for part in chain.split('.').filter(|part| !part.is_empty()) {
                at = member(root, at, part, 0)?;
            }
            Some(at)
        })
    }
}

/// A member by its name, through references and the variants of a union.
fn member<'a>(root: &'a Value, schema: &'a Value, name: &str, depth: usize) -> Option<&'a Value> {
    if depth > 8 {
        return None;
    }
    if let Some(found) = schema
        .get("properties")
        .and_then(|members| members.get(name))
    {
        return Some(found);
    }
    let reference = schema.get("$ref").and_then(Value::as_str);
    let target = reference.and_then(|reference| root.pointer(reference.strip_prefix('#')?));
    let variants = ["oneOf", "anyOf", "allOf"]
        .iter()
        .filter_map(|word| schema.get(word)?.as_array())
        .flatten();
    target
        .into_iter()
        .chain(variants)
        .find_map(|inside| member(root, inside, name, depth + 1))
}
