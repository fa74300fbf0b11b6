//! JSON for people: indented, task tokens left out.

use maud::{Markup, html};
use serde_json::Value;

/// Longer values are cut: a page is no download.
const CHARACTERS: usize = 20_000;

/// The value in a block of its own.
pub fn block(value: &Value) -> Markup {
    let mut shown = value.clone();
    mask(&mut shown);
    let text = format!("{shown:#}");
    let cut: String = text.chars().take(CHARACTERS).collect();
    html! {
        pre tabindex="0" { code { (cut) @if cut.len() < text.len() { "\n… cut" } } }
    }
}

/// Whoever has a task token can complete the step: it is never shown.
fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                let is_token =
                    key.eq_ignore_ascii_case("token") || key.eq_ignore_ascii_case("taskToken");
                if is_token && member.is_string() {
                    *member = Value::from("(task token)");
                } else {
                    mask(member);
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(mask),
        // Parameters and inputs are JSON inside of text.
        Value::String(text) if text.starts_with('{') || text.starts_with('[') => {
            if let Ok(mut inner) = serde_json::from_str::<Value>(text) {
                mask(&mut inner);
                *value = inner;
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::block;

    #[test]
    fn tokens_are_not_shown_however_deep() {
        let inner = json!({"Payload": {"task": "HandToStore", "token": "secret-1"}}).to_string();
        let shown =
            block(&json!({"parameters": inner, "list": [{"taskToken": "secret-2"}]})).into_string();
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("HandToStore"), "{shown}");
    }
}
