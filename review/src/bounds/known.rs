//! What is known of variables without data: constants, and what is computed of constants.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use comanda_engine::jsonata::Expression;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Variables whose value is known, by name without `$`.
pub(super) type Known = Map<String, Value>;

/// Functions that answer differently each time, and what only an execution has.
const OUTSIDE: &[&str] = &["$states", "$millis(", "$now(", "$random(", "$uuid("];

/// Evaluates, and remembers what it evaluated: a loop asks the same again and again.
#[derive(Debug, Default)]
pub(super) struct Evaluator {
    answers: RefCell<BTreeMap<String, Option<Value>>>,
}

impl Evaluator {
    /// The value of a template where all of it is known.
    pub(super) fn value(&self, template: &Value, known: &Known) -> Option<Value> {
        match template {
            Value::String(text) => match expression(text) {
                Some(expression) => self.evaluate(expression, known),
                None => Some(template.clone()),
            },
            Value::Array(elements) => {
                let values = elements.iter().map(|element| self.value(element, known));
                values.collect::<Option<Vec<_>>>().map(Value::Array)
            }
            Value::Object(members) => {
                let values = members
                    .iter()
                    .map(|(name, member)| Some((name.clone(), self.value(member, known)?)));
                values.collect::<Option<Map<_, _>>>().map(Value::Object)
            }
            other => Some(other.clone()),
        }
    }

    /// Whether a condition holds, where that is known. Parts that are known may decide it alone.
    pub(super) fn holds(&self, condition: &str, known: &Known) -> Option<bool> {
        let condition = expression(condition).unwrap_or(condition);
        let alternatives = split(condition, " or ");
        if alternatives.len() > 1 {
            return decide(&alternatives, true, |part| self.holds(part, known));
        }
        let parts = split(condition, " and ");
        if parts.len() > 1 {
            return decide(&parts, false, |part| self.holds(part, known));
        }
        self.evaluate(condition, known)?.as_bool()
    }

    fn evaluate(&self, expression: &str, known: &Known) -> Option<Value> {
        if OUTSIDE.iter().any(|outside| expression.contains(outside)) {
            return None;
        }
        let names = variables(expression);
        let seen: Known = names
            .iter()
            .map(|name| Some(((*name).to_owned(), known.get(*name)?.clone())))
            .collect::<Option<_>>()?;
        let key = format!("{expression}\n{}", Value::Object(seen.clone()));
        if let Some(answer) = self.answers.borrow().get(&key) {
            return answer.clone();
        }
        let parsed = Expression::parse(expression).ok();
        let answer = parsed.and_then(|parsed| {
            parsed
                .evaluate_over(None, &seen, Timestamp::UNIX_EPOCH, 0)
                .ok()
                .flatten()
        });
        self.answers.borrow_mut().insert(key, answer.clone());
        answer
    }
}

/// One part that comes out as `deciding` decides; without one, all must be known.
fn decide(parts: &[&str], deciding: bool, holds: impl Fn(&str) -> Option<bool>) -> Option<bool> {
    let answers: Vec<Option<bool>> = parts.iter().map(|part| holds(part)).collect();
    if answers.contains(&Some(deciding)) {
        return Some(deciding);
    }
    let all_known = answers.iter().all(Option::is_some);
    all_known.then_some(!deciding)
}

/// `{% … %}` → `…`.
pub(super) fn expression(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("{%")?.strip_suffix("%}")?;
    Some(inside.trim())
}

/// The parts between a word that stands in no brackets and no text.
fn split<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut depth, mut quote, mut begin) = (0_i32, None, 0);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ' ') if depth == 0 && at >= begin && text[at..].starts_with(word) => {
                parts.push(text.get(begin..at).unwrap_or_default());
                begin = at + word.len();
            }
            _ => {}
        }
    }
    parts.push(text.get(begin..).unwrap_or_default());
    parts
}

/// The variables that an expression names; functions are none.
pub(super) fn variables(expression: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for (at, _) in expression.match_indices('$') {
        let rest = expression.get(at + 1..).unwrap_or_default();
        let end = rest
            .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        if !name.is_empty() && name != "states" && !behind.starts_with('(') {
            found.insert(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Evaluator, Known, variables};

    #[test]
    fn parts_that_are_known_decide() {
        let evaluator = Evaluator::default();
        let known: Known = [("round".to_owned(), json!(8))].into_iter().collect();
        let holds = |condition| evaluator.holds(condition, &known);
        assert_eq!(holds("{% $round < 8 and $x.y %}"), Some(false));
        assert_eq!(holds("{% $x.y and $round < 8 %}"), Some(false));
        assert_eq!(holds("{% $round < 9 and $x %}"), None);
        assert_eq!(holds("{% $round = 8 or $x %}"), Some(true));
        assert_eq!(holds("{% $round = \"a and b\" %}"), Some(false));
        assert_eq!(holds("{% ($round < 9 and $round > 7) %}"), Some(true));
        assert_eq!(holds("{% $states.input %}"), None);
        assert_eq!(
            evaluator.value(&json!({"a": "{% $round + 1 %}", "b": [null]}), &known),
            Some(json!({"a": 9, "b": [null]}))
        );
        assert_eq!(evaluator.value(&json!(["{% $y %}"]), &known), None);
    }

    #[test]
    fn functions_are_no_variables() {
        let found: Vec<&str> = variables("$exists($a.b) and $c_1 = $states.result")
            .into_iter()
            .collect();
        assert_eq!(found, ["a", "c_1"]);
    }
}
