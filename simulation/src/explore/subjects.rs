//! Where an exploration begins: at an order's start, at the store's question, at a refund's beginning.

use comanda_domain::tables::RowError;
use serde_json::Value;

use super::{
    live::Live,
    step::{Bounds, How, Step, What},
};
use crate::{
    script::Script,
    world::{World, WorldError, executor, lock},
};

/// The order that everything happens to.
const ORDER: &str = include_str!("../../../examples/orders/pix-delivery.json");
/// Steps that lead to the beginning, at most.
const STEPS_MAX: usize = 60;

/// What is explored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An order's whole life, from the checkout on.
    Order,
    /// A paid order that is about to be handed to its store: the signal protocol.
    Signal,
    /// A paid order that its store rejected: the refund.
    Refund,
}

/// An exploration cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// The sample world cannot be made.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The sample order cannot be placed.
    #[error(transparent)]
    Party(#[from] crate::world::PartyError),
    /// The sample order cannot be read.
    #[error("examples/orders/pix-delivery.json cannot be read: {0}")]
    Order(#[from] serde_json::Error),
    /// A row of the sample cannot be read.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The way to the beginning leads elsewhere.
    #[error(
        "the order never comes to where {0} begins; the workflow was changed, and the way to it must be too"
    )]
    Elsewhere(&'static str),
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 3] = [Self::Order, Self::Signal, Self::Refund];

    /// As the command names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Signal => "signal",
            Self::Refund => "refund",
        }
    }

    /// Bounds that are explored within seconds.
    #[must_use]
    pub fn small(self) -> Bounds {
        match self {
            Self::Order => Bounds {
                payments: 1,
                answers: 1,
                cancels: 1,
                ..Bounds::NONE
            },
            Self::Signal => Bounds {
                answers: 2,
                duplicates: 1,
                crashes: 1,
                overtakes: 1,
                ..Bounds::NONE
            },
            Self::Refund => Bounds {
                denials: 1,
                blocks: 1,
                crashes: 1,
                ..Bounds::NONE
            },
        }
    }

    /// Bounds for an hour and more.
    #[must_use]
    pub fn large(self) -> Bounds {
        Bounds {
            payments: 1,
            answers: 2,
            cancels: 1,
            denials: 1,
            blocks: 1,
            duplicates: 2,
            crashes: 2,
            overtakes: 1,
            delays: 1,
        }
    }

    pub(super) fn begin(self, bounds: Bounds) -> Result<Live, SubjectError> {
        let mut live = placed()?;
        let wanted = match self {
            Self::Order => None,
            Self::Signal => Some("HandToStore"),
            Self::Refund => Some("RequestRefund"),
        };
        if let Some(task) = wanted {
            live = led_to(live, task).ok_or(SubjectError::Elsewhere(self.as_str()))?;
        }
        live.left = bounds;
        Ok(live)
    }
}

fn placed() -> Result<Live, SubjectError> {
    let mut world = World::new(Script::default(), 7)?;
    let order: Value = serde_json::from_str(ORDER)?;
    world.place(&order)?;
    let parts = world.into_parts().ok_or(SubjectError::Elsewhere("order"))?;
    let (outside, mut time, shop, order) = parts;
    time.forget_histories();
    Ok(Live::begun((outside, time), (shop, order)))
}

/// Lets the order be paid and rejected, until this task is to be done.
fn led_to(mut live: Live, task: &str) -> Option<Live> {
    live.left = Bounds {
        payments: 1,
        answers: 1,
        ..Bounds::NONE
    };
    for _ in 0..STEPS_MAX {
        let next = next_task(&live);
        if next.as_deref() == Some(task) {
            return Some(live);
        }
        let what = if next.is_some() {
            What::Task(0)
        } else if !live.posts.is_empty() {
            What::Delivery(0)
        } else if live.left.payments > 0 {
            What::Pays
        } else if live.left.answers > 0 {
            What::SaysNo
        } else {
            return None;
        };
        let how = How::Well;
        live = live.after(&Step { what, how })?;
    }
    None
}

fn next_task(live: &Live) -> Option<String> {
    let time = lock(&live.time);
    let call = time.calls().next()?;
    executor::invocation(call).map(|invocation| invocation.task)
}
