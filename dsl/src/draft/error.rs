//! What the build refuses, with the places in the source that it is about.

use super::Place;

/// A mistake in a workflow that rustc cannot see.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: workflow `{workflow}`: {problem}{}", also(.other))]
pub struct DefinitionError {
    workflow: &'static str,
    problem: Problem,
    at: SourcePlace,
    other: Option<SourcePlace>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Two steps of one name.
    #[error(
        "the state name `{name}` is used twice; give one of the steps another name, or its sub-flow a prefix"
    )]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// AWS allows 1 to 80 characters.
    #[error("the state name `{name}` has {length} characters, AWS allows 1 to 80")]
    NameLength {
        /// The name, prefix included.
        name: String,
        /// Its length.
        length: usize,
    },
    /// A step behind an end.
    #[error(
        "the step `{name}` can never run, because every way to it has ended before; return the `Ended` of the step that ended it"
    )]
    NeverRuns {
        /// The step.
        name: String,
    },
    /// A branch returned `Ended` and left ways open.
    #[error("a branch of `{name}` says that it has ended, but one of its ways has not")]
    NotEnded {
        /// The step with the branches.
        name: String,
    },
    /// A way out of a machine that nothing follows.
    #[error("`{name}` ends without a result; end it with `w.end(…)` or return its value")]
    LooseEnd {
        /// The last step.
        name: String,
    },
    /// A value read where it need not exist.
    #[error(
        "`{name}` reads {what}, which is not there on every way to it; return the value from the branch that has it"
    )]
    NotThere {
        /// The reading step.
        name: String,
        /// What it reads.
        what: String,
    },
    /// The end's type is not the workflow's.
    #[error("this ends with a `{found}`, but the {place} ends with a `{expected}`")]
    WrongEnd {
        /// Type of the value.
        found: String,
        /// Type that is wanted.
        expected: String,
        /// `workflow`, `branch` or `item`.
        place: &'static str,
    },
    /// `again` out of the loop's own machine.
    #[error(
        "`again` of `{name}` is used inside a Map or Parallel; end the item or the branch, and go round behind it"
    )]
    AgainOutside {
        /// The loop.
        name: String,
    },
    /// `leave` out of the part's own machine.
    #[error(
        "`leave` of `{name}` is used inside a Map or Parallel; end the item or the branch, and leave behind it"
    )]
    LeaveOutside {
        /// The part.
        name: String,
    },
    /// A part that nothing leaves.
    #[error(
        "nothing leaves `{name}`; use `leave.with(…)` in it, or write its steps without `until_left`"
    )]
    NeverLeft {
        /// The part.
        name: String,
    },
    /// A loop that nothing sends round again.
    #[error(
        "the loop `{name}` never goes round again; use `again.with(…)` in it, or write its steps without `repeat`"
    )]
    NeverAgain {
        /// The loop.
        name: String,
    },
    /// A bound of zero.
    #[error("the bound of `{name}` is 0, so that it could never run; give 1 or more")]
    ZeroBound {
        /// The loop or Map.
        name: String,
    },
    /// Something an Express workflow cannot do.
    #[error("`{name}` {what}, which an Express workflow cannot do; make the workflow Standard")]
    NotInExpress {
        /// The step.
        name: String,
        /// What it does.
        what: &'static str,
    },
    /// Two contracts with one name.
    #[error("there are two contracts named `{name}`, of the functions `{first}` and `{second}`")]
    TwoContracts {
        /// The task's name.
        name: &'static str,
        /// The first one's function.
        first: &'static str,
        /// The other one's.
        second: &'static str,
    },
    /// A constant that serde cannot write as JSON.
    #[error("`{name}` uses a constant that cannot be written as JSON: {why}")]
    NotJson {
        /// The step.
        name: String,
        /// Serde's words.
        why: String,
    },
    /// A type that a direct integration cannot translate.
    #[error("`{name}` cannot store `{field}` in a table: {why}")]
    NotStorable {
        /// The step.
        name: String,
        /// Path of the field.
        field: String,
        /// What about it.
        why: &'static str,
    },
    /// The printed machine is not valid; a fault of the DSL, not of the workflow.
    #[error("the printed state machine is not valid: {why}; this is a fault of comanda-dsl")]
    Invalid {
        /// The validator's words.
        why: String,
    },
}

/// A place in the source.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SourcePlace {
    /// The file as rustc was given it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl From<Place> for SourcePlace {
    fn from(place: Place) -> Self {
        Self {
            file: place.file().to_owned(),
            line: place.line(),
            column: place.column(),
        }
    }
}

impl std::fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl DefinitionError {
    pub(crate) fn new(problem: Problem, at: Place, other: Option<Place>) -> Self {
        Self {
            workflow: "",
            problem,
            at: at.into(),
            other: other.map(SourcePlace::from),
        }
    }

    pub(crate) fn of(self, workflow: &'static str) -> Self {
        Self { workflow, ..self }
    }

    /// The workflow.
    #[must_use]
    pub fn workflow(&self) -> &'static str {
        self.workflow
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Where.
    #[must_use]
    pub fn place(&self) -> &SourcePlace {
        &self.at
    }

    /// The other place that it is about: the first use of a name, the step that ended.
    #[must_use]
    pub fn other_place(&self) -> Option<&SourcePlace> {
        self.other.as_ref()
    }
}

/// All mistakes found in a workflow, not only the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct DefinitionErrors(pub(crate) Vec<DefinitionError>);

impl DefinitionErrors {
    /// The mistakes, in the order of the source.
    #[must_use]
    pub fn errors(&self) -> &[DefinitionError] {
        &self.0
    }
}

fn also(other: &Option<SourcePlace>) -> String {
    other
        .as_ref()
        .map_or_else(String::new, |place| format!(" (see also {place})"))
}

fn lines(errors: &[DefinitionError]) -> String {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A type as people write it: `alloc::vec::Vec<shop::Order>` is `Vec<Order>`.
pub(crate) fn type_words(name: &str) -> String {
    let mut words = String::new();
    let mut word = String::new();
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
        } else if letter == ':' {
            letters.next_if_eq(&':');
            word.clear();
        } else {
            words.push_str(&std::mem::take(&mut word));
            words.push(letter);
        }
    }
    words + &word
}

#[cfg(test)]
mod tests {
    use super::type_words;

    #[track_caller]
    fn check<T>(expected: &str) {
        assert_eq!(type_words(std::any::type_name::<T>()), expected);
    }

    #[test]
    fn types_are_named_without_their_modules() {
        check::<u32>("u32");
        check::<String>("String");
        check::<Vec<Option<String>>>("Vec<Option<String>>");
        check::<(String, std::time::Duration)>("(String, Duration)");
    }
}
