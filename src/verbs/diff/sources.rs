//! Where a release is read from: a folder, one definition, a git revision, or the code itself.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use comanda_review::Release;

use crate::failure::Failure;

/// Below the root of the repository.
const GENERATED: &str = "generated";

type Files = BTreeMap<String, String>;

/// Both sides. Two definitions alone are compared as one state machine, whatever their files are called.
pub fn both(old: &str, new: Option<&str>) -> Result<(Release, Release), Failure> {
    let Some(new) = new else {
        if Path::new(old).is_file() {
            return Err(Failure::usage(format!(
                "{old} is one definition, and there is nothing to compare it with"
            ))
            .help(format!(
                "name the other one: comanda diff {old} NEW.asl.json"
            )));
        }
        return Ok((read(old)?, code()?));
    };
    if Path::new(old).is_file() && Path::new(new).is_file() {
        let name = Path::new(old)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let name = name.trim_end_matches(".json").trim_end_matches(".asl");
        return Ok((definition(name, old)?, definition(name, new)?));
    }
    Ok((read(old)?, read(new)?))
}

/// A folder, or a git revision.
pub fn read(from: &str) -> Result<Release, Failure> {
    let path = Path::new(from);
    if path.is_file() {
        return Err(Failure::usage(format!(
            "{from} is one definition, and the other side is a release"
        ))
        .help("compare a definition with a definition, or a folder with a folder"));
    }
    let files = if path.is_dir() {
        folder(path)?
    } else {
        revision(from)?
    };
    let release = release(&files)?;
    if release.machines.is_empty() {
        return Err(Failure::usage(format!("{from} has no definitions"))
            .help("a release is a folder with asl/NAME.asl.json, as `comanda build` writes it"));
    }
    Ok(release)
}

fn release(files: &Files) -> Result<Release, Failure> {
    let files = files.iter();
    Release::from_files(files.map(|(path, text)| (path.as_str(), text.as_str())))
        .map_err(|error| Failure::usage(error.to_string()).help("write it anew: comanda build"))
}

fn definition(name: &str, path: &str) -> Result<Release, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{path} cannot be read: {error}")))?;
    Release::from_definition(name, &text).map_err(|error| {
        Failure::usage(error.to_string()).help(format!("see what is wrong: comanda check {path}"))
    })
}

/// What the code says, without the folder that `comanda build` writes.
#[cfg(feature = "stack")]
pub fn code() -> Result<Release, Failure> {
    let project = comanda_codegen::project::Project::load()
        .map_err(|errors| Failure::new(errors.to_string()))?;
    let files = comanda_codegen::generate(&project);
    release(
        &files
            .into_iter()
            .map(|file| (file.path, file.content))
            .collect(),
    )
}

/// Without codegen the folder is what the code said when it was last built, which CI holds to be fresh.
#[cfg(not(feature = "stack"))]
pub fn code() -> Result<Release, Failure> {
    read(GENERATED)
}

/// The JSON files of a folder; those of its `generated/` where it has one.
fn folder(path: &Path) -> Result<Files, Failure> {
    let inside = path.join(GENERATED);
    let root = if inside.is_dir() {
        inside
    } else {
        path.to_path_buf()
    };
    let mut files = Files::new();
    let mut open = vec![(root, String::new())];
    while let Some((folder, prefix)) = open.pop() {
        let failed =
            |error| Failure::usage(format!("{} cannot be read: {error}", folder.display()));
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                open.push((entry.path(), format!("{name}/")));
            } else if name.ends_with(".json") {
                files.insert(name, fs::read_to_string(entry.path()).map_err(failed)?);
            }
        }
    }
    Ok(files)
}

/// The committed `generated/` of a revision, by two calls of git.
fn revision(name: &str) -> Result<Files, Failure> {
    if name.starts_with('-') {
        return Err(unknown(name));
    }
    let listed = git(
        &[
            "ls-tree",
            "-r",
            "--name-only",
            "--full-tree",
            name,
            GENERATED,
        ],
        "",
    )
    .map_err(|_| unknown(name))?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let paths: Vec<&str> = listed
        .lines()
        .filter(|path| path.ends_with(".json"))
        .collect();
    let asked: String = paths
        .iter()
        .map(|path| format!("{name}:{path}\n"))
        .collect();
    let answered = git(&["cat-file", "--batch"], &asked)?;
    let mut rest = answered.as_slice();
    let mut files = Files::new();
    for path in paths {
        let (text, behind) = blob(rest)
            .ok_or_else(|| Failure::new(format!("git does not give {path} of {name}")))?;
        let below = path.strip_prefix(GENERATED).unwrap_or(path);
        files.insert(below.trim_start_matches('/').to_owned(), text);
        rest = behind;
    }
    Ok(files)
}

fn unknown(name: &str) -> Failure {
    Failure::usage(format!(
        "{name} is no folder, no definition and no git revision"
    ))
    .help("name a revision (HEAD~1, main), a folder (generated/) or a file (NAME.asl.json)")
}

/// `<id> blob <size>\n<text>\n`.
fn blob(answer: &[u8]) -> Option<(String, &[u8])> {
    let end = answer.iter().position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(answer.get(..end)?).ok()?;
    let size: usize = head.rsplit(' ').next()?.parse().ok()?;
    let text = answer.get(end + 1..end + 1 + size)?;
    Some((
        String::from_utf8_lossy(text).into_owned(),
        answer.get(end + 2 + size..)?,
    ))
}

fn git(arguments: &[&str], given: &str) -> Result<Vec<u8>, Failure> {
    let failed = |why: String| Failure::usage(format!("git {} failed: {why}", arguments.join(" ")));
    let mut child = Command::new("git")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    // Given by another thread: git answers while it is asked, and pipes are small.
    let asked = given.to_owned();
    let asking = child.stdin.take().map(|mut input| {
        std::thread::spawn(move || {
            // A git that ends early says why itself.
            let _ = input.write_all(asked.as_bytes());
        })
    });
    let output = child
        .wait_with_output()
        .map_err(|error| failed(error.to_string()))?;
    if let Some(asking) = asking {
        let _ = asking.join();
    }
    if output.status.success() {
        return Ok(output.stdout);
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(failed(
        why.lines()
            .next()
            .unwrap_or("it did not say why")
            .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::blob;

    #[test]
    fn blobs_are_read_one_behind_the_other() {
        let answer = b"0123 blob 4\na\nbc\n4567 blob 0\n\n";
        let (first, rest) = blob(answer).unwrap();
        assert_eq!(first, "a\nbc");
        let (second, rest) = blob(rest).unwrap();
        assert_eq!(second, "");
        assert!(rest.is_empty());
        assert!(blob(b"0123 missing\n").is_none());
    }
}
