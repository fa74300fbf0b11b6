//! What passes before a call reaches its party: time, or others who go first.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

use comanda_tasks::ports::Clock;
use jiff::Timestamp;

use super::network::Network;

/// Until then.
pub(super) struct Sleep {
    pub network: Arc<Network>,
    pub until: Timestamp,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.network.clock.now() < self.until {
            return Poll::Pending;
        }
        self.network.restless.store(true, Ordering::Relaxed);
        Poll::Ready(())
    }
}

/// So many turns.
pub(super) struct Queueing {
    pub network: Arc<Network>,
    pub turns: u64,
}

impl Future for Queueing {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.network.restless.store(true, Ordering::Relaxed);
        if self.turns == 0 {
            return Poll::Ready(());
        }
        self.turns -= 1;
        Poll::Pending
    }
}
