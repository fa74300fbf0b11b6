//! What one step of an execution may still do, so that none goes round for ever or makes more than memory holds. The bounds
//! themselves are with the other limits.

use crate::branch::Branch;
use crate::flow::Completion;
use crate::limits::{
    DATA_IN_A_STEP_CAUSE, DATA_IN_A_STEP_LIMIT_BYTES, EVENT_BYTES, STATES_IN_A_STEP_CAUSE,
    STATES_IN_A_STEP_LIMIT, STATES_OF_A_CHILD_LIMIT,
};

/// How many states may still be entered, and how many bytes made.
pub(crate) struct Left {
    states: u64,
    bytes: usize,
}

impl Default for Left {
    fn default() -> Left {
        Left {
            states: STATES_IN_A_STEP_LIMIT,
            bytes: DATA_IN_A_STEP_LIMIT_BYTES,
        }
    }
}

impl Left {
    /// A state has its turn; the cause of the execution's end where it may not.
    pub(crate) fn turn(&mut self) -> Result<(), &'static str> {
        if self.bytes == 0 {
            return Err(DATA_IN_A_STEP_CAUSE);
        }
        self.states = self.states.checked_sub(1).ok_or(STATES_IN_A_STEP_CAUSE)?;
        Ok(())
    }

    /// A child execution has turns of its own.
    pub(crate) fn child(&mut self) {
        self.states = self.states.saturating_add(STATES_OF_A_CHILD_LIMIT);
    }

    /// History keeps an event.
    pub(crate) fn event(&mut self) {
        self.bytes = self.bytes.saturating_sub(EVENT_BYTES);
    }

    /// History keeps what a state made.
    pub(crate) fn made(&mut self, branch: &Branch, completion: &Completion) {
        let output = if completion.output.is_shared_with(&branch.input) {
            0
        } else {
            completion.output.length()
        };
        let assigned = completion.assigned.iter();
        let assigned: usize = assigned.map(|(_, value)| value.length()).sum();
        let made = output.saturating_add(assigned);
        self.bytes = self.bytes.saturating_sub(made);
    }
}
