//! Amazon States Language as data: parse, validate, print.
