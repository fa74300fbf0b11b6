//! What a table of members says, and the members that many objects have.

/// An object of the language.
pub(super) struct Shape {
    /// The members it may have.
    pub(super) members: &'static [(&'static str, Accepts)],
    /// The members it must have, in the order in which AWS names them.
    pub(super) required: &'static [&'static str],
    /// Members of which there may be one; the flag says that there must be one.
    pub(super) exclusive: &'static [(&'static [&'static str], bool)],
    /// Whether other members are nobody's business.
    pub(super) is_open: bool,
}

/// What values a member takes.
pub(super) enum Accepts {
    Anything,
    Text,
    TextOrNull,
    Boolean,
    Object,
    Timestamp,
    Words(&'static [&'static str]),
    Integer {
        min: f64,
        max: f64,
    },
    Number {
        min: f64,
        max: f64,
    },
    /// At least one text.
    Texts,
    /// At least one of anything; the elements have a shape of their own.
    List,
}

use Accepts::{Anything, Boolean, List, Object, Text, TextOrNull, Texts, Timestamp, Words};

pub(super) const SECONDS_MAX: f64 = 99_999_999.0;
pub(super) const COUNT: Accepts = Accepts::Integer {
    min: 0.0,
    max: f64::INFINITY,
};
pub(super) const ONE_OR_MORE: Accepts = Accepts::Integer {
    min: 1.0,
    max: f64::INFINITY,
};
pub(super) const DURATION: Accepts = Accepts::Integer {
    min: 1.0,
    max: SECONDS_MAX,
};
pub(super) const LANGUAGES: Accepts = Words(&["JSONPath", "JSONata"]);

pub(super) const TYPE: (&str, Accepts) = (
    "Type",
    Words(&[
        "Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map",
    ]),
);
pub(super) const COMMENT: (&str, Accepts) = ("Comment", Text);
pub(super) const LANGUAGE: (&str, Accepts) = ("QueryLanguage", LANGUAGES);
pub(super) const INPUT: (&str, Accepts) = ("InputPath", TextOrNull);
pub(super) const OUTPUT: (&str, Accepts) = ("OutputPath", TextOrNull);
pub(super) const RESULT: (&str, Accepts) = ("ResultPath", TextOrNull);
pub(super) const OUT: (&str, Accepts) = ("Output", Anything);
pub(super) const ASSIGN: (&str, Accepts) = ("Assign", Object);
pub(super) const NEXT: (&str, Accepts) = ("Next", Text);
pub(super) const END: (&str, Accepts) = ("End", Boolean);
pub(super) const PARAMETERS: (&str, Accepts) = ("Parameters", Anything);
pub(super) const ARGUMENTS: (&str, Accepts) = ("Arguments", Anything);
pub(super) const SELECTOR: (&str, Accepts) = ("ResultSelector", Anything);
pub(super) const RETRY: (&str, Accepts) = ("Retry", Anything);
pub(super) const CATCH: (&str, Accepts) = ("Catch", Anything);
pub(super) const ONWARD: (&[&str], bool) = (&["Next", "End"], true);

impl Accepts {
    /// The type as AWS names it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Anything => "[ANY]",
            Text | TextOrNull | Timestamp | Words(_) => "[STRING]",
            Boolean => "[BOOLEAN]",
            Object => "[OBJECT]",
            Accepts::Integer { .. } => "Integer",
            Accepts::Number { .. } => "Number",
            Texts | List => "[ARRAY]",
        }
    }
}

pub(super) const fn shape(
    members: &'static [(&'static str, Accepts)],
    required: &'static [&'static str],
) -> Shape {
    Shape {
        members,
        required,
        exclusive: &[],
        is_open: false,
    }
}

pub(super) const fn exclusive(
    members: &'static [(&'static str, Accepts)],
    required: &'static [&'static str],
    exclusive: &'static [(&'static [&'static str], bool)],
) -> Shape {
    Shape {
        members,
        required,
        exclusive,
        is_open: false,
    }
}
