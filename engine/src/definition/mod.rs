//! Definitions, compiled once: names resolved to places, paths and expressions parsed.
//! The document itself is `comanda_asl`'s; this is the form the states run from.

mod compile;
mod compile_kind;
mod plan;

use comanda_asl::StateMachine;

pub(crate) use plan::{
    BatchPlan, ChoicePlan, ChoiceRulePlan, Computed, ConditionPlan, Flow, ItemFormat, Kind,
    Machine, MachineId, MapPlan, MapSource, Next, Operand, PathFlow, ReaderPlan, Reads,
    ResultPlace, Retrying, Selector, StateId, StatePlan, TaskPlan, Transformation, WaitPlan,
    WriterPlan,
};

/// A definition ready to run; shared by its executions through an `Arc`.
#[derive(Debug)]
pub struct Definition {
    machines: Vec<Machine>,
    timeout_seconds: Option<u64>,
}

/// A definition that cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the state '{state}' cannot be run: {reason}")]
pub struct CompileError {
    /// The state's name.
    pub state: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Definition {
    /// Compiles a machine. What the validator would refuse need not be caught here.
    pub fn compile(machine: &StateMachine) -> Result<Definition, CompileError> {
        let machines = compile::machines(machine)?;
        Ok(Definition {
            machines,
            timeout_seconds: machine.timeout_seconds,
        })
    }

    /// After how long an execution fails.
    pub fn timeout_seconds(&self) -> Option<u64> {
        self.timeout_seconds
    }

    pub(crate) fn machine(&self, id: MachineId) -> Option<&Machine> {
        self.machines.get(id)
    }

    pub(crate) fn state(&self, machine: MachineId, state: StateId) -> Option<&StatePlan> {
        self.machines.get(machine)?.states.get(state)
    }
}
