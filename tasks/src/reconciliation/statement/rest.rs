//! Rest after a long reading of the statement: the account's quota at the provider is shared by many sweeps, and by the charges
//! and refunds of its orders.

use comanda_domain::ids::StoreId;
use comanda_workflows::contracts::Walk;

use crate::{
    fault::Fault,
    ports::Ports,
    reconciliation::{set_stand, stand},
};

/// Pages that are one sweep's share of the account's quota.
pub(super) const PAGES_OF_A_SWEEP: u32 = 50;
/// Sweeps begin so far apart (`generated/manifest.json`).
const BETWEEN_SWEEPS_SECONDS: u32 = 900;

/// Whether the account's share of the quota is used up by a long reading, and whether that saw everything.
pub(super) struct Rest {
    pub(super) through: String,
    pub(super) is_on: bool,
    pub(super) was_cut: bool,
}

impl Rest {
    pub(super) async fn of(ports: &Ports, walk: &Walk, store: &StoreId) -> Result<Self, Fault> {
        let through = format!("STATEMENT#{store}");
        let until = stand(ports, &walk.client_id, &through).await?;
        let until = i64::try_from(until).unwrap_or(i64::MAX);
        let cut = stand(ports, &walk.client_id, &Self::cut(&through)).await?;
        Ok(Self {
            is_on: ports.clock.now().as_second() < until,
            was_cut: cut > 0,
            through,
        })
    }

    fn cut(through: &str) -> String {
        format!("{through}#CUT")
    }

    /// Taken before one more share is read: a reading that breaks off is not begun again before its time, and until then what
    /// it was to see was not seen.
    pub(super) async fn before_more(
        &self,
        ports: &Ports,
        walk: &Walk,
        pages: u32,
    ) -> Result<(), Fault> {
        let cut = Self::cut(&self.through);
        set_stand(ports, &walk.client_id, (&cut, 1)).await?;
        self.take(ports, walk, pages + PAGES_OF_A_SWEEP).await
    }

    /// What was read, and whether the account's statement is longer.
    pub(super) async fn after(
        &self,
        ports: &Ports,
        walk: &Walk,
        (pages, is_cut): (u32, bool),
    ) -> Result<(), Fault> {
        let is_long = pages > PAGES_OF_A_SWEEP;
        if is_long || is_cut != self.was_cut {
            let cut = Self::cut(&self.through);
            set_stand(ports, &walk.client_id, (&cut, usize::from(is_cut))).await?;
        }
        if is_long {
            self.take(ports, walk, pages).await?;
        }
        Ok(())
    }

    /// As long as sweeps with their shares would take for so many pages. A reading within its share is followed by the next
    /// sweep's.
    async fn take(&self, ports: &Ports, walk: &Walk, pages: u32) -> Result<(), Fault> {
        let seconds = pages * BETWEEN_SWEEPS_SECONDS / PAGES_OF_A_SWEEP;
        let until = ports.clock.now().as_second() + i64::from(seconds);
        let until = usize::try_from(until).unwrap_or(0);
        set_stand(ports, &walk.client_id, (&self.through, until)).await
    }
}
