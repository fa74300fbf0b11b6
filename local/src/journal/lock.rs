//! One process per data directory: a locked file that says who has it.
//!
//! The operating system lets go of the lock when the process ends, however it ends, so there is no stale lock.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
};

use super::JournalError;

const FILE_NAME: &str = "lock";

/// The lock on a data directory; it is free again when this is dropped.
pub struct Lock {
    file: File,
}

impl Drop for Lock {
    /// A child that is being started has a copy of the open file for a moment, and would hold the lock with it.
    fn drop(&mut self) {
        // Closing the file is the other way to let go, and comes next.
        let _ = self.file.unlock();
    }
}

impl Lock {
    /// Makes the directory if needed and takes its lock, or says which process has it.
    pub fn take(directory: &Path) -> Result<Self, JournalError> {
        let failed = |error: std::io::Error| JournalError::Directory {
            directory: directory.to_path_buf(),
            detail: error.to_string(),
        };
        make_private(directory).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join(FILE_NAME))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // What cannot be read is left unsaid: the refusal stands either way.
                let _ = file.read_to_string(&mut owner);
                return Err(JournalError::AlreadyUp {
                    directory: directory.to_path_buf(),
                    process: owner.trim().parse().unwrap_or(0),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { file })
    }
}

/// Names, addresses and phones are in there: nobody but the owner reads it.
fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn a_copy_that_a_child_got_does_not_hold_the_lock() {
        let directory = tempfile::tempdir().expect("a directory");
        let lock = Lock::take(directory.path()).expect("the lock");
        let copy = lock.file.try_clone().expect("a copy");
        drop(lock);
        Lock::take(directory.path()).expect("it is free");
        drop(copy);
    }
}
