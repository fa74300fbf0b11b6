//! Compiling what only one kind of state has.

use std::sync::Arc;

use comanda_asl::{
    Choice, Condition, CsvHeaderLocation, Fail, ItemsSource, Map, Pattern, QueryLanguage,
    ReaderConfig, Resource, Source, State, StateKind, States, Task, WaitFor,
};

use super::compile::{Compiled, assign, computed, jsonata_template, place, template};
use super::plan::{
    BatchPlan, ChoicePlan, ChoiceRulePlan, Computed, ConditionPlan, ItemFormat, ItemsPlan, Kind,
    MachineId, MapPlan, MapSource, Operand, ReaderPlan, Reads, TaskPlan, Transformation, WaitPlan,
    WriterPlan,
};
use crate::json::Json;
use crate::jsonpath::JsonPath;
use crate::payload_template;

/// Everything but Parallel and Map, which hold machines.
pub(super) fn simple(kind: &StateKind, states: &States, language: QueryLanguage) -> Compiled<Kind> {
    Ok(match kind {
        StateKind::Pass(pass) => Kind::Pass(pass.result.clone().map(Json::new)),
        StateKind::Task(task) => Kind::Task(Box::new(self::task(task)?)),
        StateKind::Choice(choice) => Kind::Choice(self::choice(choice, states, language)?),
        StateKind::Wait(wait) => Kind::Wait(match &wait.wait_for {
            WaitFor::Seconds(seconds) => {
                WaitPlan::Seconds(computed(seconds, "Seconds", |seconds| Ok(*seconds))?)
            }
            WaitFor::Timestamp(time) => WaitPlan::Timestamp(text(time, "Timestamp")?),
        }),
        StateKind::Fail(Fail { error, cause }) => Kind::Fail {
            error: error
                .as_ref()
                .map(|error| text(error, "Error"))
                .transpose()?,
            cause: cause
                .as_ref()
                .map(|cause| text(cause, "Cause"))
                .transpose()?,
        },
        StateKind::Succeed(_) | StateKind::Parallel(_) | StateKind::Map(_) => Kind::Succeed,
    })
}

fn text(source: &Source<String>, field: &str) -> Compiled<Computed<Arc<str>>> {
    computed(source, field, |text| Ok(Arc::from(text.as_str())))
}

fn number(source: Option<&Source<u64>>, field: &str) -> Compiled<Option<Computed<u64>>> {
    source
        .map(|source| computed(source, field, |number| Ok(*number)))
        .transpose()
}

fn task(task: &Task) -> Compiled<TaskPlan> {
    let resource = task.target();
    let (resource_type, action) = match &resource {
        Resource::Service(integration) => (
            integration.service.clone(),
            action(&integration.action, integration.pattern),
        ),
        Resource::Sdk(integration) => (
            format!("aws-sdk:{}", integration.service),
            action(&integration.action, integration.pattern),
        ),
        other => (String::new(), other.to_string()),
    };
    Ok(TaskPlan {
        resource: Arc::new(resource),
        resource_type: Arc::from(resource_type),
        action: Arc::from(action),
        timeout: number(task.timeout_seconds.as_ref(), "TimeoutSeconds")?,
        heartbeat: number(task.heartbeat_seconds.as_ref(), "HeartbeatSeconds")?,
        role_arn: task
            .credentials
            .as_ref()
            .map(|credentials| text(&credentials.role_arn, "Credentials/RoleArn"))
            .transpose()?,
    })
}

fn action(action: &str, pattern: Pattern) -> String {
    let suffix = match pattern {
        Pattern::RequestResponse => "",
        Pattern::Sync => ".sync",
        Pattern::Sync2 => ".sync:2",
        Pattern::WaitForTaskToken => ".waitForTaskToken",
    };
    format!("{action}{suffix}")
}

fn choice(choice: &Choice, states: &States, language: QueryLanguage) -> Compiled<ChoicePlan> {
    let mut rules = Vec::with_capacity(choice.choices.len());
    for (index, rule) in choice.choices.iter().enumerate() {
        let location = format!("Choices[{index}]");
        rules.push(ChoiceRulePlan {
            condition: condition(&rule.condition, &location)?,
            next: place(states, &rule.next)?,
            assign: assign(
                rule.assign.as_ref(),
                language,
                &format!("{location}/Assign"),
            )?,
            output: jsonata_template(rule.output.as_ref(), &format!("{location}/Output"))?,
        });
    }
    let default = choice
        .default
        .as_ref()
        .map(|name| place(states, name))
        .transpose()?;
    Ok(ChoicePlan { rules, default })
}

fn condition(condition: &Condition, location: &str) -> Compiled<ConditionPlan> {
    let many = |conditions: &[Condition]| {
        conditions
            .iter()
            .map(|condition| self::condition(condition, location))
            .collect::<Compiled<Vec<_>>>()
    };
    Ok(match condition {
        Condition::Jsonata(text) => {
            let source = comanda_asl::jsonata::expression(text).unwrap_or(text);
            ConditionPlan::Expression(
                Arc::from(format!("{location}/Condition")),
                payload_template::compile(source)?,
            )
        }
        Condition::Literal(flag) => ConditionPlan::Literal(*flag),
        Condition::And(conditions) => ConditionPlan::And(many(conditions)?),
        Condition::Or(conditions) => ConditionPlan::Or(many(conditions)?),
        Condition::Not(inner) => ConditionPlan::Not(Box::new(self::condition(inner, location)?)),
        Condition::Commented(_, inner) => self::condition(inner, location)?,
        Condition::Compare(comparison) => ConditionPlan::Compare {
            variable: path(&comparison.variable)?,
            operator: comparison.operator,
            operand: match &comparison.operand {
                comanda_asl::Operand::Literal(value) => Operand::Literal(Json::new(value.clone())),
                comanda_asl::Operand::Path(text) => Operand::Path(path(text)?),
            },
        },
    })
}

fn path(text: &str) -> Compiled<JsonPath> {
    JsonPath::parse(text).map_err(|error| error.to_string())
}

pub(super) fn map(
    map: &Map,
    state: &State,
    machine: MachineId,
    language: QueryLanguage,
) -> Compiled<Kind> {
    let selector = map.item_selector.as_ref().or(state.parameters.as_ref());
    let percentage = map.tolerated_failure_percentage.as_ref();
    Ok(Kind::Map(Box::new(MapPlan {
        machine,
        distributed: map.is_distributed(),
        is_express: map
            .processor
            .config
            .as_ref()
            .and_then(|config| config.execution_type.as_deref())
            == Some("EXPRESS"),
        source: match &map.items {
            None => MapSource::Input,
            Some(ItemsSource::Path(text)) => MapSource::Path(path(text)?),
            Some(ItemsSource::Items(value)) => MapSource::Items(ItemsPlan {
                template: payload_template::Template::of_expressions(value, "Items")?,
            }),
        },
        item_selector: template(selector, language, "ItemSelector")?,
        max_concurrency: number(map.max_concurrency.as_ref(), "MaxConcurrency")?,
        tolerated_count: number(
            map.tolerated_failure_count.as_ref(),
            "ToleratedFailureCount",
        )?,
        tolerated_percentage: percentage
            .map(|source| {
                computed(source, "ToleratedFailurePercentage", |number| {
                    number
                        .as_f64()
                        .ok_or_else(|| "ToleratedFailurePercentage is not a number".to_owned())
                })
            })
            .transpose()?,
        label: map.label.as_deref().map(Arc::from),
        batch: batch(map, language)?,
        reader: reader(map, language)?,
        writer: writer(map, language)?,
    })))
}

fn batch(map: &Map, language: QueryLanguage) -> Compiled<Option<BatchPlan>> {
    let Some(batcher) = &map.item_batcher else {
        return Ok(None);
    };
    Ok(Some(BatchPlan {
        max_items: number(
            batcher.max_items_per_batch.as_ref(),
            "ItemBatcher/MaxItemsPerBatch",
        )?,
        max_bytes: number(
            batcher.max_input_bytes_per_batch.as_ref(),
            "ItemBatcher/MaxInputBytesPerBatch",
        )?,
        input: template(
            batcher.batch_input.as_ref(),
            language,
            "ItemBatcher/BatchInput",
        )?,
    }))
}

fn reader(map: &Map, language: QueryLanguage) -> Compiled<Option<ReaderPlan>> {
    let Some(reader) = &map.item_reader else {
        return Ok(None);
    };
    let config = reader.config.clone().unwrap_or_default();
    let arguments = reader.arguments.as_ref().or(reader.parameters.as_ref());
    let resource = Resource::parse(&reader.resource);
    Ok(Some(ReaderPlan {
        arguments: template(arguments, language, "ItemReader/Arguments")?,
        max_items: number(
            config.max_items.as_ref(),
            "ItemReader/ReaderConfig/MaxItems",
        )?,
        reads: reads(&resource, config),
        resource: Arc::new(resource),
    }))
}

fn reads(resource: &Resource, config: ReaderConfig) -> Reads {
    let lists = resource
        .integration()
        .is_some_and(|call| call.action.starts_with("list"));
    let is_flattened = config.transformation.as_deref() == Some("LOAD_AND_FLATTEN");
    let is_athena = config.manifest_type.as_deref() == Some("ATHENA_DATA");
    let is_inventory = config.manifest_type.as_deref() == Some("S3_INVENTORY")
        || (config.input_type.as_deref() == Some("MANIFEST") && !is_athena);
    if lists {
        return if is_flattened {
            Reads::ListedFiles(format(config))
        } else {
            Reads::Listing
        };
    }
    if is_inventory {
        let delimiter = delimiter(&config);
        return Reads::Inventory { delimiter };
    }
    if is_athena {
        return Reads::AthenaManifest(format(config));
    }
    Reads::File(format(config))
}

fn format(config: ReaderConfig) -> ItemFormat {
    match config.input_type.as_deref() {
        Some("JSONL") => ItemFormat::JsonLines,
        Some("PARQUET") => ItemFormat::Parquet,
        Some("JSON") | None => ItemFormat::Json {
            pointer: config.items_pointer,
        },
        // A manifest lists CSV files.
        Some(_) => ItemFormat::Csv {
            delimiter: delimiter(&config),
            headers: match config.csv_header_location {
                Some(CsvHeaderLocation::FirstRow) => None,
                _ => config.csv_headers,
            },
        },
    }
}

fn delimiter(config: &ReaderConfig) -> u8 {
    match config.csv_delimiter.as_deref() {
        Some("PIPE") => b'|',
        Some("SEMICOLON") => b';',
        Some("SPACE") => b' ',
        Some("TAB") => b'\t',
        _ => b',',
    }
}

fn writer(map: &Map, language: QueryLanguage) -> Compiled<Option<WriterPlan>> {
    let Some(writer) = &map.result_writer else {
        return Ok(None);
    };
    let arguments = writer.arguments.as_ref().or(writer.parameters.as_ref());
    let config = writer.config.clone().unwrap_or_default();
    Ok(Some(WriterPlan {
        resource: writer
            .resource
            .as_deref()
            .map(|resource| Arc::new(Resource::parse(resource))),
        arguments: template(arguments, language, "ResultWriter/Arguments")?,
        transformation: match config.transformation.as_deref() {
            Some("COMPACT") => Transformation::Compact,
            Some("FLATTEN") => Transformation::Flatten,
            _ => Transformation::None,
        },
        as_lines: config.output_type.as_deref() == Some("JSONL"),
    }))
}
