//! The tables of what stands inside states.

use super::shape::{
    ARGUMENTS, ASSIGN, Accepts,
    Accepts::{Anything, Object, Text, Texts, Words},
    COMMENT, COUNT, NEXT, ONE_OR_MORE, OUT, PARAMETERS, RESULT, SECONDS_MAX, Shape, exclusive,
    shape,
};

pub(super) const RETRIER: &Shape = &shape(
    &[
        COMMENT,
        ("ErrorEquals", Texts),
        (
            "IntervalSeconds",
            Accepts::Integer {
                min: 0.0,
                max: SECONDS_MAX,
            },
        ),
        (
            "MaxAttempts",
            Accepts::Integer {
                min: 0.0,
                max: SECONDS_MAX,
            },
        ),
        (
            "BackoffRate",
            Accepts::Number {
                min: 1.0,
                max: f64::INFINITY,
            },
        ),
        (
            "MaxDelaySeconds",
            Accepts::Integer {
                min: 1.0,
                max: 31_622_400.0,
            },
        ),
        ("JitterStrategy", Words(&["NONE", "FULL"])),
    ],
    &["ErrorEquals"],
);
pub(super) const CATCHER: &Shape = &shape(
    &[COMMENT, ("ErrorEquals", Texts), RESULT, ASSIGN, OUT, NEXT],
    &["ErrorEquals", "Next"],
);

/// A rule's comparison has a file of its own: which member it is depends on the others.
pub(super) const RULE: &Shape = &Shape {
    members: &[COMMENT, NEXT, ASSIGN, OUT],
    required: &["Next"],
    exclusive: &[],
    is_open: true,
};

const READER: Shape = shape(
    &[
        ("Resource", Text),
        PARAMETERS,
        ARGUMENTS,
        ("ReaderConfig", Object),
    ],
    &["Resource"],
);
const READER_CONFIG: Shape = exclusive(
    &[
        ("InputType", Text),
        ("ManifestType", Text),
        ("Transformation", Text),
        ("CSVHeaderLocation", Words(&["FIRST_ROW", "GIVEN"])),
        ("CSVHeaders", Texts),
        ("CSVDelimiter", Text),
        ("ItemsPointer", Text),
        ("MaxItems", COUNT),
        ("MaxItemsPath", Text),
    ],
    &[],
    &[(&["MaxItems", "MaxItemsPath"], false)],
);
const BATCHER: Shape = exclusive(
    &[
        ("MaxItemsPerBatch", ONE_OR_MORE),
        ("MaxItemsPerBatchPath", Text),
        ("MaxInputBytesPerBatch", ONE_OR_MORE),
        ("MaxInputBytesPerBatchPath", Text),
        ("BatchInput", Anything),
    ],
    &[],
    &[
        (&["MaxItemsPerBatch", "MaxItemsPerBatchPath"], false),
        (
            &["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"],
            false,
        ),
    ],
);
const WRITER: Shape = shape(
    &[
        ("Resource", Text),
        PARAMETERS,
        ARGUMENTS,
        ("WriterConfig", Object),
    ],
    &[],
);
const WRITER_CONFIG: Shape = shape(
    &[("Transformation", Text), ("OutputType", Text)],
    &["OutputType"],
);
const CONFIG: Shape = shape(
    &[
        ("Mode", Words(&["INLINE", "DISTRIBUTED"])),
        ("ExecutionType", Words(&["STANDARD", "EXPRESS"])),
    ],
    &[],
);

/// Objects inside a state, by the way that leads there.
pub(super) const PARTS: &[(&[&str], &Shape)] = &[
    (&["ItemProcessor", "ProcessorConfig"], &CONFIG),
    (&["Iterator", "ProcessorConfig"], &CONFIG),
    (&["ItemReader"], &READER),
    (&["ItemReader", "ReaderConfig"], &READER_CONFIG),
    (&["ItemBatcher"], &BATCHER),
    (&["ResultWriter"], &WRITER),
    (&["ResultWriter", "WriterConfig"], &WRITER_CONFIG),
];
