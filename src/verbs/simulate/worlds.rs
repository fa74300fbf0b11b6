//! Lives worlds of one kind, and tells: how they ended, or the smallest story of one that breaks an invariant, and the words
//! that give it again.

use std::{collections::BTreeSet, process::ExitCode, time::Instant};

use comanda_simulation::{
    dialogues,
    storm::{self, Accident, Line, Violation},
    trials::{Lived, Report, Story, Trial, run as run_trial, shrink},
};
use serde_json::{Value, json};

use super::{progress, unsound};
use crate::{failure::Failure, output::Output};

/// A kind of world, in the command's words.
pub trait Kind: Lived {
    /// What is counted.
    const WHAT: &'static str;

    /// The arguments that give this world again.
    fn replay(&self) -> String;
}

impl Kind for storm::Setting {
    const WHAT: &'static str = "orders";

    fn replay(&self) -> String {
        let words = format!(
            "--seed {} --orders {} --tenants {}",
            self.seed, self.orders, self.tenants
        );
        let only = ("--only-orders", &self.only_orders);
        words + &narrowed(&self.accidents, only, self.only_accidents.as_ref())
    }
}

impl Kind for dialogues::Setting {
    const WHAT: &'static str = "dialogues";

    fn replay(&self) -> String {
        let words = format!(
            "--dialogues --seed {} --people {} --tenants {}",
            self.seed, self.people, self.tenants
        );
        let only = ("--only-people", &self.only_people);
        words + &narrowed(&self.accidents, only, self.only_accidents.as_ref())
    }
}

fn narrowed(
    kinds: &[Accident],
    (who, numbers): (&str, &Option<BTreeSet<usize>>),
    accidents: Option<&BTreeSet<u32>>,
) -> String {
    let listed = |names: Vec<String>| match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(","),
    };
    let mut words = String::new();
    if kinds != Accident::ALL {
        let kinds = kinds.iter().map(|kind| kind.as_str().to_owned());
        words.push_str(&format!(" --faults {}", listed(kinds.collect())));
    }
    if let Some(numbers) = numbers {
        let numbers = numbers.iter().map(|number| (number + 1).to_string());
        words.push_str(&format!(" {who} {}", listed(numbers.collect())));
    }
    if let Some(accidents) = accidents {
        let names = accidents.iter().map(|id| format!("{id:08x}"));
        words.push_str(&format!(" --only-accidents {}", listed(names.collect())));
    }
    words
}

/// Lives the worlds of a trial, and tells.
pub fn run<S: Kind>(trial: &Trial<S>, output: &Output) -> Result<ExitCode, Failure> {
    let clock = Instant::now();
    let progress = progress(trial.seeds);
    let report = run_trial(trial, &|_| {
        progress.inc(1);
        true
    });
    progress.finish_and_clear();
    let report = report.map_err(|error| unsound(&error))?;
    let seconds = clock.elapsed().as_secs_f64();
    match report.broken.first_key_value() {
        Some(_) if trial.goes_on && trial.seeds > 1 => {
            all_broken(&trial.setting, &report, seconds, output)
        }
        Some((seed, violation)) => broken(&trial.setting.seeded(*seed), violation, output),
        None if trial.seeds == 1 => story_of(&trial.setting, output),
        None => sound(&trial.setting, &report, seconds, output),
    }
}

fn sound<S: Kind>(
    setting: &S,
    report: &Report<S::End>,
    seconds: f64,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let what = S::WHAT;
    let count: u64 = report.ends.values().sum();
    let rate = rate(count, seconds);
    let first = setting.seed();
    let last = first + report.worlds.saturating_sub(1);
    let text = format!(
        "{} worlds, {} {what}, {} accidents, 0 invariants broken, {seconds:.1} s ({} {what} a minute).\n\n{}\n\n\
         Seeds {first} to {last}. One of them again, as a story: comanda simulate {}",
        thousands(report.worlds),
        thousands(count),
        thousands(report.accidents),
        thousands(rate),
        histogram::<S>(report),
        setting.replay(),
    );
    let ends = report.ends.iter();
    let ends = ends.map(|(end, count)| (S::name_of(*end).to_owned(), json!(count)));
    let mut value = json!({
        "worlds": report.worlds, "accidents": report.accidents, "broken": Value::Null, "seconds": seconds,
        "ends": Value::Object(ends.collect()), "firstSeed": first,
    });
    if let Some(fields) = value.as_object_mut() {
        fields.insert(what.to_owned(), json!(count));
        fields.insert(format!("{what}PerMinute"), json!(rate));
    }
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

/// Each world that breaks an invariant, by its seed. Their stories are told one at a time.
fn all_broken<S: Kind>(
    setting: &S,
    report: &Report<S::End>,
    seconds: f64,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let rows = report.broken.iter().map(|(seed, found)| {
        let (invariant, subject, detail) = (&found.invariant, &found.subject, &found.detail);
        format!("  {seed:>9}  {invariant:<3} {subject}: {detail}")
    });
    let first = report.broken.keys().next().copied();
    let first = setting.seeded(first.unwrap_or(setting.seed()));
    let text = format!(
        "{} of {} worlds break an invariant, {seconds:.1} s:\n\n{}\n\n\
         help: the story of the first: comanda simulate {}",
        thousands(u64::try_from(report.broken.len()).unwrap_or(0)),
        thousands(report.worlds),
        rows.collect::<Vec<_>>().join("\n"),
        first.replay(),
    );
    let broken = report.broken.iter().map(|(seed, found)| {
        json!({ "seed": seed, "invariant": found.invariant, "subject": found.subject, "detail": found.detail })
    });
    let value = json!({
        "worlds": report.worlds, "seconds": seconds, "firstSeed": setting.seed(),
        "broken": broken.collect::<Vec<_>>(),
    });
    output.result(&value, &text)?;
    Ok(ExitCode::FAILURE)
}

/// One world that breaks nothing, told because it was asked for.
fn story_of<S: Kind>(setting: &S, output: &Output) -> Result<ExitCode, Failure> {
    let outcome = setting.telling().live().map_err(|error| unsound(&error))?;
    let seed = setting.seed();
    let text = format!(
        "{}\n\nSeed {seed} breaks no invariant. Its hash is {:016x}; the same seed gives the same.",
        lines(&outcome.lines),
        outcome.digest
    );
    let value = json!({
        "seed": seed, "broken": Value::Null, "hash": format!("{:016x}", outcome.digest),
        "story": story(&outcome.lines),
    });
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

fn broken<S: Kind>(
    setting: &S,
    violation: &Violation,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let seed = setting.seed();
    let small = shrink(setting).map_err(|error| unsound(&error))?;
    let small = small.unwrap_or_else(|| Story {
        setting: setting.clone(),
        violation: violation.clone(),
        lines: Vec::new(),
    });
    let (found, again) = (&small.violation, small.setting.replay());
    let text = format!(
        "Seed {seed} breaks {}: {}: {}\n\nThe smallest story of it that was found:\n\n{}\n\n\
         help: the same again: comanda simulate {again}",
        found.invariant,
        found.subject,
        found.detail,
        lines(&small.lines),
    );
    let value = json!({
        "seed": seed,
        "broken": { "invariant": found.invariant, "subject": found.subject, "detail": found.detail },
        "story": story(&small.lines),
        "replay": format!("comanda simulate {again}"),
    });
    output.result(&value, &text)?;
    Ok(ExitCode::FAILURE)
}

/// A story's sentences, as the store's clock has it.
pub fn lines(story: &[Line]) -> String {
    let zone = comanda_simulation::story::zone();
    let lines = story.iter().map(|line| {
        let at = line.at.to_zoned(zone.clone());
        format!(
            "  {}  {:<9} {}",
            at.strftime("%d %H:%M:%S"),
            line.who,
            line.says
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The same as data.
pub fn story(lines: &[Line]) -> Vec<Value> {
    let lines = lines.iter();
    lines
        .map(|line| json!({ "at": line.at.to_string(), "who": line.who, "says": line.says }))
        .collect()
}

fn histogram<S: Kind>(report: &Report<S::End>) -> String {
    let most = report.ends.values().copied().max().unwrap_or(1).max(1);
    let rows = report.ends.iter().map(|(end, count)| {
        let width = usize::try_from(count * 40 / most).unwrap_or(0).max(1);
        format!(
            "  {:<14} {:>9}  {}",
            S::name_of(*end),
            thousands(*count),
            "▇".repeat(width)
        )
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// How many a minute.
fn rate(count: u64, seconds: f64) -> u64 {
    let minutes = (seconds / 60.0).max(f64::MIN_POSITIVE);
    let milliseconds = (minutes * 60_000.0).max(1.0);
    // Both are far below what a double holds exactly.
    (count as f64 * 60_000.0 / milliseconds) as u64
}

/// `12,345`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
