//! The Map state: runs one branch for every item, inside the execution or as executions of their own.

use serde_json::{Number, Value};

use super::{Branch, Fields, ItemBatcher, ItemReader, ResultWriter, Source, Template};

/// What only a Map has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Map {
    /// Where the items come from when they are in the input; otherwise `item_reader` or the whole input.
    pub items: Option<ItemsSource>,
    /// What each iteration is given. The older `Parameters` stands in [`super::State::parameters`].
    pub item_selector: Option<Template>,
    /// Reads the items from elsewhere (distributed only).
    pub item_reader: Option<ItemReader>,
    /// Puts items together (distributed only).
    pub item_batcher: Option<ItemBatcher>,
    /// Writes the results elsewhere (distributed only).
    pub result_writer: Option<ResultWriter>,
    /// What is done with each item.
    pub processor: ItemProcessor,
    /// How many at a time; 0 is as many as AWS likes.
    pub max_concurrency: Option<Source<u64>>,
    /// How many items may fail (distributed only).
    pub tolerated_failure_count: Option<Source<u64>>,
    /// How many in a hundred may fail (distributed only).
    pub tolerated_failure_percentage: Option<Source<Number>>,
    /// Part of the names of the child executions (distributed only).
    pub label: Option<String>,
}

/// Where the items come from.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemsSource {
    /// JSONata `Items`: an array, an object, or an expression.
    Items(Value),
    /// JSONPath `ItemsPath`.
    Path(String),
}

/// What is done with each item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemProcessor {
    /// Whether the document uses the older name `Iterator`.
    pub is_iterator: bool,
    /// Where iterations run; inline when absent.
    pub config: Option<ProcessorConfig>,
    /// The states.
    pub branch: Branch,
}

/// Where iterations run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProcessorConfig {
    /// Inside the execution, or as executions of their own.
    pub mode: Option<ProcessorMode>,
    /// The kind of child executions: `STANDARD` or `EXPRESS` (distributed only).
    pub execution_type: Option<String>,
    /// Members that the language does not know.
    pub unknown: Fields,
}

/// Inside the execution, or as executions of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProcessorMode {
    /// Inside the execution, up to 40 at a time.
    #[default]
    Inline,
    /// As child executions of a map run.
    Distributed,
}

impl Map {
    /// A map over the given source of items.
    pub fn over(items: ItemsSource, branch: Branch) -> Map {
        Map {
            items: Some(items),
            processor: ItemProcessor {
                branch,
                ..ItemProcessor::default()
            },
            ..Map::default()
        }
    }

    /// Whether iterations are executions of their own.
    #[must_use]
    pub fn is_distributed(&self) -> bool {
        self.processor.mode() == ProcessorMode::Distributed
    }
}

impl ItemProcessor {
    /// Where iterations run.
    #[must_use]
    pub fn mode(&self) -> ProcessorMode {
        self.config
            .as_ref()
            .and_then(|config| config.mode)
            .unwrap_or_default()
    }
}

impl ProcessorMode {
    /// The mode as ASL spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ProcessorMode::Inline => "INLINE",
            ProcessorMode::Distributed => "DISTRIBUTED",
        }
    }
}
