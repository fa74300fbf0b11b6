//! Files that are not a database's: each is written in whole, and once written it is on the disk. What they say is for others.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

/// Writes a file somewhere below `root`, which is there, and makes the folders between. A crash leaves the old file or the new
/// one, and a power cut behind the answer the new one. `new` is the file's name until it is whole; it is in `root` or beside
/// the file. Nobody but the owner reads it.
pub(crate) fn keep(root: &Path, file: &Path, new: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    // Left by a process that was killed here; it must not decide the permissions.
    let _ = fs::remove_file(new);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writer = options.open(new)?;
    writer.write_all(bytes)?;
    writer.sync_all()?;
    fs::rename(new, file)?;
    // A name is on the disk when its folder is: the file's, and those of the folders that were made for it. Who made them
    // may have died before this, so all are synced each time.
    let above = folder
        .ancestors()
        .take_while(|above| above.starts_with(root));
    for folder in above {
        sync_folder(folder)?;
    }
    Ok(())
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    let is_here = folder.as_os_str().is_empty();
    let folder = if is_here { Path::new(".") } else { folder };
    fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder is no file that could be opened, and its names are the file system's affair.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
