//! How a distributed Map reads, batches and writes.

use serde_json::Value;

use super::members::{Unread, Written};
use crate::model::{
    CsvHeaderLocation, ItemBatcher, ItemReader, ReaderConfig, ResultWriter, WriterConfig,
};

const HEADERS: &[(&str, CsvHeaderLocation)] = &[
    ("FIRST_ROW", CsvHeaderLocation::FirstRow),
    ("GIVEN", CsvHeaderLocation::Given),
];

pub(super) fn read_reader(value: &Value) -> Option<ItemReader> {
    let mut unread = Unread::of(value)?;
    Some(ItemReader {
        resource: unread.text("Resource")?,
        parameters: unread.any("Parameters"),
        arguments: unread.any("Arguments"),
        config: unread.with("ReaderConfig", read_reader_config),
        unknown: unread.rest(),
    })
}

pub(super) fn write_reader(reader: &ItemReader) -> Value {
    let mut written = Written::default();
    written.put("Resource", reader.resource.as_str());
    written.put_some(
        "ReaderConfig",
        reader.config.as_ref().map(write_reader_config),
    );
    written.put_some("Parameters", reader.parameters.clone());
    written.put_some("Arguments", reader.arguments.clone());
    written.with(&reader.unknown)
}

fn read_reader_config(value: &Value) -> Option<ReaderConfig> {
    let mut unread = Unread::of(value)?;
    Some(ReaderConfig {
        input_type: unread.text("InputType"),
        manifest_type: unread.text("ManifestType"),
        transformation: unread.text("Transformation"),
        csv_header_location: unread.word("CSVHeaderLocation", HEADERS),
        csv_headers: unread.texts("CSVHeaders"),
        csv_delimiter: unread.text("CSVDelimiter"),
        items_pointer: unread.text("ItemsPointer"),
        max_items: unread.source_of_integer("MaxItems", "MaxItemsPath"),
        unknown: unread.rest(),
    })
}

fn write_reader_config(config: &ReaderConfig) -> Value {
    let mut written = Written::default();
    written.put_some("InputType", config.input_type.as_deref());
    written.put_some("ManifestType", config.manifest_type.as_deref());
    written.put_some("Transformation", config.transformation.as_deref());
    written.put_some(
        "CSVHeaderLocation",
        config.csv_header_location.map(CsvHeaderLocation::as_str),
    );
    written.put_some("CSVHeaders", config.csv_headers.clone());
    written.put_some("CSVDelimiter", config.csv_delimiter.as_deref());
    written.put_some("ItemsPointer", config.items_pointer.as_deref());
    written.put_source("MaxItems", "MaxItemsPath", config.max_items.as_ref());
    written.with(&config.unknown)
}

pub(super) fn read_batcher(value: &Value) -> Option<ItemBatcher> {
    let mut unread = Unread::of(value)?;
    Some(ItemBatcher {
        max_items_per_batch: unread.source_of_integer("MaxItemsPerBatch", "MaxItemsPerBatchPath"),
        max_input_bytes_per_batch: unread
            .source_of_integer("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
        batch_input: unread.any("BatchInput"),
        unknown: unread.rest(),
    })
}

pub(super) fn write_batcher(batcher: &ItemBatcher) -> Value {
    let mut written = Written::default();
    written.put_source(
        "MaxItemsPerBatch",
        "MaxItemsPerBatchPath",
        batcher.max_items_per_batch.as_ref(),
    );
    written.put_source(
        "MaxInputBytesPerBatch",
        "MaxInputBytesPerBatchPath",
        batcher.max_input_bytes_per_batch.as_ref(),
    );
    written.put_some("BatchInput", batcher.batch_input.clone());
    written.with(&batcher.unknown)
}

pub(super) fn read_writer(value: &Value) -> Option<ResultWriter> {
    let mut unread = Unread::of(value)?;
    Some(ResultWriter {
        resource: unread.text("Resource"),
        parameters: unread.any("Parameters"),
        arguments: unread.any("Arguments"),
        config: unread.with("WriterConfig", read_writer_config),
        unknown: unread.rest(),
    })
}

pub(super) fn write_writer(writer: &ResultWriter) -> Value {
    let mut written = Written::default();
    written.put_some("Resource", writer.resource.as_deref());
    written.put_some(
        "WriterConfig",
        writer.config.as_ref().map(write_writer_config),
    );
    written.put_some("Parameters", writer.parameters.clone());
    written.put_some("Arguments", writer.arguments.clone());
    written.with(&writer.unknown)
}

fn read_writer_config(value: &Value) -> Option<WriterConfig> {
    let mut unread = Unread::of(value)?;
    Some(WriterConfig {
        transformation: unread.text("Transformation"),
        output_type: unread.text("OutputType"),
        unknown: unread.rest(),
    })
}

fn write_writer_config(config: &WriterConfig) -> Value {
    let mut written = Written::default();
    written.put_some("Transformation", config.transformation.as_deref());
    written.put_some("OutputType", config.output_type.as_deref());
    written.with(&config.unknown)
}
