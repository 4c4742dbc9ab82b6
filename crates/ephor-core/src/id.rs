//! Typed ids over random 128-bit UUIDs, and where fresh ones come from.
//!
//! Ids that are shown tell nothing (`UUIDv4`), are never derived from names and never used again.
//! A [`ScheduleId`] is the one composite: the role, and what tells the schedule from others of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::role::Role;

/// Where fresh ids come from; seeded in tests, the operating system's randomness in the program.
pub trait IdSource {
    /// A UUID that nobody has seen before.
    fn fresh(&mut self) -> Uuid;
}

/// A text that should have been an id, with what was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {wanted}")]
pub struct BadId {
    /// What was given, cut to 100 characters.
    pub given: String,
    /// What it should have been, as a phrase: "a GUID", …
    pub wanted: &'static str,
}

impl BadId {
    fn new(given: &str, wanted: &'static str) -> Self {
        Self {
            given: given.chars().take(100).collect(),
            wanted,
        }
    }
}

/// Reads a GUID in its hyphenated form, in either case; braces, URN and bare hex are refused.
fn parse_guid(text: &str) -> Result<Uuid, BadId> {
    if text.len() != 36 {
        return Err(BadId::new(text, "a GUID"));
    }
    Uuid::try_parse(text).map_err(|_| BadId::new(text, "a GUID"))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id from `ids`.
            pub fn fresh(ids: &mut dyn IdSource) -> Self {
                Self(ids.fresh())
            }

            /// The id with this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside, as the store keeps it (16 bytes).
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                parse_guid(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A tenant: one company's directory, with all that is in it.
    TenantId;
    /// A user, group or service principal: everything that can hold or ask for access.
    PrincipalId;
    /// A group; the same UUID as its [`PrincipalId`] (a group is a principal too).
    GroupId;
    /// A schedule request (`pim-groups.md` "request": immutable history of what was asked).
    RequestId;
    /// The last part of a schedule's id. For a schedule that a request made it is that request's id.
    GrantId;
    /// The last part of a role management policy's id.
    PolicyGuid;
    /// A directory role's definition; a built-in one has the same id everywhere.
    RoleDefinitionId;
    /// An administrative unit.
    UnitId;
    /// One issued access token (`jti`).
    TokenId;
    /// A session of somebody who signed in (`sid`).
    SessionId;
    /// A registered application: its client id.
    ApplicationId;
    /// A sign-in method of somebody: an authenticator, a passkey, a recovery code.
    CredentialId;
    /// A catalog of resources and access packages.
    CatalogId;
    /// A group as a resource of one catalog.
    CatalogResourceId;
    /// An access package.
    PackageId;
    /// A policy under which an access package is asked for.
    PackagePolicyId;
    /// A request about an access package; its approval has the same id.
    PackageRequestId;
    /// An access package as somebody has it.
    PackageAssignmentId;
    /// A role over catalogs as somebody has it.
    CatalogRoleAssignmentId;
    /// A question that is asked with a request.
    QuestionId;
}

impl From<GroupId> for PrincipalId {
    fn from(group: GroupId) -> Self {
        Self(group.0)
    }
}

impl From<UnitId> for PrincipalId {
    /// A unit is no principal, but a directory object as they are, with an id of the same kind.
    fn from(unit: UnitId) -> Self {
        Self(unit.0)
    }
}

impl From<RequestId> for GrantId {
    fn from(request: RequestId) -> Self {
        Self(request.0)
    }
}

impl PrincipalId {
    /// The unit with this id; whether there is one is for the store to say.
    pub fn as_unit(self) -> UnitId {
        UnitId(self.0)
    }

    /// The group with this id; whether there is one is for the store to say.
    pub fn as_group(self) -> GroupId {
        GroupId(self.0)
    }
}

/// A schedule's id: of a group's role as Graph shows it, `{groupId}_{member|owner}_{guid}`
/// (`pim-groups.md` section 0, Identifiers). Of a directory role Graph shows the last part alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleId {
    /// Which role the schedule gives.
    pub role: Role,
    /// What tells it from the other schedules of that role.
    pub grant: GrantId,
}

impl fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.role, self.grant)
    }
}

impl FromStr for ScheduleId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId::new(text, "a schedule id ({groupId}_{member|owner}_{guid})");
        let (role, grant) = text.rsplit_once('_').ok_or_else(bad)?;
        Ok(Self {
            role: role.parse().map_err(|_| bad())?,
            grant: grant.parse().map_err(|_| bad())?,
        })
    }
}

impl Serialize for ScheduleId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ScheduleId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Ids that count up from a seed: for tests, simulations and golden files.
#[derive(Debug, Clone)]
pub struct SeededIds(u64);

impl SeededIds {
    /// The sequence that belongs to `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }
}

impl IdSource for SeededIds {
    fn fresh(&mut self) -> Uuid {
        // SplitMix64, twice: well spread, and the same on every machine.
        let mut half = || {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        };
        let (high, low) = (half(), half());
        uuid::Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
            .into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Access;

    #[test]
    fn a_schedule_id_reads_back_what_it_shows() {
        let mut ids = SeededIds::new(1);
        let id = ScheduleId {
            role: Role::of(GroupId::fresh(&mut ids), Access::Owner),
            grant: GrantId::fresh(&mut ids),
        };
        assert_eq!(id.to_string().parse::<ScheduleId>(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<ScheduleId>(), Ok(id));
    }

    #[test]
    fn other_forms_are_refused_with_what_was_given() {
        for text in [
            "",
            "x",
            "{6aacaee8-4089-4048-9510-3119367fc943}",
            "6aacaee8408940489510311936fc943a",
        ] {
            assert!(text.parse::<GroupId>().is_err(), "{text}");
        }
        let told = "a_b".parse::<ScheduleId>().unwrap_err().to_string();
        assert!(
            told.contains("`a_b`") && told.contains("{groupId}"),
            "{told}"
        );
    }
}
