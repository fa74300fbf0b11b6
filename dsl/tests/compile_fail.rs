//! Wrong programs do not compile, and rustc's words say what to do. One mistake a file, named after the rule it breaks.
//!
//! `TRYBUILD=overwrite cargo test -p comanda-dsl --test compile_fail` writes the messages anew; then read them.

#[test]
fn wrong_programs_are_refused_with_advice() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/cases/*.rs");
}
