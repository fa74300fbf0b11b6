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
        if expression.contains(['*', '+', '&', '/', '-']) {
            return None;
        }
        let most = greatest(&self.schemas(expression), "maximum")?;
        literals(expression).try_fold(most, |most, literal| Some(most.max(literal?)))
    }

    /// The most items of the list that an expression names.
    pub(super) fn items(&self, expression: &str) -> Option<u64> {
        greatest(&self.schemas(expression), "maxItems")
    }

    /// How far away a moment can be.
    pub(super) fn within(&self, moment: &str) -> Option<u64> {
        greatest(&self.schemas(moment), WITHIN)
    }

    /// The schemas behind the first variable that an expression names: several where variants of a union have the member.
    fn schemas(&self, expression: &str) -> Vec<&'a Value> {
        let found = self.variables.iter().find_map(|(name, root)| {
            let (_, behind) = expression.split_once(&format!("${name}"))?;
            let end = behind
                .find(|letter: char| !letter.is_alphanumeric() && !"_.".contains(letter))
                .unwrap_or(behind.len());
            let chain = behind.get(..end)?;
            if !chain.is_empty() && !chain.starts_with('.') {
                return None;
            }
            let mut at = vec![*root];
            for part in chain.split('.').filter(|part| !part.is_empty()) {
                let inside = at.into_iter().flat_map(|at| members(root, at, part, 0));
                at = inside.collect();
            }
            Some(at)
        });
        found.unwrap_or_default()
    }
}

/// The most that any of them states; nothing where one does not state it.
fn greatest(schemas: &[&Value], word: &str) -> Option<u64> {
    let stated = schemas.iter().map(|schema| schema.get(word)?.as_u64());
    stated.collect::<Option<Vec<u64>>>()?.into_iter().max()
}

/// The numbers that are written out in an expression; one that is none of ours is nothing.
fn literals(expression: &str) -> impl Iterator<Item = Option<u64>> {
    let words =
        expression.split(|letter: char| !letter.is_alphanumeric() && !"_.$".contains(letter));
    words
        .filter(|word| word.starts_with(|first: char| first.is_ascii_digit()))
        .map(|word| word.parse().ok())
}

/// Members by their name, through references and the variants of a union.
fn members<'a>(root: &'a Value, schema: &'a Value, name: &str, depth: usize) -> Vec<&'a Value> {
    if depth > 8 {
        return Vec::new();
    }
    if let Some(found) = schema
        .get("properties")
        .and_then(|members| members.get(name))
    {
        return vec![found];
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
        .flat_map(|inside| members(root, inside, name, depth + 1))
        .collect()
}
