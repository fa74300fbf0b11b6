//! The frame of every page: head, navigation, search box, and the one live stream.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

/// htmx's settings: no extension but the stream's, and an opened `<details>` stays open when its surroundings change.
const HTMX: &str = r#"{"extensions":"sse","includeIndicatorCSS":false,"morphIgnore":["data-htmx-powered","open"],"history":false}"#;

/// A page before it is text.
pub struct Page<'a> {
    /// What the browser's tab says, after `[local]`.
    pub title: &'a str,
    /// The address of its live stream, where it has one.
    pub stream: Option<&'a str>,
    /// Which part of the navigation it belongs to.
    pub part: Part,
    /// Its contents.
    pub body: Markup,
}

/// The parts of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Customers' phones.
    Phone,
    /// Orders.
    Orders,
    /// Executions.
    Executions,
    /// What a person must still see.
    Alarms,
    /// Neither.
    Other,
}

impl Page<'_> {
    /// The page as an answer.
    pub fn respond(self) -> Response {
        self.respond_as(StatusCode::OK)
    }

    /// The page as an answer with another status.
    pub fn respond_as(self, status: StatusCode) -> Response {
        (status, Html(self.render().into_string())).into_response()
    }

    fn render(self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="htmx-config" content=(HTMX);
                    title { "[local] " (self.title) " — Comanda" }
                    link rel="icon" href="/console/icon.svg" type="image/svg+xml";
                    link rel="stylesheet" href="/console/console.css";
                    link rel="stylesheet" href="/console/graph.css";
                    script src="/console/htmx.min.js" defer {}
                    script src="/console/hx-sse.min.js" defer {}
                    script src="/console/console.js" defer {}
                }
                body {
                    a.skip href="#main" { "Skip to the contents" }
                    (header(self.part))
                    main #main tabindex="-1" { (self.body) }
                    footer {
                        p { "Everything here is on this machine; nothing is sent out." }
                    }
                    @if let Some(stream) = self.stream {
                        div #stream hx-sse:connect=(stream) hx-swap="none" {}
                    }
                }
            }
        }
    }
}

fn header(part: Part) -> Markup {
    let current = |this: Part| (part == this).then_some("page");
    html! {
        header.top {
            a.brand href="/orders" {
                span.mark aria-hidden="true" {}
                "Comanda "
                span.local { "local" }
            }
            nav aria-label="Parts" {
                a href="/phone" aria-current=[current(Part::Phone)] { "Phone" }
                a href="/orders" aria-current=[current(Part::Orders)] { "Orders" }
                a href="/executions" aria-current=[current(Part::Executions)] { "Executions" }
                a href="/alarms" aria-current=[current(Part::Alarms)] { "Alarms" }
            }
            form.search action="/search" method="get" role="search" {
                label.unseen for="search" { "Find an order or an execution" }
                input #search name="q" type="search" autocomplete="off"
                    placeholder="Number, phone, charge, execution" maxlength="200";
                button type="submit" { "Find" }
            }
        }
    }
}

/// A page that says what is not there, or not possible, and where to go.
pub fn notice(status: StatusCode, title: &str, says: &str, links: &[(&str, &str)]) -> Response {
    Page {
        title,
        stream: None,
        part: Part::Other,
        body: html! {
            h1 { (title) }
            p.lead { (says) }
            @if !links.is_empty() {
                p.links {
                    @for (address, text) in links { a href=(address) { (text) } " " }
                }
            }
        },
    }
    .respond_as(status)
}
