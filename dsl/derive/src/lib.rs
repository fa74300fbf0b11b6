//! The derive macros of the workflow DSL: what lets rustc look into a type through a handle.
//!
//! They write down what serde does with a type, or refuse to compile where a handle could not follow. They make names
//! beside the type (`OrderHandles`, `OrderExpr`, `PaymentNewsCases`), so the type stays an ordinary serde type.

mod attributes;
mod names;
mod refusals;
mod structs;
mod unions;

use proc_macro::TokenStream;
use syn::{Data, DeriveInput, parse_macro_input};

/// Lets workflows look into a struct or an enum.
///
/// A struct `Order` gets `OrderExpr { … }`, the template that makes one out of expressions, and its fields read as fields of
/// an `Expr<Order>`. An enum `PaymentNews` gets `PaymentNewsCases { … }` with one closure for each variant, and
/// `PaymentNewsExpr::paid(…)` for making one.
#[proc_macro_derive(Handles, attributes(serde))]
pub fn handles(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let made = match &input.data {
        Data::Struct(data) => structs::derive(&input, data),
        Data::Enum(data) => unions::derive(&input, data),
        Data::Union(data) => Err(syn::Error::new(
            data.union_token.span,
            "a `union` has no wire form; use an enum",
        )),
    };
    made.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes an enum the error of a task: each variant is one way to refuse.
///
/// `AcceptOrderError` gets its error names (`AcceptOrderError.BelowMinimum`), which Retry, Catch and the handler all take
/// from here, and `AcceptOrderErrorCases { …, unexpected }` with one closure for each.
#[proc_macro_derive(TaskError, attributes(serde))]
pub fn task_error(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let made = match &input.data {
        Data::Enum(data) => refusals::derive(&input, data),
        _ => Err(syn::Error::new(
            input.ident.span(),
            "a task's error is an enum, one variant for each way to refuse",
        )),
    };
    made.unwrap_or_else(syn::Error::into_compile_error).into()
}
