//! Where a definition reads an answer: directly, by the variable that it was put into, or by handing it on.
//!
//! JSONata is looked at as text: names behind `$`, and the members behind them. That finds every place that our printer
//! writes; a definition of another hand may read in ways that are not seen.

use serde_json::Value;

use crate::machine::{self, StateAt};

/// The states that read what is at `path` of the answer of those that `calls` picks. `answer` is how a state names it:
/// `$states.result.Payload`.
pub(super) fn places(
    machine: &Value,
    calls: impl Fn(&Value) -> bool,
    answer: &str,
    path: &str,
) -> Vec<String> {
    let states = machine::all(machine);
    let calling: Vec<&StateAt<'_>> = states.iter().filter(|at| calls(at.state)).collect();
    let mut variables: Vec<String> = Vec::new();
    for at in &calling {
        let assigned = at.state.get("Assign").and_then(Value::as_object);
        for (name, value) in assigned.into_iter().flatten() {
            if value.as_str().is_some_and(|text| bare(text) == answer) {
                variables.push(format!("${name}"));
            }
        }
    }
    let mut found: Vec<String> = Vec::new();
    for at in &states {
        let own = calling.iter().any(|calling| calling.name == at.name);
        let mut texts = Vec::new();
        read_texts(at.state, own, answer, &mut texts);
        let reads = texts.iter().any(|text| {
            let by_variable = variables.iter().any(|name| mentions(text, name, path));
            by_variable || (own && mentions(text, answer, path))
        });
        if reads {
            found.push(at.name.to_owned());
        }
    }
    found
}

/// `{% $x %}` → `$x`.
fn bare(text: &str) -> &str {
    text.trim_start_matches("{%").trim_end_matches("%}").trim()
}

/// The expressions of a state. To keep an answer in a variable, or to show it in the history, is not to read it.
fn read_texts<'a>(state: &'a Value, own: bool, answer: &str, texts: &mut Vec<&'a str>) {
    let Some(members) = state.as_object() else {
        return;
    };
    let goes_on = members.contains_key("Next");
    for (name, member) in members {
        match name.as_str() {
            "ItemProcessor" | "Iterator" | "Branches" => {}
            "Output"
                if own && goes_on && member.as_str().is_some_and(|text| bare(text) == answer) => {}
            "Assign" if own => {
                let assigned = member.as_object().into_iter().flatten();
                for (_, value) in assigned {
                    if value.as_str().is_none_or(|text| bare(text) != answer) {
                        all_texts(value, texts);
                    }
                }
            }
            _ => all_texts(member, texts),
        }
    }
}

fn all_texts<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) if text.starts_with("{%") => texts.push(text),
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| all_texts(element, texts)),
        Value::Object(members) => members.values().for_each(|member| all_texts(member, texts)),
        _ => {}
    }
}

/// Whether a text reads what is at `path` below `name`.
fn mentions(text: &str, name: &str, path: &str) -> bool {
    let wanted: Vec<&str> = path.split('.').filter(|part| !part.is_empty()).collect();
    text.match_indices(name).any(|(start, _)| {
        let Some(rest) = text.get(start + name.len()..) else {
            return false;
        };
        let is_longer = rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        if is_longer {
            return false;
        }
        let (chain, behind) = members(rest);
        let before = text.get(..start).unwrap_or_default();
        let behind = behind.trim_start();
        // A test looks at whether it is there, or at the word that it is, and not at what is inside.
        let is_test =
            before.ends_with("$exists(") || (behind.starts_with('=') || behind.starts_with("!="));
        let shared = chain
            .iter()
            .zip(&wanted)
            .take_while(|(one, other)| one == other)
            .count();
        let is_inside = shared == wanted.len();
        let holds_it = shared == chain.len();
        is_inside || (holds_it && !is_test)
    })
}

/// `.a.b = 1` → `["a", "b"]`, ` = 1`.
fn members(mut rest: &str) -> (Vec<&str>, &str) {
    let mut chain = Vec::new();
    while let Some(behind) = rest.strip_prefix('.') {
        let end = behind
            .find(|next: char| !next.is_alphanumeric() && next != '_')
            .unwrap_or(behind.len());
        let (name, left) = behind.split_at(end);
        if name.is_empty() {
            break;
        }
        chain.push(name);
        rest = left;
    }
    (chain, rest)
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[track_caller]
    fn check(text: &str, path: &str, expected: bool) {
        assert_eq!(mentions(text, "$x", path), expected, "{text} reads {path}");
    }

    #[test]
    fn what_is_read_and_what_is_not() {
        check("{% $x.order.id %}", "order.id", true);
        check("{% $x.order %}", "order.id", true);
        check("{% $x %}", "order.id", true);
        check("{% $x.order.id %}", "order", true);
        check("{% $x.payment %}", "order.id", false);
        check("{% $xy.order.id %}", "order.id", false);
        check("{% $x = \"cancelled\" %}", "refundDue.amount", false);
        check("{% $x = \"cancelled\" %}", "", true);
        check("{% $exists($x.refundDue) %}", "refundDue.amount", false);
        check("{% $exists($x.refundDue) %}", "refundDue", true);
        check(
            "{% $x.refundDue.chargeId & \"-\" %}",
            "refundDue.chargeId",
            true,
        );
    }
}
