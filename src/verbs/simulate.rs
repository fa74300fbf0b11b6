//! `comanda simulate`: many orders or dialogues in bad weather, one world for each seed, and the smallest story of a world
//! that breaks an invariant. This is what is asked for; living the worlds and telling of them is `worlds`'.

mod every;
pub(super) mod planted;
mod worlds;

use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

use comanda_simulation::{
    dialogues,
    planted::{Worlds, catch},
    storm::{Accident, Setting, StormError},
    trials::Trial,
};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{failure::Failure, output::Output};

/// Orders or dialogues in bad weather: lost answers, dying processes, late money, messages in disorder. What must hold at
/// every moment is checked after every event, the rest when nothing is left to happen.
#[derive(Debug, clap::Args)]
pub struct SimulateArguments {
    /// Customers in each world.
    #[arg(long, default_value_t = 4)]
    orders: usize,
    /// Instead of customers who order, people who talk: they register, change their data, and are erased.
    #[arg(long, conflicts_with_all = ["every", "planted", "only_orders"])]
    dialogues: bool,
    /// People in each world of dialogues.
    #[arg(long, default_value_t = 6)]
    people: usize,
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
    /// Lives all worlds though one breaks an invariant, and names those that do.
    #[arg(long, conflicts_with_all = ["every", "planted"])]
    keep_going: bool,
    /// Only these customers come (1 is the first).
    #[arg(long, value_delimiter = ',', value_name = "NUMBERS")]
    only_orders: Option<Vec<usize>>,
    /// Only these people write (1 is the first).
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NUMBERS",
        requires = "dialogues"
    )]
    only_people: Option<Vec<usize>>,
    /// Only these accidents happen, by the names in brackets of a story; `none` for none.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    only_accidents: Option<Vec<String>>,
    /// One customer's order (of the world of --seed) with every fault of every call, one at a time: single; or with every
    /// two of them: pairs, which are some hundred thousand worlds.
    #[arg(long, value_name = "HOW MANY", value_parser = ["single", "pairs"],
        conflicts_with_all = ["planted", "faults", "seeds", "only_accidents", "only_orders", "orders", "people", "tenants"])]
    every: Option<String>,
    /// Puts faults back, one at a time, and counts the worlds it takes to catch each (--seeds at most, else 200): all,
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
    if arguments.dialogues {
        let only_people = arguments.only_people.as_deref().map(from_one);
        let setting = dialogues::Setting {
            only_people,
            only_accidents: setting.only_accidents.clone(),
            ..talks(arguments, &setting)
        };
        return worlds::run(&trial(arguments, setting), output);
    }
    worlds::run(&trial(arguments, setting), output)
}

fn trial<S>(arguments: &SimulateArguments, setting: S) -> Trial<S> {
    let other = if arguments.seed.is_some() { 1 } else { 2_000 };
    Trial {
        setting,
        seeds: arguments.seeds.unwrap_or(other),
        threads: threads(arguments),
        goes_on: arguments.keep_going,
    }
}

/// Worlds of people who talk, in the weather of those who order.
fn talks(arguments: &SimulateArguments, orders: &Setting) -> dialogues::Setting {
    dialogues::Setting {
        tenants: orders.tenants,
        accidents: orders.accidents.clone(),
        ..dialogues::Setting::new(orders.seed, arguments.people)
    }
}

/// People count from one.
fn from_one(numbers: &[usize]) -> BTreeSet<usize> {
    let numbers = numbers.iter();
    numbers.map(|number| number.saturating_sub(1)).collect()
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
    planted::can_be_put_back("planted-faults -- simulate --planted all")?;
    let seeds = arguments.seeds.unwrap_or(planted::SEEDS);
    let progress = progress(faults.len() as u64);
    let worlds = Worlds {
        orders: setting.clone(),
        dialogues: talks(arguments, setting),
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
        only_orders: arguments.only_orders.as_deref().map(from_one),
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

fn unsound(error: &StormError) -> Failure {
    Failure::new(error.to_string()).help("comanda build says what is wrong with a workflow")
}
