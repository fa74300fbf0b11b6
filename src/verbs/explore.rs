//! `comanda explore`: every order of everything that can happen to one order, within stated bounds, and the shortest story
//! of an invariant that breaks.

use std::{num::NonZeroUsize, process::ExitCode};

use comanda_domain::planted::AnyFault;
use comanda_simulation::{
    explore::{Bounds, Exploration, Explored, Progress, Story, Subject, explore},
    storm::Fault,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::simulate::planted::{can_be_put_back, named};
use crate::{failure::Failure, output::Output};

/// All that can happen to one order, in every order, within bounds. Every invariant is checked in every state.
#[derive(Debug, clap::Args)]
pub struct ExploreArguments {
    /// What is explored: an order's life, the store's question (signal), the refund, or all three.
    #[arg(default_value = "all", value_parser = ["order", "signal", "refund", "all"])]
    subject: String,
    /// Every bound at least this large; the largest are two answers, two crashes, two duplicates.
    #[arg(long, default_value = "small", value_parser = ["small", "large"])]
    bounds: String,
    /// How often the customer pays.
    #[arg(long)]
    payments: Option<u8>,
    /// How often the store answers.
    #[arg(long)]
    answers: Option<u8>,
    /// How often the customer cancels.
    #[arg(long)]
    cancels: Option<u8>,
    /// How often the provider refuses a refund.
    #[arg(long)]
    denials: Option<u8>,
    /// How often the account's balance covers no refund.
    #[arg(long)]
    blocks: Option<u8>,
    /// How many messages come twice.
    #[arg(long)]
    duplicates: Option<u8>,
    /// How many processes die, after any of their effects.
    #[arg(long)]
    crashes: Option<u8>,
    /// How often anything else happens in the middle of a handler, at any of its calls.
    #[arg(long)]
    overtakes: Option<u8>,
    /// How often a task is so slow that time passes to what is due next, its own time-out or another deadline.
    #[arg(long)]
    delays: Option<u8>,
    /// Longer stories are not followed.
    #[arg(long)]
    depth: Option<NonZeroUsize>,
    /// About so many steps are taken.
    #[arg(long)]
    steps: Option<NonZeroUsize>,
    /// States that are looked at at the same time [default: one for each processor].
    #[arg(long)]
    threads: Option<usize>,
    /// Depth first: less memory, longer stories.
    #[arg(long)]
    depth_first: bool,
    /// A fault of orders that is put back, by its name in docs/reliability.md, to see that it is found. In builds with the
    /// feature `planted-faults`.
    #[arg(long, value_name = "NAME")]
    planted: Option<String>,
}

/// Explores, and tells.
pub fn run(arguments: &ExploreArguments, output: &Output) -> Result<ExitCode, Failure> {
    let mut texts = Vec::new();
    let mut values = Vec::new();
    let mut broken = false;
    let planted = planted(arguments)?;
    for subject in Subject::ALL {
        if arguments.subject != "all" && arguments.subject != subject.as_str() {
            continue;
        }
        let exploration = Exploration {
            planted,
            ..exploration(arguments, subject)
        };
        let bar = progress_bar(subject);
        let explored = explore(&exploration, &mut |progress| {
            bar.set_message(words(progress))
        });
        bar.finish_and_clear();
        let explored = explored.map_err(|error| {
            Failure::new(error.to_string()).help("comanda build says what is wrong with a workflow")
        })?;
        broken |= explored.broken.is_some();
        texts.push(text(&exploration, &explored));
        values.push(value(&exploration, &explored));
    }
    output.result(&Value::Array(values), &texts.join("\n\n"))?;
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The fault that is put back.
fn planted(arguments: &ExploreArguments) -> Result<Option<Fault>, Failure> {
    let Some(name) = &arguments.planted else {
        return Ok(None);
    };
    can_be_put_back(&format!(
        "explore,planted-faults -- explore order --planted {name}"
    ))?;
    match named(std::slice::from_ref(name))?.as_slice() {
        [AnyFault::Order(fault)] => Ok(Some(*fault)),
        _ => Err(
            Failure::usage(format!("`{name}` is not one fault of orders"))
                .help("the names are in docs/reliability.md, under Planted faults"),
        ),
    }
}

fn exploration(arguments: &ExploreArguments, subject: Subject) -> Exploration {
    let threads = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Exploration {
        subject,
        bounds: bounds(arguments, subject),
        steps_max: arguments.depth,
        generated_max: arguments.steps,
        threads: arguments.threads.unwrap_or_else(threads).max(1),
        depth_first: arguments.depth_first,
        planted: None,
    }
}

fn bounds(arguments: &ExploreArguments, subject: Subject) -> Bounds {
    let from = if arguments.bounds == "large" {
        subject.large()
    } else {
        subject.small()
    };
    Bounds {
        payments: arguments.payments.unwrap_or(from.payments),
        answers: arguments.answers.unwrap_or(from.answers),
        cancels: arguments.cancels.unwrap_or(from.cancels),
        denials: arguments.denials.unwrap_or(from.denials),
        blocks: arguments.blocks.unwrap_or(from.blocks),
        duplicates: arguments.duplicates.unwrap_or(from.duplicates),
        crashes: arguments.crashes.unwrap_or(from.crashes),
        overtakes: arguments.overtakes.unwrap_or(from.overtakes),
        delays: arguments.delays.unwrap_or(from.delays),
    }
}

/// Hidden where nobody watches.
fn progress_bar(subject: Subject) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {prefix}: {msg}");
    let bar = match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    };
    bar.with_prefix(subject.as_str())
}

fn words(progress: Progress) -> String {
    format!(
        "{} states, {} steps, {} a second, {:.0} s",
        thousands(progress.states),
        thousands(progress.steps),
        thousands(rate(progress)),
        progress.seconds,
    )
}

/// States a second.
fn rate(progress: Progress) -> usize {
    // Far below what a double holds exactly.
    (progress.states as f64 / progress.seconds.max(0.001)) as usize
}

fn text(exploration: &Exploration, explored: &Explored) -> String {
    let subject = exploration.subject.as_str();
    let progress = explored.progress;
    let far = if explored.complete {
        "all there is within the bounds"
    } else {
        "not all there is within the bounds"
    };
    let counted = format!(
        "{subject}: {} states, {} steps, stories of up to {} steps: {far}; {:.1} s ({} states a second).\n  {}",
        thousands(progress.states),
        thousands(progress.steps),
        progress.longest,
        progress.seconds,
        thousands(rate(progress)),
        bounds_words(exploration.bounds),
    );
    match &explored.broken {
        None => {
            let seen = explored.ends.iter().filter(|(_, seen)| *seen);
            let seen: Vec<&str> = seen.map(|(name, _)| *name).collect();
            format!(
                "{counted}\n  0 invariants broken. Orders came to be: {}.",
                seen.join(", ")
            )
        }
        Some(story) => format!("{counted}\n\n{}", told(story)),
    }
}

fn told(story: &Story) -> String {
    let broken: Vec<String> = story
        .broken
        .iter()
        .map(|(name, detail)| format!("It breaks {name}: {detail}"))
        .collect();
    format!(
        "{}\n\nThe shortest story of it that was found:\n\n  {}\n\nhelp: look at the last step; `comanda explore` with smaller bounds tells a smaller story",
        broken.join("\n"),
        story.lines.join("\n  "),
    )
}

fn bounds_words(bounds: Bounds) -> String {
    let Bounds {
        payments,
        answers,
        cancels,
        denials,
        blocks,
        duplicates,
        crashes,
        overtakes,
        delays,
    } = bounds;
    format!(
        "Bounds: payments {payments}, answers {answers}, cancels {cancels}, denials {denials}, blocks {blocks}, \
         duplicates {duplicates}, crashes {crashes}, overtakes {overtakes}, delays {delays}."
    )
}

fn value(exploration: &Exploration, explored: &Explored) -> Value {
    let progress = explored.progress;
    let bounds = exploration.bounds;
    let broken = explored.broken.as_ref().map(|story| {
        let named = story.broken.iter();
        let named = named.map(|(name, detail)| json!({ "invariant": name, "detail": detail }));
        json!({ "breaches": named.collect::<Vec<_>>(), "story": story.lines })
    });
    let seen = explored.ends.iter().filter(|(_, seen)| *seen);
    json!({
        "subject": exploration.subject.as_str(),
        "bounds": {
            "payments": bounds.payments, "answers": bounds.answers, "cancels": bounds.cancels,
            "denials": bounds.denials, "blocks": bounds.blocks, "duplicates": bounds.duplicates,
            "crashes": bounds.crashes, "overtakes": bounds.overtakes,
            "delays": bounds.delays,
        },
        "states": progress.states, "steps": progress.steps, "longest": progress.longest,
        "seconds": progress.seconds, "statesPerSecond": rate(progress),
        "complete": explored.complete, "broken": broken,
        "ends": seen.map(|(name, _)| *name).collect::<Vec<_>>(),
    })
}

fn thousands(number: usize) -> String {
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
