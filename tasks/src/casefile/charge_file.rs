//! One charge on the desk: as it was read, as it is known now, and what is owed of it.

use comanda_domain::payment::{Charge, RefundIntent};

use crate::{
    fault::Fault,
    ports::{Condition, Write},
    rows::put,
};

pub(super) struct ChargeFile {
    /// As it was read; `None` for a charge that only the news names.
    pub(super) stored: Option<Charge>,
    pub(super) current: Charge,
    pub(super) intents: Vec<RefundIntent>,
    /// Positions of the intents that this change changed.
    pub(super) changed: Vec<usize>,
    pub(super) owed: Vec<RefundIntent>,
}

impl ChargeFile {
    /// What must be written of it.
    pub(super) fn writes(&self) -> Result<Vec<Write>, Fault> {
        let mut writes = Vec::new();
        let learned = self.stored.as_ref() != Some(&self.current);
        match &self.stored {
            None if learned && self.current.version > 0 => {
                writes.push(put(&self.current, Condition::Absent)?);
            }
            Some(stored) if learned => {
                writes.push(put(&self.current, Condition::Version(stored.version))?);
            }
            // Another obligation may claim the same money at the same moment: the charge's version decides.
            Some(stored) if !self.owed.is_empty() => {
                let current = Charge {
                    version: stored.version + 1,
                    ..stored.clone()
                };
                writes.push(put(&current, Condition::Version(stored.version))?);
            }
            _ => {}
        }
        for intent in &self.owed {
            writes.push(put(intent, Condition::Absent)?);
        }
        for intent in self
            .changed
            .iter()
            .filter_map(|position| self.intents.get(*position))
        {
            let before = intent.version.saturating_sub(1);
            writes.push(put(intent, Condition::Version(before))?);
        }
        Ok(writes)
    }
}
