//! What `peers` prints: executions a second, the ratios between ours and theirs, and why a cell is empty.

use comfy_table::{CellAlignment, Table, presets};

use crate::{
    peers::{CORE, FlowResults, IN_PROCESS, Measured},
    scaling::Row,
};

/// The best peer that knows JSONata; the goals are stated against it.
const JSONATA_PEER: &str = "ministack";
/// At this concurrency.
const RATIO_CONCURRENCY: usize = 16;

/// Everything as text.
pub fn text(results: &[FlowResults], concurrencies: &[usize]) -> String {
    let mut out = String::from("Executions a second, median of the rounds:\n");
    out.push_str(&rates(results, concurrencies).to_string());
    out.push_str("\n\nRatios:\n");
    out.push_str(&ratios(results).to_string());
    for result in results {
        for (target, measured) in &result.targets {
            if let Some(refused) = &measured.refused {
                let refused: String = refused.chars().take(160).collect();
                out.push_str(&format!(
                    "\nnot supported: {} at {target}: {refused}",
                    result.flow
                ));
            }
        }
    }
    out
}

fn rates(results: &[FlowResults], concurrencies: &[usize]) -> Table {
    let names = results
        .first()
        .map(|result| result.targets.iter().map(|(name, _)| *name));
    let mut table = new(["flow", "at once"]
        .into_iter()
        .chain(names.into_iter().flatten()));
    for result in results {
        for concurrency in concurrencies {
            let mut row = vec![result.title.to_owned(), concurrency.to_string()];
            row.extend(
                result
                    .targets
                    .iter()
                    .map(|(_, measured)| cell(measured, *concurrency)),
            );
            table.add_row(row);
        }
    }
    right_aligned(table)
}

fn cell(measured: &Measured, concurrency: usize) -> String {
    match measured.rate(concurrency) {
        Some(rate) => number(rate),
        None => "not supported".to_owned(),
    }
}

fn ratios(results: &[FlowResults]) -> Table {
    let ours = ["core", "HTTP --ephemeral", "HTTP durable"];
    let titles = ours.map(|name| format!("{name} / {JSONATA_PEER} at {RATIO_CONCURRENCY}"));
    let in_process = format!("core / {IN_PROCESS} at 1");
    let mut table = new(["flow".to_owned()]
        .into_iter()
        .chain(titles)
        .chain([in_process]));
    for result in results {
        let rate = |target: &str, concurrency| {
            let measured = result.targets.iter().find(|(name, _)| *name == target)?;
            measured.1.rate(concurrency)
        };
        let ratio = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => format!("{} ×", number(one / other)),
            _ => "–".to_owned(),
        };
        let mut row = vec![result.title.to_owned()];
        row.extend(ours.map(|name| {
            ratio(
                rate(name, RATIO_CONCURRENCY),
                rate(JSONATA_PEER, RATIO_CONCURRENCY),
            )
        }));
        row.push(ratio(rate(CORE, 1), rate(IN_PROCESS, 1)));
        table.add_row(row);
    }
    right_aligned(table)
}

/// What `scaling` prints.
pub fn scaling(rows: &[Row]) -> String {
    let titles = [
        "what",
        "sizes",
        "one at the smallest",
        "one at the largest",
        "times as much",
    ];
    let mut table = new(titles.into_iter());
    for row in rows {
        let sizes: Vec<String> = row
            .sizes
            .iter()
            .map(|(size, _)| number(*size as f64))
            .collect();
        let times: Vec<f64> = row
            .sizes
            .iter()
            .map(|(_, time)| time.as_secs_f64() * 1e6)
            .collect();
        let (Some(smallest), Some(largest)) = (times.first(), times.last()) else {
            continue;
        };
        table.add_row([
            row.title.to_owned(),
            sizes.join(" / "),
            format!("{smallest:.2} µs"),
            format!("{largest:.2} µs"),
            format!("{:.2}", largest / smallest),
        ]);
    }
    right_aligned(table).to_string()
}

fn new<Title: Into<comfy_table::Cell>>(titles: impl Iterator<Item = Title>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(titles.collect::<Vec<_>>());
    table
}

fn right_aligned(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A rate with as many digits as mean something.
fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
