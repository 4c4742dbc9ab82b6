//! A PostgreSQL database: is it ours, is it new enough, has it a tenant; then open it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use postgres::Client;

use super::directory::Guard;
use super::{Found, Opened, Opener, Purpose, judge_tenant};
use crate::engine::postgres::{PostgresConn, TURN, reason};
use crate::engine::postgres_source::Source;
use crate::sql::Conn;
use crate::{OpenError, schema};

/// The oldest server that will do.
const OLDEST: i32 = 140_000;

pub(super) fn open(url: &str, purpose: Purpose) -> Result<Opened, OpenError> {
    let source = Arc::new(Source::new(url)?);
    let place = source.place();
    let warned = Arc::new(AtomicBool::new(false));
    let mut client = source
        .connect(&warned)
        .map_err(|wrong| unreachable_at(&source, &wrong))?;
    check_server(&mut client)?;

    // Two nodes that start together take turns: refinery has no lock of its own. The lock of a session
    // is another one than that of a transaction, so writers are not waited for.
    let turn =
        "SET lock_timeout = '60s'; SET statement_timeout = '60s'; SELECT pg_advisory_lock($)";
    client
        .batch_execute(&turn.replace('$', &(TURN + 1).to_string()))
        .map_err(fault)?;
    match found(&mut client).map_err(fault)? {
        Found::Nothing => {}
        Found::Version(version) => schema::check_known(version)?,
        Found::SomethingElse => {
            return Err(OpenError::NotADataDirectory {
                place,
                wrong: "the database holds tables of another program; make one of its own".into(),
            });
        }
    }
    let has_tenant = has_tenant(&mut client).map_err(fault)?;
    judge_tenant(has_tenant, purpose, &place)?;
    schema::migrate(&mut client, &schema::POSTGRES)?;
    // The lock ends with the session.
    client.close().map_err(fault)?;

    Ok(Opened {
        writer: connection(&source)?,
        opener: Opener::Postgres { source },
        guard: Guard::Shared,
    })
}

/// A connection for one thread.
pub(super) fn connection(source: &Arc<Source>) -> Result<Conn, OpenError> {
    PostgresConn::open(Arc::clone(source))
        .map(Conn::Postgres)
        .map_err(|wrong| unreachable_at(source, &wrong))
}

fn unreachable_at(source: &Source, wrong: &postgres::Error) -> OpenError {
    OpenError::Unreachable(format!("`{}`: {}", source.place(), reason(wrong)))
}

fn fault(wrong: postgres::Error) -> OpenError {
    OpenError::Store(crate::engine::postgres::error(wrong))
}

/// Refuses servers that are too old, and databases that can't hold every character.
fn check_server(client: &mut Client) -> Result<(), OpenError> {
    let row = client
        .query_one(
            "SELECT current_setting('server_version_num')::INT, current_setting('server_version'),
                 current_setting('server_encoding'), current_setting('fsync'),
                 current_setting('synchronous_standby_names')",
            &[],
        )
        .map_err(fault)?;
    let (version, name, encoding): (i32, String, String) = (row.get(0), row.get(1), row.get(2));
    let (fsync, standbys): (String, String) = (row.get(3), row.get(4));
    if version < OLDEST {
        return Err(OpenError::Engine(format!(
            "PostgreSQL {name} is too old; Ephor needs 14 or newer"
        )));
    }
    if encoding != "UTF8" {
        return Err(OpenError::Engine(format!(
            "the database's encoding is {encoding}; make one with ENCODING 'UTF8'"
        )));
    }
    if fsync != "on" {
        tracing::warn!(
            "PostgreSQL runs with fsync off: what is committed can be lost with the machine"
        );
    }
    if standbys.is_empty() {
        tracing::warn!(
            "PostgreSQL has no synchronous standby: what is committed can be lost with its machine"
        );
    }
    Ok(())
}

fn found(client: &mut Client) -> Result<Found, postgres::Error> {
    if has_table(client, schema::HISTORY)? {
        let row = client.query_one(
            "SELECT COALESCE(MAX(version), 0)::BIGINT FROM refinery_schema_history",
            &[],
        )?;
        return Ok(Found::Version(row.try_get(0)?));
    }
    let row = client.query_one(
        "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema()",
        &[],
    )?;
    Ok(match row.try_get::<_, i64>(0)? {
        0 => Found::Nothing,
        _ => Found::SomethingElse,
    })
}

fn has_table(client: &mut Client, name: &str) -> Result<bool, postgres::Error> {
    client
        .query_one("SELECT to_regclass($1) IS NOT NULL", &[&name])?
        .try_get(0)
}

fn has_tenant(client: &mut Client) -> Result<bool, postgres::Error> {
    if !has_table(client, "tenant")? {
        return Ok(false);
    }
    let row = client.query_one("SELECT COUNT(*) FROM tenant", &[])?;
    Ok(row.try_get::<_, i64>(0)? > 0)
}
