//! The one policy of what may be shown of an object, an answer of the API server, or a text that quotes either.

pub mod answer;
pub mod author;
pub mod masking;
pub mod policy;
pub mod quotes;
pub mod salt;
mod shape;
mod texts;
mod unread;
pub mod words;
