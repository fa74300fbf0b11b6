//! `comanda simulate`: many orders in bad weather, one world for each seed, and the smallest story of a world that breaks
//! an invariant.

mod every;
mod planted;

use std::{collections::BTreeSet, path::PathBuf, process::ExitCode, time::Instant};

use comanda_simulation::{
    dialogues,
    planted::{Worlds, catch},
    storm::{Accident, Setting, StormError, Violation},
    trials::{Report, Story, Trial, run as run_trial, shrink},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::{failure::Failure, output::Output};

/// People in each world of dialogues.
const PEOPLE: usize = 6;

/// Orders in bad weather: lost answers, dying processes, late money. Every invariant is checked after every event.
#[derive(Debug, clap::Args)]
pub struct SimulateArguments {
    /// Customers in each world.
    #[arg(long, default_value_t = 4)]
    orders: usize,
    /// Worlds, one for each seed [default: 2000, or 1 with --seed].
    #[arg(long)]
    seeds: Option<u64>,
    /// The first seed. Alone, that one world is lived and its story told.
    #[arg(long)]
    seed: Option<u64>,
    /// What may happen at a call: all, none, or some of throttled, refused, lost-before, lost-after, crash-before,
    /// crash-after, slow, overtaken.
    #[arg(long, default_value = "all", value_delimiter = ',')]
    faults: Vec<String>,
    /// Tenants in each world.
    #[arg(long, default_value_t = 2)]
    tenants: usize,
    /// Worlds that are lived at the same time [default: one for each processor].
    #[arg(long)]
    threads: Option<usize>,
    /// Only these customers come (1 is the first).
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS")]
    only_orders: Option<Vec<usize>>,
    /// Only these accidents happen, by the names in brackets of a story; `none` for none.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only_accidents: Option<Vec<String>>,
    /// One customer's order (of the world of --seed) with every fault of every call, one at a time: single; or with every
    /// two of them: pairs, which are some hundred thousand worlds.
    #[arg(long, value_name = "HOW MANY", value_parser = ["single", "pairs"], conflicts_with = "planted")]
    every: Option<String>,
    /// Puts faults back, one at a time, and counts the worlds it takes to catch each (--seeds at most, else 400): all,
    /// orders, customers, or some by their names. In builds with the feature `planted-faults`.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    planted: Option<Vec<String>>,
    /// Brings the table of the planted faults in this file up to date.
    #[arg(long, value_name = "FILE", requires = "planted")]
    write: Option<PathBuf>,
}

/// Lives the worlds, and tells.
pub fn run(arguments: &SimulateArguments, output: &Output) -> Result<ExitCode, Failure> {
    let setting = setting(arguments)?;
    if let Some(names) = &arguments.planted {
        return catch_planted((arguments, names), &setting, output);
    }
    if let Some(faults) = &arguments.every {
        return every::run((arguments, faults), setting, output);
    }
    let seeds = arguments
        .seeds
        .unwrap_or(if arguments.seed.is_some() { 1 } else { 2_000 });
    let trial = Trial {
        setting,
        seeds,
        threads: threads(arguments),
    };
    let clock = Instant::now();
    let progress = progress(seeds);
    let report = run_trial(&trial, &|_| {
        progress.inc(1);
        true
    });
    progress.finish_and_clear();
    let report = report.map_err(|error| unsound(&error))?;
    let seconds = clock.elapsed().as_secs_f64();
    match &report.broken {
        Some((seed, violation)) => broken((&trial, *seed), violation, output),
        None if seeds == 1 => story_of(&trial, output),
        None => sound(&trial, &report, seconds, output),
    }
}

fn threads(arguments: &SimulateArguments) -> usize {
    arguments
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
}

/// Puts faults back and says what catches them; one that survives is a failure.
fn catch_planted(
    (arguments, names): (&SimulateArguments, &[String]),
    setting: &Setting,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let faults = planted::named(names)?;
    if !cfg!(feature = "planted-faults") {
        return Err(Failure::usage("this build is without the feature `planted-faults`, and cannot put faults back").help(
            "cargo run --release -p comanda --no-default-features --features planted-faults -- simulate --planted all",
        ));
    }
    let seeds = arguments.seeds.unwrap_or(planted::SEEDS);
    let progress = progress(faults.len() as u64);
    let worlds = Worlds {
        orders: setting.clone(),
        dialogues: dialogues::Setting {
            tenants: setting.tenants,
            accidents: setting.accidents.clone(),
            ..dialogues::Setting::new(setting.seed, PEOPLE)
        },
    };
    let caught = catch(&faults, &worlds, seeds, &|_| progress.inc(1));
    progress.finish_and_clear();
    let caught = caught.map_err(|error| unsound(&error))?;
    if let Some(file) = &arguments.write {
        let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", file.display()));
        let page = std::fs::read_to_string(file).map_err(failed)?;
        let page = planted::page(&page, &caught, seeds)?;
        std::fs::write(file, page).map_err(failed)?;
        output.note(&format!("{} is written", file.display()));
    }
    output.result(
        &planted::value(&caught, seeds),
        &planted::text(&caught, seeds),
    )?;
    let all = caught.iter().all(|caught| caught.by.is_some());
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn setting(arguments: &SimulateArguments) -> Result<Setting, Failure> {
    let accidents = match arguments
        .faults
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["all"] => Accident::ALL.to_vec(),
        ["none"] => Vec::new(),
        words => words
            .iter()
            .map(|word| word.parse())
            .collect::<Result<Vec<Accident>, _>>()
            .map_err(|error| {
                Failure::usage(error.to_string()).help("all kinds: comanda simulate --faults all")
            })?,
    };
    let named = |names: &Vec<String>| -> Result<BTreeSet<u32>, Failure> {
        let names = names.iter().filter(|name| *name != "none");
        let read = names.map(|name| u32::from_str_radix(name, 16));
        read.collect::<Result<_, _>>().map_err(|_| {
            Failure::usage("an accident is named by eight hexadecimal digits")
                .help("the names are in brackets in a story: comanda simulate --seed 7")
        })
    };
    Ok(Setting {
        tenants: arguments.tenants.clamp(1, 9),
        accidents,
        only_orders: arguments.only_orders.as_ref().map(|orders| {
            orders
                .iter()
                .map(|number| number.saturating_sub(1))
                .collect()
        }),
        only_accidents: arguments.only_accidents.as_ref().map(named).transpose()?,
        ..Setting::new(arguments.seed.unwrap_or(1), arguments.orders)
    })
}

/// Hidden where nobody watches.
fn progress(seeds: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{bar:30} {human_pos} of {human_len} worlds, {per_sec}, {eta} left",
    );
    let bar = ProgressBar::new(seeds);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn sound(
    trial: &Trial,
    report: &Report,
    seconds: f64,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let orders: u64 = report.ends.values().sum();
    let rate = rate(orders, seconds);
    let first = trial.setting.seed;
    let last = first + report.worlds.saturating_sub(1);
    let text = format!(
        "{} worlds, {} orders, {} accidents, 0 invariants broken, {seconds:.1} s ({} orders a minute).\n\n{}\n\n\
         Seeds {first} to {last}. One of them again, as a story: comanda simulate {}",
        thousands(report.worlds),
        thousands(orders),
        thousands(report.accidents),
        thousands(rate),
        histogram(report),
        replay(&Setting {
            only_accidents: None,
            ..trial.setting.clone()
        }),
    );
    let value = json!({
        "worlds": report.worlds, "orders": orders, "accidents": report.accidents, "broken": Value::Null,
        "seconds": seconds, "ordersPerMinute": rate, "ends": ends(report), "firstSeed": first,
    });
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

/// One world that breaks nothing, told because it was asked for.
fn story_of(trial: &Trial, output: &Output) -> Result<ExitCode, Failure> {
    let setting = Setting {
        tells: true,
        ..trial.setting.clone()
    };
    let outcome = comanda_simulation::storm::live(&setting).map_err(|error| unsound(&error))?;
    let text = format!(
        "{}\n\nSeed {} breaks no invariant. Its hash is {:016x}; the same seed gives the same.",
        lines(&outcome.lines),
        setting.seed,
        outcome.digest
    );
    let value = json!({
        "seed": setting.seed, "broken": Value::Null, "hash": format!("{:016x}", outcome.digest),
        "story": story(&outcome.lines),
    });
    output.result(&value, &text)?;
    Ok(ExitCode::SUCCESS)
}

fn broken(
    (trial, seed): (&Trial, u64),
    violation: &Violation,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let setting = Setting {
        seed,
        ..trial.setting.clone()
    };
    let small = shrink(&setting).map_err(|error| unsound(&error))?;
    let small = small.unwrap_or_else(|| Story {
        setting,
        violation: violation.clone(),
        lines: Vec::new(),
    });
    let found = &small.violation;
    let text = format!(
        "Seed {seed} breaks {}: {}: {}\n\nThe smallest story of it that was found:\n\n{}\n\nhelp: the same again: comanda simulate {}",
        found.invariant,
        found.subject,
        found.detail,
        lines(&small.lines),
        replay(&small.setting),
    );
    let value = json!({
        "seed": seed,
        "broken": { "invariant": found.invariant, "subject": found.subject, "detail": found.detail },
        "story": story(&small.lines),
        "replay": format!("comanda simulate {}", replay(&small.setting)),
    });
    output.result(&value, &text)?;
    Ok(ExitCode::FAILURE)
}

/// The arguments that give this world again.
pub fn replay(setting: &Setting) -> String {
    let mut words = format!(
        "--seed {} --orders {} --tenants {}",
        setting.seed, setting.orders, setting.tenants
    );
    if setting.accidents != Accident::ALL {
        let kinds: Vec<&str> = setting.accidents.iter().map(|kind| kind.as_str()).collect();
        words.push_str(&format!(
            " --faults {}",
            if kinds.is_empty() {
                "none".to_owned()
            } else {
                kinds.join(",")
            }
        ));
    }
    if let Some(orders) = &setting.only_orders {
        let numbers: Vec<String> = orders.iter().map(|order| (order + 1).to_string()).collect();
        words.push_str(&format!(" --only-orders {}", numbers.join(",")));
    }
    if let Some(accidents) = &setting.only_accidents {
        let names: Vec<String> = accidents.iter().map(|id| format!("{id:08x}")).collect();
        let names = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(",")
        };
        words.push_str(&format!(" --only-accidents {names}"));
    }
    words
}

/// A story's sentences, as the store's clock has it.
pub fn lines(story: &[comanda_simulation::storm::Line]) -> String {
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

fn story(lines: &[comanda_simulation::storm::Line]) -> Vec<Value> {
    let lines = lines.iter();
    lines
        .map(|line| json!({ "at": line.at.to_string(), "who": line.who, "says": line.says }))
        .collect()
}

fn ends(report: &Report) -> Value {
    let ends = report
        .ends
        .iter()
        .map(|(end, count)| (end.as_str().to_owned(), json!(count)));
    Value::Object(ends.collect())
}

fn histogram(report: &Report) -> String {
    let most = report.ends.values().copied().max().unwrap_or(1).max(1);
    let rows = report.ends.iter().map(|(end, count)| {
        let width = usize::try_from(count * 40 / most).unwrap_or(0).max(1);
        format!(
            "  {:<14} {:>9}  {}",
            end.as_str(),
            thousands(*count),
            "▇".repeat(width)
        )
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// Orders a minute.
pub fn rate(orders: u64, seconds: f64) -> u64 {
    let minutes = (seconds / 60.0).max(f64::MIN_POSITIVE);
    let milliseconds = (minutes * 60_000.0).max(1.0);
    // Both are far below what a double holds exactly.
    (orders as f64 * 60_000.0 / milliseconds) as u64
}

fn thousands(number: u64) -> String {
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

fn unsound(error: &StormError) -> Failure {
    Failure::new(error.to_string()).help("comanda build says what is wrong with a workflow")
}
