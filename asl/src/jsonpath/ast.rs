//! What a path consists of.

use serde_json::Value;

/// A path, read.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPath {
    /// The path as it was written, for messages.
    pub text: String,
    /// What the path begins at.
    pub root: Root,
    /// The steps from there.
    pub segments: Vec<Segment>,
}

/// What a path begins at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$`: the data at hand.
    Data,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(String),
    /// `@`: the item that a filter looks at.
    Item,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub enum Segment {
    /// `.a`, `['a','b']`, `[0]`, `[*]`, …: from each value to members or elements of it.
    Child(Vec<Selector>),
    /// `..a`: the same from the value and everything inside it.
    Descendant(Vec<Selector>),
    /// `.length()`: computed from all values that were reached.
    Function(Function),
}

/// Which members or elements a step leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Selector {
    /// A member by name.
    Name(String),
    /// An element by index; negative counts from the end.
    Index(i64),
    /// Everything.
    Wildcard,
    /// Elements from `start` to before `end`.
    Slice {
        /// The first; from the beginning when absent.
        start: Option<i64>,
        /// The first that is left out; to the end when absent.
        end: Option<i64>,
        /// Every how many.
        step: Option<i64>,
    },
    /// Elements (or the members of an object) of which the condition holds.
    Filter(Filter),
}

/// A condition on items.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `a || b`.
    Or(Vec<Filter>),
    /// `a && b`.
    And(Vec<Filter>),
    /// `!a`.
    Not(Box<Filter>),
    /// The path leads somewhere.
    Exists(JsonPath),
    /// A comparison.
    Compare {
        /// The left side.
        left: FilterOperand,
        /// How they are compared.
        comparator: Comparator,
        /// The right side.
        right: FilterOperand,
    },
}

/// One side of a comparison in a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum FilterOperand {
    /// A path, most often from `@`.
    Path(JsonPath),
    /// A value that is written down.
    Literal(Value),
    /// `/pattern/flags`.
    Regex {
        /// Between the slashes.
        pattern: String,
        /// After them.
        flags: String,
    },
}

/// How two sides are compared in a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the operators")]
pub enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    SubsetOf,
    AnyOf,
    NoneOf,
    Contains,
    Size,
    Empty,
}

/// What a path may compute at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named after the functions")]
pub enum Function {
    Length,
    Size,
    Min,
    Max,
    Average,
    StandardDeviation,
    Sum,
    Keys,
    First,
    Last,
}

impl JsonPath {
    /// Whether the path leads to at most one place: names and indexes only.
    ///
    /// `ResultPath`, `ItemsPath` and `Variable` take only such paths; AWS calls them reference paths.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        self.segments.iter().all(|segment| match segment {
            Segment::Child(selectors) => matches!(
                selectors.as_slice(),
                [Selector::Name(_) | Selector::Index(_)]
            ),
            Segment::Descendant(_) | Segment::Function(_) => false,
        })
    }

    /// Whether the path leads to exactly what it begins at.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.segments.is_empty()
    }

    /// The name of the variable that the path begins at.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        match &self.root {
            Root::Variable(name) => Some(name),
            Root::Data | Root::Context | Root::Item => None,
        }
    }
}

impl Function {
    /// The name it has in a path.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Function::Length => "length",
            Function::Size => "size",
            Function::Min => "min",
            Function::Max => "max",
            Function::Average => "avg",
            Function::StandardDeviation => "stddev",
            Function::Sum => "sum",
            Function::Keys => "keys",
            Function::First => "first",
            Function::Last => "last",
        }
    }

    /// A function by the name it has in a path.
    #[must_use]
    pub fn parse(name: &str) -> Option<Function> {
        Some(match name {
            "length" => Function::Length,
            "size" => Function::Size,
            "min" => Function::Min,
            "max" => Function::Max,
            "avg" => Function::Average,
            "stddev" => Function::StandardDeviation,
            "sum" => Function::Sum,
            "keys" => Function::Keys,
            "first" => Function::First,
            "last" => Function::Last,
            _ => return None,
        })
    }
}
