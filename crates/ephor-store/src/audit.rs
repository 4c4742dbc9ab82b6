//! The audit log: a chain of hashes from the very first event, in one sequence without gaps.
//!
//! Each entry's hash covers the hash before it, so that a changed, missing, added or moved entry shows
//! (T-50); the state row holds the chain's end, so that a cut end shows too. Who asked is part of each
//! entry: actor, how the token came about, factor, client, address, request id (R-I1, T-51).

use ephor_core::caller::{Actor, Caller, Factor, Issuance};
use ephor_core::event::Event;
use ephor_core::id::{TenantId, TokenId};
use ephor_core::role::ObjectId;
use ephor_core::time::Instant;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::sql::{Row, State, Value};
use crate::tx::{AuditEntry, AuditQuery, ReadTx};
use crate::{StoreError, Verification};

/// A hash of the chain.
pub(crate) type Hash = [u8; 32];

/// What one statement of a verification reads at most, so that no statement runs for long.
const CHUNK: i64 = 2_000;

/// Where the chain ends, as a transaction carries it along.
///
/// INVARIANT: it is copied at each savepoint and put back with it, so that it always agrees with the rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) sequence: i64,
    pub(crate) hash: Hash,
}

impl Head {
    pub(crate) fn of(state: &State) -> Result<Self, StoreError> {
        let hash = if state.sequence == 0 {
            [0; 32]
        } else {
            state.hash.as_slice().try_into().map_err(|_| {
                StoreError::Damaged("the end of the audit chain has no hash of 32 bytes".into())
            })?
        };
        Ok(Self {
            sequence: state.sequence,
            hash,
        })
    }

    /// The hash that the entry behind the end will cover.
    fn before_next(&self, event: &Event) -> Hash {
        if self.sequence == 0 {
            genesis(event)
        } else {
            self.hash
        }
    }
}

/// What the first entry follows: made of the tenant's id, so that two tenants' chains share nothing.
fn genesis(first: &Event) -> Hash {
    let tenant = match first {
        Event::TenantMade { tenant } => tenant.id,
        Event::UserCreated { .. }
        | Event::UserDeleted { .. }
        | Event::UserChanged { .. }
        | Event::PasswordSet { .. }
        | Event::UserPurged { .. }
        | Event::GroupPurged { .. }
        | Event::GroupChanged { .. }
        | Event::UserRestored { .. }
        | Event::AccountDisabled { .. }
        | Event::AccountEnabled { .. }
        | Event::GroupRestored { .. }
        | Event::ScheduleRestored { .. }
        | Event::GroupCreated { .. }
        | Event::GroupDeleted { .. }
        | Event::GroupManaged { .. }
        | Event::DirectoryRoleAssigned { .. }
        | Event::UnitCreated { .. }
        | Event::UnitChanged { .. }
        | Event::UnitDeleted { .. }
        | Event::UnitMemberAdded { .. }
        | Event::UnitMemberRemoved { .. }
        | Event::RoleDefined { .. }
        | Event::RoleRedefined { .. }
        | Event::RoleUndefined { .. }
        | Event::PolicyChanged { .. }
        | Event::ScheduleGranted { .. }
        | Event::ScheduleSuperseded { .. }
        | Event::RequestOpened { .. }
        | Event::RequestDecided { .. }
        | Event::RequestCanceled { .. }
        | Event::RequestLapsed { .. }
        | Event::SchedulesEnded { .. }
        | Event::ScheduleLapsed { .. }
        | Event::ExpiryReminderDue { .. }
        | Event::AttemptRefused { .. }
        | Event::TokenIssued { .. }
        | Event::AuditRead { .. }
        | Event::SettingsChanged { .. }
        | Event::SignIn { .. }
        | Event::Package { .. }
        | Event::ClockMoved { .. } => TenantId::from_uuid(Uuid::nil()),
    };
    Sha256::new()
        .chain_update(b"ephor audit chain 1\n")
        .chain_update(tenant.uuid().as_bytes())
        .finalize()
        .into()
}

/// The hash of an entry. Lengths go before texts, so that no two entries have the same encoding.
fn link(previous: &Hash, sequence: i64, at: Instant, caller: &str, event: &str) -> Hash {
    let length = |text: &str| (text.len() as u64).to_be_bytes();
    Sha256::new()
        .chain_update(previous)
        .chain_update(sequence.to_be_bytes())
        .chain_update(at.micros().to_be_bytes())
        .chain_update(length(caller))
        .chain_update(caller)
        .chain_update(length(event))
        .chain_update(event)
        .finalize()
        .into()
}

/// Who asked, as it is written down.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallerRecord<'a> {
    actor: Actor,
    issuance: Issuance,
    factor: Factor,
    #[serde(skip_serializing_if = "std::collections::BTreeSet::is_empty")]
    contexts: &'a std::collections::BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<TokenId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<Uuid>,
}

/// The text in which `caller` is written down.
pub(crate) fn caller_text(caller: &Caller) -> Result<String, StoreError> {
    text(&CallerRecord {
        actor: caller.actor,
        issuance: caller.issuance,
        factor: caller.factor,
        contexts: &caller.contexts,
        token: caller.token,
        client: caller.client.as_deref(),
        address: caller.address.as_deref(),
        request_id: caller.request_id,
    })
}

/// A document as JSON text.
pub(crate) fn text(document: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(document)
        .map_err(|wrong| StoreError::Damaged(format!("a document can't be written: {wrong}")))
}

/// Appends `event` and moves the head.
pub(crate) fn append(
    tx: &ReadTx<'_>,
    head: &mut Head,
    caller: &Caller,
    caller_text: &str,
    event: &Event,
) -> Result<(), StoreError> {
    let event_text = text(event)?;
    let sequence = head.sequence + 1;
    let hash = link(
        &head.before_next(event),
        sequence,
        tx.now(),
        caller_text,
        &event_text,
    );
    tx.execute(
        "INSERT INTO audit (sequence, at, caller, name, event, group_id, principal_id, actor_id, hash,
             definition_id)
         VALUES ($1, $now, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            sequence.into(),
            caller_text.into(),
            event.name().into(),
            event_text.as_str().into(),
            event.group().into(),
            event.principal().into(),
            caller.actor.principal().into(),
            Value::Bytes(&hash),
            event.definition().into(),
        ],
    )?;
    *head = Head { sequence, hash };
    Ok(())
}

/// The newest entries that fit, newest first; or the oldest behind one, oldest first.
pub(crate) fn list(tx: &ReadTx<'_>, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
    let mut sql = crate::query::filter::Sql::new(
        "SELECT sequence, at, caller, event, hash FROM audit WHERE 1 = 1",
    );
    if let Some(group) = query.group {
        sql.push(" AND group_id = ").bind(group);
    }
    if let Some(definition) = query.definition {
        sql.push(" AND definition_id = ").bind(definition);
    }
    if let Some(principal) = query.principal {
        sql.push(" AND (principal_id = ").bind(principal);
        sql.push(" OR actor_id = ").bind(principal);
        sql.push(")");
    }
    // Time never runs backwards along the chain, so an instant is a place in it, found without an index.
    if let Some(from) = query.from {
        sql.push(" AND sequence >= ").bind(first_since(tx, from)?);
    }
    let to = query.to.map(|to| first_since(tx, to)).transpose()?;
    if let Some(before) = [to, query.before].into_iter().flatten().min() {
        sql.push(" AND sequence < ").bind(before);
    }
    if let Some(after) = query.after {
        sql.push(" AND sequence > ").bind(after);
        sql.push(" ORDER BY sequence LIMIT ").bind(query.limit);
    } else {
        sql.push(" ORDER BY sequence DESC LIMIT ").bind(query.limit);
    }
    sql.all(tx, entry)
}

/// The first entry recorded at `at` or later; one more than there are, where there is none.
fn first_since(tx: &ReadTx<'_>, at: Instant) -> Result<i64, StoreError> {
    let (mut low, mut high) = (
        1,
        tx.one("SELECT audit_sequence FROM state", &[], |row| row.int(0))?
            .unwrap_or(0)
            + 1,
    );
    while low < high {
        let middle = low + (high - low) / 2;
        let recorded = tx.one(
            "SELECT at FROM audit WHERE sequence = $1",
            &[middle.into()],
            |row| row.instant(0),
        )?;
        if recorded.is_some_and(|recorded| recorded < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Changes of the policies of a group or directory role, newest first.
pub(crate) fn policy_changes(
    tx: &ReadTx<'_>,
    object: ObjectId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditEntry>, StoreError> {
    let (sql, id) = match object {
        ObjectId::Group(group) => (
            "SELECT sequence, at, caller, event, hash FROM audit
             WHERE name = 'policyChanged' AND group_id = $1 AND sequence < $2
             ORDER BY sequence DESC LIMIT $3",
            group.into(),
        ),
        ObjectId::Directory(definition) => (
            "SELECT sequence, at, caller, event, hash FROM audit
             WHERE name = 'policyChanged' AND definition_id = $1 AND sequence < $2
             ORDER BY sequence DESC LIMIT $3",
            definition.into(),
        ),
    };
    tx.all(
        sql,
        &[id, before.unwrap_or(i64::MAX).into(), limit.into()],
        entry,
    )
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        sequence: row.int(0)?,
        at: row.instant(1)?,
        caller: row.json(2)?,
        event: row.json(3)?,
        hash: hex::encode(row.bytes(4)?),
    })
}

/// Walks the whole chain and says where it breaks first.
pub(crate) fn verify(tx: &ReadTx<'_>, state: &State) -> Result<Verification, StoreError> {
    let mut walk = Walk {
        last: 0,
        hash: [0; 32],
        wrong: None,
    };
    // From below the first entry, so that one put in before it shows too.
    let mut after = i64::MIN;
    loop {
        let before = walk.last;
        tx.each(
            "SELECT sequence, at, caller, name, event, group_id, principal_id, actor_id, hash,
                 definition_id
             FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            &[after.into(), CHUNK.into()],
            |row| walk.step(row),
        )?;
        after = walk.last;
        if let Some(wrong) = walk.wrong {
            return Ok(Verification::Broken {
                at: walk.last,
                wrong,
            });
        }
        if walk.last == before {
            break;
        }
    }
    let end = Head::of(state)?;
    if walk.last != end.sequence {
        return Ok(Verification::Broken {
            at: walk.last.min(end.sequence) + 1,
            wrong: format!(
                "the log ends at entry {}, but {} entries were made",
                walk.last, end.sequence
            ),
        });
    }
    if walk.hash != end.hash {
        return Ok(Verification::Broken {
            at: walk.last,
            wrong: "the last entry is not the one that was made last".into(),
        });
    }
    Ok(Verification::Sound {
        entries: walk.last,
        head: hex::encode(walk.hash),
    })
}

/// A verification on its way.
struct Walk {
    last: i64,
    hash: Hash,
    wrong: Option<String>,
}

impl Walk {
    fn step(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        if self.wrong.is_some() {
            return Ok(());
        }
        let sequence = row.int(0)?;
        let expected = self.last + 1;
        self.last = expected;
        self.wrong = self.judge(row, sequence, expected)?;
        Ok(())
    }

    fn judge(
        &mut self,
        row: &Row<'_>,
        sequence: i64,
        expected: i64,
    ) -> Result<Option<String>, StoreError> {
        if sequence != expected {
            return Ok(Some(format!(
                "entry {expected} is missing; entry {sequence} stands in its place"
            )));
        }
        let (at, caller, text) = (row.instant(1)?, row.text(2)?, row.text(4)?);
        let Ok(event) = serde_json::from_str::<Event>(text) else {
            return Ok(Some("its event can't be read".into()));
        };
        let previous = Head {
            sequence: expected - 1,
            hash: self.hash,
        }
        .before_next(&event);
        let hash = link(&previous, sequence, at, caller, text);
        if row.bytes(8)? != hash {
            return Ok(Some(
                "it, or its place behind the entry before, was changed".into(),
            ));
        }
        self.hash = hash;
        // The columns that lists are filtered by are not under the hash; they must say what the entry says.
        let actor = serde_json::from_str::<serde_json::Value>(caller)
            .ok()
            .and_then(|caller| {
                let actor = &caller["actor"];
                let id = actor["user"].as_str().or(actor["application"].as_str())?;
                id.parse::<Uuid>().ok()
            });
        let agrees = row.text(3)? == event.name()
            && row.maybe_id(5)? == event.group().map(|id| id.uuid())
            && row.maybe_id(6)? == event.principal().map(|id| id.uuid())
            && row.maybe_id(7)? == actor
            && row.maybe_id(9)? == event.definition().map(|id| id.uuid());
        Ok((!agrees).then(|| "the columns it is found by do not say what it says".into()))
    }
}
