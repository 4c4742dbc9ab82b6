//! Reaches out: what a connector is, and the registry that finds it.
//!
//! A [`Target`] is another directory that should hold the same members as Ephor; a [`Notifier`] tells programs
//! of events; a [`Courier`] carries letters to people. A connector gets a description of work and tells what
//! became of it; it never sees the store, so a slow server elsewhere cannot sit inside a transaction.
//! [`Smtp`] is a courier; of the others none is built in yet, and each adds one line to the registry.

mod outbound;
mod smtp;
#[cfg(feature = "testing")]
pub mod testing;

pub use outbound::{ANSWER_BYTES_MAX, Outbound, OutboundError};
pub use smtp::{BadSettings, Login, Security, Smtp, SmtpSettings};

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use ephor_core::event::Event;
use ephor_core::group::Access;
use ephor_core::id::GroupId;
use ephor_core::notice::Notice;
use ephor_core::principal::PrincipalRef;
use ephor_core::time::{Instant, Length};

/// Work under way: connectors wait for the network, so they are asked asynchronously.
pub type Work<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What became of one piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, and the other side has said so.
    Done,
    /// It could not be done now: try again after this long at the earliest.
    Later {
        /// Why, in words for the operator.
        why: String,
        /// How long to wait at least.
        after: Length,
    },
    /// The other side will not do it however often it is asked: a person has to look.
    Refused {
        /// Why, in words for the operator.
        why: String,
    },
}

/// Somebody whom a target holds, or should hold, in a role of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Which group.
    pub group: GroupId,
    /// Which role.
    pub access: Access,
    /// Who.
    pub principal: PrincipalRef,
    /// When it ends, where it does: a target with an end of its own is given it at once, so that the
    /// access ends there on time even if Ephor is away.
    pub ends_at: Option<Instant>,
}

/// Another directory that should hold what Ephor holds.
///
/// What it should hold is read anew just before each call: a connector never keeps a list of its own.
pub trait Target: Send + Sync {
    /// What it is called in the settings and in the record.
    fn name(&self) -> &str;

    /// Whom it holds in the roles of this group now, as the other side says; fails with what went wrong.
    fn held(&self, group: GroupId) -> Work<'_, Result<Vec<Holding>, Outcome>>;

    /// Puts somebody in; putting in who is there already is [`Outcome::Done`].
    fn put(&self, holding: Holding) -> Work<'_, Outcome>;

    /// Takes somebody out; taking out who is not there is [`Outcome::Done`].
    fn take(&self, holding: Holding) -> Work<'_, Outcome>;
}

/// A way to tell programs what happened.
pub trait Notifier: Send + Sync {
    /// What it is called in the settings and in the record.
    fn name(&self) -> &str;

    /// Tells of an event. `sequence` is its place in the audit log: the same number is the same message,
    /// so that whoever receives it twice can tell.
    fn tell<'a>(&'a self, sequence: i64, event: &'a Event) -> Work<'a, Outcome>;
}

/// A letter to be carried.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// What it says, and to whom.
    pub notice: &'a Notice,
    /// When it was written: that is its date, however late it is sent.
    pub written_at: Instant,
}

/// A way to bring letters to people.
pub trait Courier: Send + Sync {
    /// What it is called in the record.
    fn name(&self) -> &str;

    /// Brings a letter. One that is brought twice has the same id, so that whoever gets it twice can tell.
    fn carry<'a>(&'a self, letter: Letter<'a>) -> Work<'a, Outcome>;
}

/// The connectors that are set up, by name.
#[derive(Clone, Default)]
pub struct Registry {
    targets: BTreeMap<String, Arc<dyn Target>>,
    notifiers: BTreeMap<String, Arc<dyn Notifier>>,
}

/// Two connectors of one kind have the same name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two connectors are called `{name}`; give each its own name")]
pub struct NameTaken {
    /// The name.
    pub name: String,
}

impl Registry {
    /// A registry without connectors.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds a target.
    pub fn add_target(&mut self, target: Arc<dyn Target>) -> Result<(), NameTaken> {
        add(&mut self.targets, target.name().to_owned(), target)
    }

    /// Adds a notifier.
    pub fn add_notifier(&mut self, notifier: Arc<dyn Notifier>) -> Result<(), NameTaken> {
        add(&mut self.notifiers, notifier.name().to_owned(), notifier)
    }

    /// The targets, in the order of their names.
    pub fn targets(&self) -> impl Iterator<Item = &Arc<dyn Target>> {
        self.targets.values()
    }

    /// The notifiers, in the order of their names.
    pub fn notifiers(&self) -> impl Iterator<Item = &Arc<dyn Notifier>> {
        self.notifiers.values()
    }
}

fn add<T>(to: &mut BTreeMap<String, T>, name: String, connector: T) -> Result<(), NameTaken> {
    if to.contains_key(&name) {
        return Err(NameTaken { name });
    }
    to.insert(name, connector);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Paper(&'static str);

    impl Notifier for Paper {
        fn name(&self) -> &str {
            self.0
        }

        fn tell<'a>(&'a self, _sequence: i64, _event: &'a Event) -> Work<'a, Outcome> {
            Box::pin(async { Outcome::Done })
        }
    }

    #[test]
    fn a_registry_starts_empty_and_keeps_one_connector_of_each_name() {
        let mut registry = Registry::empty();
        assert_eq!(registry.targets().count() + registry.notifiers().count(), 0);

        registry.add_notifier(Arc::new(Paper("post"))).unwrap();
        registry.add_notifier(Arc::new(Paper("fax"))).unwrap();
        let taken = registry.add_notifier(Arc::new(Paper("post"))).unwrap_err();
        assert_eq!(
            taken.to_string(),
            "two connectors are called `post`; give each its own name"
        );
        let names: Vec<_> = registry.notifiers().map(|one| one.name()).collect();
        assert_eq!(names, ["fax", "post"]);
    }
}
