//! Paths and calls of intrinsic functions, well-formed more often than not, and what damages a text.

use super::chance::Chance;
use super::data;

const PATH_PARTS: &[&str] = &[
    ".a",
    ".b",
    ".items",
    ".*",
    "..a",
    "..*",
    "[0]",
    "[-1]",
    "[*]",
    "[0:2]",
    "[::-1]",
    "[1:]",
    "[0,1]",
    "['a']",
    "['a','b']",
    "[?(@.c)]",
    "[?(@.c > 1)]",
    "[?(@.c == 'x' && @.d)]",
    "[?(@.name =~ /a+b/i)]",
    "[?(!(@.a))]",
    "[?(@.c in [1,2])]",
    "[?(@ size 2)]",
    "[99999999999999999999]",
    "[-9223372036854775808]",
    "[0:9223372036854775807:1]",
    ".length()",
    ".min()",
    ".sum()",
    ".ü",
    "..['a']",
];

const CALLS: &[(&str, usize)] = &[
    ("Array", 3),
    ("ArrayPartition", 2),
    ("ArrayContains", 2),
    ("ArrayRange", 3),
    ("ArrayGetItem", 2),
    ("ArrayLength", 1),
    ("ArrayUnique", 1),
    ("Base64Encode", 1),
    ("Base64Decode", 1),
    ("Hash", 2),
    ("JsonMerge", 3),
    ("JsonToString", 1),
    ("StringToJson", 1),
    ("MathRandom", 3),
    ("MathAdd", 2),
    ("StringSplit", 2),
    ("UUID", 0),
    ("Format", 3),
    ("Nothing", 1),
];

/// A JSONPath, or nearly one.
pub fn path(chance: &mut Chance) -> String {
    let mut path = chance.one_of(&["$", "$", "$", "$", "$$", "$x"]).to_owned();
    for _ in 0..chance.below(5) {
        path.push_str(chance.one_of(PATH_PARTS));
    }
    if chance.once_in(50) {
        path.push_str(
            &chance
                .one_of(&["..*", "..a", "[*]", ".*", "..[0]"])
                .repeat(chance.below(12)),
        );
    }
    if chance.once_in(200) {
        path.push_str(
            &chance
                .one_of(&["[?(", "..", "[", "(", "[?(!("])
                .repeat(chance.below(5_000)),
        );
    }
    if chance.once_in(6) {
        damaged(chance, path)
    } else {
        path
    }
}

/// A call of an intrinsic function, or nearly one.
pub fn call(chance: &mut Chance, levels: usize) -> String {
    let place = chance.below(CALLS.len());
    let (name, usual) = CALLS.get(place).copied().unwrap_or(("UUID", 0));
    let count = if chance.once_in(8) {
        chance.below(5)
    } else {
        usual
    };
    let arguments: Vec<String> = (0..count).map(|_| argument(chance, levels)).collect();
    let call = format!("States.{name}({})", arguments.join(", "));
    if chance.once_in(300) {
        return format!("{}{call}", "States.Array(".repeat(chance.below(5_000)));
    }
    if chance.once_in(10) {
        damaged(chance, call)
    } else {
        call
    }
}

fn argument(chance: &mut Chance, levels: usize) -> String {
    match chance.below(if levels == 0 { 4 } else { 6 }) {
        0 => path(chance),
        1 => data::number(chance).to_string(),
        2 => format!(
            "'{}'",
            chance.one_of(&[
                "a",
                "{}",
                "{} {}",
                "\\'",
                "SHA-256",
                "[1,{\"a\":2}]",
                "YWJj",
                ",",
                ""
            ])
        ),
        3 => chance
            .one_of(&["null", "true", "1000", "-1", "2", "$.items"])
            .to_owned(),
        _ => call(chance, levels - 1),
    }
}

/// The text with something wrong in it.
pub fn damaged(chance: &mut Chance, text: String) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=chance.below(3) {
        let place = chance.below(characters.len() + 1);
        match chance.below(4) {
            0 if place < characters.len() => {
                characters.remove(place);
            }
            1 if place < characters.len() => {
                characters.truncate(place);
            }
            2 => {
                let copied: Vec<char> = characters.iter().skip(place).take(8).copied().collect();
                characters.extend(copied);
            }
            _ => {
                let added = chance.one_of(&[
                    '$', '.', '[', ']', '(', ')', '\'', '"', '\\', '{', '}', '%', ',', '?', '@',
                    '0', '-', 'é', '😀', '\u{0}', ' ', '\n', '/',
                ]);
                characters.insert(place, added);
            }
        }
    }
    characters.into_iter().collect()
}
