//! The compiled form of machines and states.

use std::sync::Arc;

use comanda_asl::{JitterStrategy, Operator, Resource};

use crate::json::Json;
use crate::jsonata::Expression;
use crate::jsonpath::{JsonPath, ReferencePath};
use crate::payload_template::{Lookup, Template};

/// The place of a machine in its definition; the outermost is 0.
pub(crate) type MachineId = usize;
/// The place of a state in its machine.
pub(crate) type StateId = usize;

/// A machine: the outermost, a branch of Parallel, or the processor of Map.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) start: StateId,
    pub(crate) states: Vec<StatePlan>,
}

#[derive(Debug)]
pub(crate) struct StatePlan {
    pub(crate) name: Arc<str>,
    pub(crate) kind: Kind,
    pub(crate) flow: Flow,
    pub(crate) retry: Vec<Retrying>,
    pub(crate) catch: Vec<Catching>,
    pub(crate) next: Next,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    State(StateId),
    End,
}

/// How data comes in and goes out.
#[derive(Debug)]
pub(crate) enum Flow {
    Paths(PathFlow),
    Jsonata(JsonataFlow),
}

#[derive(Debug, Default)]
pub(crate) struct PathFlow {
    pub(crate) input_path: Selector,
    pub(crate) parameters: Option<Template>,
    pub(crate) result_selector: Option<Template>,
    pub(crate) result_path: ResultPlace,
    pub(crate) output_path: Selector,
    pub(crate) assign: Vec<(Arc<str>, Template)>,
}

#[derive(Debug, Default)]
pub(crate) struct JsonataFlow {
    pub(crate) arguments: Option<Template>,
    pub(crate) output: Option<Template>,
    pub(crate) assign: Vec<(Arc<str>, Template)>,
}

/// `InputPath` and `OutputPath`.
#[derive(Debug, Default)]
pub(crate) enum Selector {
    /// Absent, or `$`.
    #[default]
    Everything,
    /// `null`.
    Nothing,
    Path(JsonPath),
}

/// `ResultPath`.
#[derive(Debug, Default)]
pub(crate) enum ResultPlace {
    /// Absent, or `$`.
    #[default]
    Replace,
    /// `null`.
    Discard,
    Path(ReferencePath),
}

/// A value that is written down, or looked up, or computed; with the field's name for the words of an error.
#[derive(Debug)]
pub(crate) enum Computed<T> {
    Literal(T),
    Lookup(Lookup),
    Expression(Arc<str>, Expression),
}

#[derive(Debug)]
pub(crate) enum Kind {
    Pass(Option<Json>),
    Task(Box<TaskPlan>),
    Choice(ChoicePlan),
    Wait(WaitPlan),
    Succeed,
    Fail {
        error: Option<Computed<Arc<str>>>,
        cause: Option<Computed<Arc<str>>>,
    },
    Parallel(Vec<MachineId>),
    Map(Box<MapPlan>),
}

#[derive(Debug)]
pub(crate) struct TaskPlan {
    pub(crate) resource: Arc<Resource>,
    /// The service, for history: `lambda`, `aws-sdk:s3`.
    pub(crate) resource_type: Arc<str>,
    /// The action, for history: `invoke.waitForTaskToken`; the whole ARN for functions and activities.
    pub(crate) action: Arc<str>,
    pub(crate) timeout: Option<Computed<u64>>,
    pub(crate) heartbeat: Option<Computed<u64>>,
    pub(crate) role_arn: Option<Computed<Arc<str>>>,
}

#[derive(Debug)]
pub(crate) struct ChoicePlan {
    pub(crate) rules: Vec<ChoiceRulePlan>,
    pub(crate) default: Option<StateId>,
}

#[derive(Debug)]
pub(crate) struct ChoiceRulePlan {
    pub(crate) condition: ConditionPlan,
    pub(crate) next: StateId,
    pub(crate) assign: Vec<(Arc<str>, Template)>,
    pub(crate) output: Option<Template>,
}

#[derive(Debug)]
pub(crate) enum ConditionPlan {
    Expression(Arc<str>, Expression),
    Literal(bool),
    And(Vec<ConditionPlan>),
    Or(Vec<ConditionPlan>),
    Not(Box<ConditionPlan>),
    Compare {
        variable: JsonPath,
        operator: Operator,
        operand: Operand,
    },
}

#[derive(Debug)]
pub(crate) enum Operand {
    Literal(Json),
    Path(JsonPath),
}

#[derive(Debug)]
pub(crate) enum WaitPlan {
    Seconds(Computed<u64>),
    Timestamp(Computed<Arc<str>>),
}

#[derive(Debug)]
pub(crate) struct MapPlan {
    pub(crate) machine: MachineId,
    pub(crate) distributed: bool,
    /// Child executions are express ones.
    pub(crate) is_express: bool,
    pub(crate) source: MapSource,
    pub(crate) item_selector: Option<Template>,
    pub(crate) max_concurrency: Option<Computed<u64>>,
    pub(crate) tolerated_count: Option<Computed<u64>>,
    pub(crate) tolerated_percentage: Option<Computed<f64>>,
    pub(crate) label: Option<Arc<str>>,
    pub(crate) batch: Option<BatchPlan>,
    pub(crate) reader: Option<ReaderPlan>,
    pub(crate) writer: Option<WriterPlan>,
}

/// Where the items of a Map come from.
#[derive(Debug)]
pub(crate) enum MapSource {
    /// The whole input (JSONPath: the effective one).
    Input,
    Path(JsonPath),
    Items(ItemsPlan),
}

#[derive(Debug)]
pub(crate) struct ItemsPlan {
    pub(crate) template: Template,
}

#[derive(Debug)]
pub(crate) struct BatchPlan {
    pub(crate) max_items: Option<Computed<u64>>,
    pub(crate) max_bytes: Option<Computed<u64>>,
    pub(crate) input: Option<Template>,
}

#[derive(Debug)]
pub(crate) struct ReaderPlan {
    pub(crate) resource: Arc<Resource>,
    pub(crate) arguments: Option<Template>,
    pub(crate) reads: Reads,
    pub(crate) max_items: Option<Computed<u64>>,
}

/// What a reader's first answer holds.
#[derive(Debug)]
pub(crate) enum Reads {
    /// Objects, which are the items.
    Listing,
    /// Objects, which hold the items.
    ListedFiles(ItemFormat),
    /// The items.
    File(ItemFormat),
    /// The names of CSV files with rows of an S3 inventory, which are the items.
    Inventory { delimiter: u8 },
    /// The names of files that Athena wrote, which hold the items.
    AthenaManifest(ItemFormat),
}

/// How items stand in a file.
#[derive(Debug, Clone)]
pub(crate) enum ItemFormat {
    /// The names of the columns are in the first row where they are not given.
    Csv {
        headers: Option<Vec<String>>,
        delimiter: u8,
    },
    Json {
        pointer: Option<String>,
    },
    JsonLines,
    Parquet,
}

#[derive(Debug)]
pub(crate) struct WriterPlan {
    /// None where the results stay in the state's output.
    pub(crate) resource: Option<Arc<Resource>>,
    pub(crate) arguments: Option<Template>,
    pub(crate) transformation: Transformation,
    /// JSON Lines rather than an array.
    pub(crate) as_lines: bool,
}

/// What is made of the results of child executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transformation {
    /// Everything known about each execution.
    None,
    /// The outputs.
    Compact,
    /// The outputs, and in place of those that are arrays their elements.
    Flatten,
}

#[derive(Debug)]
pub(crate) struct Retrying {
    pub(crate) errors: Vec<Box<str>>,
    pub(crate) interval_seconds: u64,
    pub(crate) max_attempts: u64,
    pub(crate) backoff_rate: f64,
    pub(crate) max_delay_seconds: Option<u64>,
    pub(crate) jitter: JitterStrategy,
}

#[derive(Debug)]
pub(crate) struct Catching {
    pub(crate) errors: Vec<Box<str>>,
    pub(crate) result_path: ResultPlace,
    pub(crate) assign: Vec<(Arc<str>, Template)>,
    pub(crate) output: Option<Template>,
    pub(crate) next: StateId,
}
