//! The comparison operators of JSONPath choice rules.

/// What kind of value an operator looks at; values of another kind never match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperandType {
    /// Text.
    Text,
    /// Numbers.
    Number,
    /// Booleans.
    Boolean,
    /// Text that is an RFC 3339 timestamp.
    Timestamp,
    /// The `Is…` tests: any value against a boolean.
    Test,
}

/// Declares the operators once: the variant is the name that ASL uses.
macro_rules! operators {
    ($($(#[$meta:meta])* $name:ident: $operand:ident, $by_path:literal;)*) => {
        /// How a value is looked at. The variants carry ASL's own names; `…Path` is said by [`super::Operand::Path`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operator {
            $($(#[$meta])* $name,)*
        }

        impl Operator {
            /// All of them, in the order of the specification.
            pub const ALL: &[Operator] = &[$(Operator::$name),*];

            /// The name in ASL, without `Path`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Operator::$name => stringify!($name),)*
                }
            }

            /// The name in ASL when the other side is a path, if it may be one.
            #[must_use]
            pub fn path_name(self) -> Option<&'static str> {
                match self {
                    $(Operator::$name => if $by_path { Some(concat!(stringify!($name), "Path")) } else { None },)*
                }
            }

            /// What kind of value it looks at.
            #[must_use]
            pub fn operand_type(self) -> OperandType {
                match self {
                    $(Operator::$name => OperandType::$operand,)*
                }
            }

            /// Reads a member's name; the flag says that it is the `…Path` form.
            #[must_use]
            pub fn parse(name: &str) -> Option<(Operator, bool)> {
                $(
                    if name == stringify!($name) {
                        return Some((Operator::$name, false));
                    }
                    if $by_path && name == concat!(stringify!($name), "Path") {
                        return Some((Operator::$name, true));
                    }
                )*
                None
            }
        }
    };
}

operators! {
    /// Same text.
    StringEquals: Text, true;
    /// Text before, by UTF-16 unit.
    StringLessThan: Text, true;
    /// Text after.
    StringGreaterThan: Text, true;
    /// Text before or same.
    StringLessThanEquals: Text, true;
    /// Text after or same.
    StringGreaterThanEquals: Text, true;
    /// Text with `*` for anything; `\*` is the character.
    StringMatches: Text, false;
    /// Same number.
    NumericEquals: Number, true;
    /// Smaller number.
    NumericLessThan: Number, true;
    /// Greater number.
    NumericGreaterThan: Number, true;
    /// Smaller or same number.
    NumericLessThanEquals: Number, true;
    /// Greater or same number.
    NumericGreaterThanEquals: Number, true;
    /// Same boolean.
    BooleanEquals: Boolean, true;
    /// Same moment.
    TimestampEquals: Timestamp, true;
    /// Earlier.
    TimestampLessThan: Timestamp, true;
    /// Later.
    TimestampGreaterThan: Timestamp, true;
    /// Earlier or same moment.
    TimestampLessThanEquals: Timestamp, true;
    /// Later or same moment.
    TimestampGreaterThanEquals: Timestamp, true;
    /// Is it `null`?
    IsNull: Test, false;
    /// Does the path lead to anything?
    IsPresent: Test, false;
    /// Is it a number?
    IsNumeric: Test, false;
    /// Is it text?
    IsString: Test, false;
    /// Is it a boolean?
    IsBoolean: Test, false;
    /// Is it text with an RFC 3339 timestamp?
    IsTimestamp: Test, false;
}
