//! Making, finding, changing and removing queues.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use tokio::sync::Notify;

use super::{
    Entry, Sqs, invalid_parameter, no_such_queue,
    queue::Queue,
    settings::Settings,
    settling::refused,
    store::{self, QueueRecord},
    wire::{
        CreateQueueRequest, Empty, GetQueueAttributesAnswer, GetQueueAttributesRequest,
        ListDeadLetterSourceQueuesAnswer, ListQueueTagsAnswer, ListQueuesAnswer, ListQueuesRequest,
        QueueNameRequest, QueueRequest, QueueUrlAnswer, SetQueueAttributesRequest, TagQueueRequest,
        UntagQueueRequest,
    },
};
use crate::aws::{error::ApiError, names};

const QUEUES_PER_PAGE: usize = 1_000;

fn queue_url(origin: &str, name: &str) -> String {
    format!("{origin}/{}/{name}", names::ACCOUNT)
}

impl Sqs {
    pub(super) async fn create_queue(
        &self,
        request: CreateQueueRequest,
        origin: &str,
    ) -> Result<QueueUrlAnswer, ApiError> {
        let name = request.queue_name;
        check_name(&name)?;
        let fifo = name.ends_with(".fifo");
        let said_fifo = request.attributes.get("FifoQueue").map(String::as_str);
        if fifo != (said_fifo == Some("true")) {
            return Err(wrong_suffix(fifo));
        }
        let base = Settings {
            fifo,
            ..Settings::default()
        };
        let settings = base.with(&request.attributes)?;
        let commit = {
            let mut queues = self.lock();
            if let Some(existing) = queues.get(&name) {
                same_attributes(&existing.queue.settings, &settings, &request.attributes)?;
                // Whoever made it may still wait for the disk.
                self.journal.commit(store::apply(Vec::new()))
            } else {
                check_grave(&settings, &queues)?;
                let now = self.clock.now();
                let record = QueueRecord {
                    fifo,
                    attributes: request.attributes,
                    tags: request.tags,
                    created_at: now,
                    modified_at: now,
                };
                let entry = Entry {
                    queue: Queue::new(settings, BTreeMap::new(), BTreeMap::new(), now),
                    record: record.clone(),
                    arrivals: Arc::new(Notify::new()),
                };
                queues.insert(name.clone(), entry);
                self.journal.commit(store::put_queue(name.clone(), record))
            }
        };
        commit.durable().await?;
        Ok(QueueUrlAnswer {
            queue_url: queue_url(origin, &name),
        })
    }

    pub(super) async fn get_queue_url(
        &self,
        request: QueueNameRequest,
        origin: &str,
    ) -> Result<QueueUrlAnswer, ApiError> {
        if self.lock().contains_key(&request.queue_name) {
            let queue_url = queue_url(origin, &request.queue_name);
            Ok(QueueUrlAnswer { queue_url })
        } else {
            Err(no_such_queue())
        }
    }

    pub(super) async fn list_queues(
        &self,
        request: ListQueuesRequest,
        origin: &str,
    ) -> Result<ListQueuesAnswer, ApiError> {
        let after = match &request.next_token {
            None => String::new(),
            Some(token) => page_start(token)?,
        };
        let size = request
            .max_results
            .unwrap_or(QUEUES_PER_PAGE)
            .clamp(1, QUEUES_PER_PAGE);
        let queues = self.lock();
        let mut found: Vec<&String> = queues
            .keys()
            .filter(|name| name.starts_with(&request.queue_name_prefix) && **name > after)
            .take(size + 1)
            .collect();
        // AWS gives a token only to callers that asked for pages.
        let more = found.len() > size;
        found.truncate(size);
        let next = found
            .last()
            .filter(|_| more && request.max_results.is_some());
        Ok(ListQueuesAnswer {
            next_token: next.map(|name| BASE64_URL_SAFE_NO_PAD.encode(name)),
            queue_urls: found
                .into_iter()
                .map(|name| queue_url(origin, name))
                .collect(),
        })
    }

    pub(super) async fn list_dead_letter_sources(
        &self,
        request: QueueRequest,
        origin: &str,
    ) -> Result<ListDeadLetterSourceQueuesAnswer, ApiError> {
        let grave = names::last_part(&request.queue_url, '/');
        let queues = self.lock();
        if !queues.contains_key(grave) {
            return Err(no_such_queue());
        }
        let arn = names::queue_arn(grave);
        let is_source = |entry: &Entry| {
            let redrive = entry.queue.settings.redrive.as_ref();
            redrive.is_some_and(|redrive| redrive.target_arn == arn)
        };
        let sources = queues.iter().filter(|(_, entry)| is_source(entry));
        Ok(ListDeadLetterSourceQueuesAnswer {
            queue_urls: sources.map(|(name, _)| queue_url(origin, name)).collect(),
        })
    }

    pub(super) async fn delete_queue(&self, request: QueueRequest) -> Result<Empty, ApiError> {
        let name = names::last_part(&request.queue_url, '/').to_owned();
        let commit = {
            let mut queues = self.lock();
            let entry = queues.remove(&name).ok_or_else(no_such_queue)?;
            entry.arrivals.notify_waiters();
            self.journal.commit(store::delete_queue(name))
        };
        commit.durable().await?;
        Ok(Empty {})
    }

    pub(super) async fn purge_queue(&self, request: QueueRequest) -> Result<Empty, ApiError> {
        let (purged, commit) = self.change(&request.queue_url, |entry, now, changes| {
            entry.queue.purge(now, changes).map_err(refused)
        });
        commit.durable().await?;
        purged.map(|()| Empty {})
    }

    pub(super) async fn get_queue_attributes(
        &self,
        request: GetQueueAttributesRequest,
    ) -> Result<GetQueueAttributesAnswer, ApiError> {
        let name = names::last_part(&request.queue_url, '/');
        let queues = self.lock();
        let entry = queues.get(name).ok_or_else(no_such_queue)?;
        let mut attributes = entry.queue.settings.attributes();
        let counts = entry.queue.counts(self.clock.now());
        let (created, modified) = (entry.record.created_at, entry.record.modified_at);
        attributes.extend(
            [
                ("QueueArn", names::queue_arn(name)),
                ("CreatedTimestamp", created.as_second().to_string()),
                ("LastModifiedTimestamp", modified.as_second().to_string()),
                ("ApproximateNumberOfMessages", counts.visible.to_string()),
                (
                    "ApproximateNumberOfMessagesNotVisible",
                    counts.in_flight.to_string(),
                ),
                (
                    "ApproximateNumberOfMessagesDelayed",
                    counts.delayed.to_string(),
                ),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        let asked = &request.attribute_names;
        attributes.retain(|name, _| asked.iter().any(|asked| asked == "All" || asked == name));
        Ok(GetQueueAttributesAnswer { attributes })
    }

    pub(super) async fn set_queue_attributes(
        &self,
        request: SetQueueAttributesRequest,
    ) -> Result<Empty, ApiError> {
        let name = names::last_part(&request.queue_url, '/');
        let commit = {
            let mut queues = self.lock();
            let entry = queues.get(name).ok_or_else(no_such_queue)?;
            let settings = entry.queue.settings.with(&request.attributes)?;
            check_grave(&settings, &queues)?;
            let entry = queues.get_mut(name).ok_or_else(no_such_queue)?;
            entry.queue.settings = settings;
            entry.record.attributes.extend(request.attributes);
            self.commit_record(name, entry)
        };
        commit.durable().await?;
        Ok(Empty {})
    }

    pub(super) async fn tag_queue(&self, request: TagQueueRequest) -> Result<Empty, ApiError> {
        self.change_tags(&request.queue_url, |tags| tags.extend(request.tags))
            .await
    }

    pub(super) async fn untag_queue(&self, request: UntagQueueRequest) -> Result<Empty, ApiError> {
        self.change_tags(&request.queue_url, |tags| {
            tags.retain(|key, _| !request.tag_keys.contains(key));
        })
        .await
    }

    pub(super) async fn list_queue_tags(
        &self,
        request: QueueRequest,
    ) -> Result<ListQueueTagsAnswer, ApiError> {
        let queues = self.lock();
        let entry = queues.get(names::last_part(&request.queue_url, '/'));
        let tags = entry.ok_or_else(no_such_queue)?.record.tags.clone();
        Ok(ListQueueTagsAnswer { tags })
    }

    async fn change_tags(
        &self,
        url: &str,
        change: impl FnOnce(&mut BTreeMap<String, String>),
    ) -> Result<Empty, ApiError> {
        let name = names::last_part(url, '/');
        let commit = {
            let mut queues = self.lock();
            let entry = queues.get_mut(name).ok_or_else(no_such_queue)?;
            change(&mut entry.record.tags);
            self.commit_record(name, entry)
        };
        commit.durable().await?;
        Ok(Empty {})
    }

    fn commit_record(&self, name: &str, entry: &mut Entry) -> crate::journal::Commit {
        entry.record.modified_at = self.clock.now();
        self.journal
            .commit(store::put_queue(name.to_owned(), entry.record.clone()))
    }
}

fn page_start(token: &str) -> Result<String, ApiError> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
    decoded
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| invalid_parameter("NextToken", token, "Invalid or expired next token"))
}

fn check_name(name: &str) -> Result<(), ApiError> {
    let base = name.strip_suffix(".fifo").unwrap_or(name);
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !base.is_empty() && name.len() <= 80 && base.chars().all(allowed) {
        return Ok(());
    }
    Err(ApiError::sqs(
        "InvalidParameterValue",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ))
}

fn wrong_suffix(has_suffix: bool) -> ApiError {
    if has_suffix {
        return ApiError::sqs(
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        );
    }
    ApiError::sqs(
        "InvalidParameterValue",
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
    )
}

/// Creating a queue again is fine if nothing that was said differs from what is.
fn same_attributes(
    existing: &Settings,
    wanted: &Settings,
    said: &BTreeMap<String, String>,
) -> Result<(), ApiError> {
    let (existing, wanted) = (existing.attributes(), wanted.attributes());
    let differs = |name: &&String| existing.get(*name) != wanted.get(*name);
    match said.keys().find(differs) {
        None => Ok(()),
        Some(name) => Err(ApiError::sqs(
            "QueueNameExists",
            format!(
                "A queue already exists with the same name and a different value for attribute {name}"
            ),
        )),
    }
}

/// A dead-letter queue must be there, and of the same kind.
fn check_grave(settings: &Settings, queues: &BTreeMap<String, Entry>) -> Result<(), ApiError> {
    let Some(redrive) = &settings.redrive else {
        return Ok(());
    };
    let policy = serde_json::json!({
        "deadLetterTargetArn": redrive.target_arn,
        "maxReceiveCount": redrive.max_receive_count,
    });
    match queues.get(names::last_part(&redrive.target_arn, ':')) {
        None => Err(invalid_parameter(
            "RedrivePolicy",
            policy,
            "Dead letter target does not exist",
        )),
        Some(grave) if grave.queue.settings.fifo != settings.fifo => Err(invalid_parameter(
            "RedrivePolicy",
            policy,
            "Dead-letter queue must be same type of queue as the source",
        )),
        Some(_) => Ok(()),
    }
}
