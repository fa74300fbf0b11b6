//! Serde's attributes, as far as they change the wire form. One that a handle cannot follow is refused, with what to do.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Result, Token, Type};

use crate::names::Rule;

/// Attributes of a struct or an enum.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) rename_all: Option<Rule>,
    pub(crate) rename_all_fields: Option<Rule>,
    pub(crate) tag: Option<LitStr>,
    pub(crate) content: Option<LitStr>,
}

/// Attributes of a field.
#[derive(Default)]
pub(crate) struct Field {
    pub(crate) rename: Option<String>,
    pub(crate) skip: bool,
}

/// Attributes of a variant.
#[derive(Default)]
pub(crate) struct Variant {
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<Rule>,
}

impl Container {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut read = Self::default();
        each(attributes, |name, meta| {
            match name {
            "rename_all" => {
                read.rename_all = Some(rule(meta)?);
                Ok(())
            }
            "rename_all_fields" => {
                read.rename_all_fields = Some(rule(meta)?);
                Ok(())
            }
            "tag" => {
                read.tag = Some(text(meta)?);
                Ok(())
            }
            "content" => {
                read.content = Some(text(meta)?);
                Ok(())
            }
            "untagged" => Err(meta.error("a workflow cannot tell the variants of an untagged enum apart; let serde tag it")),
            "default" => Err(meta.error(
                "a field that is filled in by `default` is absent where a workflow reads it; make such fields `Option`",
            )),
            "transparent" | "from" | "try_from" | "into" | "remote" => Err(meta.error(format!(
                "with `{name}` the wire form is another type's; such a type is a leaf and needs no `Handles`"
            ))),
            _ => ignore(meta),
        }
        })?;
        Ok(read)
    }
}

impl Field {
    pub(crate) fn read(attributes: &[Attribute], ty: &Type) -> Result<Self> {
        let mut read = Self::default();
        each(attributes, |name, meta| {
            match name {
            "rename" => {
                read.rename = Some(one_name(meta)?);
                Ok(())
            }
            "skip" => {
                read.skip = true;
                Ok(())
            }
            "default" | "skip_serializing_if" if is_option(ty) => ignore(meta),
            "default" => Err(meta.error(
                "a field that is filled in by `default` is absent where a workflow reads it; make it an `Option`",
            )),
            "skip_serializing_if" => Err(meta.error(
                "a field that is left out is absent where a workflow reads it; make it an `Option`",
            )),
            "flatten" => Err(meta.error(
                "a workflow reads flattened fields from the whole, and would hand the whole on; give the part a field of its own",
            )),
            "with" | "serialize_with" | "deserialize_with" => Err(meta.error(format!(
                "with `{name}` the wire form is not the type's; give it a type of its own that serialises so"
            ))),
            "alias" => Err(meta.error("a workflow reads one name; let whoever sends the other one translate")),
            "skip_serializing" | "skip_deserializing" => Err(meta.error(
                "a workflow both reads and writes the field; use `skip`, or two types",
            )),
            _ => ignore(meta),
        }
        })?;
        Ok(read)
    }
}

impl Variant {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut read = Self::default();
        each(attributes, |name, meta| {
            match name {
            "rename" => {
                read.rename = Some(one_name(meta)?);
                Ok(())
            }
            "rename_all" => {
                read.rename_all = Some(rule(meta)?);
                Ok(())
            }
            "untagged" | "other" => Err(meta.error(format!(
                "a workflow cannot tell an `{name}` variant from the others; give it a tag"
            ))),
            "skip" | "skip_serializing" | "skip_deserializing" => Err(meta.error(
                "a variant that does not travel cannot be a case; take it out of this enum",
            )),
            "alias" => Err(meta.error("a workflow reads one name; let whoever sends the other one translate")),
            "with" | "serialize_with" | "deserialize_with" => Err(meta.error(format!(
                "with `{name}` the wire form is not the payload's; give the payload a type that serialises so"
            ))),
            _ => ignore(meta),
        }
        })?;
        Ok(read)
    }
}

/// Whether serde treats a missing member as `None`: it goes by the type's name, and so do we.
pub(crate) fn is_option(ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return false;
    };
    path.path
        .segments
        .last()
        .is_some_and(|last| last.ident == "Option")
}

/// A part whose attributes say the opposite of what is asked.
pub(crate) fn refused(span: Span, message: &str) -> Error {
    Error::new(span, message)
}

/// Looks at every serde attribute, and reports all that are refused.
fn each(
    attributes: &[Attribute],
    mut look: impl FnMut(&str, &ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    let mut refused: Option<Error> = None;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
    {
        let parsed = attribute.parse_nested_meta(|meta| {
            let name = meta
                .path
                .get_ident()
                .map(ToString::to_string)
                .unwrap_or_default();
            if let Err(error) = look(&name, &meta) {
                match &mut refused {
                    Some(all) => all.combine(error),
                    None => refused = Some(error),
                }
                ignore(&meta)?;
            }
            Ok(())
        });
        if let Err(error) = parsed {
            match &mut refused {
                Some(all) => all.combine(error),
                None => refused = Some(error),
            }
        }
    }
    refused.map_or(Ok(()), Err)
}

/// Steps over an attribute's value, if it has one.
#[expect(clippy::unnecessary_wraps, reason = "the last arm of every match")]
fn ignore(meta: &ParseNestedMeta<'_>) -> Result<()> {
    if meta.input.peek(Token![=]) {
        let _value = meta
            .value()
            .and_then(syn::parse::ParseBuffer::parse::<syn::Expr>);
    } else if meta.input.peek(syn::token::Paren) {
        let _skipped = meta.parse_nested_meta(|inner| ignore(&inner));
    }
    Ok(())
}

fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}

fn rule(meta: &ParseNestedMeta<'_>) -> Result<Rule> {
    if meta.input.peek(syn::token::Paren) {
        return Err(two_names(meta));
    }
    Rule::parse(&text(meta)?)
}

fn one_name(meta: &ParseNestedMeta<'_>) -> Result<String> {
    if meta.input.peek(syn::token::Paren) {
        return Err(two_names(meta));
    }
    Ok(text(meta)?.value())
}

fn two_names(meta: &ParseNestedMeta<'_>) -> Error {
    meta.error("a workflow reads what was written; one name for both directions, please")
}
