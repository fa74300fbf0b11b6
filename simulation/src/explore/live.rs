//! One state: the real workflows on the engine, the real handlers' rows, the parties' truth, and what is on its way.
//!
//! It is copied for every step; what a step does not change is shared with the state before.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex},
};

use comanda_domain::{ids::OrderId, invariants::Breach, order::Order, tables::ORDERS};
use comanda_engine::virtual_time::VirtualTime;
use comanda_tasks::{
    api,
    http::WebhookRequest,
    ports::{Clock as _, Ports, RefundStatus},
    testing::{self, ChargeTruth},
};
use jiff::{SignedDuration, Timestamp};

use super::step::Bounds;
use crate::{
    restaurant,
    slate::Slate,
    storm::WatchedStore,
    world::{SharedTime, deploy, lock, webhook, workflows::EngineWorkflows},
};

/// The pause until what was not taken comes again.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// Something that was sent to us and is on its way.
#[derive(Clone)]
pub(super) struct Post {
    pub what: Posted,
    /// Before this it does not come (again).
    pub due: Timestamp,
}

/// What it is.
#[derive(Clone)]
pub(super) enum Posted {
    /// An event of the provider, by its word.
    Webhook(&'static str, WebhookRequest),
    /// A message of the store's POS.
    Event(String),
    /// The customer's wish to cancel.
    Cancel,
}

/// How much a handler did.
#[derive(Clone, Copy, Default)]
pub(super) struct Measured {
    pub calls: u8,
    pub effects: u8,
}

/// One state.
pub struct Live {
    pub(super) outside: testing::World,
    pub(super) time: SharedTime,
    pub(super) posts: Vec<Post>,
    pub(super) left: Bounds,
    /// Whether the account's balance covers no refund.
    pub(super) dry: bool,
    /// Whether somebody died, was overtaken, was late or said something twice on the way here.
    pub(super) was_disturbed: bool,
    pub(super) shop: api::Shop,
    pub(super) order: OrderId,
    /// Invariants that were broken on the way here, or are.
    pub(super) breaches: Vec<Breach>,
    express: u64,
    /// What the last handler did that ran undisturbed.
    pub(super) measured: Measured,
    /// The tables and the engine, as the step that is under way sees them.
    watched: Arc<WatchedStore>,
    workflows: Arc<EngineWorkflows>,
}

impl Live {
    /// A world in which this order was just placed.
    pub(super) fn begun(
        (outside, time): (testing::World, VirtualTime),
        (shop, order): (api::Shop, OrderId),
    ) -> Self {
        Self::with(
            (outside, time),
            (shop, order),
            (Vec::new(), Bounds::NONE),
            0,
        )
    }

    fn with(
        (outside, time): (testing::World, VirtualTime),
        (shop, order): (api::Shop, OrderId),
        (posts, left): (Vec<Post>, Bounds),
        express: u64,
    ) -> Self {
        let time = Arc::new(Mutex::new(time));
        let watched = WatchedStore::new(outside.store.clone(), outside.clock.clone(), 0);
        Self {
            watched: Arc::new(watched),
            workflows: Arc::new(EngineWorkflows::after(time.clone(), express)),
            outside,
            time,
            posts,
            left,
            dry: false,
            was_disturbed: false,
            shop,
            order,
            breaches: Vec::new(),
            express,
            measured: Measured::default(),
        }
    }

    /// The same state once more, to go on from.
    pub(super) fn fork(&self) -> Self {
        let time = lock(&self.time).clone();
        let place = (self.shop.clone(), self.order.clone());
        let way = (self.posts.clone(), self.left);
        Self {
            dry: self.dry,
            was_disturbed: self.was_disturbed,
            ..Self::with((self.outside.fork(), time), place, way, self.express)
        }
    }

    /// A step is over: what it broke, and what is broken now.
    pub(super) fn look(&mut self) {
        self.express = self.workflows.express_count();
        for change in self.watched.changes() {
            self.breaches.extend(super::watch::broken_by(&change));
        }
        let slate = Slate::of(&self.outside);
        let found = if self.is_at_rest() {
            self.at_rest(&slate)
        } else {
            slate.now()
        };
        self.breaches.extend(found);
    }

    /// Whoever died or met another's claim may leave a message to the sweep, and nothing else. Undisturbed, nobody may.
    fn at_rest(&self, slate: &Slate<'_>) -> Vec<Breach> {
        let mut found = slate.at_rest(&lock(&self.time));
        let unsaid = slate.nothing_is_unsaid();
        if self.was_disturbed && !unsaid.is_empty() {
            found.retain(|breach| !unsaid.contains(breach));
            found.extend(Slate::of(&self.swept().outside).nothing_is_unsaid());
        }
        found
    }

    /// The ports as a handler sees them.
    pub(super) fn ports(&self) -> Ports {
        let mut ports = self.outside.ports();
        ports.store = self.watched.clone();
        ports.workflows = self.workflows.clone();
        ports
    }

    /// The state as a number: equal where the same can happen from here on.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.outside.digest(&mut hasher);
        lock(&self.time).digest(&mut hasher);
        self.left.hash(&mut hasher);
        // What a step broke on its way is no part of the state that it leads to, and must not be taken for a sound one.
        self.breaches.is_empty().hash(&mut hasher);
        // Which of two things on their way was sent first makes no difference: any may come first.
        let mut posts: Vec<(Timestamp, &[u8])> = self
            .posts
            .iter()
            .map(|post| (post.due, post.what.bytes()))
            .collect();
        posts.sort_unstable();
        posts.hash(&mut hasher);
        hasher.finish()
    }

    /// Nothing that must happen is left: no task, nothing on its way, no timer, no refund under way.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        let mut time = lock(&self.time);
        self.posts.is_empty()
            && time.next_timer().is_none()
            && time.calls().next().is_none()
            && !self.is_refunding()
    }

    /// The order as its row stands.
    #[must_use]
    pub fn order(&self) -> Option<Arc<Order>> {
        let rows = self.outside.store.shared_rows(&ORDERS);
        rows.first()?.read().ok()
    }

    pub(super) fn is_refunding(&self) -> bool {
        let charges = self.outside.provider.charges();
        let refunds = charges.iter().flat_map(|truth| &truth.charge.refunds);
        refunds
            .into_iter()
            .any(|refund| refund.status == RefundStatus::Pending)
    }

    pub(super) fn charge(&self) -> Option<ChargeTruth> {
        self.outside.provider.charges().pop()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.outside.clock.now()
    }

    pub(super) fn post(&mut self, what: Posted) {
        let due = self.now();
        self.posts.push(Post { what, due });
    }

    /// What was not taken comes again.
    pub(super) fn post_again(&mut self, what: Posted) {
        let due = self.now().checked_add(PAUSE).unwrap_or(Timestamp::MAX);
        self.posts.push(Post { what, due });
    }

    /// The provider sends an event about a charge; its id names what happened, so that a repetition is one.
    pub(super) fn webhook(&mut self, event: &'static str, truth: &ChargeTruth) {
        let charge = &truth.charge.id;
        let id = format!("evt_{event}_{charge}_{}&1", truth.refunded.centavos());
        let body = webhook::event_body(truth, event, &id, self.now());
        let request = WebhookRequest {
            url: String::new(),
            headers: [(
                "asaas-access-token".to_owned(),
                deploy::parties_token().to_owned(),
            )]
            .into(),
            body: body.to_string().into_bytes(),
        };
        self.post(Posted::Webhook(event, request));
    }

    pub(super) fn tenant() -> &'static str {
        restaurant::TENANT
    }
}

impl Posted {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Webhook(_, request) => &request.body,
            Self::Event(body) => body.as_bytes(),
            Self::Cancel => b"cancel",
        }
    }
}
