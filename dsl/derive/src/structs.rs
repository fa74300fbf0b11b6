//! `Handles` of a struct: handles for reading, a template for making, an update for changing some fields.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DataStruct, DeriveInput, Error, Fields, FieldsNamed, Ident, Result, Visibility};

use crate::attributes::{Container, Field, is_option, refused};
use crate::names::Rule;

pub(crate) fn derive(input: &DeriveInput, data: &DataStruct) -> Result<TokenStream> {
    no_generics(input)?;
    let container = Container::read(&input.attrs)?;
    if let Some(tag) = &container.tag {
        return Err(refused(
            tag.span(),
            "a struct with a tag is one variant of an enum; derive `Handles` for the enum",
        ));
    }
    match &data.fields {
        Fields::Named(fields) => {
            let parts = Parts::read(fields, container.rename_all)?;
            Ok(parts.generate(&input.ident, &input.vis))
        }
        Fields::Unnamed(fields) => Err(Error::new_spanned(
            fields,
            "a struct without field names is a leaf: it is handed on and compared as it is, without `Handles`",
        )),
        Fields::Unit => Err(Error::new_spanned(
            &input.ident,
            "there is nothing to look into; a unit struct travels as it is, without `Handles`",
        )),
    }
}

pub(crate) fn no_generics(input: &DeriveInput) -> Result<()> {
    if input.generics.params.is_empty() {
        return Ok(());
    }
    Err(Error::new_spanned(
        &input.generics,
        "what travels through a workflow has one wire form; make the type concrete",
    ))
}

/// A struct's fields as the wire has them.
pub(crate) struct Parts<'a> {
    fields: Vec<Part<'a>>,
}

pub(crate) struct Part<'a> {
    pub(crate) field: &'a syn::Field,
    pub(crate) name: &'a Ident,
    pub(crate) wire: String,
}

impl<'a> Parts<'a> {
    /// Reads all fields, and reports all mistakes.
    pub(crate) fn read(fields: &'a FieldsNamed, rule: Option<Rule>) -> Result<Self> {
        let mut parts = Vec::new();
        let mut mistakes: Option<Error> = None;
        for field in &fields.named {
            let Some(name) = &field.ident else {
                continue;
            };
            match Field::read(&field.attrs, &field.ty) {
                Ok(read) if read.skip => {}
                Ok(read) => {
                    let rust = name.to_string();
                    let rust = rust.trim_start_matches("r#");
                    let renamed = || rule.map_or_else(|| rust.to_owned(), |rule| rule.field(rust));
                    let wire = read.rename.unwrap_or_else(renamed);
                    parts.push(Part { field, name, wire });
                }
                Err(error) => match &mut mistakes {
                    Some(all) => all.combine(error),
                    None => mistakes = Some(error),
                },
            }
        }
        mistakes.map_or(Ok(Self { fields: parts }), Err)
    }

    /// The only field, where there is but one.
    pub(crate) fn only(&self) -> Option<&Part<'a>> {
        match self.fields.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The fields that may not be left out, as the wire has them.
    pub(crate) fn required(&self) -> impl Iterator<Item = &str> {
        let required = self.fields.iter().filter(|part| !is_option(&part.field.ty));
        required.map(|part| part.wire.as_str())
    }

    pub(crate) fn generate(&self, of: &Ident, vis: &Visibility) -> TokenStream {
        let handles = self.handles(of, vis);
        let template = self.template(of, vis);
        let update = self.update(of, vis);
        quote! {
            #handles
            #template
            #update
            #[diagnostic::do_not_recommend]
            impl ::comanda_dsl::Element<::comanda_dsl::__private::ByHandles> for #of {}
        }
    }

    fn handles(&self, of: &Ident, vis: &Visibility) -> TokenStream {
        let handles = format_ident!("{of}Handles");
        let update = format_ident!("{of}Update");
        let doc = format!("The fields of [`{of}`], as a handle on one has them.");
        let declared = self.fields.iter().map(|Part { field, name, .. }| {
            let (docs, vis, ty) = (docs(field), visibility(field, vis), &field.ty);
            quote! { #(#docs)* #vis #name: ::comanda_dsl::Expr<#ty>, }
        });
        let made = self.fields.iter().map(|Part { field, name, wire }| {
            let optional = is_option(&field.ty);
            quote! { #name: ::comanda_dsl::__private::field(of, #wire, #optional), }
        });
        quote! {
            #[doc = #doc]
            #[allow(dead_code, missing_docs)]
            #vis struct #handles { #(#declared)* }

            #[diagnostic::do_not_recommend]
            impl ::comanda_dsl::Structure for #of {
                type Handles = #handles;
                type Update = #update;

                #[allow(unused_variables)]
                fn handles(of: ::comanda_dsl::Expr<Self>) -> #handles {
                    #handles { #(#made)* }
                }

                fn update(of: ::comanda_dsl::Expr<Self>) -> #update {
                    #update { of, changes: ::std::vec::Vec::new() }
                }

                fn changes(
                    update: #update,
                ) -> ::std::vec::Vec<(&'static str, &'static ::comanda_dsl::__private::Node)> {
                    update.changes
                }
            }
        }
    }

    fn template(&self, of: &Ident, vis: &Visibility) -> TokenStream {
        let template = format_ident!("{of}Expr");
        let doc = format!("A [`{of}`] made of expressions.");
        let parameters: Vec<Ident> = (0..self.fields.len())
            .map(|index| format_ident!("F{index}"))
            .collect();
        let bounds: Vec<TokenStream> = self
            .fields
            .iter()
            .zip(&parameters)
            .map(|(Part { field, .. }, parameter)| {
                let ty = &field.ty;
                quote! { #parameter: ::comanda_dsl::IntoExpr<#ty> }
            })
            .collect();
        let declared =
            self.fields
                .iter()
                .zip(&parameters)
                .map(|(Part { field, name, .. }, parameter)| {
                    let (docs, vis) = (docs(field), visibility(field, vis));
                    quote! { #(#docs)* #vis #name: #parameter, }
                });
        let members = self.fields.iter().map(|Part { field, name, wire }| {
            let ty = &field.ty;
            quote! { ::comanda_dsl::__private::member::<#ty>(#wire, self.#name), }
        });
        quote! {
            #[doc = #doc]
            #[allow(dead_code, missing_docs)]
            #vis struct #template<#(#bounds),*> { #(#declared)* }

            #[allow(dead_code)]
            impl<#(#bounds),*> #template<#(#parameters),*> {
                /// The expression.
                #[must_use]
                #vis fn expr(self) -> ::comanda_dsl::Expr<#of> {
                    ::comanda_dsl::__private::object(::std::vec![#(#members)*])
                }
            }

            #[diagnostic::do_not_recommend]
            impl<#(#bounds),*> ::comanda_dsl::IntoExpr<#of> for #template<#(#parameters),*> {
                fn into_expr(self) -> ::comanda_dsl::Expr<#of> {
                    self.expr()
                }
            }

            #[diagnostic::do_not_recommend]
            impl<#(#bounds),*> ::comanda_dsl::Yields for #template<#(#parameters),*> {
                type Value = ::comanda_dsl::Expr<#of>;
                fn settle(self) -> ::comanda_dsl::Expr<#of> {
                    self.expr()
                }
            }
        }
    }

    fn update(&self, of: &Ident, vis: &Visibility) -> TokenStream {
        let update = format_ident!("{of}Update");
        let doc = format!("A [`{of}`] with some fields replaced.");
        let setters = self.fields.iter().map(|Part { field, name, wire }| {
            let (docs, vis, ty) = (docs(field), visibility(field, vis), &field.ty);
            quote! {
                #(#docs)*
                #[must_use]
                #vis fn #name(mut self, value: impl ::comanda_dsl::IntoExpr<#ty>) -> Self {
                    self.changes.push(::comanda_dsl::__private::member::<#ty>(#wire, value));
                    self
                }
            }
        });
        quote! {
            #[doc = #doc]
            #[allow(dead_code)]
            #[must_use]
            #vis struct #update {
                of: ::comanda_dsl::Expr<#of>,
                changes: ::std::vec::Vec<(&'static str, &'static ::comanda_dsl::__private::Node)>,
            }

            #[allow(dead_code, missing_docs)]
            impl #update {
                #(#setters)*

                /// The expression.
                #[must_use]
                #vis fn expr(self) -> ::comanda_dsl::Expr<#of> {
                    ::comanda_dsl::__private::update(self.of, self.changes)
                }
            }

            #[diagnostic::do_not_recommend]
            impl ::comanda_dsl::IntoExpr<#of> for #update {
                fn into_expr(self) -> ::comanda_dsl::Expr<#of> {
                    self.expr()
                }
            }

            #[diagnostic::do_not_recommend]
            impl ::comanda_dsl::Yields for #update {
                type Value = ::comanda_dsl::Expr<#of>;
                fn settle(self) -> ::comanda_dsl::Expr<#of> {
                    self.expr()
                }
            }
        }
    }
}

fn docs(field: &syn::Field) -> Vec<&syn::Attribute> {
    field
        .attrs
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .collect()
}

/// Fields of a variant have no visibility of their own: they are as visible as the enum.
fn visibility<'a>(field: &'a syn::Field, of: &'a Visibility) -> &'a Visibility {
    match field.vis {
        Visibility::Inherited => of,
        _ => &field.vis,
    }
}
