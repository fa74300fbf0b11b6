//! Files of a folder that only codegen writes: writing them, and comparing them with what is there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    path::{Path, PathBuf},
};

use similar::TextDiff;

/// The command that writes the files, as their comments and all advice name it.
pub const COMMAND: &str = "cargo run -- build";

/// Lines around each change of a difference.
const CONTEXT_LINES: usize = 3;
/// A difference longer than this is cut: the files are written anew anyway.
const DIFFERENCE_LINES: usize = 60;

/// A file to be written, by its path below the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Parts joined by `/`.
    pub path: String,
    /// The whole text.
    pub content: String,
}

impl File {
    /// A file of any text.
    pub fn new(path: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            content: content.into(),
        }
    }

    /// A JSON file: two spaces, keys in the order given, a line break at the end.
    pub fn json(path: impl Into<String>, value: &serde_json::Value) -> Self {
        Self::new(path, format!("{value:#}\n"))
    }
}

/// What is not as it should be in the folder. Its text has a diff and, once for all, the command that mends it is
/// [`COMMAND`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The file, below the folder.
    pub path: String,
    /// What is wrong with it.
    pub kind: DifferenceKind,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// It should be there and is not.
    Missing,
    /// It is there with other text.
    Stale {
        /// The unified diff from what is there to what should be.
        diff: String,
    },
    /// It is there and nothing writes it any more.
    Extra,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.kind {
            DifferenceKind::Missing => write!(f, "{path} is missing"),
            DifferenceKind::Extra => {
                write!(f, "{path} is left over: nothing generates it any more")
            }
            DifferenceKind::Stale { diff } => write!(f, "{path} is stale\n{diff}"),
        }
    }
}

/// What writing changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are new or have new text.
    pub changed: Vec<String>,
    /// Files that were left over and are gone.
    pub removed: Vec<String>,
    /// How many files were as they should be.
    pub unchanged: usize,
}

/// The folder could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} `{path}`")]
pub struct FolderError {
    what: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// Compares the folder with what it should hold, in order of path.
pub fn check(folder: &Path, files: &[File]) -> Result<Vec<Difference>, FolderError> {
    let there = read(folder)?;
    let mut differences: Vec<Difference> = files
        .iter()
        .filter_map(|file| {
            let kind = match there.get(&file.path) {
                None => DifferenceKind::Missing,
                Some(text) if *text == file.content => return None,
                Some(text) => DifferenceKind::Stale {
                    diff: unified(&file.path, text, &file.content),
                },
            };
            Some(Difference {
                path: file.path.clone(),
                kind,
            })
        })
        .collect();
    differences.extend(left_over(&there, files).map(|path| Difference {
        path: path.clone(),
        kind: DifferenceKind::Extra,
    }));
    differences.sort();
    Ok(differences)
}

/// Makes the folder hold these files and no others. A file that is right already is not touched.
pub fn write(folder: &Path, files: &[File]) -> Result<Written, FolderError> {
    let there = read(folder)?;
    let mut written = Written::default();
    for file in files {
        if there.get(&file.path) == Some(&file.content) {
            written.unchanged += 1;
            continue;
        }
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| error("create", parent, e))?;
        }
        fs::write(&path, &file.content).map_err(|e| error("write", &path, e))?;
        written.changed.push(file.path.clone());
    }
    for path in left_over(&there, files) {
        let place = folder.join(path);
        fs::remove_file(&place).map_err(|e| error("remove", &place, e))?;
        written.removed.push(path.clone());
    }
    Ok(written)
}

fn left_over<'a>(
    there: &'a BTreeMap<String, String>,
    files: &[File],
) -> impl Iterator<Item = &'a String> {
    let wanted: BTreeSet<String> = files.iter().map(|file| file.path.clone()).collect();
    there.keys().filter(move |path| !wanted.contains(*path))
}

fn unified(path: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let text = diff
        .unified_diff()
        .context_radius(CONTEXT_LINES)
        .header(&format!("committed/{path}"), &format!("generated/{path}"))
        .to_string();
    let lines = text.lines().count();
    if lines <= DIFFERENCE_LINES {
        return text;
    }
    let shown: Vec<&str> = text.lines().take(DIFFERENCE_LINES).collect();
    format!(
        "{}\n… and {} more lines\n",
        shown.join("\n"),
        lines - DIFFERENCE_LINES
    )
}

/// All files below a folder by their path; none where there is no folder.
fn read(folder: &Path) -> Result<BTreeMap<String, String>, FolderError> {
    let mut files = BTreeMap::new();
    let mut open = vec![(folder.to_path_buf(), String::new())];
    while let Some((place, prefix)) = open.pop() {
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(error("read", &place, e)),
        };
        for entry in entries {
            let entry = entry.map_err(|e| error("read", &place, e))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else {
                let text = fs::read(entry.path()).map_err(|e| error("read", &entry.path(), e))?;
                // A checkout on Windows may have turned the line ends; that is no difference.
                let text = String::from_utf8_lossy(&text).replace("\r\n", "\n");
                files.insert(name, text);
            }
        }
    }
    Ok(files)
}

fn error(what: &'static str, path: &Path, source: io::Error) -> FolderError {
    FolderError {
        what,
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::{DifferenceKind, File, check, write};

    /// A folder of this test alone, gone afterwards.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("comanda-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn files() -> Vec<File> {
        vec![
            File::new("a/one.txt", "1\n2\n3\n"),
            File::json("two.json", &serde_json::json!({"b": 1, "a": []})),
        ]
    }

    #[test]
    fn what_was_written_is_in_order() {
        let folder = Folder::new("written");
        let written = write(&folder.0, &files()).unwrap();
        assert_eq!(written.changed, ["a/one.txt", "two.json"]);
        assert_eq!(check(&folder.0, &files()).unwrap(), []);
        assert_eq!(write(&folder.0, &files()).unwrap().unchanged, 2);
    }

    #[test]
    fn every_kind_of_difference_is_told_and_mended() {
        let folder = Folder::new("differences");
        write(&folder.0, &files()).unwrap();
        fs::write(folder.0.join("a/one.txt"), "1\n3\n").unwrap();
        fs::write(folder.0.join("a/old.txt"), "").unwrap();
        fs::remove_file(folder.0.join("two.json")).unwrap();

        let told: Vec<String> = check(&folder.0, &files())
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "a/old.txt is left over: nothing generates it any more",
                "a/one.txt is stale\n--- committed/a/one.txt\n+++ generated/a/one.txt\n@@ -1,2 +1,3 @@\n 1\n+2\n 3\n",
                "two.json is missing",
            ]
        );
        let written = write(&folder.0, &files()).unwrap();
        assert_eq!(written.removed, ["a/old.txt"]);
        assert_eq!(check(&folder.0, &files()).unwrap(), []);
    }

    #[test]
    fn a_folder_that_is_not_there_lacks_everything() {
        let folder = Folder::new("absent");
        let kinds: Vec<DifferenceKind> = check(&folder.0, &files())
            .unwrap()
            .into_iter()
            .map(|difference| difference.kind)
            .collect();
        assert_eq!(kinds, [DifferenceKind::Missing, DifferenceKind::Missing]);
    }

    #[test]
    fn a_long_difference_is_cut() {
        let folder = Folder::new("long");
        let long = |line: &str| vec![File::new("long.txt", format!("{line}\n").repeat(500))];
        write(&folder.0, &long("old")).unwrap();
        let told = check(&folder.0, &long("new")).unwrap()[0].to_string();
        assert!(told.ends_with("more lines\n"), "{told}");
        assert!(told.lines().count() < 70);
    }
}
