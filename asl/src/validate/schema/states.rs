//! The tables of machines and of the eight state types.

use super::shape::{
    ARGUMENTS, ASSIGN, Accepts,
    Accepts::{Anything, List, Object, Text, Timestamp, Words},
    CATCH, COMMENT, COUNT, DURATION, END, INPUT, LANGUAGE, NEXT, ONWARD, OUT, OUTPUT, PARAMETERS,
    RESULT, RETRY, SECONDS_MAX, SELECTOR, Shape, TYPE, exclusive, shape,
};

pub(super) const MACHINE: &Shape = &shape(
    &[
        COMMENT,
        LANGUAGE,
        ("StartAt", Text),
        ("States", Object),
        ("TimeoutSeconds", COUNT),
        ("Version", Words(&["1.0"])),
    ],
    &["States", "StartAt"],
);
pub(super) const BRANCH: &Shape = &shape(
    &[COMMENT, ("StartAt", Text), ("States", Object)],
    &["States", "StartAt"],
);

/// A state whose type nobody knows: all that can be said is that it needs one.
pub(super) const STATE_OF_NO_TYPE: &Shape = &Shape {
    members: &[TYPE, COMMENT, LANGUAGE],
    required: &["Type"],
    exclusive: &[],
    is_open: true,
};

const PASS: Shape = exclusive(
    &[
        TYPE,
        COMMENT,
        LANGUAGE,
        INPUT,
        OUTPUT,
        RESULT,
        PARAMETERS,
        OUT,
        ASSIGN,
        NEXT,
        END,
        ("Result", Anything),
    ],
    &[],
    &[ONWARD],
);
const TASK: Shape = exclusive(
    &[
        TYPE,
        COMMENT,
        LANGUAGE,
        INPUT,
        OUTPUT,
        RESULT,
        PARAMETERS,
        ARGUMENTS,
        OUT,
        ASSIGN,
        SELECTOR,
        RETRY,
        CATCH,
        NEXT,
        END,
        ("Resource", Text),
        ("Credentials", Object),
        ("TimeoutSeconds", DURATION),
        ("TimeoutSecondsPath", Text),
        ("HeartbeatSeconds", DURATION),
        ("HeartbeatSecondsPath", Text),
    ],
    &["Resource"],
    &[
        ONWARD,
        (&["TimeoutSeconds", "TimeoutSecondsPath"], false),
        (&["HeartbeatSeconds", "HeartbeatSecondsPath"], false),
    ],
);
const WAIT: Shape = exclusive(
    &[
        TYPE,
        COMMENT,
        LANGUAGE,
        INPUT,
        OUTPUT,
        OUT,
        ASSIGN,
        NEXT,
        END,
        (
            "Seconds",
            Accepts::Integer {
                min: 0.0,
                max: SECONDS_MAX,
            },
        ),
        ("SecondsPath", Text),
        ("Timestamp", Timestamp),
        ("TimestampPath", Text),
    ],
    &[],
    &[
        ONWARD,
        (
            &["SecondsPath", "Seconds", "TimestampPath", "Timestamp"],
            true,
        ),
    ],
);
const CHOICE: Shape = shape(
    &[
        TYPE,
        COMMENT,
        LANGUAGE,
        INPUT,
        OUTPUT,
        OUT,
        ASSIGN,
        ("Choices", List),
        ("Default", Text),
    ],
    &["Choices"],
);
const SUCCEED: Shape = shape(&[TYPE, COMMENT, LANGUAGE, INPUT, OUTPUT, OUT], &[]);
const FAIL: Shape = exclusive(
    &[
        TYPE,
        COMMENT,
        LANGUAGE,
        ("Error", Text),
        ("ErrorPath", Text),
        ("Cause", Text),
        ("CausePath", Text),
    ],
    &[],
    &[
        (&["Error", "ErrorPath"], false),
        (&["Cause", "CausePath"], false),
    ],
);
const PARALLEL: Shape = exclusive(
    &[
        TYPE,
        COMMENT,
        LANGUAGE,
        INPUT,
        OUTPUT,
        RESULT,
        PARAMETERS,
        ARGUMENTS,
        OUT,
        ASSIGN,
        SELECTOR,
        RETRY,
        CATCH,
        NEXT,
        END,
        ("Branches", List),
    ],
    &["Branches"],
    &[ONWARD],
);
const MAP: Shape = exclusive(
    &[
        TYPE,
        COMMENT,
        LANGUAGE,
        INPUT,
        OUTPUT,
        RESULT,
        PARAMETERS,
        OUT,
        ASSIGN,
        SELECTOR,
        RETRY,
        CATCH,
        NEXT,
        END,
        ("ItemProcessor", Object),
        ("Iterator", Object),
        ("Items", Anything),
        ("ItemsPath", Text),
        ("ItemSelector", Anything),
        ("ItemReader", Object),
        ("ItemBatcher", Object),
        ("ResultWriter", Object),
        ("MaxConcurrency", COUNT),
        ("MaxConcurrencyPath", Text),
        ("ToleratedFailureCount", COUNT),
        ("ToleratedFailureCountPath", Text),
        (
            "ToleratedFailurePercentage",
            Accepts::Number {
                min: 0.0,
                max: 100.0,
            },
        ),
        ("ToleratedFailurePercentagePath", Text),
        ("Label", Text),
    ],
    &[],
    &[
        ONWARD,
        (&["ItemProcessor", "Iterator"], true),
        (&["ItemSelector", "Parameters"], false),
        (&["MaxConcurrency", "MaxConcurrencyPath"], false),
        (
            &["ToleratedFailureCount", "ToleratedFailureCountPath"],
            false,
        ),
        (
            &[
                "ToleratedFailurePercentage",
                "ToleratedFailurePercentagePath",
            ],
            false,
        ),
    ],
);

/// The shape of a state by its type.
pub(super) fn state(type_name: &str) -> Option<&'static Shape> {
    Some(match type_name {
        "Pass" => &PASS,
        "Task" => &TASK,
        "Choice" => &CHOICE,
        "Wait" => &WAIT,
        "Succeed" => &SUCCEED,
        "Fail" => &FAIL,
        "Parallel" => &PARALLEL,
        "Map" => &MAP,
        _ => return None,
    })
}
