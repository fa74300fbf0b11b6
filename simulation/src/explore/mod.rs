//! Exhaustive exploration: every order of everything that can happen to one order, within stated bounds.
//!
//! There is no second model: a state is the real workflows on the engine, the rows that the real handlers wrote, and the
//! parties' truth; a step is one handler from its first call to its last, one word of a party, or the passing of time. A
//! handler may die after any of its effects, and anything else may happen at any of its calls.

mod act;
mod live;
mod meeting;
mod next;
mod step;
mod subjects;
mod sweep;
mod tell;
mod watch;

use std::{
    hash::{Hash, Hasher},
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use comanda_domain::{
    order::{OrderStatus, PaymentStatus, WaitingFor},
    planted::Fault,
};
use stateright::{Checker, Model, Property};

pub use live::Live;
pub use step::{Bounds, How, Step, What};
pub use subjects::{Subject, SubjectError};
pub use tell::Story;

/// What is explored, and how far.
#[derive(Debug, Clone)]
pub struct Exploration {
    /// Where it begins.
    pub subject: Subject,
    /// How often each thing may happen.
    pub bounds: Bounds,
    /// Longer ways are not followed.
    pub steps_max: Option<NonZeroUsize>,
    /// About so many steps are taken; all, where absent.
    pub generated_max: Option<NonZeroUsize>,
    /// How many states are looked at at the same time.
    pub threads: usize,
    /// Depth first: less memory, longer stories.
    pub depth_first: bool,
    /// A fault that is put back; only in builds with the feature `planted-faults`.
    pub planted: Option<Fault>,
}

/// How far an exploration is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Different states that were seen.
    pub states: usize,
    /// Steps that were taken.
    pub steps: usize,
    /// The longest way so far.
    pub longest: usize,
    /// How long it took.
    pub seconds: f64,
}

/// What an exploration came to.
#[derive(Debug, Clone)]
pub struct Explored {
    /// How far it got.
    pub progress: Progress,
    /// Whether there is nothing more within the bounds.
    pub complete: bool,
    /// The shortest way to a broken invariant that was found.
    pub broken: Option<Story>,
    /// What an order can come to, and whether it was seen.
    pub ends: Vec<(&'static str, bool)>,
}

/// Explores. `each` hears a few times a second how far it is.
pub fn explore(
    exploration: &Exploration,
    each: &mut dyn FnMut(Progress),
) -> Result<Explored, SubjectError> {
    let begin = exploration.subject.begin(exploration.bounds)?;
    let model = Space {
        begin: Arc::new(begin),
        planted: exploration.planted,
    };
    let mut builder = model
        .checker()
        .threads(exploration.threads)
        .finish_when(stateright::HasDiscoveries::AnyFailures);
    if let Some(steps) = exploration.steps_max {
        builder = builder.target_max_depth(steps.get());
    }
    if let Some(generated) = exploration.generated_max {
        builder = builder.target_state_count(generated.get());
    }
    let clock = Instant::now();
    let explored = if exploration.depth_first {
        wait(builder.spawn_dfs(), exploration, clock, each)
    } else {
        wait(builder.spawn_bfs(), exploration, clock, each)
    };
    // A story is lived again on this thread.
    #[cfg(feature = "planted-faults")]
    comanda_domain::planted::plant(None);
    Ok(explored)
}

fn wait(
    checker: impl Checker<Space>,
    exploration: &Exploration,
    clock: Instant,
    each: &mut dyn FnMut(Progress),
) -> Explored {
    let mut checker = checker;
    let handles = checker.handles();
    while !handles.iter().all(std::thread::JoinHandle::is_finished) {
        each(progress(&checker, clock));
        std::thread::sleep(Duration::from_millis(50));
    }
    let progress = progress(&checker, clock);
    let cut =
        |limit: Option<NonZeroUsize>, reached| limit.is_some_and(|limit| limit.get() <= reached);
    let complete = !cut(exploration.generated_max, progress.steps)
        && !cut(exploration.steps_max, progress.longest);
    let mut discoveries = checker.discoveries();
    let broken = FAMILIES
        .iter()
        .find_map(|(name, _)| discoveries.remove(name));
    Explored {
        progress,
        complete: complete && broken.is_none(),
        broken: broken.map(|path| tell::tell(path.into_vec())),
        ends: ENDS
            .iter()
            .map(|(name, _)| (*name, discoveries.contains_key(name)))
            .collect(),
    }
}

fn progress(checker: &impl Checker<Space>, clock: Instant) -> Progress {
    Progress {
        states: checker.unique_state_count(),
        steps: checker.state_count(),
        longest: checker.max_depth(),
        seconds: clock.elapsed().as_secs_f64(),
    }
}

/// All states that can be reached.
struct Space {
    begin: Arc<Live>,
    planted: Option<Fault>,
}

/// One of them, and its number.
#[derive(Clone)]
pub(crate) struct State {
    live: Arc<Live>,
    digest: u64,
}

impl State {
    fn of(live: Arc<Live>) -> Self {
        let digest = live.digest();
        Self { live, digest }
    }

    fn breaks(&self, family: char) -> bool {
        let mut breaches = self.live.breaches.iter();
        breaches.any(|found| found.invariant.starts_with(family))
    }
}

/// Two states with one number are one: of ten million, two that differ have the same with a chance of one in 300,000.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.digest);
    }
}

type Condition = fn(&Space, &State) -> bool;

/// The invariants of RELIABILITY §1, by their first letter.
const FAMILIES: [(&str, Condition); 7] = [
    ("orders (O)", |_, state| !state.breaks('O')),
    ("payments (P)", |_, state| !state.breaks('P')),
    ("refunds (R)", |_, state| !state.breaks('R')),
    ("messages (N)", |_, state| !state.breaks('N')),
    ("tenants (T)", |_, state| !state.breaks('T')),
    ("everything ends (W)", |_, state| !state.breaks('W')),
    ("nothing is lost (L)", |_, state| !state.breaks('L')),
];

/// What an order can come to: an exploration that never saw any of it would have looked at nothing.
const ENDS: [(&str, Condition); 5] = [
    ("confirmed", |_, state| is(state, OrderStatus::Confirmed)),
    ("cancelled", |_, state| is(state, OrderStatus::Cancelled)),
    ("refunded", |_, state| is(state, OrderStatus::Refunded)),
    ("with a person", |_, state| {
        let waiting = state.live.order().and_then(|order| order.waiting_for);
        waiting == Some(WaitingFor::Person)
    }),
    ("blocked", |_, state| {
        let payment = state.live.order().map(|order| order.payment_status());
        payment == Some(PaymentStatus::RefundBlocked)
    }),
];

fn is(state: &State, status: OrderStatus) -> bool {
    state.live.order().map(|order| order.status()) == Some(status)
}

impl Space {
    /// Checkers have threads of their own, and a fault is put back in each.
    fn plant(&self) {
        #[cfg(feature = "planted-faults")]
        comanda_domain::planted::plant(self.planted.map(Into::into));
        #[cfg(not(feature = "planted-faults"))]
        let _none = self.planted;
    }
}

impl Model for Space {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::of(self.begin.clone())]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Step>) {
        // What is broken already is the end of its story.
        if state.live.breaches.is_empty() {
            state.live.steps(actions);
        }
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        self.plant();
        let next = state.live.after(&step)?;
        Some(State::of(Arc::new(next)))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let families = FAMILIES.iter();
        let mut properties: Vec<_> = families
            .map(|(name, holds)| Property::always(name, *holds))
            .collect();
        properties.extend(ENDS.iter().map(|(name, is)| Property::sometimes(name, *is)));
        properties
    }
}
