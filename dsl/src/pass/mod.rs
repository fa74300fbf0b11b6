//! Passes over the draft: checks first, then what makes it cheaper.
//!
//! A state costs money each time it is entered, an assignment costs nothing. So everything that only decides or
//! remembers is moved onto edges as far as ASL lets it. People read, draw and review the graph as it was written; what
//! runs is the folded one.

pub(crate) mod check;
mod compose;
pub(crate) mod flow;
mod fold;
mod liveness;
mod start;
mod substitute;
mod unwrap;

pub(crate) use compose::compose;
pub(crate) use substitute::substitute;
pub(crate) use unwrap::name_variables;

use crate::draft::Draft;

/// How far to fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folding {
    /// Only what must be: starts carry nothing, unread assignments go.
    Settled,
    /// And edges skip decisions that are known on them.
    Threaded,
    /// And decisions directly behind decisions become one.
    Flattened,
}

/// Folds a draft that passed the checks.
pub(crate) fn fold(mut draft: Draft, folding: Folding) -> Draft {
    fold::bypass(&mut draft);
    start::settle(&mut draft);
    liveness::drop_dead(&mut draft);
    // Each round can open the way for the next; every change removes a state from a path, so this ends by itself, and the
    // bound only guards against a fault here.
    for _ in 0..32 {
        let mut changed = false;
        if folding >= Folding::Threaded {
            changed |= fold::thread(&mut draft);
        }
        if folding >= Folding::Flattened {
            changed |= fold::flatten(&mut draft);
        }
        changed |= fold::bypass(&mut draft);
        changed |= liveness::drop_dead(&mut draft);
        changed |= folding >= Folding::Threaded && unwrap::unwrap(&mut draft);
        if !changed {
            break;
        }
    }
    start::settle(&mut draft);
    unwrap::name_variables(&mut draft);
    draft
}
