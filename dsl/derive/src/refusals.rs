//! `TaskError`: an enum's variants as a task's ways to refuse.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DataEnum, DeriveInput, Error, Result};

use crate::attributes::Container;
use crate::structs::no_generics;
use crate::unions::{Case, CasesParts, read_cases};

pub(crate) fn derive(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    no_generics(input)?;
    let container = Container::read(&input.attrs)?;
    if let Some(tag) = &container.tag {
        return Err(Error::new(
            tag.span(),
            "the error's name is the tag; a refusal carries only its payload, so leave `tag` out",
        ));
    }
    let cases = read_cases(input, data, &container)?;
    if cases.is_empty() {
        return Err(Error::new_spanned(
            &input.ident,
            "a task that cannot refuse has `type Error = NoRefusal`",
        ));
    }
    if let Some(case) = cases.iter().find(|case| case.variant == "Unexpected") {
        return Err(Error::new_spanned(
            case.variant,
            "`unexpected` is the case of whatever no refusal covers; name this refusal after its reason",
        ));
    }
    let payloads = cases.iter().map(|case| case.payload_struct(&input.vis));
    let error = task_error(input, &cases);
    let cases_struct = cases_struct(input, &cases);
    Ok(quote! { #(#payloads)* #error #cases_struct })
}

fn task_error(input: &DeriveInput, cases: &[Case<'_>]) -> TokenStream {
    let of = &input.ident;
    let refusals = cases.iter().map(|case| {
        let name = format!("{of}.{}", case.variant);
        let (wire, unit) = (&case.wire, case.unit());
        let case = case.case.to_string();
        let case = case.trim_start_matches("r#");
        quote! { ::comanda_dsl::Refusal { name: #name, wire: #wire, case: #case, unit: #unit } }
    });
    let indexes = cases.iter().enumerate().map(|(index, case)| {
        let variant = case.variant;
        quote! { Self::#variant { .. } => #index, }
    });
    let schemas = cases.iter().map(|case| match case.payload() {
        None => quote! { ::comanda_dsl::__private::serde_json::Value::Null },
        Some(payload) => quote! { ::comanda_dsl::__private::schema::<#payload>() },
    });
    quote! {
        #[diagnostic::do_not_recommend]
        impl ::comanda_dsl::TaskError for #of {
            const REFUSALS: &'static [::comanda_dsl::Refusal] = &[#(#refusals),*];

            fn index(&self) -> usize {
                match self { #(#indexes)* }
            }

            fn payload_schemas() -> ::std::vec::Vec<::comanda_dsl::__private::serde_json::Value> {
                ::std::vec![#(#schemas),*]
            }
        }
    }
}

fn cases_struct(input: &DeriveInput, cases: &[Case<'_>]) -> TokenStream {
    let (of, vis) = (&input.ident, &input.vis);
    let name = format_ident!("{of}Cases");
    let doc = format!("One closure for every [`{of}`], and one for what is none of them.");
    let mut parts = CasesParts::of(cases);
    parts.join(&quote! { ::comanda_dsl::ArmValue<Unexpected, ::comanda_dsl::Failure> });
    let CasesParts {
        parameters,
        bounds,
        joins,
        out,
        declared,
        runs,
    } = parts;
    quote! {
        #[doc = #doc]
        #[allow(dead_code, missing_docs)]
        #vis struct #name<#(#bounds,)* Unexpected: ::comanda_dsl::Arm<::comanda_dsl::Failure>> where #(#joins),* {
            #(#declared)*
            /// An outage that outlasted the retries, or a fault.
            pub unexpected: Unexpected,
        }

        #[diagnostic::do_not_recommend]
        impl<#(#bounds,)* Unexpected> ::comanda_dsl::RefusalCases<#of> for #name<#(#parameters,)* Unexpected>
        where
            Unexpected: ::comanda_dsl::Arm<::comanda_dsl::Failure>,
            #(#joins),*
        {
            type Out = #out;

            fn run(self, branches: &mut ::comanda_dsl::__private::Branches<'_>) {
                #(#runs)*
                branches.unexpected(self.unexpected);
            }
        }
    }
}
