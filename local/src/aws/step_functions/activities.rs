//! Activities: tasks that workers fetch. The tasks that wait are in memory; after a restart the scheduler puts those
//! that no worker had taken up again.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use comanda_engine::{Event, TaskRequest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{
    Empty, StepFunctions,
    create::{Tag, encryption},
    epoch_seconds,
    names::{check_arn, check_name},
    operations::{ListRequest, with_token},
    pages::{PageOf, text_of},
    store::{self, Table},
    tags,
};
use crate::{
    aws::{error::ApiError, names::activity_arn},
    journal::{Journal, JournalError},
    scheduler::TokenError,
};

/// So long a worker waits for a task, as at AWS.
const WAIT: Duration = Duration::from_secs(60);

/// An activity's row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) name: String,
    created_at: Timestamp,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// `encryptionConfiguration`, told back if it was given; nothing here is encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption: Option<Value>,
}

/// A task that waits for a worker.
pub struct ActivityTask {
    token: String,
    input: String,
}

struct Activity {
    record: Record,
    waiting: VecDeque<ActivityTask>,
    arrivals: Arc<Notify>,
}

/// All activities by ARN.
#[derive(Default)]
pub struct Activities(BTreeMap<String, Activity>);

impl Activities {
    pub fn load(journal: &Journal) -> Result<Self, JournalError> {
        let records = store::load::<Record>(journal, Table::Activities)?;
        let activities = records
            .into_iter()
            .map(|record| (activity_arn(&record.name), Activity::new(record)));
        Ok(Self(activities.collect()))
    }

    pub(super) fn record(&self, arn: &str) -> Option<&Record> {
        self.0.get(arn).map(|activity| &activity.record)
    }

    pub(super) fn record_mut(&mut self, arn: &str) -> Option<&mut Record> {
        self.0.get_mut(arn).map(|activity| &mut activity.record)
    }
}

impl Activity {
    fn new(record: Record) -> Self {
        Self {
            record,
            waiting: VecDeque::new(),
            arrivals: Arc::new(Notify::new()),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateActivityRequest {
    name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    encryption_configuration: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityRequest {
    activity_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetActivityTaskRequest {
    activity_arn: String,
    worker_name: Option<String>,
}

fn no_activity(arn: &str) -> ApiError {
    ApiError::step_functions(
        "ActivityDoesNotExist",
        format!("Activity Does Not Exist: '{arn}'"),
    )
}

impl StepFunctions {
    pub(super) async fn create_activity(
        &self,
        request: CreateActivityRequest,
    ) -> Result<Value, ApiError> {
        check_name(&request.name)?;
        let arn = activity_arn(&request.name);
        let tags = request.tags.into_iter().map(|tag| (tag.key, tag.value));
        let tags = tags.collect();
        tags::check_count(&tags)?;
        let encryption = request.encryption_configuration;
        let (created_at, commit) = {
            let mut activities = self.activities();
            if let Some(existing) = activities.0.get(&arn) {
                if existing.record.encryption != encryption {
                    return Err(ApiError::step_functions(
                        "ActivityAlreadyExists",
                        format!("Activity Already Exists: '{arn}'"),
                    ));
                }
                let barrier = self.journal.commit(Box::new(|_| Ok(())));
                (existing.record.created_at, barrier)
            } else {
                let record = Record {
                    name: request.name,
                    created_at: self.clock.now(),
                    tags,
                    encryption,
                };
                let put = store::put(Table::Activities, &record.name, &record)?;
                let created_at = record.created_at;
                activities.0.insert(arn.clone(), Activity::new(record));
                (created_at, self.journal.commit(put))
            }
        };
        commit.durable().await?;
        Ok(json!({"activityArn": arn, "creationDate": epoch_seconds(created_at)}))
    }

    pub(super) async fn delete_activity(
        &self,
        request: ActivityRequest,
    ) -> Result<Empty, ApiError> {
        check_arn(&request.activity_arn, &["activity"])?;
        let removed = {
            let mut activities = self.activities();
            let removed = activities.0.remove(&request.activity_arn);
            removed.map(|activity| {
                let remove = store::remove(Table::Activities, &activity.record.name);
                self.journal.commit(remove)
            })
        };
        if let Some(commit) = removed {
            commit.durable().await?;
        }
        Ok(Empty {})
    }

    pub(super) async fn describe_activity(
        &self,
        request: ActivityRequest,
    ) -> Result<Value, ApiError> {
        let arn = request.activity_arn;
        check_arn(&arn, &["activity"])?;
        let activities = self.activities();
        let activity = activities.0.get(&arn).ok_or_else(|| no_activity(&arn))?;
        let record = &activity.record;
        let mut told = described(&arn, record);
        if let Some(told) = told.as_object_mut() {
            let encryption = encryption(record.encryption.clone());
            told.insert("encryptionConfiguration".to_owned(), encryption);
        }
        Ok(told)
    }

    pub(super) async fn list_activities(&self, request: ListRequest) -> Result<Value, ApiError> {
        let all: Vec<Value> = self
            .activities()
            .0
            .iter()
            .map(|(arn, activity)| described(arn, &activity.record))
            .collect();
        let page = PageOf {
            list: "activities",
            max_results: request.max_results,
            next_token: request.next_token.as_deref(),
        };
        let (items, next) = page.take(all, text_of("activityArn"))?;
        Ok(with_token(json!({"activities": items}), next))
    }

    /// Puts a task up for workers. False if there is no such activity.
    pub(in crate::aws) fn offer(&self, arn: &str, request: &TaskRequest) -> bool {
        let (mut activities, Some(token)) = (self.activities(), &request.token) else {
            return false;
        };
        let Some(activity) = activities.0.get_mut(arn) else {
            return false;
        };
        activity.waiting.push_back(ActivityTask {
            token: token.as_str().to_owned(),
            input: request.arguments.text().to_owned(),
        });
        activity.arrivals.notify_waiters();
        true
    }

    pub(super) async fn get_activity_task(
        &self,
        request: GetActivityTaskRequest,
    ) -> Result<Value, ApiError> {
        check_arn(&request.activity_arn, &["activity"])?;
        let deadline = tokio::time::Instant::now() + WAIT;
        let mut closing = self.closing.clone();
        loop {
            let (task, arrived) = self.take_task(&request.activity_arn)?;
            let Some(task) = task else {
                tokio::select! {
                    () = arrived => continue,
                    () = tokio::time::sleep_until(deadline) => {}
                    _ = closing.wait_for(|closing| *closing) => {}
                }
                return Ok(json!({}));
            };
            let started = self
                .scheduler
                .answer(&task.token, |number| Event::ActivityStarted {
                    task: number,
                    worker_name: request.worker_name.clone(),
                });
            match started.await {
                Ok(()) => return Ok(json!({"taskToken": task.token, "input": task.input})),
                // It timed out, or its execution ended, before a worker came.
                Err(TokenError::TooLate | TokenError::Unknown) => {}
                Err(TokenError::Journal(error)) => return Err(error.into()),
            }
        }
    }

    fn take_task(
        &self,
        arn: &str,
    ) -> Result<(Option<ActivityTask>, tokio::sync::futures::OwnedNotified), ApiError> {
        let mut activities = self.activities();
        let activity = activities.0.get_mut(arn).ok_or_else(|| no_activity(arn))?;
        // Made under the lock: no task can come unheard between this look and the wait.
        let arrived = Arc::clone(&activity.arrivals).notified_owned();
        Ok((activity.waiting.pop_front(), arrived))
    }
}

fn described(arn: &str, record: &Record) -> Value {
    json!({
        "activityArn": arn,
        "name": record.name,
        "creationDate": epoch_seconds(record.created_at),
    })
}
