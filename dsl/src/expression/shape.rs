//! What the wire form of a Rust type looks like, as far as handles must know it: how serde tags an enum's variants.
//!
//! The derive macro writes these down from the type's serde attributes; nothing else makes them.

/// An enum as serde writes it.
#[derive(Debug, PartialEq, Eq)]
pub struct UnionShape {
    /// The enum's Rust name.
    pub name: &'static str,
    /// How a variant is told from another.
    pub tagging: Tagging,
    /// The variants in their order of declaration.
    pub variants: &'static [VariantShape],
}

/// How serde tags the variants. Internally tagged and untagged enums are refused by the derive macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagging {
    /// `"expired"`, `{"paid": …}`.
    External,
    /// `{"type": "paid", "data": …}`.
    Adjacent {
        /// The key of the variant's name.
        tag: &'static str,
        /// The key of its payload.
        content: &'static str,
    },
}

/// One variant.
#[derive(Debug, PartialEq, Eq)]
pub struct VariantShape {
    /// Its name on the wire.
    pub wire: &'static str,
    /// Its name among the cases, which is also what diagrams call the branch.
    pub case: &'static str,
    /// Whether it carries nothing.
    pub unit: bool,
    /// The named fields that it must carry, as the wire has them.
    pub required: &'static [&'static str],
}

impl UnionShape {
    /// The variant at an index that the derive macro counted.
    pub(crate) fn variant(&self, index: usize) -> Option<&'static VariantShape> {
        self.variants.get(index)
    }

    /// Whether a literal value is the given variant: conditions on constants fold by this.
    pub(crate) fn matches(&self, index: usize, value: &serde_json::Value) -> bool {
        let Some(variant) = self.variant(index) else {
            return false;
        };
        match self.tagging {
            Tagging::External if variant.unit => value.as_str() == Some(variant.wire),
            Tagging::External => value.get(variant.wire).is_some(),
            Tagging::Adjacent { tag, .. } => {
                value.get(tag).and_then(serde_json::Value::as_str) == Some(variant.wire)
            }
        }
    }
}
