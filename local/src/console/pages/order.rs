//! An order's page: what it waits for, what can be done, its story, its graph, its history, its data.

use std::sync::Arc;

use comanda_codegen::graph::Picture;
use comanda_domain::{
    exception::Exception,
    order::{Order, OrderStatus, PaymentMethod},
};
use comanda_workflows::story::{Line, Message, Told, clock, sentence, story, time_left, told};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

use super::{alarms, encoded, graph, history, json, orders, step, story as story_part, when};
use crate::console::{
    action::{Offer, offers},
    data::Execution,
    live::{Manner, Region},
    visits::stays,
};

/// What the page is made of, read at one time.
pub struct OrderPage {
    /// The order.
    pub order: Order,
    /// Its executions, its own first.
    pub executions: Vec<Execution>,
    /// What the customer was told, oldest first.
    pub messages: Vec<Message>,
    /// What a person must see of it, or had to.
    pub exceptions: Vec<Exception>,
    /// The graph of the first.
    pub picture: Option<Arc<Picture>>,
    /// The stack's clock.
    pub now: Timestamp,
    /// Whose time of day.
    pub zone: TimeZone,
}

/// What the address asks for beside the order.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct Shown {
    /// The step that is looked at.
    #[serde(default)]
    pub state: Option<String>,
    /// How many events.
    #[serde(default)]
    pub events: Option<usize>,
    /// What an action came to.
    #[serde(default)]
    pub said: Option<String>,
}

impl Shown {
    /// The same for the stream's address.
    pub fn query(&self) -> String {
        let mut query = String::new();
        if let Some(state) = &self.state {
            query.push_str(&format!("&state={}", encoded(state)));
        }
        if let Some(events) = self.events {
            query.push_str(&format!("&events={events}"));
        }
        query
    }

    /// How many events to show.
    pub fn events(&self) -> usize {
        self.events.unwrap_or(history::AT_ONCE)
    }
}

impl OrderPage {
    /// `0001 waiting for the payment`: short, for the browser's tab.
    pub fn title(&self) -> String {
        use comanda_domain::order::WaitingFor;
        let word = match (self.order.waiting_for, self.order.status()) {
            (Some(WaitingFor::Payment), _) => "waiting for the payment",
            (Some(WaitingFor::Store), _) => "waiting for the store",
            (Some(WaitingFor::Refund), _) => "waiting for the refund",
            (Some(WaitingFor::Person), _) => "waiting for a person",
            (None, status) => status_word(status),
        };
        format!("{} {word}", self.order.display_number())
    }

    /// The page's contents.
    pub fn body(&self, regions: &[Region], said: Option<&str>) -> Markup {
        let part = |id: &str| {
            regions
                .iter()
                .find(|region| region.id == id)
                .map(|region| &region.markup)
        };
        html! {
            p.crumbs { a href="/orders" { "Orders" } " / " (self.order.display_number()) }
            @if let Some(said) = said { p.said role="status" { (said) } }
            @for id in ["sentence", "alarms", "facts", "actions"] { @if let Some(part) = part(id) { (part) } }
            nav.parts aria-label="On this page" {
                a href="#story" { "Story" } a href="#graph" { "Graph" } a href="#history" { "History" } a href="#data" { "Data" }
            }
            div.columns {
                div { @for id in ["story", "step"] { @if let Some(part) = part(id) { (part) } } }
                div { @if let Some(part) = part("graph") { (part) } }
            }
            @for id in ["history", "data"] { @if let Some(part) = part(id) { (part) } }
        }
    }

    /// What happened, and what the customer was told of it, oldest first.
    pub fn story(&self) -> Vec<Line> {
        let histories: Vec<_> = self
            .executions
            .iter()
            .map(|execution| execution.events.as_slice())
            .collect();
        let mut lines = story(Told {
            histories: &histories,
            order: Some(&self.order),
            zone: &self.zone,
        });
        lines.extend(told(&self.messages));
        // Stable: a message comes after what it tells of.
        lines.sort_by_key(|line| line.at);
        lines
    }

    /// Every part that may change.
    pub fn regions(&self, shown: &Shown) -> Vec<Region> {
        let own = self.executions.first();
        let events = own.map_or(&[][..], |execution| execution.events.as_slice());
        let stays = stays(events);
        let picture = self.picture.as_deref();
        let selected = shown.state.as_deref();
        let plain = |id: &'static str, markup| Region {
            id: id.into(),
            markup,
            manner: Manner::Plain,
        };
        vec![
            Region {
                id: "sentence".into(),
                markup: self.sentence(),
                manner: Manner::Speaking,
            },
            plain("alarms", alarms::region(&self.exceptions)),
            plain("facts", self.facts()),
            Region {
                id: "actions".into(),
                markup: actions(&self.order),
                manner: Manner::Forms,
            },
            plain("story", story_part::region(self.story(), &self.zone)),
            plain("step", step::region(picture, &stays, selected, &self.zone)),
            plain(
                "graph",
                graph::region(
                    picture,
                    &stays,
                    own.and_then(|own| own.output.as_ref()),
                    selected,
                ),
            ),
            plain(
                "history",
                history::region(events, shown.events(), &self.zone),
            ),
            plain("data", self.data()),
        ]
    }

    /// Line 1. The running time is hidden from screen readers, which hear until when instead.
    fn sentence(&self) -> Markup {
        let sentence = sentence(&self.order, &self.zone);
        html! {
            h1 #sentence.sentence.(orders::class(&self.order)) role="status" data-now=(self.now) {
                (sentence.says)
                @if let Some(until) = sentence.until {
                    " "
                    @if until > self.now {
                        span.left aria-hidden="true" {
                            time data-until=(until) datetime=(until) { (time_left(self.now, until)) } " left"
                        }
                        span.unseen { "Until " (clock(until, &self.zone)) }
                        @if !sentence.then.is_empty() { "; " (sentence.then) }
                        "."
                    } @else {
                        "The time was over at " (clock(until, &self.zone)) "; it is being settled."
                    }
                }
            }
        }
    }

    fn facts(&self) -> Markup {
        let order = &self.order;
        html! {
            ul #facts.facts {
                li { (order.customer_name.first()) }
                li { (order.total) }
                li { (order.payment_method.as_str()) }
                li { (order.items.iter().map(|item| u64::from(item.quantity)).sum::<u64>()) " items" }
                li { "placed " (when::since(order.created_at, self.now, &self.zone)) }
                @if let Some(charge) = &order.payment_id { li { "charge " code { (charge) } } }
            }
        }
    }

    fn data(&self) -> Markup {
        html! {
            section #data aria-labelledby="data-title" {
                h2 #data-title { "Data" }
                details {
                    summary { "Order" }
                    dl {
                        @for item in &self.order.items {
                            dt { (item.quantity) " × " (item.name) } dd { (item.total_price) }
                        }
                        dt { "Delivery" } dd { (self.order.delivery_fee) }
                        dt { "Total" } dd { (self.order.total) }
                        dt { "Order id" } dd { code { (self.order.order_id) } }
                        dt { "Version" } dd { (self.order.version()) }
                    }
                }
                @if !self.messages.is_empty() {
                    details {
                        summary { "What the customer received" }
                        ol.messages {
                            @for message in &self.messages {
                                li { (when::at(message.at, &self.zone)) p lang="pt-BR" { (message.text) } }
                            }
                        }
                    }
                }
                @if let Some(own) = self.executions.first() { (execution_data(own)) }
                @if self.executions.len() > 1 {
                    details open {
                        summary { "Other executions of this order" }
                        ul {
                            @for other in self.executions.iter().skip(1) {
                                li {
                                    a href={ "/executions/" (encoded(&other.line.name)) } { (other.line.workflow) " " (other.line.name) }
                                    ", " (super::executions::words(&other.line.status))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Input, variables and output of an execution.
pub fn execution_data(execution: &Execution) -> Markup {
    html! {
        details { summary { "Input" } (json::block(&execution.input)) }
        details { summary { "Variables" } (json::block(&execution.variables)) }
        @if let Some(output) = &execution.output {
            details { summary { "Output" } (json::block(output)) }
        }
    }
}

/// The region with the forms: what a person may do now, or why nothing.
fn actions(order: &Order) -> Markup {
    let offers = offers(order);
    html! {
        div #actions.actions role="group" aria-label="What can be done now" {
            @if offers.is_empty() { p.quiet { "Nothing is to be done." } }
            @for offer in offers { (form(order, offer)) }
        }
    }
}

fn form(order: &Order, offer: Offer) -> Markup {
    let name = match offer {
        Offer::Button { name, .. } => name,
        Offer::Methods => "method",
        Offer::Confirm => "confirm",
        Offer::Reject => "reject",
        Offer::Advance(_) => "advance",
        Offer::Cancel => "cancel",
    };
    let address = format!(
        "/orders/{}/actions/{name}",
        encoded(order.order_id.as_str())
    );
    html! {
        form method="post" action=(address) {
            @match offer {
                Offer::Button { says, name } => button.main[name == "pay"] type="submit" { (says) },
                Offer::Methods => {
                    label { "Pay by " select name="method" {
                        @for method in PaymentMethod::ALL.into_iter().filter(|method| method.is_online()) {
                            option value=(method.as_str()) { (method.as_str()) }
                        }
                    } }
                    button.main type="submit" { "Choose" }
                }
                Offer::Confirm => {
                    label { "Ready in " input type="number" name="ready_in_minutes" value="35" min="1" max="600" required; " min" }
                    button.main type="submit" { "Confirm" }
                }
                Offer::Reject => {
                    label { "Reason " input type="text" name="reason" maxlength="200" placeholder="sem ingrediente"; }
                    button type="submit" { "Reject" }
                }
                Offer::Advance(status) => {
                    input type="hidden" name="status" value=(as_written(status));
                    button.main type="submit" { "Mark as " (status_word(status)) }
                }
                Offer::Cancel => button.quiet type="submit" { "Cancel the order" },
            }
        }
    }
}

/// `PREPARING`, as rows and forms write it.
fn as_written(status: OrderStatus) -> String {
    serde_json::to_value(status)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn status_word(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pending => "accepted",
        OrderStatus::Confirmed => "confirmed",
        OrderStatus::Preparing => "in preparation",
        OrderStatus::Ready => "ready",
        OrderStatus::Delivering => "on its way",
        OrderStatus::Delivered => "delivered",
        OrderStatus::Completed => "completed",
        OrderStatus::Cancelled => "cancelled",
        OrderStatus::Refunded => "refunded",
    }
}
