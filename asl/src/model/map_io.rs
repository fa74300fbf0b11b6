//! How a distributed Map reads its items, puts them together, and writes its results.

use super::{Fields, Source, Template};

/// Reads items from elsewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemReader {
    /// `arn:aws:states:::s3:getObject` or `…:listObjectsV2`.
    pub resource: String,
    /// JSONPath: which object or listing.
    pub parameters: Option<Template>,
    /// JSONata: which object or listing.
    pub arguments: Option<Template>,
    /// How it is read.
    pub config: Option<ReaderConfig>,
    /// Members that the language does not know.
    pub unknown: Fields,
}

/// How items are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReaderConfig {
    /// `CSV`, `JSON`, `JSONL`, `PARQUET` or `MANIFEST`.
    pub input_type: Option<String>,
    /// What the manifest lists: `ATHENA_DATA` or `S3_INVENTORY`.
    pub manifest_type: Option<String>,
    /// `LOAD_AND_FLATTEN` or `NONE`.
    pub transformation: Option<String>,
    /// Where the column names of CSV are.
    pub csv_header_location: Option<CsvHeaderLocation>,
    /// The column names, where they are given.
    pub csv_headers: Option<Vec<String>>,
    /// `COMMA`, `PIPE`, `SEMICOLON`, `SPACE` or `TAB`.
    pub csv_delimiter: Option<String>,
    /// JSON: the array inside the document, as a JSON pointer.
    pub items_pointer: Option<String>,
    /// The most items that are read.
    pub max_items: Option<Source<u64>>,
    /// Members that the language does not know.
    pub unknown: Fields,
}

/// Where the column names of CSV are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvHeaderLocation {
    /// In the file.
    FirstRow,
    /// In `CSVHeaders`.
    Given,
}

/// Puts items together into batches.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemBatcher {
    /// The most items in a batch.
    pub max_items_per_batch: Option<Source<u64>>,
    /// The most bytes in a batch.
    pub max_input_bytes_per_batch: Option<Source<u64>>,
    /// What every batch is given beside its items.
    pub batch_input: Option<Template>,
    /// Members that the language does not know.
    pub unknown: Fields,
}

/// Writes results elsewhere.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResultWriter {
    /// `arn:aws:states:::s3:putObject`; absent where only the configuration is given.
    pub resource: Option<String>,
    /// JSONPath: bucket and prefix.
    pub parameters: Option<Template>,
    /// JSONata: bucket and prefix.
    pub arguments: Option<Template>,
    /// How it is written.
    pub config: Option<WriterConfig>,
    /// Members that the language does not know.
    pub unknown: Fields,
}

/// How results are written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WriterConfig {
    /// `NONE`, `COMPACT` or `FLATTEN`.
    pub transformation: Option<String>,
    /// `JSON` or `JSONL`.
    pub output_type: Option<String>,
    /// Members that the language does not know.
    pub unknown: Fields,
}

impl CsvHeaderLocation {
    /// The place as ASL spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CsvHeaderLocation::FirstRow => "FIRST_ROW",
            CsvHeaderLocation::Given => "GIVEN",
        }
    }
}
