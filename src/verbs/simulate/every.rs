//! `comanda simulate --every`: one order, and every fault or every pair of faults of its calls.

use std::{process::ExitCode, time::Instant};

use comanda_simulation::{
    storm::{Setting, live},
    trials::{Every, Faults, every},
};
use serde_json::{Value, json};

use super::{
    SimulateArguments, progress, threads, unsound,
    worlds::{lines, story, thousands},
};
use crate::{failure::Failure, output::Output};

/// Lives them, and tells.
pub fn run(
    (arguments, faults): (&SimulateArguments, &str),
    setting: Setting,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let setting = Setting {
        orders: 1,
        tenants: 1,
        ..setting
    };
    let faults = if faults == "pairs" {
        Faults::Pairs
    } else {
        Faults::Single
    };
    let clock = Instant::now();
    let bar = progress(0);
    let found = every(&setting, (faults, threads(arguments)), &|_, of| {
        bar.set_length(of as u64);
        bar.inc(1);
    });
    bar.finish_and_clear();
    let found = found.map_err(|error| unsound(&error))?;
    let seconds = clock.elapsed().as_secs_f64();
    let worlds = format!(
        "{} calls, {} worlds with one fault and {} with two, {seconds:.1} s",
        found.calls,
        thousands(found.singles),
        thousands(found.pairs)
    );
    if found.broken.is_some() {
        return broken(&setting, &found, (&worlds, output));
    }
    let told = live(&Setting {
        forced: Some(std::collections::BTreeMap::new()),
        tells: true,
        ..setting.clone()
    });
    let told = told.map_err(|error| unsound(&error))?;
    let text = format!(
        "The order of seed {}, undisturbed:\n\n{}\n\n{worlds}: 0 invariants broken.",
        setting.seed,
        lines(&told.lines)
    );
    output.result(&value(&setting, &found, Value::Null), &text)?;
    Ok(ExitCode::SUCCESS)
}

fn value(setting: &Setting, found: &Every, broken: Value) -> Value {
    json!({
        "seed": setting.seed, "calls": found.calls, "singles": found.singles, "pairs": found.pairs, "broken": broken,
    })
}

fn broken(
    setting: &Setting,
    found: &Every,
    (worlds, output): (&str, &Output),
) -> Result<ExitCode, Failure> {
    let Some((faults, violation)) = &found.broken else {
        return Ok(ExitCode::SUCCESS);
    };
    let told = live(&Setting {
        forced: Some(faults.clone()),
        tells: true,
        ..setting.clone()
    });
    let told = told.map_err(|error| unsound(&error))?;
    let named: Vec<String> = faults
        .iter()
        .map(|(call, kind)| format!("{} at call {call}", kind.as_str()))
        .collect();
    let text = format!(
        "{worlds}.\n\n{} breaks {}: {}: {}\n\n{}",
        if named.is_empty() {
            "The undisturbed world".to_owned()
        } else {
            named.join(" and ")
        },
        violation.invariant,
        violation.subject,
        violation.detail,
        lines(&told.lines)
    );
    let broken = json!({
        "faults": named, "invariant": violation.invariant, "subject": violation.subject,
        "detail": violation.detail, "story": story(&told.lines),
    });
    output.result(&value(setting, found, broken), &text)?;
    Ok(ExitCode::FAILURE)
}
