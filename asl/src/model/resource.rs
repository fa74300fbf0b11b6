//! What a Task's `Resource` names: a function, an activity, or an action of a service and how its end is awaited.

use std::fmt;

/// A resource, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A Lambda function by its own ARN; input and output are the bare payloads.
    Lambda {
        /// The whole ARN, with version or alias if it has one.
        arn: String,
    },
    /// An activity that workers poll.
    Activity {
        /// The whole ARN.
        arn: String,
    },
    /// `arn:aws:states:::lambda:invoke` and its like: an optimised integration.
    Service(Integration),
    /// `arn:aws:states:::aws-sdk:s3:getObject`: any action of any service.
    Sdk(Integration),
    /// Something with `${…}` in it that is known only after deployment.
    Substitution(String),
    /// Nothing that the language describes.
    Unknown(String),
}

/// An action of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// `lambda`, `dynamodb`, `states`, `http`, …
    pub service: String,
    /// `invoke`, `putItem`, `startExecution`, …
    pub action: String,
    /// When the task is done.
    pub pattern: Pattern,
}

/// When a service task is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// As soon as the service answers.
    #[default]
    RequestResponse,
    /// `.sync`: when the job that was started ends.
    Sync,
    /// `.sync:2`: the same, with the output as JSON rather than text.
    Sync2,
    /// `.waitForTaskToken`: when somebody brings the token back.
    WaitForTaskToken,
}

impl Resource {
    /// Reads the text of a `Resource` field. Never fails: what is nothing known is [`Resource::Unknown`].
    #[must_use]
    pub fn parse(text: &str) -> Resource {
        let resource = arn(text).and_then(|(partition, service, place, rest)| match service {
            "lambda" if rest.starts_with("function:") => Some(Resource::Lambda {
                arn: text.to_owned(),
            }),
            "states" if rest.starts_with("activity:") => Some(Resource::Activity {
                arn: text.to_owned(),
            }),
            "states" if place == ":" => integration(partition, rest),
            _ => None,
        });
        resource.unwrap_or_else(|| {
            let is_open = text.contains("${");
            if is_open {
                Resource::Substitution(text.to_owned())
            } else {
                Resource::Unknown(text.to_owned())
            }
        })
    }

    /// How the task's end is awaited.
    #[must_use]
    pub fn pattern(&self) -> Pattern {
        match self {
            Resource::Service(integration) | Resource::Sdk(integration) => integration.pattern,
            _ => Pattern::RequestResponse,
        }
    }

    /// The service and its action; none for functions and activities by ARN.
    #[must_use]
    pub fn integration(&self) -> Option<&Integration> {
        match self {
            Resource::Service(integration) | Resource::Sdk(integration) => Some(integration),
            _ => None,
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, integration) = match self {
            Resource::Lambda { arn } | Resource::Activity { arn } => {
                return formatter.write_str(arn);
            }
            Resource::Substitution(text) | Resource::Unknown(text) => {
                return formatter.write_str(text);
            }
            Resource::Service(integration) => ("", integration),
            Resource::Sdk(integration) => ("aws-sdk:", integration),
        };
        let Integration {
            partition,
            service,
            action,
            pattern,
        } = integration;
        write!(
            formatter,
            "arn:{partition}:states:::{prefix}{service}:{action}{}",
            pattern.suffix()
        )
    }
}

impl Integration {
    /// An action in the `aws` partition that is done when the service answers.
    pub fn new(service: impl Into<String>, action: impl Into<String>) -> Integration {
        Integration {
            partition: "aws".to_owned(),
            service: service.into(),
            action: action.into(),
            pattern: Pattern::RequestResponse,
        }
    }

    /// The same action, awaited otherwise.
    #[must_use]
    pub fn awaiting(mut self, pattern: Pattern) -> Integration {
        self.pattern = pattern;
        self
    }
}

impl Pattern {
    /// What stands behind the action's name.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Pattern::RequestResponse => "",
            Pattern::Sync => ".sync",
            Pattern::Sync2 => ".sync:2",
            Pattern::WaitForTaskToken => ".waitForTaskToken",
        }
    }
}

/// Partition, service, `region:account` and the rest of an ARN. The colons of `${AWS::Partition}` are not the ARN's.
fn arn(text: &str) -> Option<(&str, &str, &str, &str)> {
    let mut depth = 0_usize;
    let mut colons = Vec::new();
    for (offset, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => colons.push(offset),
            _ => {}
        }
    }
    let [first, second, third, _, fifth, ..] = colons.as_slice() else {
        return None;
    };
    (text.get(..*first)? == "arn").then_some(())?;
    let partition = text.get(first + 1..*second)?;
    let service = text.get(second + 1..*third)?;
    let place = text.get(third + 1..*fifth)?;
    Some((partition, service, place, text.get(fifth + 1..)?))
}

fn integration(partition: &str, rest: &str) -> Option<Resource> {
    let (is_sdk, rest) = rest
        .strip_prefix("aws-sdk:")
        .map_or((false, rest), |rest| (true, rest));
    let (service, call) = rest.split_once(':')?;
    let (action, pattern) = [Pattern::WaitForTaskToken, Pattern::Sync2, Pattern::Sync]
        .into_iter()
        .find_map(|pattern| {
            call.strip_suffix(pattern.suffix())
                .map(|action| (action, pattern))
        })
        .unwrap_or((call, Pattern::RequestResponse));
    // A dot or colon that is left is a suffix nobody knows, such as `.waitForTaskTokens`.
    if service.is_empty() || action.is_empty() || action.contains(['.', ':']) {
        return None;
    }
    let integration = Integration {
        partition: partition.to_owned(),
        service: service.to_owned(),
        action: action.to_owned(),
        pattern,
    };
    Some(if is_sdk {
        Resource::Sdk(integration)
    } else {
        Resource::Service(integration)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Resource) {
        let resource = Resource::parse(text);
        assert_eq!(resource, expected);
        assert_eq!(resource.to_string(), text, "printed back");
    }

    fn service(service: &str, action: &str, pattern: Pattern) -> Resource {
        Resource::Service(Integration::new(service, action).awaiting(pattern))
    }

    #[test]
    fn reads_every_form() {
        check(
            "arn:aws:states:::lambda:invoke",
            service("lambda", "invoke", Pattern::RequestResponse),
        );
        check(
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            service("sqs", "sendMessage", Pattern::WaitForTaskToken),
        );
        check(
            "arn:aws:states:::states:startExecution.sync",
            service("states", "startExecution", Pattern::Sync),
        );
        check(
            "arn:aws:states:::states:startExecution.sync:2",
            service("states", "startExecution", Pattern::Sync2),
        );
        check(
            "arn:aws:states:::aws-sdk:s3:getObject",
            Resource::Sdk(Integration::new("s3", "getObject")),
        );
        let arn = "arn:aws:lambda:us-east-1:111111111111:function:name:live";
        check(
            arn,
            Resource::Lambda {
                arn: arn.to_owned(),
            },
        );
        let arn = "arn:aws:states:us-east-1:111111111111:activity:name";
        check(
            arn,
            Resource::Activity {
                arn: arn.to_owned(),
            },
        );
        check(
            "${Function}",
            Resource::Substitution("${Function}".to_owned()),
        );
        for text in [
            "foo:bar",
            "arn:aws:states:::sqs:send.waitForever",
            "arn:aws:states:::sqs",
            "",
        ] {
            check(text, Resource::Unknown(text.to_owned()));
        }
    }
}
