//! Opens the database that a command of the operator names.

use std::sync::Arc;

use ephor_store::{Database, Store, StoreOptions};

use crate::cli::PlaceArgs;
use crate::config::Config;
use crate::failure::{EXIT_FATAL, Failure};

/// Whether other processes may use the database at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// A server: no second one on the same directory (F-06).
    Alone,
    /// A command, which works beside a running server.
    Beside,
}

/// The settings, with where the database is taken from `place` first.
pub(crate) fn config(
    place: &PlaceArgs,
    flags: &[(&'static str, Option<String>)],
) -> Result<Config, Failure> {
    let mut all = vec![
        (
            "store.data",
            place.data.as_ref().map(|path| path.display().to_string()),
        ),
        ("store.database", place.database.clone()),
    ];
    all.extend_from_slice(flags);
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Config::load(place.config.as_deref(), environment, &all)
}

/// The database that the settings name; refused where they name none.
pub(crate) fn database(config: &Config) -> Result<Database, Failure> {
    config.database.clone().ok_or_else(|| {
        Failure::usage("it is not said which database")
            .hint("give --data DIR or --database URL, or set store.data in the file for --config")
    })
}

/// How a store of this program is opened.
pub(crate) fn options(database: Database, using: Use) -> StoreOptions {
    StoreOptions {
        exclusive: using == Use::Alone,
        on_fatal: Arc::new(|why| {
            // Nothing that is still in memory may be trusted or answered any more: the next start reads
            // what is true from disk (F-03).
            eprintln!("fatal: {why}; ending at once, start again");
            std::process::exit(i32::from(EXIT_FATAL));
        }),
        ..StoreOptions::new(database)
    }
}

/// Opens the database for a command that works beside a server.
pub(crate) fn open_beside(place: &PlaceArgs) -> Result<Store, Failure> {
    let database = database(&config(place, &[])?)?;
    Ok(Store::open(&options(database, Use::Beside))?)
}
