//! Expressions as JSONata. What JSONata does badly (absent values, sequences) is taken care of here and nowhere else.

use serde_json::Value;

use crate::expression::node::{Context, NodeKind, NodeRef, Operator};
use crate::expression::shape::{Tagging, UnionShape, VariantShape};

/// The words that depend on where an expression stands.
pub(crate) struct Words<'a> {
    /// The variables' names.
    pub(crate) variables: &'a [String],
    /// What stands for the step's own answer.
    pub(crate) answer: &'a str,
    /// The items of the lambdas around, outermost first; a lambda's parameter is named by its depth.
    items: Vec<u32>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(variables: &'a [String], answer: &'a str) -> Self {
        Self {
            variables,
            answer,
            items: Vec::new(),
        }
    }

    fn inside(&self, item: u32) -> Self {
        let mut items = self.items.clone();
        items.push(item);
        Self { items, ..*self }
    }

    fn item(&self, number: u32) -> String {
        let depth = self.items.iter().position(|item| *item == number);
        depth.map_or_else(
            || format!("$_free{number}"),
            |depth| format!("$_item{}", depth + 1),
        )
    }
}

/// An expression whose value must exist: a leaf of a template, or a member of an object.
pub(crate) fn leaf(of: NodeRef, words: &Words<'_>) -> String {
    let text = print(of, words);
    if may_be_absent(of) {
        format!("$exists({text}) ? {text} : null")
    } else {
        text
    }
}

/// A constant as JSONata, which reads JSON.
pub(crate) fn constant(value: &Value) -> String {
    value.to_string()
}

/// For `Debug`: the variables have their numbers only.
pub(crate) fn debug(of: NodeRef) -> String {
    print(of, &Words::new(&[], "$states.result"))
}

/// An expression as it is, absent where it is absent.
pub(crate) fn print(of: NodeRef, words: &Words<'_>) -> String {
    match of.kind() {
        NodeKind::Literal(value) => constant(value),
        NodeKind::Variable(variable) => {
            let name = words.variables.get(variable.0 as usize);
            name.map_or_else(|| format!("$_{}", variable.0), |name| format!("${name}"))
        }
        NodeKind::Item(number) => words.item(*number),
        NodeKind::Context(context) => context_words(*context, words),
        NodeKind::Field { of, key, .. } => format!("{}.{}", operand(of, words), member_name(key)),
        NodeKind::Object(members) => members_text(members, words),
        NodeKind::Update { of, changes } => {
            format!(
                "$merge([{}, {}])",
                print(of, words),
                members_text(changes, words)
            )
        }
        NodeKind::List(items) => format!("[{}]", join(items, ", ", words)),
        NodeKind::Variant {
            shape,
            index,
            payload,
        } => variant(shape, *index, *payload, words),
        NodeKind::Is { of, shape, index } => is(of, shape, *index, words),
        NodeKind::Payload {
            of, shape, index, ..
        } => payload(of, shape, *index, words),
        NodeKind::IsSome(of) => format!("{} != null", operand(of, words)),
        NodeKind::Unwrapped { of, .. } => print(of, words),
        NodeKind::OrElse { of, otherwise } => {
            let value = operand(of, words);
            format!(
                "({value} != null ? {value} : {})",
                operand(otherwise, words)
            )
        }
        NodeKind::Not(of) => negated(of, words),
        NodeKind::Binary {
            operator,
            left,
            right,
        } => {
            let (left, right) = (
                comparand(*operator, left, words),
                comparand(*operator, right, words),
            );
            format!("{left} {} {right}", sign(*operator))
        }
        NodeKind::Text(parts) => join_operands(parts, " & ", words),
        NodeKind::Call {
            function,
            arguments,
            ..
        } => call(function, arguments, words),
        NodeKind::Each {
            function,
            list,
            item,
            body,
        } => {
            let inside = words.inside(*item);
            let (list, body) = (print(list, words), print(body, &inside));
            format!(
                "[{function}({list}, function({}) {{ {body} }})]",
                inside.item(*item)
            )
        }
        NodeKind::Unchecked(text) => format!("({text})"),
        NodeKind::Invalid(why) => format!("$error({})", Value::from(why.as_str())),
    }
}

/// Whether the value is one of the enum's variants, by its tag and by the fields that it must carry, so that none is missed
/// where nothing can be caught any more. What is in them is the sender's word.
pub(crate) fn is_any(of: &str, shape: &UnionShape) -> String {
    let conditions: Vec<String> = shape
        .variants
        .iter()
        .map(|variant| is_whole(of, shape, variant))
        .collect();
    conditions.join(" or ")
}

/// Whether a value is the variant, with every field that it must carry.
fn is_whole(of: &str, shape: &UnionShape, variant: &VariantShape) -> String {
    let payload = match shape.tagging {
        Tagging::External => variant.wire,
        Tagging::Adjacent { content, .. } => content,
    };
    let fields = variant.required.iter().map(|field| {
        let (payload, field) = (member_name(payload), member_name(field));
        format!("$exists({of}.{payload}.{field})")
    });
    // A field that is there proves the variant that it is in, unless a tag of its own says which that is.
    let is_said = match shape.tagging {
        Tagging::External => variant.required.is_empty(),
        Tagging::Adjacent { .. } => true,
    };
    let tag = is_said.then(|| tag_is(of, shape, variant.wire, variant.unit));
    let conditions: Vec<String> = tag.into_iter().chain(fields).collect();
    if conditions.len() > 1 {
        format!("({})", conditions.join(" and "))
    } else {
        conditions.concat()
    }
}

fn may_be_absent(of: NodeRef) -> bool {
    match of.kind() {
        NodeKind::Field { optional, .. } | NodeKind::Call { optional, .. } => *optional,
        _ => false,
    }
}

fn context_words(context: Context, words: &Words<'_>) -> String {
    match context {
        Context::ExecutionInput => "$states.context.Execution.Input",
        Context::ExecutionId => "$states.context.Execution.Id",
        Context::TaskToken => "$states.context.Task.Token",
        Context::RetryCount => "$states.context.State.RetryCount",
        Context::Result => words.answer,
        Context::StateInput => "$states.input",
        Context::ErrorName => "$states.errorOutput.Error",
        // A deadline has no cause.
        Context::ErrorCause => {
            r#"($exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : "")"#
        }
        Context::Refusal => "$parse($parse($states.errorOutput.Cause).errorMessage)",
        Context::Now => "$now()",
        Context::Uuid => "$uuid()",
    }
    .to_owned()
}

/// A member's name; in backticks where it is no JSONata name.
fn member_name(key: &str) -> String {
    let mut letters = key.chars();
    let starts = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let plain = starts && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    // Words that JSONata reads as operators where a name could stand.
    if plain
        && !matches!(
            key,
            "and" | "or" | "in" | "true" | "false" | "null" | "function"
        )
    {
        key.to_owned()
    } else {
        format!("`{key}`")
    }
}

fn members_text(members: &[(&'static str, NodeRef)], words: &Words<'_>) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("{}: {}", Value::from(*key), leaf(value, words)))
        .collect();
    format!("{{{}}}", members.join(", "))
}

fn variant(
    shape: &UnionShape,
    index: usize,
    payload: Option<NodeRef>,
    words: &Words<'_>,
) -> String {
    let wire = Value::from(shape.variant(index).map_or("", |variant| variant.wire));
    let payload = payload.map(|payload| leaf(payload, words));
    match (shape.tagging, payload) {
        (Tagging::External, None) => wire.to_string(),
        (Tagging::External, Some(payload)) => format!("{{{wire}: {payload}}}"),
        (Tagging::Adjacent { tag, .. }, None) => format!("{{{}: {wire}}}", Value::from(tag)),
        (Tagging::Adjacent { tag, content }, Some(payload)) => {
            format!(
                "{{{}: {wire}, {}: {payload}}}",
                Value::from(tag),
                Value::from(content)
            )
        }
    }
}

fn is(of: NodeRef, shape: &UnionShape, index: usize, words: &Words<'_>) -> String {
    let Some(variant) = shape.variant(index) else {
        return "false".to_owned();
    };
    tag_is(&operand(of, words), shape, variant.wire, variant.unit)
}

fn tag_is(of: &str, shape: &UnionShape, wire: &str, unit: bool) -> String {
    match shape.tagging {
        Tagging::External if unit => format!("{of} = {}", Value::from(wire)),
        Tagging::External => format!("$exists({of}.{})", member_name(wire)),
        Tagging::Adjacent { tag, .. } => {
            format!("{of}.{} = {}", member_name(tag), Value::from(wire))
        }
    }
}

fn payload(of: NodeRef, shape: &UnionShape, index: usize, words: &Words<'_>) -> String {
    let wire = shape.variant(index).map_or("", |variant| variant.wire);
    let member = match shape.tagging {
        Tagging::External => wire,
        Tagging::Adjacent { content, .. } => content,
    };
    format!("{}.{}", operand(of, words), member_name(member))
}

fn negated(of: NodeRef, words: &Words<'_>) -> String {
    let opposite = |operator| match operator {
        Operator::Less => Some(">="),
        Operator::LessOrEqual => Some(">"),
        Operator::Equal => Some("!="),
        Operator::Unequal => Some("="),
        _ => None,
    };
    if let NodeKind::Binary {
        operator,
        left,
        right,
    } = of.kind()
        && let Some(sign) = opposite(*operator)
    {
        let (left, right) = (
            comparand(*operator, left, words),
            comparand(*operator, right, words),
        );
        return format!("{left} {sign} {right}");
    }
    format!("$not({})", print(of, words))
}

/// Something that stands beside an operator: in brackets unless it holds together by itself.
fn operand(of: NodeRef, words: &Words<'_>) -> String {
    let text = print(of, words);
    match of.kind() {
        NodeKind::Binary { .. } | NodeKind::Is { .. } | NodeKind::IsSome(_) | NodeKind::Text(_) => {
            format!("({text})")
        }
        NodeKind::Not(inner) if matches!(inner.kind(), NodeKind::Binary { .. }) => {
            format!("({text})")
        }
        NodeKind::Call { function, .. } if !function.starts_with('$') && *function != "at" => {
            format!("({text})")
        }
        _ => text,
    }
}

/// A side of a comparison. Absent is compared as `null`, because JSONata finds it equal to nothing, not even to itself.
fn comparand(operator: Operator, of: NodeRef, words: &Words<'_>) -> String {
    if matches!(operator, Operator::Equal | Operator::Unequal) && may_be_absent(of) {
        return format!("({})", leaf(of, words));
    }
    match (operator, of.kind()) {
        // These bind tighter than `and` and `or`.
        (
            Operator::And | Operator::Or,
            NodeKind::Is { .. } | NodeKind::IsSome(_) | NodeKind::Not(_),
        ) => print(of, words),
        (
            Operator::And,
            NodeKind::Binary {
                operator: inner, ..
            },
        ) if *inner != Operator::Or => print(of, words),
        _ => operand(of, words),
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::And => "and",
        Operator::Or => "or",
        Operator::Equal => "=",
        Operator::Unequal => "!=",
        Operator::Less => "<",
        Operator::LessOrEqual => "<=",
        Operator::Plus => "+",
        Operator::Minus => "-",
        Operator::Times => "*",
    }
}

fn call(function: &str, arguments: &[NodeRef], words: &Words<'_>) -> String {
    match (function, arguments) {
        // DynamoDB's attribute of an optional value.
        ("S" | "BOOL" | "N", [value]) => {
            let value = operand(value, words);
            let typed = if function == "N" {
                format!("$string({value})")
            } else {
                value.clone()
            };
            format!("({value} != null ? {{\"{function}\": {typed}}} : {{\"NULL\": true}})")
        }
        ("first", [list]) => format!("{}[0]", operand(list, words)),
        ("at", [list, index]) => format!("{}[{}]", operand(list, words), print(index, words)),
        ("in", [item, list]) => format!("{} in {}", operand(item, words), operand(list, words)),
        ("plus_seconds", [instant, seconds]) => format!(
            "$fromMillis($toMillis({}) + {} * 1000)",
            print(instant, words),
            operand(seconds, words)
        ),
        _ => format!("{function}({})", join(arguments, ", ", words)),
    }
}

fn join(parts: &[NodeRef], between: &str, words: &Words<'_>) -> String {
    let parts: Vec<String> = parts.iter().map(|part| leaf(part, words)).collect();
    parts.join(between)
}

fn join_operands(parts: &[NodeRef], between: &str, words: &Words<'_>) -> String {
    let parts: Vec<String> = parts.iter().map(|part| operand(part, words)).collect();
    parts.join(between)
}
