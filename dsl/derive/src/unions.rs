//! `Handles` of an enum: its shape, its cases, and functions that make its variants.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DataEnum, DeriveInput, Error, Fields, FieldsNamed, Ident, Result, Type, Visibility};

use crate::attributes::{Container, Variant};
use crate::names::{Rule, identifier, snake};
use crate::structs::{Parts, no_generics};

pub(crate) fn derive(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    no_generics(input)?;
    let container = Container::read(&input.attrs)?;
    let tagging = tagging(&container)?;
    let cases = read_cases(input, data, &container)?;
    if cases.is_empty() {
        return Err(Error::new_spanned(
            &input.ident,
            "an enum without variants has no values",
        ));
    }
    let payloads = cases.iter().map(|case| case.payload_struct(&input.vis));
    let union = shape(&input.ident, &tagging, &cases);
    let cases_struct = cases_struct(input, &cases);
    let constructors = constructors(input, &cases);
    Ok(quote! { #(#payloads)* #union #cases_struct #constructors })
}

/// One variant, read.
pub(crate) struct Case<'a> {
    /// `Failed`.
    pub(crate) variant: &'a Ident,
    /// `failed`, as a field of the cases.
    pub(crate) case: Ident,
    /// As serde writes it.
    pub(crate) wire: String,
    pub(crate) carries: Carries<'a>,
    docs: Vec<&'a syn::Attribute>,
}

pub(crate) enum Carries<'a> {
    Nothing,
    Value(&'a Type),
    /// Fields; their struct gets a name of its own.
    Fields {
        payload: Ident,
        fields: &'a FieldsNamed,
        rule: Option<Rule>,
        parts: Parts<'a>,
    },
}

pub(crate) fn read_cases<'a>(
    input: &'a DeriveInput,
    data: &'a DataEnum,
    container: &Container,
) -> Result<Vec<Case<'a>>> {
    let mut cases = Vec::new();
    let mut mistakes: Option<Error> = None;
    for variant in &data.variants {
        match read_case(&input.ident, variant, container) {
            Ok(case) => cases.push(case),
            Err(error) => match &mut mistakes {
                Some(all) => all.combine(error),
                None => mistakes = Some(error),
            },
        }
    }
    mistakes.map_or(Ok(cases), Err)
}

fn read_case<'a>(of: &Ident, variant: &'a syn::Variant, container: &Container) -> Result<Case<'a>> {
    let read = Variant::read(&variant.attrs)?;
    let rust = variant.ident.to_string();
    let renamed = || {
        container
            .rename_all
            .map_or_else(|| rust.clone(), |rule| rule.variant(&rust))
    };
    let wire = read.rename.unwrap_or_else(renamed);
    let carries = match &variant.fields {
        Fields::Unit => Carries::Nothing,
        Fields::Unnamed(fields) => match fields.unnamed.iter().collect::<Vec<_>>().as_slice() {
            [only] => Carries::Value(&only.ty),
            _ => {
                let message =
                    "a variant carries nothing, one value or named fields; give these values names";
                return Err(Error::new_spanned(fields, message));
            }
        },
        Fields::Named(fields) => {
            let rule = read.rename_all.or(container.rename_all_fields);
            let parts = Parts::read(fields, rule)?;
            Carries::Fields {
                payload: format_ident!("{of}{}", variant.ident),
                fields,
                rule,
                parts,
            }
        }
    };
    Ok(Case {
        variant: &variant.ident,
        case: identifier(&snake(&rust), variant.ident.span()),
        wire,
        carries,
        docs: variant
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("doc"))
            .collect(),
    })
}

fn tagging(container: &Container) -> Result<TokenStream> {
    match (&container.tag, &container.content) {
        (None, None) => Ok(quote! { ::comanda_dsl::__private::Tagging::External }),
        (Some(tag), Some(content)) => Ok(quote! {
            ::comanda_dsl::__private::Tagging::Adjacent { tag: #tag, content: #content }
        }),
        (Some(tag), None) => Err(Error::new(
            tag.span(),
            "with the tag inside, a payload would still carry it; add `content = \"…\"`, or leave the tag out",
        )),
        (None, Some(content)) => Err(Error::new(
            content.span(),
            "`content` needs `tag = \"…\"` beside it",
        )),
    }
}

impl Case<'_> {
    /// The type that the case's closure is given; nothing for a unit variant.
    pub(crate) fn payload(&self) -> Option<TokenStream> {
        match &self.carries {
            Carries::Nothing => None,
            Carries::Value(ty) => Some(quote! { #ty }),
            Carries::Fields { payload, .. } => Some(quote! { #payload }),
        }
    }

    pub(crate) fn unit(&self) -> bool {
        matches!(self.carries, Carries::Nothing)
    }

    /// The named fields without which it is not read. What a value of another type needs is that type's.
    fn required(&self) -> Vec<&str> {
        match &self.carries {
            Carries::Nothing | Carries::Value(_) => Vec::new(),
            Carries::Fields { parts, .. } => parts.required().collect(),
        }
    }

    /// A struct of its own for what a variant with fields carries, with the handles of a struct.
    pub(crate) fn payload_struct(&self, vis: &Visibility) -> TokenStream {
        let Carries::Fields {
            payload,
            fields,
            rule,
            parts,
        } = &self.carries
        else {
            return TokenStream::new();
        };
        let doc = format!("What `{}` carries.", self.variant);
        let rename_all = rule.map(|rule| {
            let name = rule.name();
            quote! { #[serde(rename_all = #name)] }
        });
        let declared = fields.named.iter().map(|field| {
            let (attributes, name, ty) = (&field.attrs, &field.ident, &field.ty);
            quote! { #(#attributes)* #vis #name: #ty, }
        });
        let handles = parts.generate(payload, vis);
        quote! {
            #[doc = #doc]
            #[derive(
                ::comanda_dsl::__private::serde::Serialize,
                ::comanda_dsl::__private::serde::Deserialize,
                ::comanda_dsl::__private::schemars::JsonSchema,
            )]
            #[serde(crate = "::comanda_dsl::__private::serde")]
            #[schemars(crate = "::comanda_dsl::__private::schemars")]
            #rename_all
            #[allow(dead_code, missing_docs)]
            #vis struct #payload { #(#declared)* }
            #handles
        }
    }

    /// A field of the cases with its bound, and what its closure comes back with.
    pub(crate) fn arm(&self, parameter: &Ident) -> Arm {
        match self.payload() {
            None => Arm {
                bound: quote! { #parameter: ::comanda_dsl::PlainArm },
                value: quote! { ::comanda_dsl::PlainArmValue<#parameter> },
            },
            Some(payload) => Arm {
                bound: quote! { #parameter: ::comanda_dsl::Arm<#payload> },
                value: quote! { ::comanda_dsl::ArmValue<#parameter, #payload> },
            },
        }
    }

    fn declared(&self, parameter: &Ident) -> TokenStream {
        let (docs, case) = (&self.docs, &self.case);
        quote! { #(#docs)* pub #case: #parameter, }
    }

    fn run(&self, index: usize) -> TokenStream {
        let case = &self.case;
        match self.payload() {
            None => quote! { branches.unit(#index, self.#case); },
            Some(payload) => quote! { branches.payload::<#payload, _>(#index, self.#case); },
        }
    }
}

pub(crate) struct Arm {
    pub(crate) bound: TokenStream,
    pub(crate) value: TokenStream,
}

fn shape(of: &Ident, tagging: &TokenStream, cases: &[Case<'_>]) -> TokenStream {
    let name = of.to_string();
    let variants = cases.iter().map(|case| {
        let (wire, unit) = (&case.wire, case.unit());
        let name = case.case.to_string();
        let name = name.trim_start_matches("r#");
        let required = case.required();
        quote! {
            ::comanda_dsl::__private::VariantShape {
                wire: #wire, case: #name, unit: #unit, required: &[#(#required),*],
            }
        }
    });
    quote! {
        #[diagnostic::do_not_recommend]
        impl ::comanda_dsl::Union for #of {
            fn shape() -> &'static ::comanda_dsl::__private::UnionShape {
                static SHAPE: ::comanda_dsl::__private::UnionShape = ::comanda_dsl::__private::UnionShape {
                    name: #name,
                    tagging: #tagging,
                    variants: &[#(#variants),*],
                };
                &SHAPE
            }
        }

        #[diagnostic::do_not_recommend]
        impl ::comanda_dsl::Element<::comanda_dsl::__private::ByHandles> for #of {}
    }
}

/// Everything about a cases struct, for enums and for errors.
pub(crate) struct CasesParts {
    pub(crate) parameters: Vec<Ident>,
    pub(crate) bounds: Vec<TokenStream>,
    /// That each arm can join those before it.
    pub(crate) joins: Vec<TokenStream>,
    /// What all come together to.
    pub(crate) out: TokenStream,
    pub(crate) declared: Vec<TokenStream>,
    pub(crate) runs: Vec<TokenStream>,
}

impl CasesParts {
    pub(crate) fn of(cases: &[Case<'_>]) -> Self {
        let parameters: Vec<Ident> = (0..cases.len())
            .map(|index| format_ident!("A{index}"))
            .collect();
        let arms: Vec<Arm> = cases
            .iter()
            .zip(&parameters)
            .map(|(case, parameter)| case.arm(parameter))
            .collect();
        let declared = cases
            .iter()
            .zip(&parameters)
            .map(|(case, parameter)| case.declared(parameter))
            .collect();
        let runs = cases
            .iter()
            .enumerate()
            .map(|(index, case)| case.run(index))
            .collect();
        let bounds = arms.iter().map(|arm| arm.bound.clone()).collect();
        let mut parts = Self {
            parameters,
            bounds,
            joins: Vec::new(),
            out: TokenStream::new(),
            declared,
            runs,
        };
        for arm in arms {
            parts.join(&arm.value);
        }
        parts
    }

    /// Adds one more value to what comes together.
    pub(crate) fn join(&mut self, value: &TokenStream) {
        if self.out.is_empty() {
            self.out = value.clone();
            return;
        }
        let before = &self.out;
        self.joins
            .push(quote! { #before: ::comanda_dsl::Join<#value> });
        self.out = quote! { ::comanda_dsl::Joined<#before, #value> };
    }
}

fn cases_struct(input: &DeriveInput, cases: &[Case<'_>]) -> TokenStream {
    let (of, vis) = (&input.ident, &input.vis);
    let name = format_ident!("{of}Cases");
    let doc = format!("One closure for every [`{of}`].");
    let CasesParts {
        parameters,
        bounds,
        joins,
        out,
        declared,
        runs,
    } = CasesParts::of(cases);
    quote! {
        #[doc = #doc]
        #[allow(dead_code, missing_docs)]
        #vis struct #name<#(#bounds),*> where #(#joins),* { #(#declared)* }

        #[diagnostic::do_not_recommend]
        impl<#(#bounds),*> ::comanda_dsl::Cases<#of> for #name<#(#parameters),*> where #(#joins),* {
            type Out = #out;

            fn run(self, branches: &mut ::comanda_dsl::__private::Branches<'_>) {
                #(#runs)*
            }
        }
    }
}

fn constructors(input: &DeriveInput, cases: &[Case<'_>]) -> TokenStream {
    let (of, vis) = (&input.ident, &input.vis);
    let name = format_ident!("{of}Expr");
    let doc = format!("Makes a [`{of}`] of expressions.");
    let made = cases.iter().enumerate().map(|(index, Case { case, carries, docs, .. })| match carries {
        Carries::Nothing => quote! {
            #(#docs)*
            #[must_use]
            #vis fn #case() -> ::comanda_dsl::Expr<#of> {
                ::comanda_dsl::__private::unit_variant::<#of>(#index)
            }
        },
        Carries::Value(ty) => quote! {
            #(#docs)*
            #[must_use]
            #vis fn #case(value: impl ::comanda_dsl::IntoExpr<#ty>) -> ::comanda_dsl::Expr<#of> {
                ::comanda_dsl::__private::variant::<#of, #ty>(#index, value)
            }
        },
        Carries::Fields { payload, parts, .. } => match parts.only() {
            // One field needs no template: its name is the parameter's.
            Some(part) => {
                let (field, ty, wire) = (part.name, &part.field.ty, &part.wire);
                quote! {
                    #(#docs)*
                    #[must_use]
                    #vis fn #case(#field: impl ::comanda_dsl::IntoExpr<#ty>) -> ::comanda_dsl::Expr<#of> {
                        let members = ::std::vec![::comanda_dsl::__private::member::<#ty>(#wire, #field)];
                        let payload = ::comanda_dsl::__private::object::<#payload>(members);
                        ::comanda_dsl::__private::variant::<#of, #payload>(#index, payload)
                    }
                }
            }
            None => quote! {
                #(#docs)*
                #[must_use]
                #vis fn #case(value: impl ::comanda_dsl::IntoExpr<#payload>) -> ::comanda_dsl::Expr<#of> {
                    ::comanda_dsl::__private::variant::<#of, #payload>(#index, value)
                }
            },
        },
    });
    quote! {
        #[doc = #doc]
        #[allow(dead_code)]
        #vis struct #name;

        #[allow(dead_code, missing_docs)]
        impl #name { #(#made)* }
    }
}
