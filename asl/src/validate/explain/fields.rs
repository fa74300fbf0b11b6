//! Fields: unknown ones, missing ones, and values that are nearly right.

use super::{Explanation, Suggestion, quoted, similar};
use crate::{
    json::{Location, Node, Span},
    validate::{Diagnostic, schema},
};

pub(super) fn explain(
    diagnostic: &Diagnostic,
    root: &Node,
    text: &str,
    explanation: &mut Explanation,
) {
    let Some(location) = &diagnostic.location else {
        return;
    };
    let Some(node) = location.node(root) else {
        return;
    };
    let message = diagnostic.message.as_str();
    if let Some(name) = between(message, "Field '", "' is not supported") {
        unknown(name, location, node, explanation);
    } else if let Some(words) = between(message, "Value should be one of the following: [", "]") {
        let meant = node
            .text()
            .and_then(|given| similar(given, words.split(", ")));
        explanation.suggestion =
            meant.map(|word| replace(explanation, "a similar value exists", quoted(word)));
    } else if message.ends_with("of the following fields: [Next, End]") {
        onward(node, text, message.starts_with("This"), explanation);
    } else if message.ends_with("didn't start with '$'") {
        let name = node.text().filter(|text| {
            text.chars()
                .all(|character| character.is_alphanumeric() || "._-".contains(character))
        });
        explanation.suggestion = name.map(|name| {
            replace(
                explanation,
                "a path starts at the state's input, which is called $",
                quoted(&format!("$.{name}")),
            )
        });
    } else if let Some(name) = between(
        message,
        "Reference to '",
        "' at the top level is not supported.",
    ) {
        explanation.help = Some(format!(
            "an expression starts from the state's input or from a variable: $states.input.{name}, or ${name}"
        ));
    } else if message.starts_with("The QueryLanguage is set to '") {
        explanation.help = diagnostic.member.as_deref().and_then(other_language);
    } else if diagnostic.code == "NO_DOLLAR" {
        dollar(location, root, explanation);
    } else if matches!(
        diagnostic.code,
        "CALLBACK_WITHOUT_TIMEOUT" | "TASK_WITHOUT_TIMEOUT"
    ) {
        // A day for an answer from outside; a function ends after 15 minutes at most.
        let seconds = if diagnostic.code == "CALLBACK_WITHOUT_TIMEOUT" {
            86_400
        } else {
            900
        };
        let line = format!("\"TimeoutSeconds\": {seconds}");
        explanation.suggestion = node.member("Resource").map(|resource| {
            let message = explanation.help.take().unwrap_or_default();
            insert_behind(resource.node.span, resource.name_span, text, &line, message)
        });
    }
}

/// A field that its object does not have: probably misspelt, or of the other query language.
fn unknown(name: &str, location: &Location, node: &Node, explanation: &mut Explanation) {
    let type_name = node.text_of("Type");
    explanation.title = match (location.state(), type_name) {
        (Some(state), Some(type_name)) if schema::is_state_type(type_name) => {
            let article = if type_name.starts_with(['A', 'E', 'I', 'O', 'U']) {
                "an"
            } else {
                "a"
            };
            format!("state \"{state}\": {article} {type_name} has no field \"{name}\"")
        }
        _ => format!("there is no field \"{name}\" here"),
    };
    explanation.label = Some("unknown field".to_owned());
    let known = schema::field_names(type_name);
    let free = known.into_iter().filter(|known| node.get(known).is_none());
    explanation.suggestion = similar(name, free).map(|known| {
        replace(
            explanation,
            "a field with a similar name exists",
            quoted(known),
        )
    });
    if explanation.suggestion.is_none() && explanation.help.is_none() {
        explanation.help = Some("remove it; a note for readers goes into \"Comment\"".to_owned());
    }
}

/// What stands in for a field in the other query language.
fn other_language(field: &str) -> Option<String> {
    let instead = match field {
        "Parameters" => {
            "in JSONata it is \"Arguments\" (in a Map, \"ItemSelector\"), with {% … %} in place of \".$\""
        }
        "InputPath" => "in JSONata, expressions take what they need from $states.input",
        "ResultPath" => {
            "in JSONata, \"Assign\" keeps a result in a variable, and \"Output\" says what goes on"
        }
        "ResultSelector" | "OutputPath" => {
            "in JSONata it is \"Output\", with {% … %} over $states.result"
        }
        "ItemsPath" => "in JSONata it is \"Items\"",
        "Arguments" => "in JSONPath it is \"Parameters\", with \".$\" behind the names of paths",
        "Output" => {
            "in JSONPath, \"ResultSelector\", \"ResultPath\" and \"OutputPath\" say what goes on"
        }
        "Items" => "in JSONPath it is \"ItemsPath\"",
        "Condition" => "in JSONPath, a rule compares a \"Variable\"",
        _ => return None,
    };
    Some(format!("{instead}; or set \"QueryLanguage\" on the state"))
}

/// A state that does not say what comes next, or says it twice.
fn onward(node: &Node, text: &str, is_missing: bool, explanation: &mut Explanation) {
    if !is_missing {
        explanation.help = Some("keep \"Next\" to go on, or \"End\": true to stop here".to_owned());
        return;
    }
    explanation.title = "the state does not say what comes next".to_owned();
    explanation.suggestion = node.members().last().map(|last| {
        let message =
            "if it is the last state, say so; else name the one that follows: \"Next\": \"…\"";
        insert_behind(
            last.node.span,
            last.name_span,
            text,
            "\"End\": true",
            message.to_owned(),
        )
    });
}

fn dollar(location: &Location, root: &Node, explanation: &mut Explanation) {
    let Some(crate::json::Step::Name(name)) = location.steps().last() else {
        return;
    };
    let around =
        location.steps().iter().rev().skip(1).rev().fold(
            Location::root(),
            |way, step| match step {
                crate::json::Step::Name(name) => way.name(name),
                crate::json::Step::Index(index) => way.index(*index),
            },
        );
    let member = around.node(root).and_then(|node| node.member(name));
    explanation.suggestion = member.map(|member| Suggestion {
        message: "with \".$\" behind its name it is computed; without, it is this very text"
            .to_owned(),
        span: member.name_span,
        replacement: quoted(&format!("{name}.$")),
    });
}

fn replace(explanation: &Explanation, message: &str, replacement: String) -> Suggestion {
    Suggestion {
        message: message.to_owned(),
        span: explanation.span,
        replacement,
    }
}

/// A member more behind another: on a line of its own where the other has one.
fn insert_behind(value: Span, name: Span, text: &str, member: &str, message: String) -> Suggestion {
    let line_start = text
        .get(..name.start)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1);
    let indent = text.get(line_start..name.start).unwrap_or_default();
    let stands_alone = line_start > 0 && indent.chars().all(char::is_whitespace);
    let separator = if stands_alone {
        format!(",\n{indent}")
    } else {
        ", ".to_owned()
    };
    Suggestion {
        message,
        span: Span {
            start: value.end,
            end: value.end,
        },
        replacement: format!("{separator}{member}"),
    }
}

fn between<'text>(text: &'text str, start: &str, end: &str) -> Option<&'text str> {
    text.strip_prefix(start)?.strip_suffix(end)
}
