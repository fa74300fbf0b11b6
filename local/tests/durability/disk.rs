//! A disk that takes no more: the process may not write files beyond a size, as if the disk were full at that byte.

use std::process::{Command, Stdio};

use super::{DIRECTORY, FIRST, rounds::Seen};

/// The shell limits what its successor may write, and has it told so by an error instead of a signal.
fn limited(directory: &std::path::Path, blocks: u32) -> Command {
    let mut command = Command::new("sh");
    let program = std::env::current_exe().expect("this binary");
    command
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""
        ))
        .arg(program)
        .args(["--exact", "works_until_it_is_killed", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(FIRST, "0");
    command
}

/// L4: at whatever byte the disk is full, the process says so and stops; what it acknowledged is there when there is room
/// again, and nothing is half there.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_at_any_size_keeps_what_was_acknowledged() {
    let mut ended_by_refusal = 0;
    // In blocks of 512 bytes: from too little to come up at all, to enough for some hundred writes.
    for blocks in [40, 300, 420, 500, 700, 1_000, 1_500] {
        let directory = tempfile::tempdir().expect("a directory");
        let output = limited(directory.path(), blocks)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process")
            .wait_with_output()
            .expect("it ends by itself");
        let text = String::from_utf8_lossy(&output.stdout);
        let refused = text.lines().find_map(|line| line.strip_prefix("refused "));
        let refused = refused.unwrap_or_else(|| panic!("{blocks} blocks: no refusal in {text}"));
        assert!(!refused.is_empty(), "{blocks} blocks");
        ended_by_refusal += 1;
        let mut seen = Seen::default();
        seen.hear(&text);
        let held = super::rounds::look(directory.path()).await;
        let held = held.unwrap_or_else(|wrong| panic!("{blocks} blocks: {wrong}"));
        seen.check(&held)
            .unwrap_or_else(|wrong| panic!("{blocks} blocks: {wrong}"));
    }
    assert_eq!(ended_by_refusal, 7);
}
