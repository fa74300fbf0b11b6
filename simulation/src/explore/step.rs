//! What can happen next in a world that is explored.

/// One thing that happens, and what goes wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happens.
    pub what: What,
    /// What goes wrong.
    pub how: How,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The task of this place in line is carried out.
    Task(usize),
    /// What was sent to us is delivered: its place among what waits.
    Delivery(usize),
    /// The same, and the sender will send it once more.
    DeliveryAndAgain(usize),
    /// The customer pays.
    Pays,
    /// The customer cancels.
    Cancels,
    /// The store says yes.
    SaysYes,
    /// The store says no.
    SaysNo,
    /// The provider carries out the refunds that it was asked for.
    GivesBack,
    /// The provider refuses them.
    RefusesToGiveBack,
    /// The account can no longer cover refunds.
    RunsDry,
    /// It can again.
    IsToppedUp,
    /// Time passes, to the next thing that is due.
    TimePasses,
}

/// What goes wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Nothing.
    Well,
    /// Whoever carries it out dies after so many effects.
    DiesAfter(u8),
    /// At the call of this number, this happens first.
    Overtaken(u8, What),
}

/// How often each thing may happen in one story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// The customer pays.
    pub payments: u8,
    /// The store answers, whatever it said before.
    pub answers: u8,
    /// The customer cancels.
    pub cancels: u8,
    /// The provider refuses a refund.
    pub denials: u8,
    /// The account runs dry.
    pub blocks: u8,
    /// Something is delivered twice.
    pub duplicates: u8,
    /// A process dies.
    pub crashes: u8,
    /// Somebody goes first in the middle of a handler.
    pub overtakes: u8,
    /// Time passes to what is due next although a task is not answered yet.
    pub delays: u8,
}

impl Bounds {
    /// Nothing of it happens.
    pub const NONE: Self = Self {
        payments: 0,
        answers: 0,
        cancels: 0,
        denials: 0,
        blocks: 0,
        duplicates: 0,
        crashes: 0,
        overtakes: 0,
        delays: 0,
    };
}
