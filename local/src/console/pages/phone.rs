//! Customers' phones: the chat as the channel shows it, several beside each other, and beside one of them what runs for it.
//!
//! What customers write is shown as text, whatever it is. A chat changes while it is looked at; what is being written stands
//! outside of it and stays.

use std::sync::Arc;

use comanda_codegen::graph::{Picture, progress::Outcome};
use comanda_tasks::rows::DeliveryStatus;
use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};

use super::{encoded, graph, order::Shown, step};
use crate::{
    console::{
        data::Execution,
        live::{Manner, Region},
        phones::{Chat, ChatMessage, StoreNumber},
        visits::{Stay, stays},
    },
    simulators::twilio::Choice,
};

/// As long as the channel lets a customer write.
const TEXT_MAX: usize = 4_096;

/// One phone.
pub struct Phone {
    /// The customer's address.
    pub customer: String,
    /// Who is written to.
    pub store: StoreNumber,
    /// What was said.
    pub chat: Chat,
}

impl Phone {
    /// The page of this phone alone.
    pub fn address(&self) -> String {
        address(&self.customer, &self.store.address)
    }

    /// The region with the messages.
    pub fn region(&self, now: Timestamp) -> Region {
        Region {
            id: self.id("chat").into(),
            markup: self.messages(now),
            manner: Manner::Plain,
        }
    }

    /// An id of this phone's on the page: both addresses without what an id may not have. A customer may have a phone for each
    /// store.
    fn id(&self, part: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let whom = format!("{}-{}", self.customer, self.store.address);
        let whom: String = whom.chars().map(plain).collect();
        format!("{part}-{whom}")
    }

    /// The whole phone.
    pub fn body(&self, now: Timestamp, alone: bool) -> Markup {
        let title = self.id("phone");
        html! {
            section.phone aria-labelledby=(title) {
                header {
                    h2 #(title) {
                        @if alone { (readable(&self.customer)) } @else { a href=(self.address()) { (readable(&self.customer)) } }
                    }
                    p.quiet { "writes to " (self.store.name) }
                }
                (self.messages(now))
                (self.composer())
            }
        }
    }

    fn messages(&self, now: Timestamp) -> Markup {
        let days = self.days();
        html! {
            div.chat #(self.id("chat")) role="log" aria-label={ "Chat of " (readable(&self.customer)) } tabindex="0" {
                ol {
                    @if self.chat.messages.is_empty() {
                        li.none { "Nothing yet. Write “oi”." }
                    }
                    @for (message, day) in self.chat.messages.iter().zip(days) {
                        @if let Some(day) = day { li.day { (day_word(day, now, &self.store)) } }
                        (self.message(message))
                    }
                }
            }
        }
    }

    /// For each message the day, where it is the day's first.
    fn days(&self) -> Vec<Option<Date>> {
        let mut last = None;
        let day = |message: &ChatMessage| {
            let day = message.at.to_zoned(self.store.zone.clone()).date();
            (last.replace(day) != Some(day)).then_some(day)
        };
        self.chat.messages.iter().map(day).collect()
    }

    fn message(&self, message: &ChatMessage) -> Markup {
        let at = message.at.to_zoned(self.store.zone.clone());
        html! {
            li.bubble.mine[message.by_customer] #{ "m-" (message.id) } {
                span.unseen { @if message.by_customer { "Customer: " } @else { "Store: " } }
                @for media in &message.media { p.media { "[" (media) "]" } }
                @if !message.text.is_empty() { p lang="pt-BR" { (message.text) } }
                p.meta {
                    time datetime=(message.at) title=(at.strftime("%Y-%m-%d %H:%M:%S %Z")) { (at.strftime("%H:%M")) }
                    @if !message.by_customer { " " (tick(message)) }
                }
                @if !message.choices.is_empty() { (self.choices(message)) }
            }
        }
    }

    /// Buttons, or the list behind its own button.
    fn choices(&self, message: &ChatMessage) -> Markup {
        let buttons = html! {
            @for choice in &message.choices { (button(choice)) }
        };
        let form = html! {
            form.choices method="post" action=(self.action("tap")) hx-post=(self.action("tap")) hx-swap="none" {
                input type="hidden" name="message" value=(message.id);
                (buttons)
            }
        };
        html! {
            @match &message.list_button {
                None => (form),
                Some(opens) => details.list { summary lang="pt-BR" { (opens) } (form) },
            }
        }
    }

    fn composer(&self) -> Markup {
        let field = self.id("text");
        html! {
            form.composer method="post" action=(self.action("say")) hx-post=(self.action("say")) hx-swap="none" {
                label.unseen for=(field) { "Message of " (readable(&self.customer)) }
                input #(field) name="text" type="text" lang="pt-BR" autocomplete="off" maxlength=(TEXT_MAX)
                    placeholder="Message";
                button.main type="submit" { "Send" }
                button.quiet type="submit" name="media" value="image/jpeg" title="Sends a picture, with the text as its caption" {
                    "Picture"
                }
            }
        }
    }

    fn action(&self, what: &str) -> String {
        format!("{}/{what}", self.address())
    }
}

/// The page of a customer's phone.
pub fn address(customer: &str, store: &str) -> String {
    format!("/phone/{}/{}", encoded(customer), encoded(store))
}

/// A phone number as people read it; what is no number as it is.
fn readable(customer: &str) -> String {
    let bare = customer.strip_prefix("whatsapp:").unwrap_or(customer);
    let groups = bare.strip_prefix("+55").and_then(|national| {
        let (area, number) = national.split_at_checked(2)?;
        let (first, last) = number.split_at_checked(number.len().checked_sub(4)?)?;
        Some(format!("+55 {area} {first}-{last}"))
    });
    groups.unwrap_or_else(|| bare.to_owned())
}

fn day_word(day: Date, now: Timestamp, store: &StoreNumber) -> String {
    let today = now.to_zoned(store.zone.clone()).date();
    if day == today {
        "today".to_owned()
    } else {
        day.strftime("%d %b %Y").to_string()
    }
}

fn button(choice: &Choice) -> Markup {
    html! {
        button type="submit" name="choice" value=(choice.id) lang="pt-BR" {
            span { (choice.title) }
            @if let Some(description) = &choice.description { small { (description) } }
        }
    }
}

/// How far the store knows that its message got.
fn tick(message: &ChatMessage) -> Markup {
    let (class, sign, word) = match (message.error, message.delivery) {
        (Some(code), _) => {
            let word = format!("not delivered: {code}");
            return html! { span.tick.failed title=(word) { "! " (word) } };
        }
        (None, Some(DeliveryStatus::Failed)) => ("failed", "!", "not delivered"),
        (None, Some(DeliveryStatus::Read)) => ("read", "✓✓", "read"),
        (None, Some(DeliveryStatus::Delivered)) => ("delivered", "✓✓", "delivered"),
        (None, Some(DeliveryStatus::Sent)) => ("sent", "✓", "sent"),
        (None, Some(DeliveryStatus::Queued) | None) => ("queued", "·", "on its way"),
    };
    html! {
        span.tick.(class) title={ "The store knows: " (word) } {
            span aria-hidden="true" { (sign) } span.unseen { (word) }
        }
    }
}

/// Phones beside each other.
pub fn all(phones: &[Phone], numbers: &[StoreNumber], now: Timestamp) -> Markup {
    html! {
        h1 { "Phone" }
        p.quiet { "Write to a store as a customer. Nothing leaves this machine." }
        (another(numbers))
        div.phones { @for phone in phones { (phone.body(now, false)) } }
    }
}

/// A form for a customer who has not written yet.
fn another(numbers: &[StoreNumber]) -> Markup {
    html! {
        form.another method="get" action="/phone/new" {
            label for="customer" { "Another customer" }
            input #customer name="customer" required maxlength="140" placeholder="+55 11 91234-5678 or BR.1502…";
            @if numbers.len() > 1 {
                label for="store" { "writes to" }
                select #store name="store" {
                    @for number in numbers { option value=(number.address) { (number.name) } }
                }
            }
            button type="submit" { "Take the phone" }
        }
    }
}

/// A phone, and what runs for it.
pub struct PhonePage {
    /// The phone.
    pub phone: Phone,
    /// All stores, to write to another.
    pub numbers: Vec<StoreNumber>,
    /// The session's execution.
    pub execution: Option<Execution>,
    /// Its workflow's graph.
    pub picture: Option<Arc<Picture>>,
    /// The stack's clock.
    pub now: Timestamp,
}

impl PhonePage {
    /// For the browser's tab.
    pub fn title(&self) -> String {
        format!("Phone {}", readable(&self.phone.customer))
    }

    /// Every part that may change.
    pub fn regions(&self, shown: &Shown) -> Vec<Region> {
        let execution = self.execution.as_ref();
        let events = execution.map_or(&[][..], |execution| execution.events.as_slice());
        let stays = stays(events);
        let picture = self.picture.as_deref();
        let selected = shown.state.as_deref();
        let output = execution.and_then(|execution| execution.output.as_ref());
        let plain = |id: &'static str, markup| Region {
            id: id.into(),
            markup,
            manner: Manner::Plain,
        };
        vec![
            Region {
                id: "sentence".into(),
                markup: self.sentence(&stays),
                manner: Manner::Speaking,
            },
            self.phone.region(self.now),
            plain(
                "step",
                step::region(picture, &stays, selected, &self.phone.store.zone),
            ),
            plain("graph", graph::region(picture, &stays, output, selected)),
        ]
    }

    /// The page's contents.
    pub fn body(&self, regions: &[Region]) -> Markup {
        let part = |id: &str| {
            let region = regions.iter().find(|region| region.id == id);
            region.map(|region| &region.markup)
        };
        html! {
            p.crumbs { a href="/phone" { "Phone" } " / " (readable(&self.phone.customer)) }
            @if let Some(part) = part("sentence") { (part) }
            ul.facts {
                @for number in &self.numbers {
                    li {
                        @if number.address == self.phone.store.address { strong { (number.name) } }
                        @else { a href=(address(&self.phone.customer, &number.address)) { (number.name) } }
                    }
                }
                @if let Some(execution) = &self.execution {
                    li { a href={ "/executions/" (encoded(&execution.line.name)) } { "the session's execution" } }
                }
            }
            div.columns data-follow {
                (self.phone.body(self.now, true))
                div { @for id in ["step", "graph"] { @if let Some(part) = part(id) { (part) } } }
            }
        }
    }

    /// What the store waits for.
    fn sentence(&self, stays: &[Stay]) -> Markup {
        let at = stays
            .iter()
            .filter(|stay| stay.visit.outcome == Outcome::Running && stay.left.is_none())
            .map(|stay| stay.visit.state.as_str())
            .next_back();
        let running = self
            .execution
            .as_ref()
            .map(|one| one.line.status == "RUNNING");
        let (class, says) = match (running, at) {
            (None, _) => ("going", "Nobody has written yet.".to_owned()),
            (Some(false), _) => (
                "done",
                "The session is over; the next message begins another.".to_owned(),
            ),
            (Some(true), Some(at)) => ("waiting", format!("The talk is at “{at}”.")),
            (Some(true), None) => ("going", "The talk has begun.".to_owned()),
        };
        html! { h1 #sentence.sentence.(class) role="status" { (says) } }
    }
}
