//! Pages of lists: a token is where the next page begins, and says which list it is of.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::aws::error::ApiError;

const PAGE_SIZE: usize = 100;
const PAGE_SIZE_MAX: i64 = 1_000;

/// One page of `items`, and the token of the next. `list` names the list with all its filters.
pub fn page<T>(
    items: Vec<T>,
    list: &str,
    max_results: Option<i64>,
    next_token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let size = match max_results {
        None | Some(0) => PAGE_SIZE,
        Some(size @ 1..=PAGE_SIZE_MAX) => usize::try_from(size).unwrap_or(PAGE_SIZE),
        Some(size) => {
            return Err(ApiError::step_functions(
                "ValidationException",
                format!(
                    "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to {PAGE_SIZE_MAX}"
                ),
            ));
        }
    };
    let begin = match next_token {
        None => 0,
        Some(token) => open(token, list).ok_or_else(|| {
            ApiError::step_functions("InvalidToken", "Invalid Token: 'Invalid token'")
        })?,
    };
    let has_more = items.len() > begin.saturating_add(size);
    let next = has_more.then(|| seal(begin + size, list));
    Ok((items.into_iter().skip(begin).take(size).collect(), next))
}

fn seal(begin: usize, list: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{begin}/{list}"))
}

fn open(token: &str, list: &str) -> Option<usize> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (begin, of) = text.split_once('/')?;
    begin.parse().ok().filter(|_| of == list)
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn pages_cover_the_list_once_and_tokens_are_of_one_list() {
        let items: Vec<u32> = (0..250).collect();
        let mut seen = Vec::new();
        let mut token = None;
        loop {
            let (items, next) = page(items.clone(), "a", None, token.as_deref()).expect("a page");
            seen.extend(items);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, items);
        let (_, of_a) = page(items.clone(), "a", Some(7), None).expect("a page");
        assert!(page(items.clone(), "b", Some(7), of_a.as_deref()).is_err());
        assert!(page(items.clone(), "a", Some(7), Some("garbage")).is_err());
        assert!(page(items, "a", Some(1_001), None).is_err());
    }
}
