//! Pages of lists: a token says which list it is of and after which item the next page begins, so that what is added
//! in between moves nothing.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::aws::error::ApiError;

const PAGE_SIZE: usize = 100;
const PAGE_SIZE_MAX: i64 = 1_000;

/// Which page of which list is wanted.
pub struct PageOf<'request> {
    /// The list with all its filters.
    pub list: &'request str,
    /// How long a page may be.
    pub max_results: Option<i64>,
    /// Where it begins.
    pub next_token: Option<&'request str>,
}

impl PageOf<'_> {
    /// One page of `items`, and the token of the next. `key` tells items apart.
    pub fn take<T>(
        &self,
        items: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), ApiError> {
        let size = match self.max_results {
            Some(size @ 1..=PAGE_SIZE_MAX) => usize::try_from(size).unwrap_or(PAGE_SIZE),
            _ => PAGE_SIZE,
        };
        let begin = match self.next_token {
            None => 0,
            Some(token) => {
                let last = self.open(token).ok_or_else(|| {
                    ApiError::step_functions("InvalidToken", "Invalid Token: 'Invalid token'")
                })?;
                let place = items.iter().position(|item| key(item) == last.key);
                // Where the item has gone, the next one has taken its place.
                place.map_or(last.place, |place| place + 1)
            }
        };
        let end = begin.saturating_add(size);
        let next = (items.len() > end).then(|| {
            let last = items.get(end - 1).map(&key).unwrap_or_default();
            self.seal(end - 1, &last)
        });
        let page = items.into_iter().skip(begin).take(size);
        Ok((page.collect(), next))
    }

    fn seal(&self, place: usize, key: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{place} {key} {}", self.list))
    }

    fn open(&self, token: &str) -> Option<Last> {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (place, rest) = text.split_once(' ')?;
        let (key, list) = rest.split_once(' ')?;
        (list == self.list).then_some(Last {
            place: place.parse().ok()?,
            key: key.to_owned(),
        })
    }
}

/// The key of items that are told apart by a text in them.
pub fn text_of(member: &str) -> impl Fn(&Value) -> String {
    move |item| {
        let text = item.get(member).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }
}

/// The last item of the page before.
struct Last {
    place: usize,
    key: String,
}

#[cfg(test)]
mod tests {
    use super::PageOf;

    fn page<'a>(list: &'a str, next_token: Option<&'a str>) -> PageOf<'a> {
        PageOf {
            list,
            max_results: None,
            next_token,
        }
    }

    #[test]
    fn pages_cover_the_list_once_whatever_is_added_meanwhile() {
        // As executions are listed: the newest first.
        let mut items: Vec<u32> = (0..250).rev().collect();
        let expected = items.clone();
        let mut seen = Vec::new();
        let mut token = None;
        loop {
            let page = page("a", token.as_deref());
            let (items_of_page, next) = page.take(items.clone(), u32::to_string).expect("a page");
            seen.extend(items_of_page);
            items.insert(0, 1_000 + u32::try_from(items.len()).expect("few"));
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_token_is_of_one_list_and_outlives_its_item() {
        let items: Vec<u32> = (0..250).collect();
        let (_, of_a) = page("a", None)
            .take(items.clone(), u32::to_string)
            .expect("a page");
        let of_a = of_a.as_deref();
        assert!(page("b", of_a).take(items.clone(), u32::to_string).is_err());
        assert!(
            page("a", Some("garbage"))
                .take(items.clone(), u32::to_string)
                .is_err()
        );
        let without_last: Vec<u32> = items.into_iter().filter(|item| *item != 99).collect();
        let (second, _) = page("a", of_a)
            .take(without_last, u32::to_string)
            .expect("a page");
        assert_eq!(second.first(), Some(&100));
    }
}
