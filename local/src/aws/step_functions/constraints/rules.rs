//! The kinds of members that the Step Functions API has, each with its bounds.

use super::Rule;

pub(super) const ARN: &[Rule] = &[text(1, 256)];
pub(super) const LONG_ARN: &[Rule] = &[text(1, 2_000)];
pub(super) const NAME: &[Rule] = &[text(1, 80)];
pub(super) const TOKEN: &[Rule] = &[text(1, 1_024)];
pub(super) const EXECUTIONS_TOKEN: &[Rule] = &[text(1, 3_096)];
pub(super) const TASK_TOKEN: &[Rule] = &[Rule::Data { most: 2_048 }];
pub(super) const DEFINITION: &[Rule] = &[Rule::Data { most: 1_048_576 }];
pub(super) const DATA: &[Rule] = &[Rule::Data { most: 262_144 }];
pub(super) const ERROR: &[Rule] = &[Rule::Data { most: 256 }];
pub(super) const CAUSE: &[Rule] = &[Rule::Data { most: 32_768 }];
pub(super) const DESCRIPTION: &[Rule] = &[Rule::Data { most: 256 }];
pub(super) const RESULTS: &[Rule] = &[Rule::Number {
    least: 0.0,
    most: 1_000.0,
}];
pub(super) const NO_LESS_THAN_0: &[Rule] = &[Rule::Number {
    least: 0.0,
    most: f64::MAX,
}];
pub(super) const KIND: &[Rule] = &[Rule::OneOf(&["STANDARD", "EXPRESS"])];
pub(super) const INCLUDED: &[Rule] = &[Rule::OneOf(&["ALL_DATA", "METADATA_ONLY"])];
pub(super) const LOG_LEVEL: &[Rule] = &[Rule::OneOf(&["ALL", "ERROR", "FATAL", "OFF"])];
pub(super) const ENCRYPTION: &[Rule] =
    &[Rule::OneOf(&["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"])];
pub(super) const KEY_REUSE: &[Rule] = &[Rule::Number {
    least: 60.0,
    most: 900.0,
}];
pub(super) const STATUS: &[Rule] = &[Rule::OneOf(&[
    "SUCCEEDED",
    "TIMED_OUT",
    "PENDING_REDRIVE",
    "ABORTED",
    "FAILED",
    "RUNNING",
])];
pub(super) const REDRIVE_FILTER: &[Rule] = &[Rule::OneOf(&["REDRIVEN", "NOT_REDRIVEN"])];
pub(super) const ALIAS_NAME: &[Rule] = &[
    text(1, 80),
    Rule::Shape {
        pattern: r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$",
        fits: is_alias_name,
    },
];
pub(super) const CLIENT_TOKEN: &[Rule] = &[
    text(1, 64),
    Rule::Shape {
        pattern: "[!-~]+",
        fits: is_visible_ascii,
    },
];
pub(super) const ROUTES: &[Rule] = &[Rule::Routes { most: 2 }];
pub(super) const PERCENTAGE: &[Rule] = &[Rule::Number {
    least: 0.0,
    most: 100.0,
}];
pub(super) const INSPECTION: &[Rule] = &[Rule::OneOf(&["INFO", "DEBUG", "TRACE"])];
pub(super) const FIELD_VALIDATION: &[Rule] = &[Rule::OneOf(&["STRICT", "PRESENT", "NONE"])];
pub(super) const SEVERITY: &[Rule] = &[Rule::OneOf(&["ERROR", "WARNING"])];
pub(super) const TAG_KEY: &[Rule] = &[text(1, 128)];
pub(super) const TAG_VALUE: &[Rule] = &[text(0, 256)];
pub(super) const TRACE_HEADER: &[Rule] = &[text(0, 256)];

const fn text(least: usize, most: usize) -> Rule {
    Rule::Text { least, most }
}

fn is_alias_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.chars().all(is_allowed) && name.contains(|c: char| !c.is_ascii_digit())
}

fn is_visible_ascii(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic())
}
