//! Who waits for a job, and hears how it ended.

use comanda_engine::virtual_time::TaskRef;

use super::Dialogues;
use crate::{
    storm::{jobs::Ended, network::Job},
    world::executor,
};

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
    pub(super) fn job_ended(&mut self, caller: Caller, job: &Job, ended: Ended) {
        match (caller, ended) {
            (Caller::Task { task, awaits_token }, ended) => {
                let failed = ended.is_to_be_tried_again();
                let result = ended.of_task();
                self.errors_name_nobody(result.as_ref().err());
                let heard = executor::complete(&self.time, &task, awaits_token, result);
                self.tries.ended(job, &task.execution, failed || !heard);
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
