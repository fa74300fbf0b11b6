//! What the person at the counter types.

/// One line typed at the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `confirm 1 35`: order 0001, ready in 35 minutes.
    Confirm {
        /// The order's number.
        number: u64,
        /// Ready in so many minutes.
        minutes: u32,
    },
    /// `reject 1 acabou o bacon`.
    Reject {
        /// The order's number.
        number: u64,
        /// Why; the customer reads it.
        reason: String,
    },
    /// `advance 1`: the next status.
    Advance {
        /// The order's number.
        number: u64,
    },
    /// `cancel 1 forno quebrou`: after it was confirmed.
    Cancel {
        /// The order's number.
        number: u64,
        /// Why; the customer reads it.
        reason: String,
    },
    /// `list`: the orders this POS knows.
    List,
}

impl Command {
    /// Reads one line, or says what could have been typed.
    pub fn parse(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap_or_default();
        let mut number = || {
            let word = words
                .next()
                .ok_or_else(|| format!("which order? for example: {verb} 1"))?;
            word.trim_start_matches('#')
                .parse::<u64>()
                .map_err(|_| format!("`{word}` is not an order number"))
        };
        match verb {
            "confirm" | "c" => {
                let number = number()?;
                let minutes = match words.next() {
                    None => 40,
                    Some(word) => word
                        .parse()
                        .map_err(|_| format!("`{word}` is not a number of minutes"))?,
                };
                Ok(Self::Confirm { number, minutes })
            }
            "reject" | "r" => Ok(Self::Reject {
                number: number()?,
                reason: rest(words, "Indisponível no momento"),
            }),
            "cancel" => Ok(Self::Cancel {
                number: number()?,
                reason: rest(words, "Imprevisto na cozinha"),
            }),
            "advance" | "a" => Ok(Self::Advance { number: number()? }),
            "list" | "l" => Ok(Self::List),
            other => Err(format!(
                "`{other}` is not a command; there are: confirm 1 35, reject 1 REASON, advance 1, cancel 1 REASON, list"
            )),
        }
    }
}

fn rest<'a>(words: impl Iterator<Item = &'a str>, otherwise: &str) -> String {
    let text = words.collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        otherwise.to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[track_caller]
    fn check(line: &str, expected: &Result<Command, &str>) {
        assert_eq!(
            Command::parse(line),
            expected.clone().map_err(str::to_owned)
        );
    }

    #[test]
    fn reads_what_is_typed() {
        check(
            "confirm 1 35",
            &Ok(Command::Confirm {
                number: 1,
                minutes: 35,
            }),
        );
        check(
            "  c #0007 ",
            &Ok(Command::Confirm {
                number: 7,
                minutes: 40,
            }),
        );
        check(
            "reject 2 acabou o bacon",
            &Ok(Command::Reject {
                number: 2,
                reason: "acabou o bacon".into(),
            }),
        );
        check("advance 3", &Ok(Command::Advance { number: 3 }));
        check("confirm", &Err("which order? for example: confirm 1"));
        check("confirm x", &Err("`x` is not an order number"));
        check("confirm 1 soon", &Err("`soon` is not a number of minutes"));
    }
}
