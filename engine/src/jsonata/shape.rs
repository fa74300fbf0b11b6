//! What an expression's text tells before it runs: which names it uses, and which members of them.

/// The names an expression uses, so that only those are bound. May hold more than are really used, never fewer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses {
    names: Vec<Use>,
    /// `$states` stands somewhere without a field's name behind it: all of it is needed.
    whole_states: bool,
    fields: Vec<Use>,
}

/// A variable or a field of `$states`.
#[derive(Debug, Clone)]
struct Use {
    name: String,
    /// Its members that are used, if no more of it is.
    members: Option<Vec<String>>,
}

impl Uses {
    pub(super) fn of(source: &str) -> Uses {
        let mut uses = Uses::default();
        // The parent operator goes up from a member to all of its object.
        let goes_up = source.contains('%');
        let mut rest = source;
        while let Some((_, after)) = rest.split_once('$') {
            let name = leading_name(after);
            rest = after.get(name.len()..).unwrap_or("");
            if name == "states" {
                let field = member(rest);
                match rest.get(field.len() + 1..) {
                    Some(behind) if !field.is_empty() => {
                        let member = if goes_up { "" } else { member(behind) };
                        note(&mut uses.fields, field, member);
                    }
                    _ => uses.whole_states = true,
                }
            }
            if !name.is_empty() {
                let member = if goes_up { "" } else { member(rest) };
                note(&mut uses.names, name, member);
            }
        }
        uses
    }

    /// Whether a variable or function of this name may be used.
    pub(super) fn name(&self, name: &str) -> bool {
        self.names.iter().any(|used| used.name == name)
    }

    /// Whether this field of `$states` may be used.
    pub(super) fn field(&self, name: &str) -> bool {
        self.whole_states || self.fields.iter().any(|used| used.name == name)
    }

    /// Which members of a variable may be used, if not all.
    pub(super) fn members_of_name(&self, name: &str) -> Option<&[String]> {
        let used = self.names.iter().find(|used| used.name == name)?;
        used.members.as_deref()
    }

    /// Which members of this field of `$states` may be used, if not all.
    pub(super) fn members_of_field(&self, name: &str) -> Option<&[String]> {
        let used = self.fields.iter().find(|used| used.name == name)?;
        used.members.as_deref().filter(|_| !self.whole_states)
    }
}

/// Notes that a member of something is used; all of it without a member.
fn note(uses: &mut Vec<Use>, name: &str, member: &str) {
    let known = uses.iter().position(|used| used.name == name);
    if known.is_none() {
        uses.push(Use {
            name: name.to_owned(),
            members: Some(Vec::new()),
        });
    }
    let place = known.unwrap_or(uses.len() - 1);
    let Some(used) = uses.get_mut(place) else {
        return;
    };
    match &mut used.members {
        Some(members) if !member.is_empty() => {
            if !members.iter().any(|known| known == member) {
                members.push(member.to_owned());
            }
        }
        members => *members = None,
    }
}

/// The name behind a dot that follows immediately, if there is one.
fn member(text: &str) -> &str {
    text.strip_prefix('.').map_or("", leading_name)
}

fn leading_name(text: &str) -> &str {
    let end = text
        .find(|character: char| !character.is_alphanumeric() && character != '_')
        .unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::Uses;

    #[track_caller]
    fn check(source: &str, variable: Option<&[&str]>, input: Option<&[&str]>) {
        let uses = Uses::of(source);
        let texts = |members: Option<&[String]>| members.map(<[String]>::to_vec);
        let expected = |members: Option<&[&str]>| {
            members.map(|members| {
                members
                    .iter()
                    .map(|&name| name.to_owned())
                    .collect::<Vec<_>>()
            })
        };
        let of_variable = texts(uses.members_of_name("v"));
        let of_input = texts(uses.members_of_field("input"));
        assert_eq!(
            (of_variable, of_input),
            (expected(variable), expected(input)),
            "{source}"
        );
    }

    #[test]
    fn members_are_told_only_where_nothing_else_can_be_reached() {
        check("$v.a.b + $v.c", Some(&["a", "c"]), None);
        check("$max([$states.input.a, $v.b])", Some(&["b"]), Some(&["a"]));
        check("$v.a & $string($v)", None, None);
        check("$count($states.input) + $states.input.a", None, None);
        check("$states.input.a + $keys($states)", None, None);
        check("$states.input.*", None, None);
        check("$states.input.`a b`", None, None);
        check("$states.input[0].a", None, None);
        check("$v.a.%.b", None, None);
        check("$v .a", None, None);
    }
}
