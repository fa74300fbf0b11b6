//! Where the local AWS is, and how its things are named.

/// The region of everything here.
pub const REGION: &str = "sa-east-1";
/// The account of everything here.
pub const ACCOUNT: &str = "000000000000";

/// The ARN of a queue.
#[must_use]
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// The ARN of a Lambda function.
#[must_use]
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The ARN of a state machine.
#[must_use]
pub fn machine_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}")
}

/// The ARN of an activity.
#[must_use]
pub fn activity_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:activity:{name}")
}

/// The name at the end of an ARN or a URL.
#[must_use]
pub fn last_part(text: &str, separator: char) -> &str {
    text.rsplit(separator).next().unwrap_or(text)
}
