//! The functions AWS adds to JSONata, and those whose answers must come from the execution, not from the machine.

use std::cell::Cell;
use std::rc::Rc;

use jiff::Timestamp;
use jsonata_core::evaluator::{Evaluator, EvaluatorError};
use jsonata_core::value::JValue;

use super::convert::to_jsonata;
use super::evaluate::SEQUENCE_LIMIT;
use super::{Expression, Surroundings, guard};
use crate::intrinsic;
use crate::seed::{Chance, seeded_unit};

type Answer = Result<JValue, EvaluatorError>;

/// Registers what the expression may use. The state of chance afterwards is in the cell that comes back, if any.
pub(super) fn register(
    evaluator: &mut Evaluator,
    expression: &Expression,
    surroundings: &Surroundings<'_>,
) -> Result<Option<Rc<Cell<Chance>>>, EvaluatorError> {
    let uses = &expression.uses;
    let now = surroundings.now;
    if expression.is_guarded {
        guard::register(evaluator)?;
    }
    if uses.name("partition") {
        evaluator.register_fn("partition", partition)?;
    }
    if uses.name("range") {
        evaluator.register_fn("range", range)?;
    }
    if uses.name("hash") {
        evaluator.register_fn("hash", hash)?;
    }
    if uses.name("parse") {
        evaluator.register_fn("parse", parse)?;
    }
    if uses.name("eval") {
        let refused = |_: &[JValue]| Err(failed("T1006: Attempted to invoke a non-function"));
        evaluator.register_fn_override("eval", refused)?;
    }
    if uses.name("millis") {
        evaluator.register_fn_override("millis", move |_: &[JValue]| {
            Ok(JValue::from(now.as_millisecond()))
        })?;
    }
    if uses.name("now") {
        evaluator.register_fn_override("now", move |given: &[JValue]| self::now(now, given))?;
    }
    if uses.name("toMillis") {
        evaluator
            .register_fn_override("toMillis", move |given: &[JValue]| to_millis(now, given))?;
    }
    let by_chance = ["random", "uuid", "shuffle"]
        .into_iter()
        .any(|name| uses.name(name));
    if by_chance {
        register_chance(evaluator, surroundings).map(Some)
    } else {
        Ok(None)
    }
}

fn register_chance(
    evaluator: &mut Evaluator,
    surroundings: &Surroundings<'_>,
) -> Result<Rc<Cell<Chance>>, EvaluatorError> {
    let chance = Rc::new(Cell::new(surroundings.chance.get()));
    let source = Rc::clone(&chance);
    evaluator.register_fn_override("random", move |given: &[JValue]| match given {
        [] | [JValue::Undefined] => Ok(JValue::Number(draw(&source, Chance::next_unit))),
        [JValue::Number(seed)] => Ok(JValue::Number(seeded_unit(*seed))),
        _ => Err(mismatch("random", 1)),
    })?;
    let source = Rc::clone(&chance);
    evaluator.register_fn("uuid", move |_: &[JValue]| {
        Ok(JValue::string(draw(&source, Chance::next_uuid)))
    })?;
    let source = Rc::clone(&chance);
    evaluator.register_fn_override("shuffle", move |given: &[JValue]| {
        let mut items = match given {
            [JValue::Array(items)] => items.to_vec(),
            [JValue::Undefined] => return Ok(JValue::Undefined),
            [single] => vec![single.clone()],
            _ => return Err(mismatch("shuffle", 1)),
        };
        for last in (1..items.len()).rev() {
            let other = (draw(&source, Chance::next_unit) * (last + 1) as f64) as usize;
            items.swap(last, other.min(last));
        }
        Ok(JValue::array(items))
    })?;
    Ok(chance)
}

fn draw<T>(source: &Cell<Chance>, draw: impl FnOnce(&mut Chance) -> T) -> T {
    let mut chance = source.get();
    let drawn = draw(&mut chance);
    source.set(chance);
    drawn
}

fn failed(message: &str) -> EvaluatorError {
    EvaluatorError::EvaluationError(message.to_owned())
}

fn mismatch(function: &str, argument: usize) -> EvaluatorError {
    failed(&format!(
        "T0410: Argument {argument} of function \"{function}\" does not match function signature"
    ))
}

/// `$now([picture [, timezone]])`: the time of the step.
fn now(now: Timestamp, given: &[JValue]) -> Answer {
    match given {
        [] | [JValue::Undefined, ..] => Ok(JValue::string(crate::timestamp::milliseconds(now))),
        pictures => {
            let mut arguments = vec![JValue::from(now.as_millisecond())];
            arguments.extend_from_slice(pictures);
            built_in("fromMillis", &arguments)
        }
    }
}

/// `$toMillis(timestamp [, picture])`. What a picture says nothing of is the step's, not the machine's.
fn to_millis(now: Timestamp, given: &[JValue]) -> Answer {
    match given {
        [JValue::String(text), JValue::String(picture)] => {
            let (more_picture, more_text) = today(now, picture);
            let text = JValue::string(format!("{more_text}{text}"));
            let picture = JValue::string(format!("{more_picture}{picture}"));
            built_in("toMillis", &[text, picture])
        }
        _ => built_in("toMillis", given),
    }
}

/// The greater parts of a date that a picture leaves open, as a picture and as text.
fn today(now: Timestamp, picture: &str) -> (String, String) {
    let components: Vec<char> = picture
        .replace("[[", "")
        .split('[')
        .skip(1)
        .filter_map(|component| component.trim_start().chars().next())
        .collect();
    let has = |marks: &[char]| marks.iter().any(|mark| components.contains(mark));
    let date = crate::timestamp::milliseconds(now);
    let part = |from: usize, to: usize| date.get(from..to).unwrap_or_default();
    let open = [
        (&['Y', 'X'][..], "[Y0001]", part(0, 4)),
        (&['Y', 'X', 'M', 'd'], "[M01]", part(5, 7)),
        (&['Y', 'X', 'M', 'd', 'D'], "[D01]", part(8, 10)),
    ];
    let (mut pictures, mut texts) = (String::new(), String::new());
    for (marks, picture, text) in open {
        if components.is_empty() || has(marks) {
            break;
        }
        pictures = format!("{pictures}{picture} ");
        texts = format!("{texts}{text} ");
    }
    (pictures, texts)
}

/// What the language's own function gives.
fn built_in(name: &str, given: &[JValue]) -> Answer {
    if given.iter().any(JValue::is_undefined) {
        return Ok(JValue::Undefined);
    }
    let written: Result<Vec<String>, _> = given.iter().map(JValue::to_json_string).collect();
    let written = written.map_err(|error| failed(&error.to_string()))?;
    let call = format!("${name}({})", written.join(", "));
    let ast = jsonata_core::parser::parse(&call).map_err(|error| failed(&error.to_string()))?;
    Evaluator::new().evaluate(&ast, &JValue::Undefined)
}

/// `$partition(array, size)`.
fn partition(given: &[JValue]) -> Answer {
    match given {
        [JValue::Array(items), JValue::Number(size)] if *size >= 1.0 => {
            let chunks = items.chunks(*size as usize);
            Ok(JValue::array(
                chunks.map(|chunk| JValue::array(chunk.to_vec())).collect(),
            ))
        }
        [JValue::Undefined, ..] => Ok(JValue::Undefined),
        [single, JValue::Number(size)] if *size >= 1.0 => {
            Ok(JValue::array(vec![JValue::array(vec![single.clone()])]))
        }
        _ => Err(mismatch("partition", 1)),
    }
}

/// The most numbers a range may hold, the same as for any sequence.
const RANGE_LIMIT: f64 = SEQUENCE_LIMIT as f64;

/// `$range(first, last, step)`: a sequence, so that a single number comes alone.
fn range(given: &[JValue]) -> Answer {
    let [
        JValue::Number(first),
        JValue::Number(last),
        JValue::Number(step),
    ] = given
    else {
        return Err(mismatch("range", 1));
    };
    let count = ((last - first) / step).floor();
    if *step == 0.0 || !count.is_finite() || count >= RANGE_LIMIT {
        return Err(failed(
            "D2014: The size of the sequence allocated by the range function is too large",
        ));
    }
    if count < 0.0 {
        return Ok(JValue::Undefined);
    }
    let numbers: Vec<JValue> = (0..=count as u64)
        .map(|index| JValue::Number(first + index as f64 * step))
        .collect();
    Ok(match numbers.as_slice() {
        [single] => single.clone(),
        _ => JValue::sequence(numbers),
    })
}

/// `$hash(content, algorithm)`.
fn hash(given: &[JValue]) -> Answer {
    let (content, algorithm) = match given {
        [JValue::Undefined, ..] => return Ok(JValue::Undefined),
        [content, JValue::String(algorithm)] => (content, &**algorithm),
        [content] => (content, "SHA-256"),
        _ => return Err(mismatch("hash", 2)),
    };
    let text = match content {
        JValue::String(text) => text.to_string(),
        other => other
            .to_json_string()
            .map_err(|error| failed(&error.to_string()))?,
    };
    intrinsic::digest(text.as_bytes(), algorithm)
        .map(JValue::string)
        .ok_or_else(|| {
            failed("Hash algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512")
        })
}

/// `$parse(text)`.
fn parse(given: &[JValue]) -> Answer {
    match given {
        [JValue::String(text)] => serde_json::from_str(text)
            .map(|value| to_jsonata(&value))
            .map_err(|error| failed(&format!("The text is not JSON: {error}"))),
        [JValue::Undefined] => Ok(JValue::Undefined),
        _ => Err(mismatch("parse", 1)),
    }
}
