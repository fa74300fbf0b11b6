//! What the system tells of another process: its processor time and its memory.

use std::fs;

use crate::Failure;

/// Processor time of all its threads so far, in milliseconds; by the scheduler, which counts nanoseconds, for what is
/// measured here is less than the tick of `/proc/<id>/stat`.
pub fn processor_milliseconds(process: u32) -> Result<f64, Failure> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let told = fs::read_to_string(thread?.path().join("schedstat"))?;
        let running = told.split_whitespace().next();
        nanoseconds += running
            .ok_or("the system does not tell a thread's time")?
            .parse::<u64>()?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a start takes less than a day")]
    Ok(nanoseconds as f64 / 1e6)
}

/// The most memory that it ever held.
pub fn peak_mebibytes(process: u32) -> Result<f64, Failure> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    let kibibytes: f64 = kibibytes
        .ok_or("the system does not tell a process's memory")?
        .parse()?;
    Ok(kibibytes / 1_024.0)
}
