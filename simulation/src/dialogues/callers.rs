//! Who waits for a job, and hears how it ended.

use comanda_engine::virtual_time::TaskRef;
use comanda_tasks::registry;

use super::Dialogues;
use crate::{storm::jobs::Ended, world::executor};

/// Who waits for a job.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    Task {
        task: TaskRef,
        awaits_token: bool,
    },
    Channel {
        call: usize,
        attempt: u32,
    },
    Points {
        person: usize,
        number: usize,
        attempt: u32,
    },
    Order {
        person: usize,
        number: usize,
        attempt: u32,
    },
    Erasure {
        person: usize,
        attempt: u32,
    },
    Store {
        post: usize,
    },
}

impl Dialogues {
    pub(super) fn job_ended(&mut self, caller: Caller, ended: Ended) {
        match (caller, ended) {
            (Caller::Task { task, awaits_token }, Ended::Task(result)) => {
                self.errors_name_nobody(result.as_ref().err());
                executor::complete(&self.time, &task, awaits_token, result);
            }
            (Caller::Task { task, awaits_token }, _) => {
                // What Step Functions says of a function that died (Lambda.Unknown).
                let died = registry::InvocationError {
                    error_type: "Lambda.Unknown".to_owned(),
                    error_message: "the process exited".to_owned(),
                };
                executor::complete(&self.time, &task, awaits_token, Err(died));
            }
            (Caller::Channel { call, attempt }, ended) => {
                self.channel_answered(call, attempt, &ended);
            }
            (
                Caller::Points {
                    person,
                    number,
                    attempt,
                },
                ended,
            ) => self.points_counted((person, number, attempt), &ended),
            (
                Caller::Order {
                    person,
                    number,
                    attempt,
                },
                ended,
            ) => self.order_recorded((person, number, attempt), &ended),
            (Caller::Erasure { person, attempt }, ended) => {
                self.erasure_ended(person, attempt, &ended);
            }
            (Caller::Store { post }, ended) => self.post_taken(post, &ended),
        }
    }
}
