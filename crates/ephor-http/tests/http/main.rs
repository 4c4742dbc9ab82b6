//! The service over real HTTP, on every engine: what clients see, to the letter where they compare it.

mod bad_input;
mod clients;
mod life;
mod limits;
mod official;
mod own;
mod reading;
mod spelling;
mod strangers;
mod support;
