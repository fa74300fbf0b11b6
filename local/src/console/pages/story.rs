//! The story of an execution or an order, in sentences with times; quiet times folded.

use comanda_codegen::graph::svg::anchor;
use comanda_workflows::story::{Entry, Line, Tone, plain_duration, with_quiet};
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::when;

/// The region `#story`.
pub fn region(lines: Vec<Line>, zone: &TimeZone) -> Markup {
    let entries = with_quiet(lines);
    let last = entries.len().saturating_sub(1);
    html! {
        section #story aria-labelledby="story-title" {
            h2 #story-title { "Story" }
            @if entries.is_empty() { p.quiet { "Nothing happened yet." } }
            ol.story {
                @for (position, entry) in entries.iter().enumerate() {
                    @match entry {
                        Entry::Quiet(duration) => {
                            li.fold { span { (plain_duration(*duration)) } span.unseen { " without news" } }
                        }
                        Entry::Line(line) => (line_of(line, zone, position == last)),
                    }
                }
            }
        }
    }
}

fn line_of(line: &Line, zone: &TimeZone, last: bool) -> Markup {
    let class = match line.tone {
        Tone::Done => "done",
        // Only the last wait is still one.
        Tone::Waiting if last => "waiting",
        Tone::Waiting => "done",
        Tone::Trouble => "trouble",
        Tone::Failed => "failed",
        Tone::End => "end",
    };
    let word = match line.tone {
        Tone::Trouble => "trouble: ",
        Tone::Failed => "failed: ",
        _ => "",
    };
    html! {
        li class=(class) {
            (when::at(line.at, zone))
            div {
                span.says {
                    @if !word.is_empty() { span.unseen { (word) } }
                    @match &line.state {
                        Some(state) => a href={ "?state=" (anchor(state)) "#step" } { (capital(&line.says)) },
                        None => (capital(&line.says)),
                    }
                }
                @if !line.detail.is_empty() { " " span.detail { (line.detail) } }
            }
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(char::to_uppercase)
        .into_iter()
        .flatten()
        .chain(letters)
        .collect()
}
