//! Choice and its rules.

use serde_json::Value;

use super::members::{Unread, Written};
use crate::model::{Choice, ChoiceRule, Comparison, Condition, Operand, Operator};

pub(super) fn read(unread: &mut Unread) -> Option<Choice> {
    Some(Choice {
        choices: unread.list("Choices", read_rule)?,
        default: unread.text("Default"),
    })
}

pub(super) fn write(choice: &Choice, written: &mut Written) {
    written.put(
        "Choices",
        choice.choices.iter().map(write_rule).collect::<Value>(),
    );
    written.put_some("Default", choice.default.as_deref());
}

fn read_rule(value: &Value) -> Option<ChoiceRule> {
    let mut unread = Unread::of(value)?;
    Some(ChoiceRule {
        comment: unread.text("Comment"),
        next: unread.text("Next")?,
        assign: unread.object("Assign"),
        output: unread.any("Output"),
        condition: read_condition(&mut unread)?,
        unknown: unread.rest(),
    })
}

fn write_rule(rule: &ChoiceRule) -> Value {
    let mut written = Written::default();
    written.put_some("Comment", rule.comment.as_deref());
    write_condition(&rule.condition, &mut written);
    written.put_some("Assign", rule.assign.clone());
    written.put_some("Output", rule.output.clone());
    written.put("Next", rule.next.as_str());
    written.with(&rule.unknown)
}

fn read_condition(unread: &mut Unread) -> Option<Condition> {
    if let Some(text) = unread.text("Condition") {
        return Some(Condition::Jsonata(text));
    }
    if let Some(literal) = unread.with("Condition", Value::as_bool) {
        return Some(Condition::Literal(literal));
    }
    if let Some(all) = unread.list("And", read_nested) {
        return Some(Condition::And(all));
    }
    if let Some(any) = unread.list("Or", read_nested) {
        return Some(Condition::Or(any));
    }
    if let Some(not) = unread.with("Not", read_nested) {
        return Some(Condition::Not(Box::new(not)));
    }
    read_comparison(unread).map(Condition::Compare)
}

/// A condition inside another has nowhere to keep what it does not know, so that then the whole rule stays unread.
fn read_nested(value: &Value) -> Option<Condition> {
    let mut unread = Unread::of(value)?;
    let condition = read_condition(&mut unread)?;
    let condition = match (condition, unread.text("Comment")) {
        (condition, None) => condition,
        (Condition::Compare(comparison), comment) => Condition::Compare(Comparison {
            comment,
            ..comparison
        }),
        (condition, Some(comment)) => Condition::Commented(comment, Box::new(condition)),
    };
    unread.rest().is_empty().then_some(condition)
}

fn read_comparison(unread: &mut Unread) -> Option<Comparison> {
    let (name, operator, by_path) = unread.names().into_iter().find_map(|name| {
        Operator::parse(&name).map(|(operator, by_path)| (name, operator, by_path))
    })?;
    let operand = if by_path {
        Operand::Path(unread.text(&name)?)
    } else {
        Operand::Literal(unread.any(&name)?)
    };
    Some(Comparison {
        comment: None,
        variable: unread.text("Variable")?,
        operator,
        operand,
    })
}

fn write_condition(condition: &Condition, written: &mut Written) {
    match condition {
        Condition::Jsonata(text) => written.put("Condition", text.as_str()),
        Condition::Literal(literal) => written.put("Condition", *literal),
        Condition::And(all) => written.put("And", all.iter().map(nested).collect::<Value>()),
        Condition::Or(any) => written.put("Or", any.iter().map(nested).collect::<Value>()),
        Condition::Not(not) => written.put("Not", nested(not)),
        Condition::Commented(comment, condition) => {
            written.put("Comment", comment.as_str());
            write_condition(condition, written);
        }
        Condition::Compare(comparison) => {
            written.put_some("Comment", comparison.comment.as_deref());
            written.put("Variable", comparison.variable.as_str());
            match &comparison.operand {
                Operand::Literal(value) => written.put(comparison.operator.name(), value.clone()),
                Operand::Path(path) => {
                    let name = comparison
                        .operator
                        .path_name()
                        .unwrap_or(comparison.operator.name());
                    written.put(name, path.as_str());
                }
            }
        }
    }
}

fn nested(condition: &Condition) -> Value {
    let mut written = Written::default();
    write_condition(condition, &mut written);
    written.with(&crate::model::Fields::new())
}
