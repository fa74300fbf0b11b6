//! What providers tell us unasked. A webhook verifies, stores and answers; the work is done by whoever waits for the news.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "used by the webhook that comes next")
)]
mod signature;
