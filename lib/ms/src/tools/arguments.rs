//! Arguments that several tools take: the words that they may be, known to clap, so that help,
//! completions and messages name them.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use msession::format::attention::Attention;
use msession::format::status::Status;

/// A status, by its word.
pub fn status() -> impl TypedValueParser<Value = Status> {
    PossibleValuesParser::new(Status::ALL.map(Status::as_str)).try_map(|word| word.parse::<Status>())
}

/// A word for attention.
pub fn attention() -> impl TypedValueParser<Value = Attention> {
    PossibleValuesParser::new(Attention::ALL.map(Attention::as_str)).try_map(|word| word.parse::<Attention>())
}
