//! Every `comanda …` that the pages name is one that the grammar knows: a person who acts on an alarm types what the page says.

use std::{fs, path::Path};

use clap::{CommandFactory as _, Parser as _, error::ErrorKind};

use crate::arguments::Arguments;

/// The pages, from the repository's root: files, and folders of them.
const PAGES: [&str; 6] = [
    "README.md",
    "README.pt-BR.md",
    "CONTRIBUTING.md",
    "docs",
    "docs/runbook",
    "docs/errors",
];

/// How a page calls the program, in front of its arguments.
const CALLS: [&str; 2] = ["comanda ", "cargo run "];

/// What is written as code: lines of blocks, and spans in sentences. What a comment of the page says is for nobody to type.
fn code(page: &str) -> Vec<String> {
    let (mut lines, mut prose, mut is_block) = (Vec::new(), String::new(), false);
    for line in without_comments(page).lines() {
        if line.trim_start().starts_with("```") {
            is_block = !is_block;
        } else if is_block || line.starts_with("    ") {
            lines.push(line.trim().to_owned());
        } else {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    let spans = prose.split('`').skip(1).step_by(2);
    let spans = spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "));
    joined(&lines).into_iter().chain(spans).collect()
}

fn without_comments(page: &str) -> String {
    let mut parts = page.split("<!--");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| {
        kept + part.split_once("-->").map_or("", |(_, rest)| rest)
    })
}

/// Lines that go on after a backslash, as one.
fn joined(lines: &[String]) -> Vec<String> {
    let text = lines.join("\n").replace("\\\n", " ");
    text.lines().map(str::to_owned).collect()
}

/// The arguments, if this calls the program.
fn arguments(code: &str) -> Option<Vec<String>> {
    let call = CALLS.iter().find(|call| code.starts_with(**call))?;
    let code = code.split(" #").next().unwrap_or_default();
    let said = if *call == "cargo run " {
        code.split_once(" -- ")?.1
    } else {
        code.strip_prefix(call)?
    };
    Some(words(&filled_in(said)))
}

/// With something in each place that a reader fills in: `<order id>`, `…`; the first of what is to be chosen from, and nothing of what
/// may be left out.
fn filled_in(said: &str) -> String {
    let mut parts = said.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    let said = parts.fold(first, |kept, part| {
        kept + "x" + part.split_once('>').map_or("", |(_, rest)| rest)
    });
    let said = said.split('[').next().unwrap_or_default().to_owned();
    said.replace('…', "x")
}

/// As a shell takes them apart; of words to choose from, the first. What no shell would read is one word, and refused as such.
fn words(said: &str) -> Vec<String> {
    let words = shlex::split(said).unwrap_or_else(|| vec![said.to_owned()]);
    let chosen = words.iter().map(|word| match word.split_once('|') {
        Some((first, _)) if !word.starts_with('{') => first.to_owned(),
        _ => word.clone(),
    });
    chosen.collect()
}

/// Whether the grammar takes it. One that stops after its verbs only names them.
fn judged(arguments: &[String]) -> Result<(), String> {
    let whole = std::iter::once("comanda").chain(arguments.iter().map(String::as_str));
    let Err(error) = Arguments::try_parse_from(whole) else {
        return Ok(());
    };
    let is_unfinished = matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument
            | ErrorKind::MissingSubcommand
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if is_unfinished && names_verbs_only(arguments) {
        return Ok(());
    }
    Err(error.to_string())
}

fn names_verbs_only(arguments: &[String]) -> bool {
    let mut verb = Arguments::command();
    for name in arguments {
        let Some(found) = verb.find_subcommand(name) else {
            return false;
        };
        verb = found.clone();
    }
    true
}

fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = Vec::new();
    for name in PAGES {
        let path = root.join(name);
        let paths = if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder of pages");
            entries
                .map(|entry| entry.expect("a page").path())
                .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
                .collect()
        } else {
            vec![path]
        };
        for path in paths {
            let text = fs::read_to_string(&path).expect("a page");
            pages.push((path.display().to_string(), text));
        }
    }
    pages
}

#[test]
fn every_command_that_a_page_names_is_one() {
    let (mut said, mut wrong) = (0, Vec::new());
    for (page, text) in pages() {
        for code in code(&text) {
            let Some(arguments) = arguments(&code) else {
                continue;
            };
            said += 1;
            if let Err(why) = judged(&arguments) {
                wrong.push(format!("{page}: `{code}`: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(said > 80, "{said} commands were found");
}

#[test]
fn a_command_that_is_none_is_found() {
    let of = |page: &str| {
        let code = code(page);
        assert_eq!(code.len(), 1, "{page}");
        judged(&arguments(&code[0]).expect("a call"))
    };
    for right in [
        "Type `comanda order\nshow <number>`.",
        "Look at `comanda customer show`.",
        "```sh\ncomanda reconcile --close ORPHAN_MONEY <charge> --notes \"two words\"  # done\n```",
        "    cargo run --release -p comanda -- simulate \\\n      --seeds 3",
        "It is `comanda explore [order|signal]`.",
    ] {
        assert_eq!(of(right), Ok(()), "{right}");
    }
    for wrong in [
        "`comanda asaas webhooks`",
        "`comanda reconcile --close INVARIANT_BROKEN <order id>`",
        "`comanda order list --colour`",
        "`cargo run -- messagez`",
    ] {
        assert!(of(wrong).is_err(), "{wrong}");
    }
}
