//! Map: what goes with which mode, and what a distributed one reads and writes.

use super::{
    findings::Findings,
    walk::{MachineAt, StateAt},
};
use crate::{
    json::{Location, Node},
    model::WorkflowKind,
};

const READERS: &[&str] = &["s3:getObject", "s3:listObjectsV2"];
const WRITERS: &[&str] = &["s3:putObject"];
const INPUT_TYPES: &[&str] = &["CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"];

pub(super) fn check(machine: &MachineAt<'_>, state: &StateAt<'_>, findings: &mut Findings) {
    if state.type_name != "Map" {
        return;
    }
    for name in ["ItemProcessor", "Iterator"] {
        if let Some(config) = state
            .node
            .get(name)
            .and_then(|processor| processor.get("ProcessorConfig"))
        {
            mode(
                config,
                &state.location.name(name).name("ProcessorConfig"),
                machine.kind,
                findings,
            );
        }
    }
    if let Some(reader) = state.node.get("ItemReader") {
        read(reader, &state.location.name("ItemReader"), findings);
    }
    if let Some(writer) = state
        .node
        .get("ResultWriter")
        .filter(|writer| writer.is_object())
    {
        write(writer, &state.location.name("ResultWriter"), findings);
    }
}

fn mode(config: &Node, location: &Location, kind: WorkflowKind, findings: &mut Findings) {
    let execution_type = config.get("ExecutionType");
    match config.text_of("Mode") {
        Some("DISTRIBUTED") => {
            if execution_type.is_none() {
                findings.schema(location, "These fields are required: [ExecutionType]");
            }
            if kind == WorkflowKind::Express {
                findings.service(
                    &location.name("Mode"),
                    "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
                );
            }
        }
        Some("INLINE") if execution_type.is_some() => {
            findings.schema(location, "Field 'ExecutionType' is not supported");
        }
        _ => {}
    }
}

fn read(reader: &Node, location: &Location, findings: &mut Findings) {
    allowed_resource(reader, location, READERS, findings);
    let Some(config) = reader.get("ReaderConfig") else {
        return;
    };
    let location = location.name("ReaderConfig");
    let has_headers = config.get("CSVHeaderLocation").is_some();
    match config.text_of("InputType") {
        Some("CSV") if !has_headers => {
            findings.schema(&location, "The field 'CSVHeaderLocation' is required")
        }
        Some("JSON" | "JSONL" | "PARQUET") if has_headers => {
            for field in ["CSVHeaderLocation", "CSVHeaders"] {
                if config.get(field).is_some() {
                    findings.schema_of(
                        &location,
                        field,
                        format!("Field '{field}' is not supported"),
                    );
                }
            }
        }
        Some("JSON") if config.get("ManifestType").is_some() => {
            let message = "Field 'ManifestType' is not supported".to_owned();
            findings.schema_of(&location, "ManifestType", message);
        }
        None if config.text_of("Transformation") == Some("LOAD_AND_FLATTEN") => {
            findings.schema(&location, "The field 'InputType' is required");
        }
        Some(other) if !INPUT_TYPES.contains(&other) && !other.contains("${") => {
            let types = INPUT_TYPES.join(", ");
            let message = format!("Value should be one of the following: [{types}]");
            findings.schema(&location.name("InputType"), message);
        }
        _ => {}
    }
    let pointer = config.text_of("ItemsPointer");
    if let Some(pointer) = pointer.filter(|text| !text.is_empty() && !text.starts_with(['/', '$']))
    {
        let message =
            format!("Invalid input: JSON Pointer expression must start with '/': \"{pointer}\"");
        findings.schema(&location.name("ItemsPointer"), message);
    }
    if config.text_of("CSVHeaderLocation") == Some("GIVEN") && config.get("CSVHeaders").is_none() {
        findings.schema(&location, "These fields are required: [CSVHeaders]");
    }
}

/// A writer names a destination, or says how results are written, or both.
fn write(writer: &Node, location: &Location, findings: &mut Findings) {
    allowed_resource(writer, location, WRITERS, findings);
    let has = |name| writer.get(name).is_some();
    let has_destination = has("Parameters") || has("Arguments");
    if has("Resource") && !has_destination {
        findings.schema(location, "These fields are required: [Parameters]");
    } else if !has("Resource") && (has_destination || !has("WriterConfig")) {
        findings.schema(location, "These fields are required: [Resource]");
    }
}

fn allowed_resource(node: &Node, location: &Location, allowed: &[&str], findings: &mut Findings) {
    let Some(resource) = node
        .text_of("Resource")
        .filter(|resource| !resource.contains("${"))
    else {
        return;
    };
    let call = resource.split_once(":states:::").map(|(_, call)| call);
    if !call.is_some_and(|call| allowed.contains(&call)) {
        let message = "The field 'Resource' does not match any of the allowed values";
        findings.service(&location.name("Resource"), message);
    }
}
