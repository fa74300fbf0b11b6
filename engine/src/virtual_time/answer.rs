//! Answers to tasks: at once or later, by the task itself or by its token.

use std::sync::Arc;

use super::{TaskError, TaskGone, TaskRef, TaskResult, TokenError, VirtualTime};
use crate::event::Event;
use crate::json::Json;

impl VirtualTime {
    /// Answers a task that was taken from [`VirtualTime::next_call`].
    pub fn complete(&mut self, task: &TaskRef, result: TaskResult) -> Result<(), TaskGone> {
        let event = match result {
            Ok(output) => Event::TaskSucceeded {
                task: task.task,
                output,
            },
            Err(TaskError { error, cause }) => Event::TaskFailed {
                task: task.task,
                error,
                cause,
            },
        };
        self.tell(task, event)
    }

    /// Says that the service took a task whose result comes later: by token, or when the job ends.
    pub fn submitted(&mut self, task: &TaskRef, output: Json) -> Result<(), TaskGone> {
        self.tell(
            task,
            Event::TaskSubmitted {
                task: task.task,
                output,
            },
        )
    }

    /// Says that a worker took the task of an activity.
    pub fn activity_started(
        &mut self,
        task: &TaskRef,
        worker_name: Option<String>,
    ) -> Result<(), TaskGone> {
        self.tell(
            task,
            Event::ActivityStarted {
                task: task.task,
                worker_name,
            },
        )
    }

    /// Says that an activity was deleted, or created again, to all executions that are and will be.
    pub fn activity_exists(&mut self, activity: &str, exists: bool) {
        let activity: Arc<str> = Arc::from(activity);
        if exists {
            self.missing_activities.remove(&activity);
        } else {
            self.missing_activities.insert(Arc::clone(&activity));
        }
        for index in 0..self.executions.len() {
            let activity = Arc::clone(&activity);
            self.send(index, Event::ActivityExists { activity, exists });
        }
    }

    /// Answers a task by its token.
    pub fn complete_token(&mut self, token: &str, result: TaskResult) -> Result<(), TokenError> {
        let task = self.tokens.get(token).cloned().ok_or(TokenError::Unknown)?;
        self.complete(&task, result)
            .map_err(|TaskGone| TokenError::TooLate)
    }

    /// Says by token that a task is still being worked on.
    pub fn heartbeat_token(&mut self, token: &str) -> Result<(), TokenError> {
        let task = self.tokens.get(token).cloned().ok_or(TokenError::Unknown)?;
        self.tell(&task, Event::Heartbeat { task: task.task })
            .map_err(|TaskGone| TokenError::TooLate)
    }

    /// The task that a token belongs to.
    pub fn task_of_token(&self, token: &str) -> Option<&TaskRef> {
        self.tokens.get(token)
    }

    fn tell(&mut self, task: &TaskRef, event: Event) -> Result<(), TaskGone> {
        let index = self.waiting(task).ok_or(TaskGone)?;
        self.send(index, event);
        Ok(())
    }
}
