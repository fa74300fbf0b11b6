//! The process that runs cases. Every case is noted before it runs, so that whoever reads the notes knows which one broke
//! the process.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cases;

/// How long a case may take: two evaluations that run into their own limit, and something.
const CASE_MAX: Duration = Duration::from_secs(30);

/// What a process reports.
#[derive(Debug, Default)]
pub struct Report {
    pub count: u64,
    pub last: u64,
    pub slowest: u64,
    pub slowest_milliseconds: u64,
    pub peak_kib: u64,
    /// What was wrong with the last case, where the process could still say it.
    pub failure: Option<String>,
}

impl Report {
    /// Reads the notes of a process that ran cases from `from` on.
    pub fn read(notes: &str, from: u64) -> Report {
        let mut report = Report {
            last: from,
            ..Report::default()
        };
        for note in notes.lines() {
            if let Some(failure) = note.strip_prefix("failed ") {
                report.failure = Some(failure.to_owned());
                continue;
            }
            let mut words = note.split(' ');
            let (word, number) = (
                words.next(),
                words.next().and_then(|number| number.parse().ok()),
            );
            match (word, number) {
                (Some("begin"), Some(index)) => {
                    report.last = index;
                    report.count += 1;
                }
                (Some("slow"), Some(index)) => {
                    report.slowest = index;
                    report.slowest_milliseconds = words
                        .next()
                        .and_then(|number| number.parse().ok())
                        .unwrap_or(0);
                }
                (Some("peak"), Some(kib)) => report.peak_kib = kib,
                _ => {}
            }
        }
        report
    }

    /// Adds what another process reported.
    pub fn add(&mut self, other: &Report) {
        self.count += other.count;
        self.peak_kib = self.peak_kib.max(other.peak_kib);
        if other.slowest_milliseconds > self.slowest_milliseconds {
            (self.slowest, self.slowest_milliseconds) = (other.slowest, other.slowest_milliseconds);
        }
    }
}

/// Runs cases, and notes each.
pub fn run(seed: u64, from: u64, count: u64) -> Result<ExitCode, Box<dyn Error>> {
    quiet();
    watch();
    let mut notes = std::io::stdout().lock();
    let mut slowest = 0;
    for index in from..from + count {
        let case = cases::make(seed, index);
        writeln!(notes, "begin {index}")?;
        notes.flush()?;
        let begun = Instant::now();
        let verdict = guarded(&case);
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        if milliseconds > slowest {
            slowest = milliseconds;
            writeln!(notes, "slow {index} {milliseconds}")?;
        }
        if let Err(failure) = verdict {
            writeln!(notes, "failed {failure}")?;
            return Ok(ExitCode::FAILURE);
        }
    }
    writeln!(notes, "peak {}", peak_kib())?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the case on standard input, and says what is wrong with it.
pub fn run_given() -> Result<ExitCode, Box<dyn Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let case = serde_json::from_str(&text)?;
    quiet();
    watch();
    Ok(match guarded(&case) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    })
}

/// Where the last panic was.
static PANIC: Mutex<String> = Mutex::new(String::new());
/// How much of the processor the process had had when the case began, in milliseconds; 0 between cases.
static BEGUN: AtomicU64 = AtomicU64::new(0);

/// Keeps panics from the terminal: their place is what the verdict tells.
fn quiet() {
    std::panic::set_hook(Box::new(|panic| {
        let mut place = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        *place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
    }));
}

fn guarded(case: &Value) -> Result<(), String> {
    BEGUN.store(now(), Ordering::SeqCst);
    let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cases::run(case)));
    BEGUN.store(0, Ordering::SeqCst);
    judged.unwrap_or_else(|_| {
        let place = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        Err(format!("panicked at {place}"))
    })
}

/// Ends the process where a case takes too long.
fn watch() {
    now();
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_millis(200));
            let begun = BEGUN.load(Ordering::SeqCst);
            if begun != 0 && now().saturating_sub(begun) > CASE_MAX.as_millis() as u64 {
                // Not with the lock of standard output, which the other thread may hold.
                let _ = std::fs::write("/dev/stderr", "hangs\n");
                std::process::exit(3);
            }
        }
    });
}

/// How long the process has had a processor, in milliseconds, never 0: other processes must not make a case look slow.
/// Where the system does not tell, the time by the clock.
fn now() -> u64 {
    static FIRST: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let begun = FIRST.get_or_init(Instant::now);
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th field behind it, in ticks of 10 ms.
    let fields = status.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Option<u64> = ticks.map(|field| field.parse::<u64>().ok()).sum();
    match ticks {
        Some(ticks) if !status.is_empty() => 1 + ticks * 10,
        _ => 1 + u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX - 1),
    }
}

/// The most memory this process has had, in KiB; 0 where the system does not tell.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
