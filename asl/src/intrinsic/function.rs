//! The eighteen functions and how many arguments each takes.

/// How many arguments a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arity {
    /// The fewest.
    pub min: usize,
    /// The most, unless there may be any number.
    pub max: Option<usize>,
}

/// Declares the functions once: the variant is the name that ASL uses.
macro_rules! functions {
    ($($(#[$meta:meta])* $name:ident($min:literal, $max:expr);)*) => {
        /// An intrinsic function, by ASL's own name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Function {
            $($(#[$meta])* $name,)*
        }

        impl Function {
            /// All of them.
            pub const ALL: &[Function] = &[$(Function::$name),*];

            /// The full name, `States.` included.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Function::$name => concat!("States.", stringify!($name)),)*
                }
            }

            /// How many arguments it takes.
            #[must_use]
            pub fn arity(self) -> Arity {
                match self {
                    $(Function::$name => Arity { min: $min, max: $max },)*
                }
            }
        }
    };
}

functions! {
    /// Fills the braces of a template.
    Format(1, None);
    /// Text to JSON.
    StringToJson(1, Some(1));
    /// JSON to text.
    JsonToString(1, Some(1));
    /// Its arguments as an array.
    Array(0, None);
    /// An array cut into parts of a size.
    ArrayPartition(2, Some(2));
    /// Whether an array has a value.
    ArrayContains(2, Some(2));
    /// Numbers from, to, by.
    ArrayRange(3, Some(3));
    /// An element by index.
    ArrayGetItem(2, Some(2));
    /// How many elements.
    ArrayLength(1, Some(1));
    /// Without repetitions.
    ArrayUnique(1, Some(1));
    /// Text to base 64.
    Base64Encode(1, Some(1));
    /// Base 64 to text.
    Base64Decode(1, Some(1));
    /// A hash by an algorithm.
    Hash(2, Some(2));
    /// Two objects as one, not deeply.
    JsonMerge(3, Some(3));
    /// A number at random, from, to, seed.
    MathRandom(2, Some(3));
    /// A sum.
    MathAdd(2, Some(2));
    /// Text cut at characters.
    StringSplit(2, Some(2));
    /// A UUID, version 4.
    UUID(0, Some(0));
}

impl Function {
    /// A function by its full name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Function> {
        Function::ALL
            .iter()
            .copied()
            .find(|function| function.name() == name)
    }
}

impl Arity {
    /// Whether it can be called with so many.
    #[must_use]
    pub fn accepts(self, count: usize) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }
}
