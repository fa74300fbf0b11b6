//! In which state, branch and item an event happened: history says it only by the event before.

use comanda_engine::{Details, EventType, HistoryEvent};

/// Where an event happened.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The state, if it is in one.
    pub state: Option<String>,
    /// The Parallel states and items it is inside, from the outermost.
    inside: Vec<Inside>,
    /// Whether the events that follow this one are in branches of the state.
    opens_branches: bool,
}

#[derive(Debug, Clone)]
struct Inside {
    label: String,
    /// The Parallel or Map.
    state: Option<String>,
}

impl Place {
    /// The place of the next event; `places` are those of all before.
    pub fn of(event: &HistoryEvent, places: &[Place]) -> Place {
        let mut place = usize::try_from(event.previous_event_id)
            .ok()
            .and_then(|id| places.get(id.checked_sub(1)?))
            .cloned()
            .unwrap_or_default();
        if std::mem::take(&mut place.opens_branches) {
            place.enter("·".to_owned());
        }
        match &event.details {
            Some(Details::StateEnteredEventDetails(entered)) => {
                place.state = Some(entered.name.to_string());
            }
            Some(Details::StateExitedEventDetails(exited)) => {
                place.state = Some(exited.name.to_string());
            }
            Some(Details::EvaluationFailedEventDetails(failed)) => {
                place.state = Some(failed.state.to_string());
            }
            Some(Details::MapIterationStartedEventDetails(iteration)) => {
                place.state = Some(iteration.name.to_string());
                place.enter(format!("[{}]", iteration.index));
            }
            Some(
                Details::MapIterationSucceededEventDetails(_)
                | Details::MapIterationFailedEventDetails(_)
                | Details::MapIterationAbortedEventDetails(_),
            ) => place.leave(),
            _ => {}
        }
        match event.event_type {
            EventType::ParallelStateStarted => place.opens_branches = true,
            EventType::ParallelStateSucceeded
            | EventType::ParallelStateFailed
            | EventType::ParallelStateAborted => place.leave(),
            EventType::ExecutionStarted
            | EventType::ExecutionSucceeded
            | EventType::ExecutionFailed
            | EventType::ExecutionTimedOut
            | EventType::ExecutionAborted => place = Place::default(),
            _ => {}
        }
        place
    }

    /// What the Parallel states and items are shown as.
    pub fn labels(&self) -> Vec<String> {
        let labels = self.inside.iter().map(|inside| inside.label.clone());
        labels.collect()
    }

    fn enter(&mut self, label: String) {
        self.inside.push(Inside {
            label,
            state: self.state.clone(),
        });
    }

    fn leave(&mut self) {
        if let Some(left) = self.inside.pop() {
            self.state = left.state;
        }
    }
}
