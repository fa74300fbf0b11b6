//! Makes a failing case small: what can go goes, as long as the rest still fails.

use serde_json::Value;

/// Tries smaller and smaller cases; `fails` says whether one still fails, or that the time is up.
pub fn shrink(case: Value, fails: &mut impl FnMut(&Value) -> Option<bool>) -> Value {
    let mut smallest = case;
    loop {
        let before = smallest.to_string().len();
        let mut at = 0;
        loop {
            let candidates = smaller(&smallest);
            let Some(candidate) = candidates.into_iter().nth(at) else {
                break;
            };
            match fails(&candidate) {
                None => return smallest,
                Some(true) => smallest = candidate,
                Some(false) => at += 1,
            }
        }
        if smallest.to_string().len() >= before {
            return smallest;
        }
    }
}

/// All cases that have one thing less, the boldest first.
fn smaller(value: &Value) -> Vec<Value> {
    let mut all = match value {
        Value::Object(fields) => {
            let keys: Vec<&String> = fields.keys().collect();
            let without = keys.iter().map(|key| {
                let mut fields = fields.clone();
                fields.shift_remove(key.as_str());
                Value::Object(fields)
            });
            let mut all: Vec<Value> = without.collect();
            for (key, inner) in fields {
                for candidate in smaller(inner) {
                    let mut fields = fields.clone();
                    fields.insert(key.clone(), candidate);
                    all.push(Value::Object(fields));
                }
            }
            all
        }
        Value::Array(items) => {
            let mut all = vec![Value::Array(
                items.iter().take(items.len() / 2).cloned().collect(),
            )];
            for index in 0..items.len().min(100) {
                let mut items = items.clone();
                items.remove(index);
                all.push(Value::Array(items));
            }
            for (index, inner) in items.iter().enumerate().take(100) {
                for candidate in smaller(inner) {
                    let mut items = items.clone();
                    if let Some(slot) = items.get_mut(index) {
                        *slot = candidate;
                    }
                    all.push(Value::Array(items));
                }
            }
            all
        }
        Value::String(text) => shorter(text).into_iter().map(Value::from).collect(),
        _ => Vec::new(),
    };
    all.retain(|candidate| candidate != value);
    all
}

fn shorter(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut all = Vec::new();
    let mut length = characters.len() / 2;
    while length > 0 {
        let steps = characters.len() / length;
        for start in (0..steps.min(60)).map(|step| step * length) {
            let before = characters.iter().take(start);
            all.push(
                before
                    .chain(characters.iter().skip(start + length))
                    .collect(),
            );
        }
        length /= 2;
    }
    all
}
