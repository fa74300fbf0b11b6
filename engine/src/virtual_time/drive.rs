//! Letting everything run, for those who answer tasks from a closure or a table.

use jiff::Timestamp;

use super::{TaskCall, TaskRef, TaskResult, VirtualTime};
use crate::json::Json;

/// What whoever does tasks says when it is given one.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It is done, or it failed.
    Now(TaskResult),
    /// The service took it; the result comes later, by token.
    Submitted(Json),
    /// The answer comes later, by [`VirtualTime::complete`].
    Later,
}

/// Whoever does the tasks.
pub trait Tasks {
    /// A task is to be done. `now` is virtual.
    fn call(&mut self, call: &TaskCall, now: Timestamp) -> Answer;
}

impl<F: FnMut(&TaskCall, Timestamp) -> Answer> Tasks for F {
    fn call(&mut self, call: &TaskCall, now: Timestamp) -> Answer {
        self(call, now)
    }
}

impl VirtualTime {
    /// Has all tasks done that are to be done now. True where there were any.
    pub fn do_tasks(&mut self, tasks: &mut impl Tasks) -> bool {
        let mut any = false;
        while let Some(call) = self.next_call() {
            any = true;
            let answer = tasks.call(&call, self.now());
            self.take_answer(&call.task, answer);
        }
        any
    }

    fn take_answer(&mut self, task: &TaskRef, answer: Answer) {
        // The execution may have given the task up in the meantime, which is nobody's mistake.
        let _ = match answer {
            Answer::Now(result) => self.complete(task, result),
            Answer::Submitted(output) => self.submitted(task, output),
            Answer::Later => Ok(()),
        };
    }

    /// Has tasks done and lets time pass until nothing is left to do, or until `deadline`.
    /// Executions that wait for an answer from elsewhere go on waiting.
    pub fn run(&mut self, tasks: &mut impl Tasks, deadline: Option<Timestamp>) {
        loop {
            if self.do_tasks(tasks) {
                continue;
            }
            match (self.next_timer(), deadline) {
                (None, _) => return,
                (Some(timer), Some(deadline)) if timer > deadline => {
                    self.wait_until(deadline);
                    return;
                }
                (Some(_), _) => {
                    self.fire_next_timer();
                }
            }
        }
    }
}
