//! Map and its processor.

use serde_json::Value;

use super::{
    machine, map_io,
    members::{Unread, Written},
};
use crate::model::{ItemProcessor, ItemsSource, Map, ProcessorConfig, ProcessorMode};

const MODES: &[(&str, ProcessorMode)] = &[
    ("INLINE", ProcessorMode::Inline),
    ("DISTRIBUTED", ProcessorMode::Distributed),
];

pub(super) fn read(unread: &mut Unread) -> Option<Map> {
    let items = unread.any("Items").map(ItemsSource::Items);
    Some(Map {
        items: items.or_else(|| unread.text("ItemsPath").map(ItemsSource::Path)),
        item_selector: unread.any("ItemSelector"),
        item_reader: unread.with("ItemReader", map_io::read_reader),
        item_batcher: unread.with("ItemBatcher", map_io::read_batcher),
        result_writer: unread.with("ResultWriter", map_io::read_writer),
        processor: read_processor(unread)?,
        max_concurrency: unread.source_of_integer("MaxConcurrency", "MaxConcurrencyPath"),
        tolerated_failure_count: unread
            .source_of_integer("ToleratedFailureCount", "ToleratedFailureCountPath"),
        tolerated_failure_percentage: unread.source_of_number(
            "ToleratedFailurePercentage",
            "ToleratedFailurePercentagePath",
        ),
        label: unread.text("Label"),
    })
}

pub(super) fn write(map: &Map, written: &mut Written) {
    match &map.items {
        Some(ItemsSource::Items(items)) => written.put("Items", items.clone()),
        Some(ItemsSource::Path(path)) => written.put("ItemsPath", path.as_str()),
        None => {}
    }
    written.put_some(
        "ItemReader",
        map.item_reader.as_ref().map(map_io::write_reader),
    );
    written.put_some(
        "ItemBatcher",
        map.item_batcher.as_ref().map(map_io::write_batcher),
    );
    written.put_some("ItemSelector", map.item_selector.clone());
    written.put_source(
        "MaxConcurrency",
        "MaxConcurrencyPath",
        map.max_concurrency.as_ref(),
    );
    written.put_source(
        "ToleratedFailureCount",
        "ToleratedFailureCountPath",
        map.tolerated_failure_count.as_ref(),
    );
    written.put_source(
        "ToleratedFailurePercentage",
        "ToleratedFailurePercentagePath",
        map.tolerated_failure_percentage.as_ref(),
    );
    written.put_some("Label", map.label.as_deref());
    write_processor(&map.processor, written);
    written.put_some(
        "ResultWriter",
        map.result_writer.as_ref().map(map_io::write_writer),
    );
}

fn read_processor(unread: &mut Unread) -> Option<ItemProcessor> {
    let is_iterator = !unread.has("ItemProcessor");
    unread.with(
        if is_iterator {
            "Iterator"
        } else {
            "ItemProcessor"
        },
        |value| {
            let mut unread = Unread::of(value)?;
            let config = unread.with("ProcessorConfig", read_config);
            let mut branch = machine::read_branch(&mut unread)?;
            branch.unknown = unread.rest();
            Some(ItemProcessor {
                is_iterator,
                config,
                branch,
            })
        },
    )
}

fn write_processor(processor: &ItemProcessor, written: &mut Written) {
    let mut inner = Written::default();
    inner.put_some(
        "ProcessorConfig",
        processor.config.as_ref().map(write_config),
    );
    let name = if processor.is_iterator {
        "Iterator"
    } else {
        "ItemProcessor"
    };
    written.put(name, machine::write_branch(&processor.branch, inner));
}

fn read_config(value: &Value) -> Option<ProcessorConfig> {
    let mut unread = Unread::of(value)?;
    Some(ProcessorConfig {
        mode: unread.word("Mode", MODES),
        execution_type: unread.text("ExecutionType"),
        unknown: unread.rest(),
    })
}

fn write_config(config: &ProcessorConfig) -> Value {
    let mut written = Written::default();
    written.put_some("Mode", config.mode.map(ProcessorMode::as_str));
    written.put_some("ExecutionType", config.execution_type.as_deref());
    written.with(&config.unknown)
}
