//! What a disk may hold after a power cut: the recorder's record, read, and played up to any call. It knows files, names and
//! syncs; what is in the files is for others to judge.
//!
//! A file holds what it held at its last sync, and of each later change all, nothing or a part, in any order. A name (made,
//! renamed, taken away) is on the disk when its folder was synced; until then all of the folder's changes are, or none.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    sync::Arc,
};

/// One call, as it was written down.
#[derive(Debug, Clone)]
pub enum Call {
    Create(String),
    Write(String, usize, Arc<[u8]>),
    Cut(String, usize),
    Sync(String),
    Unlink(String),
    Rename(String, String),
    Folder(String),
    Said(String),
}

/// Reads the recorder's file.
pub fn read_record(record: &[u8]) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut rest = record;
    while !rest.is_empty() {
        let (header, behind) = rest.split_at(24);
        let number = |range: std::ops::Range<usize>| {
            let bytes = &header[range];
            let value = bytes.iter().rev();
            value.fold(0_usize, |value, byte| value << 8 | usize::from(*byte))
        };
        let (path, behind) = behind.split_at(number(4..8));
        let (bytes, behind) = behind.split_at(number(16..24));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (path, at) = (text(path), number(8..16));
        calls.push(match number(0..4) {
            1 => Call::Create(path),
            2 => Call::Write(path, at, bytes.into()),
            3 => Call::Cut(path, at),
            4 => Call::Sync(path),
            5 => Call::Unlink(path),
            6 => Call::Rename(path, text(bytes)),
            7 => Call::Folder(path),
            8 => Call::Said(text(bytes)),
            kind => panic!("no such call: {kind}"),
        });
        rest = behind;
    }
    calls
}

/// What becomes of the changes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// All of them are lost.
    All,
    /// None is, as after `kill -9`.
    None,
    /// Every other one is, from the first or from the second on: the disk wrote in disorder.
    EveryOther(bool),
    /// The second half of them, and the second half of the one in the middle.
    FromTheMiddle,
    /// The bytes, but not the lengths: where a file had grown there are zeros.
    Bytes,
    /// All in the write-ahead logs and none elsewhere, or the other way round.
    InLogs(bool),
    /// Each by chance, in whole or from some byte on; another chance by another number.
    ByChance(u64),
}

/// Which power cut it is.
#[derive(Debug, Clone, Copy)]
pub struct PowerCut {
    pub lost: Lost,
    /// Whether names are lost that were not synced.
    pub loses_names: bool,
}

/// Everything below the directory; a folder has no bytes.
pub type Found = BTreeMap<String, Option<Vec<u8>>>;

type Names = BTreeMap<String, Option<usize>>;

/// A change of one file.
#[derive(Debug, Clone)]
enum Change {
    Write(usize, Arc<[u8]>),
    Cut(usize),
}

#[derive(Debug, Default, Clone)]
struct File {
    synced: Vec<u8>,
    since: Vec<Change>,
}

/// What becomes of one change that was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Fate {
    Lost,
    Whole,
    /// So many bytes of it arrive.
    Part(usize),
    /// The file's length arrives and the bytes do not.
    Room,
}

/// The disk after some of the calls.
#[derive(Debug, Default, Clone)]
pub struct Disk {
    files: Vec<File>,
    /// What the process sees; a folder has no file.
    names: Names,
    synced_names: Names,
    /// How often names changed, or something was synced.
    kept: usize,
}

impl Disk {
    /// Takes in the next call.
    pub fn take(&mut self, call: &Call) {
        self.kept += usize::from(!matches!(
            call,
            Call::Write(..) | Call::Cut(..) | Call::Said(_)
        ));
        match call {
            Call::Create(path) => {
                self.names.insert(path.clone(), Some(self.files.len()));
                self.files.push(File::default());
            }
            Call::Folder(path) => {
                self.names.insert(path.clone(), None);
            }
            Call::Write(path, at, bytes) => {
                let change = Change::Write(*at, Arc::clone(bytes));
                self.file(path).since.push(change);
            }
            Call::Cut(path, length) => self.file(path).since.push(Change::Cut(*length)),
            Call::Unlink(path) => {
                self.names.remove(path);
            }
            Call::Rename(from, to) => {
                let file = self.names.remove(from).expect("it has a name");
                assert!(file.is_some(), "a folder is renamed, which is not modelled");
                self.names.insert(to.clone(), file);
            }
            Call::Sync(path) => self.sync(path),
            Call::Said(_) => {}
        }
    }

    fn file(&mut self, path: &str) -> &mut File {
        let file = self.names.get(path).copied().flatten();
        &mut self.files[file.unwrap_or_else(|| panic!("{path} was never made"))]
    }

    fn sync(&mut self, path: &str) {
        let is_folder = path.is_empty() || matches!(self.names.get(path), Some(None));
        if !is_folder {
            let file = self.file(path);
            for change in std::mem::take(&mut file.since) {
                change.make(Fate::Whole, &mut file.synced);
            }
            return;
        }
        let is_inside =
            |name: &String| name.rsplit_once('/').map_or("", |(above, _)| above) == path;
        self.synced_names.retain(|name, _| !is_inside(name));
        let inside = self.names.iter().filter(|(name, _)| is_inside(name));
        self.synced_names
            .extend(inside.map(|(name, file)| (name.clone(), *file)));
    }

    /// What a power cut here leaves.
    pub fn after(&self, cut: PowerCut) -> Found {
        let names = self.names_after(cut);
        let is_reached = |name: &str| {
            let mut above = name.match_indices('/').map(|(at, _)| &name[..at]);
            above.all(|above| names.contains_key(above))
        };
        let there = names.iter().filter(|(name, _)| is_reached(name));
        let found = there.map(|(name, file)| {
            let bytes = file.map(|file| self.files[file].after(name, cut.lost));
            (name.clone(), bytes)
        });
        found.collect()
    }

    /// A number for what a power cut here leaves, without making it: where it is another one, something else may be left.
    pub fn key(&self, cut: PowerCut) -> u64 {
        let mut hasher = DefaultHasher::new();
        (
            self.kept,
            cut.loses_names && self.names != self.synced_names,
        )
            .hash(&mut hasher);
        for (name, file) in self.names_after(cut) {
            let Some(file) = file.map(|file| &self.files[file]) else {
                continue;
            };
            for number in 0..file.since.len() {
                let fate = file.fate(name, cut.lost, number);
                if fate != Fate::Lost {
                    (name, number, fate).hash(&mut hasher);
                }
            }
        }
        hasher.finish()
    }

    fn names_after(&self, cut: PowerCut) -> &Names {
        if cut.loses_names {
            &self.synced_names
        } else {
            &self.names
        }
    }
}

impl File {
    fn after(&self, name: &str, lost: Lost) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for (number, change) in self.since.iter().enumerate() {
            change.make(self.fate(name, lost, number), &mut bytes);
        }
        bytes
    }

    fn fate(&self, name: &str, lost: Lost, number: usize) -> Fate {
        let (middle, whole) = (self.since.len() / 2, self.since[number].length());
        let is_lost = match lost {
            Lost::All => true,
            Lost::None => false,
            Lost::EveryOther(first) => number.is_multiple_of(2) == first,
            Lost::FromTheMiddle if number == middle => return Fate::Part(whole / 2),
            Lost::FromTheMiddle => number > middle,
            Lost::Bytes => return Fate::Room,
            Lost::InLogs(logs) => name.ends_with("-wal") == logs,
            Lost::ByChance(chance) => match mixed(chance, name, number) {
                luck if luck % 3 == 0 => return Fate::Part(luck / 3 % (whole + 1)),
                luck => luck % 3 == 1,
            },
        };
        if is_lost { Fate::Lost } else { Fate::Whole }
    }
}

impl Change {
    fn length(&self) -> usize {
        match self {
            Self::Write(_, bytes) => bytes.len(),
            Self::Cut(_) => 0,
        }
    }

    /// Changes the file so far. A length has no parts.
    fn make(&self, fate: Fate, file: &mut Vec<u8>) {
        let arrived = match fate {
            Fate::Lost => return,
            Fate::Whole => self.length(),
            Fate::Part(length) => length,
            Fate::Room => 0,
        };
        match self {
            Self::Write(at, bytes) => {
                let end = at
                    + if fate == Fate::Room {
                        bytes.len()
                    } else {
                        arrived
                    };
                file.resize(file.len().max(end), 0);
                file[*at..at + arrived].copy_from_slice(&bytes[..arrived]);
            }
            Self::Cut(length) => file.resize(*length, 0),
        }
    }
}

/// A number that looks like chance and comes again (FNV-1a, with the last round of MurmurHash3).
fn mixed(chance: u64, name: &str, number: usize) -> usize {
    let number = number as u64;
    let bytes = name.bytes().chain(chance.to_le_bytes());
    let mut hash = bytes
        .chain(number.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (hash ^ (hash >> 33)) as usize % 1_000_003
}

/// Makes a directory hold this. The index of a log is memory that was on its way to the disk: there may be anything in it.
pub fn put(found: &Found, directory: &Path) {
    for (name, bytes) in found {
        let path = directory.join(name);
        match bytes {
            None => std::fs::create_dir(path).expect("a folder"),
            Some(bytes) => std::fs::write(path, bytes).expect("written"),
        }
        if let Some(database) = name.strip_suffix("-wal") {
            let index = directory.join(format!("{database}-shm"));
            std::fs::write(index, vec![0xA5; 32 * 1024]).expect("written");
        }
    }
}

/// What a directory holds, but for the indexes of logs.
pub fn found_in(directory: &Path) -> Found {
    let mut found = Found::new();
    let mut folders = BTreeSet::from([String::new()]);
    while let Some(folder) = folders.pop_first() {
        for entry in std::fs::read_dir(directory.join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let mut name = entry.file_name().to_string_lossy().into_owned();
            if !folder.is_empty() {
                name = format!("{folder}/{name}");
            }
            if entry.path().is_dir() {
                folders.insert(name.clone());
                found.insert(name, None);
            } else if !name.ends_with("-shm") {
                let bytes = std::fs::read(entry.path()).expect("a file");
                found.insert(name, Some(bytes));
            }
        }
    }
    found
}
