//! The ways in that are no task: HTTP calls, webhooks, the events queue. Each by its name, with what it uses.
//!
//! Each runs behind [`guarded`](crate::ports::guarded::guarded) with the uses that are listed here, so that a permission
//! that is missing fails in the first test and not on AWS.

use crate::{api, ports::guarded::Uses, pos, registry::ENTRIES, webhooks};

/// One way in.
#[derive(Debug, Clone, Copy)]
pub struct EntryPoint {
    /// Its name, which is its file's.
    pub name: &'static str,
    /// The service whose function answers it.
    pub function: &'static str,
    /// What it uses of the world.
    pub uses: &'static [Uses],
}

/// Every way in that is no task.
pub static ENTRY_POINTS: &[EntryPoint] = &[
    entry("place_order", "orders", api::place_order::USES),
    entry("show_order", "orders", api::show_order::USES),
    entry("list_orders", "orders", api::list_orders::USES),
    // News like a provider's. What follows from them may wait for `order-status`, whose steps the function of orders answers.
    entry("cancel_order", "webhooks", api::cancel_order::USES),
    entry(
        "choose_payment_method",
        "webhooks",
        api::choose_payment_method::USES,
    ),
    entry("messages", "orders", api::messages::USES),
    entry("find", "orders", api::find::USES),
    entry("show_customer", "customers", api::customer::SHOW),
    entry("export_customer", "customers", api::customer::EXPORT),
    entry("erase_customer", "customers", api::customer::ERASURE),
    entry("exceptions", "orders", api::exceptions::USES),
    entry("parked_events", "webhooks", api::parked_events::USES),
    entry("asaas", "webhooks", webhooks::asaas::USES),
    entry("twilio", "webhooks", webhooks::twilio::USES),
    entry("events", "pos", pos::events::USES),
];

/// The service whose function answers this way in.
#[must_use]
pub fn function_of(name: &str) -> Option<&'static str> {
    let entry = ENTRY_POINTS.iter().find(|entry| entry.name == name);
    entry.map(|entry| entry.function)
}

/// All that the tasks and ways in of one service use of the world.
pub fn uses_of(function: &str) -> impl Iterator<Item = &'static Uses> {
    let tasks = ENTRIES.iter().map(|entry| (entry.function, entry.uses));
    let entries = ENTRY_POINTS
        .iter()
        .map(|entry| (entry.function, entry.uses));
    let all = tasks.chain(entries);
    all.filter(move |(of, _)| *of == function)
        .flat_map(|(_, uses)| uses.iter())
}

const fn entry(name: &'static str, function: &'static str, uses: &'static [Uses]) -> EntryPoint {
    EntryPoint {
        name,
        function,
        uses,
    }
}
