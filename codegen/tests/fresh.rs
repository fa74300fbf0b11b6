//! The committed files are what the definitions say.

use std::path::Path;

#[test]
fn generated_files_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../generated");
    let differences = comanda_codegen::check(&folder).expect("the folder can be read");
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert!(
        told.is_empty(),
        "{}\nhelp: write them anew: cargo run -- build",
        told.join("\n")
    );
}
