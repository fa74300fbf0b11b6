//! How something is said: in words, or by tapping what is offered below a message, which is the same to who reads it.

/// Something that can be tapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// What it says.
    pub says: String,
    /// What is written on it.
    pub title: String,
    /// The same where the title is cut off.
    pub whole: String,
    /// In a list, and not a button.
    pub is_list: bool,
}

/// One message of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Saying {
    Words(String),
    Tap(Choice),
}

impl Saying {
    /// The fields of the channel's form that carry it.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Words(words) => vec![("Body", words.clone())],
            Self::Tap(choice) => {
                let (says, title) = if choice.is_list {
                    ("ListId", "ListTitle")
                } else {
                    ("ButtonPayload", "ButtonText")
                };
                vec![
                    ("Body", choice.title.clone()),
                    (says, choice.says.clone()),
                    (title, choice.title.clone()),
                ]
            }
        }
    }

    /// As a story tells it.
    pub fn told(&self) -> String {
        match self {
            Self::Words(words) => format!("writes: {words}"),
            Self::Tap(choice) => format!("taps: {}", choice.title),
        }
    }
}

/// The one of what is offered that means these words, if one does.
pub(super) fn meaning<'a>(words: &str, offered: &'a [Choice]) -> Option<&'a Choice> {
    let says = |says: &str| offered.iter().find(|choice| choice.says == says);
    let (verb, street) = words.split_once(' ').unwrap_or((words, ""));
    let is_address = matches!(verb, "corrigir" | "remover");
    let named = offered.iter().find(|choice| {
        let verb_of = choice.says.split_once(' ').map(|(verb, _)| verb);
        is_address && verb_of == Some(verb) && choice.whole.contains(street)
    });
    let ends = || {
        offered
            .iter()
            .find(|choice| words.ends_with(&format!(" {}", choice.says)))
    };
    match words {
        "pular" => says("pular").or_else(|| says("vou retirar")),
        _ if is_address => named.or_else(|| says(verb)),
        _ => says(words).or_else(ends),
    }
}

/// Whether one may be tapped by mistake when another question is open: it says nothing that takes away what is on record.
pub(super) fn is_harmless(choice: &Choice) -> bool {
    let verb = choice.says.split(' ').next().unwrap_or_default();
    !matches!(verb, "apagar" | "remover" | "corrigir" | "usar")
        && !choice.says.contains("promoções")
}
