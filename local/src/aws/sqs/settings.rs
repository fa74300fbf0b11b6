//! A queue's attributes: from the strings of the API, checked, and back.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;

use crate::aws::error::ApiError;

/// A queue's attributes, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Order within groups, and deduplication.
    pub fifo: bool,
    /// A send without a deduplication id uses the hash of its body.
    pub content_based_deduplication: bool,
    /// Deduplication ids count within a message group, not within the queue.
    pub deduplicate_by_group: bool,
    /// `FifoThroughputLimit` is `perMessageGroupId`; told back, otherwise without effect here.
    pub throughput_by_group: bool,
    /// How long a received message is hidden.
    pub visibility: SignedDuration,
    /// How long a new message is hidden.
    pub delay: SignedDuration,
    /// How long a message is kept.
    pub retention: SignedDuration,
    /// How long a receive waits if it does not say.
    pub wait: SignedDuration,
    /// The largest body and attributes together, in bytes.
    pub maximum_message_bytes: usize,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
    /// `RedriveAllowPolicy` and `Policy`, kept and told back, not enforced.
    pub documents: BTreeMap<String, String>,
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The dead-letter queue's ARN.
    pub target_arn: String,
    /// After so many receives.
    pub max_receive_count: u32,
}

/// `RedrivePolicy` as it is written: the count may be a number or text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RedrivePolicy {
    dead_letter_target_arn: String,
    max_receive_count: serde_json::Value,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            fifo: false,
            content_based_deduplication: false,
            deduplicate_by_group: false,
            throughput_by_group: false,
            visibility: SignedDuration::from_secs(30),
            delay: SignedDuration::ZERO,
            retention: SignedDuration::from_hours(4 * 24),
            wait: SignedDuration::ZERO,
            maximum_message_bytes: 1_048_576,
            redrive: None,
            documents: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Sets what is given; all of it or, if anything is wrong, nothing.
    pub fn with(&self, attributes: &BTreeMap<String, String>) -> Result<Self, ApiError> {
        let mut changed = self.clone();
        for (name, value) in attributes {
            changed.set(name, value)?;
        }
        if !changed.fifo && (changed.content_based_deduplication || changed.deduplicate_by_group) {
            return Err(unknown("ContentBasedDeduplication"));
        }
        Ok(changed)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        let seconds = |range: std::ops::RangeInclusive<i64>| {
            number(name, value, range).map(SignedDuration::from_secs)
        };
        match name {
            "VisibilityTimeout" => self.visibility = seconds(0..=43_200)?,
            "DelaySeconds" => self.delay = seconds(0..=900)?,
            "MessageRetentionPeriod" => self.retention = seconds(60..=1_209_600)?,
            "ReceiveMessageWaitTimeSeconds" => self.wait = seconds(0..=20)?,
            "MaximumMessageSize" => {
                let bytes = number(name, value, 1_024..=1_048_576)?;
                self.maximum_message_bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
            }
            "FifoQueue" => {
                if choice(name, value, ["false", "true"])? != self.fifo {
                    return Err(unknown(name));
                }
            }
            "ContentBasedDeduplication" => {
                self.content_based_deduplication = choice(name, value, ["false", "true"])?;
            }
            "DeduplicationScope" => {
                self.deduplicate_by_group = choice(name, value, ["queue", "messageGroup"])?;
            }
            "FifoThroughputLimit" => {
                self.throughput_by_group = choice(name, value, ["perQueue", "perMessageGroupId"])?;
            }
            "RedrivePolicy" => self.redrive = redrive(value)?,
            "Policy"
            | "RedriveAllowPolicy"
            | "KmsMasterKeyId"
            | "KmsDataKeyReusePeriodSeconds"
            | "SqsManagedSseEnabled" => {
                self.documents.insert(name.to_owned(), value.to_owned());
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    /// The attributes as `GetQueueAttributes` tells them.
    #[must_use]
    pub fn attributes(&self) -> BTreeMap<String, String> {
        let seconds = |duration: SignedDuration| duration.as_secs().to_string();
        let mut told = BTreeMap::from([
            ("VisibilityTimeout", seconds(self.visibility)),
            ("DelaySeconds", seconds(self.delay)),
            ("MessageRetentionPeriod", seconds(self.retention)),
            ("ReceiveMessageWaitTimeSeconds", seconds(self.wait)),
            ("MaximumMessageSize", self.maximum_message_bytes.to_string()),
        ]);
        if self.fifo {
            let scope = ["queue", "messageGroup"];
            let limit = ["perQueue", "perMessageGroupId"];
            told.insert("FifoQueue", "true".to_owned());
            told.insert(
                "ContentBasedDeduplication",
                self.content_based_deduplication.to_string(),
            );
            told.insert("DeduplicationScope", pick(scope, self.deduplicate_by_group));
            told.insert("FifoThroughputLimit", pick(limit, self.throughput_by_group));
        }
        if let Some(redrive) = &self.redrive {
            let policy = json!({
                "deadLetterTargetArn": redrive.target_arn,
                "maxReceiveCount": redrive.max_receive_count,
            });
            told.insert("RedrivePolicy", policy.to_string());
        }
        let told = told
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        told.chain(self.documents.clone()).collect()
    }
}

fn pick(names: [&str; 2], second: bool) -> String {
    let [first, other] = names;
    if second { other } else { first }.to_owned()
}

fn unknown(name: &str) -> ApiError {
    ApiError::sqs("InvalidAttributeName", format!("Unknown Attribute {name}."))
}

fn invalid(name: &str) -> ApiError {
    ApiError::sqs(
        "InvalidAttributeValue",
        format!("Invalid value for the parameter {name}."),
    )
}

fn number(name: &str, value: &str, range: std::ops::RangeInclusive<i64>) -> Result<i64, ApiError> {
    let parsed: Option<i64> = value.parse().ok();
    parsed
        .filter(|number| range.contains(number))
        .ok_or_else(|| invalid(name))
}

/// Whether the second of two words was said.
fn choice(name: &str, value: &str, [no, yes]: [&str; 2]) -> Result<bool, ApiError> {
    match value {
        _ if value == no => Ok(false),
        _ if value == yes => Ok(true),
        _ => Err(invalid(name)),
    }
}

fn redrive(value: &str) -> Result<Option<Redrive>, ApiError> {
    if value.is_empty() {
        return Ok(None);
    }
    let reason = |reason: &str| {
        ApiError::sqs(
            "InvalidParameterValue",
            format!("Value {value} for parameter RedrivePolicy is invalid. Reason: {reason}."),
        )
    };
    let policy: RedrivePolicy = serde_json::from_str(value)
        .map_err(|_| reason("Redrive policy is not a valid JSON map"))?;
    let count = match &policy.max_receive_count {
        serde_json::Value::String(text) => text.parse().ok(),
        number => number.as_u64(),
    };
    let max_receive_count = count
        .filter(|count| (1..=1_000).contains(count))
        .and_then(|count| u32::try_from(count).ok())
        .ok_or_else(|| reason("Invalid value for maxReceiveCount"))?;
    Ok(Some(Redrive {
        target_arn: policy.dead_letter_target_arn,
        max_receive_count,
    }))
}
