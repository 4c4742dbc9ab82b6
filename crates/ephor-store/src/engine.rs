//! The two engines behind [`crate::sql::Conn`].

pub(crate) mod postgres;
pub(crate) mod sqlite;
