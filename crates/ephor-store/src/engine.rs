//! The two engines behind [`crate::sql::Conn`].

pub(crate) mod postgres;
pub(crate) mod postgres_source;
pub(crate) mod sqlite;
