//! The nouns of a run and its record.
