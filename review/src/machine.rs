//! Finding one's way in a definition: its states at every depth, where they go, what they call.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A state, wherever it stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StateAt<'a> {
    pub(crate) name: &'a str,
    pub(crate) state: &'a Value,
}

/// Why a state is left, and for where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) kind: WayKind<'a>,
    /// Nothing at an end.
    pub(crate) to: Option<&'a str>,
    /// Where `Assign` and `Output` of this way stand.
    pub(crate) carries: &'a Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WayKind<'a> {
    Next,
    /// A Choice's rule, with what it asks.
    When(&'a str),
    Default,
    /// A Catch, with its errors.
    Caught(&'a Value),
}

/// States of a machine, a branch or a Map's processor, by name.
pub(crate) fn states(machine: &Value) -> Option<&Map<String, Value>> {
    machine.get("States").and_then(Value::as_object)
}

/// The machines inside of a state.
pub(crate) fn bodies(state: &Value) -> Vec<&Value> {
    let processor = ["ItemProcessor", "Iterator"]
        .iter()
        .filter_map(|name| state.get(name));
    let branches = state.get("Branches").and_then(Value::as_array);
    processor.chain(branches.into_iter().flatten()).collect()
}

/// All states, those inside of others too: AWS allows a name once in a definition.
pub(crate) fn all(machine: &Value) -> Vec<StateAt<'_>> {
    let mut found = Vec::new();
    let mut open = vec![machine];
    while let Some(machine) = open.pop() {
        for (name, state) in states(machine).into_iter().flatten() {
            found.push(StateAt { name, state });
            open.extend(bodies(state));
        }
    }
    found
}

pub(crate) fn text<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

pub(crate) fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of.get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(crate) fn type_of(state: &Value) -> &str {
    text(state, "Type").unwrap_or_default()
}

/// The ways out of a state, in their order.
pub(crate) fn ways(state: &Value) -> Vec<Way<'_>> {
    let mut ways = Vec::new();
    let goes = |of: &'_ Value, name: &str| text(of, name).map(str::to_owned);
    if goes(state, "Next").is_some() || state.get("End") == Some(&Value::Bool(true)) {
        ways.push(Way {
            kind: WayKind::Next,
            to: text(state, "Next"),
            carries: state,
        });
    }
    for rule in list(state, "Choices") {
        ways.push(Way {
            kind: WayKind::When(text(rule, "Condition").unwrap_or("its comparison")),
            to: text(rule, "Next"),
            carries: rule,
        });
    }
    if let Some(to) = text(state, "Default") {
        ways.push(Way {
            kind: WayKind::Default,
            to: Some(to),
            carries: state,
        });
    }
    for catcher in list(state, "Catch") {
        ways.push(Way {
            kind: WayKind::Caught(catcher.get("ErrorEquals").unwrap_or(&Value::Null)),
            to: text(catcher, "Next"),
            carries: catcher,
        });
    }
    ways
}

/// What a Task state works with.
fn arguments(state: &Value) -> Option<&Value> {
    state.get("Arguments").or_else(|| state.get("Parameters"))
}

/// The task of ours that a state calls.
pub(crate) fn task(state: &Value) -> Option<&str> {
    arguments(state)?.get("Payload")?.get("task")?.as_str()
}

/// Whether a state awaits its task token.
pub(crate) fn awaits_token(state: &Value) -> bool {
    text(state, "Resource").is_some_and(|resource| resource.ends_with(".waitForTaskToken"))
}

/// The placeholder of the state machine that a state starts, and whether it awaits its end.
pub(crate) fn child(state: &Value) -> Option<(&str, bool)> {
    let resource = text(state, "Resource")?;
    let arn = text(arguments(state)?, "StateMachineArn")?;
    let starts = resource.contains(":states:startExecution");
    starts.then(|| (arn, resource.contains(".sync")))
}

/// The placeholder that a machine's ARN stands behind: `order-lifecycle` → `${OrderLifecycleStateMachine}`.
pub(crate) fn placeholder(machine: &str) -> String {
    let words = machine.split(['-', '_', ' ']).map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    format!("${{{}StateMachine}}", words.collect::<String>())
}

/// The end that a way comes to where it ends: the literal result, the error, or that it is computed.
fn end_of(states: &Map<String, Value>, way: Way<'_>) -> Option<String> {
    let literal = |of: &Value| {
        let output = of.get("Output")?.as_str()?;
        (!output.starts_with("{%")).then(|| output.to_owned())
    };
    let computed = || "(computed)".to_owned();
    let Some(to) = way.to else {
        return Some(literal(way.carries).unwrap_or_else(computed));
    };
    let target = states.get(to)?;
    (type_of(target) == "Succeed").then(|| {
        literal(target)
            .or_else(|| literal(way.carries))
            .unwrap_or_else(computed)
    })
}

/// The fewest billable transitions from the start to each end. Inside a Map they are those of one item.
pub(crate) fn cheapest_ends(machine: &Value) -> BTreeMap<String, u64> {
    text(machine, "StartAt").map_or_else(BTreeMap::new, |start| ends_from(machine, start))
}

/// And by way of each step that somebody outside must answer: step and end.
pub(crate) fn cheapest_by_way(machine: &Value) -> BTreeMap<(String, String), u64> {
    let mut found = BTreeMap::new();
    let Some(start) = text(machine, "StartAt") else {
        return found;
    };
    let from_start = distances(machine, start);
    for (name, state) in states(machine).into_iter().flatten() {
        let Some(so_far) = from_start.get(name.as_str()) else {
            continue;
        };
        if awaits_token(state) {
            let own = weight(state);
            for (end, cost) in ends_from(machine, name) {
                found.insert((name.clone(), end), so_far + cost - own);
            }
        }
    }
    found
}

fn ends_from(machine: &Value, start: &str) -> BTreeMap<String, u64> {
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    let Some(states) = states(machine) else {
        return ends;
    };
    for (name, distance) in distances(machine, start) {
        let Some(state) = states.get(name) else {
            continue;
        };
        let mut keep = |end: String, cost: u64| {
            let known = ends.entry(end).or_insert(cost);
            *known = cost.min(*known);
        };
        if type_of(state) == "Fail" {
            keep(
                text(state, "Error").unwrap_or("(computed)").to_owned(),
                distance,
            );
        }
        for way in ways(state) {
            if let Some(end) = end_of(states, way) {
                keep(end, distance + u64::from(way.to.is_some()));
            }
        }
    }
    ends
}

/// How many transitions it takes at least to have entered each state, itself counted.
fn distances<'a>(machine: &'a Value, start: &'a str) -> BTreeMap<&'a str, u64> {
    let mut known: BTreeMap<&str, u64> = BTreeMap::new();
    let Some(states) = states(machine) else {
        return known;
    };
    let mut open = vec![(start, 0)];
    while let Some((name, before)) = open.pop() {
        let Some(state) = states.get(name) else {
            continue;
        };
        let cost = before + weight(state);
        if known.get(name).is_some_and(|known| *known <= cost) {
            continue;
        }
        known.insert(name, cost);
        open.extend(ways(state).iter().filter_map(|way| Some((way.to?, cost))));
    }
    known
}

/// A state's own transition, and the fewest of what is inside of it.
fn weight(state: &Value) -> u64 {
    let inside = bodies(state)
        .into_iter()
        .map(|body| cheapest_ends(body).values().min().copied().unwrap_or(0));
    1 + inside.sum::<u64>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{cheapest_by_way, cheapest_ends, placeholder};

    #[test]
    fn the_cheapest_ways_to_each_end() {
        let machine = json!({"StartAt": "Ask", "States": {
            "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Next": "Yes?",
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Broken"}]},
            "Yes?": {"Type": "Choice", "Choices": [{"Condition": "{% $yes %}", "Output": "yes", "Next": "Done"}],
                "Default": "Note it"},
            "Note it": {"Type": "Pass", "Output": "no", "End": true},
            "Broken": {"Type": "Fail", "Error": "Broken"},
            "Done": {"Type": "Succeed"}
        }});
        let ends = cheapest_ends(&machine);
        assert_eq!(ends["yes"], 3);
        assert_eq!(ends["no"], 3);
        assert_eq!(ends["Broken"], 2);
        assert_eq!(
            cheapest_by_way(&machine)[&("Ask".to_owned(), "yes".to_owned())],
            3
        );
    }

    #[test]
    fn placeholders_are_those_of_the_definitions() {
        assert_eq!(
            placeholder("order-lifecycle"),
            "${OrderLifecycleStateMachine}"
        );
    }
}
