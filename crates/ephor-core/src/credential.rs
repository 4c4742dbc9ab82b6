//! Who may change whose credentials and sensitive properties: the table of `directory.md` 7.3 (R-A7).
//!
//! Whoever can change what somebody signs in with can sign in as them. So the more somebody holds, the fewer
//! may: whoever asks needs one role that every row allows which fits the target. What a role-assignable group
//! gives counts, and being an active member or owner of one protects by itself.

use std::collections::BTreeSet;

use crate::authority::Standing;
use crate::directory_role::DirectoryRole::{
    self, AuthenticationAdministrator, DirectoryReaders, GlobalAdministrator, GroupsAdministrator,
    GuestInviter, HelpdeskAdministrator, MessageCenterReader, PasswordAdministrator,
    PrivilegedAuthenticationAdministrator, ReportsReader, UsageSummaryReportsReader,
    UserAdministrator, UserExperienceSuccessManager,
};
use crate::refusal::{Code, Refusal};

/// What of an account is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Reset the password, end all sessions, or change a telephone number or another mail address.
    Password,
    /// Add, change or remove other factors.
    Factors,
    /// Disable, delete or restore the account, or change its name or its on-premises id.
    Sensitive,
}

impl Change {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Password, Self::Factors, Self::Sensitive];
}

/// A reason to protect an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// A built-in role, over the directory or over a unit, directly or through a group.
    BuiltIn(DirectoryRole),
    /// A custom role.
    Custom,
    /// A role over a unit whose management is restricted.
    OverRestrictedUnit,
    /// Active membership or ownership of a role-assignable group.
    RoleAssignableGroup,
}

/// All that protects an account, now.
pub type Holdings = BTreeSet<Held>;

/// The roles of which one may make `change` to an account that holds just this; `None` asks for one that
/// holds nothing.
pub const fn allowed(change: Change, held: Option<Held>) -> &'static [DirectoryRole] {
    use AuthenticationAdministrator as Au;
    use GlobalAdministrator as Ga;
    use HelpdeskAdministrator as Hd;
    use PasswordAdministrator as Pw;
    use PrivilegedAuthenticationAdministrator as Pa;
    use UserAdministrator as Us;
    match change {
        Change::Password => match held {
            None | Some(Held::BuiltIn(DirectoryReaders | GuestInviter | PasswordAdministrator)) => {
                &[Pw, Hd, Au, Us, Pa, Ga]
            }
            Some(Held::BuiltIn(
                MessageCenterReader
                | ReportsReader
                | UsageSummaryReportsReader
                | UserExperienceSuccessManager,
            )) => &[Hd, Au, Us, Pa, Ga],
            Some(Held::BuiltIn(HelpdeskAdministrator)) => &[Hd, Us, Pa, Ga],
            Some(Held::BuiltIn(GroupsAdministrator | UserAdministrator)) => &[Us, Pa, Ga],
            Some(Held::BuiltIn(AuthenticationAdministrator)) => &[Au, Pa, Ga],
            Some(_) => &[Pa, Ga],
        },
        Change::Factors => match held {
            None
            | Some(Held::BuiltIn(
                DirectoryReaders
                | GuestInviter
                | PasswordAdministrator
                | MessageCenterReader
                | ReportsReader
                | UsageSummaryReportsReader
                | UserExperienceSuccessManager
                | AuthenticationAdministrator,
            )) => &[Au, Pa, Ga],
            Some(_) => &[Pa, Ga],
        },
        Change::Sensitive => match held {
            None
            | Some(Held::BuiltIn(
                DirectoryReaders
                | GuestInviter
                | MessageCenterReader
                | PasswordAdministrator
                | ReportsReader
                | UsageSummaryReportsReader
                | UserExperienceSuccessManager,
            )) => &[Au, Us, Pa, Ga],
            Some(Held::BuiltIn(AuthenticationAdministrator)) => &[Au, Pa, Ga],
            Some(Held::BuiltIn(
                GroupsAdministrator | HelpdeskAdministrator | UserAdministrator,
            )) => &[Us, Pa, Ga],
            Some(_) => &[Pa, Ga],
        },
    }
}

/// Refused unless whoever stands so may make `change` to an account that holds all of this. What people do
/// to their own account is not judged here.
pub fn judge(change: Change, caller: &Standing, target: &Holdings) -> Result<(), Refusal> {
    let everywhere = |role: DirectoryRole| {
        caller.has_role(role)
            && allowed(change, None).contains(&role)
            && target
                .iter()
                .all(|held| allowed(change, Some(*held)).contains(&role))
    };
    // Over a unit, and as an application, only towards those who hold nothing.
    let in_unit = |role: DirectoryRole| {
        target.is_empty()
            && caller.has_role_over_unit(role)
            && allowed(change, None).contains(&role)
    };
    let as_application = target.is_empty() && change != Change::Password && caller.is_application();
    let with_custom_role = target.is_empty() && caller.has_custom_role();
    if as_application
        || with_custom_role
        || DirectoryRole::ALL
            .iter()
            .any(|role| everywhere(*role) || in_unit(*role))
    {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Denied,
        "insufficient privileges to complete the operation",
    )
    .hint("the account holds a role or is in a role-assignable group, which protects it; a Privileged Authentication Administrator or Global Administrator may"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Ground;

    /// The table as it stands in the documents: a letter for each who may, in the order of the heads.
    fn check(change: Change, heads: &[(char, DirectoryRole)], rows: &[(&[Held], &str)]) {
        for (held, may) in rows {
            for (letter, role) in heads {
                let caller = Standing::on([Ground::Role(*role)]);
                let target: Holdings = held.iter().copied().collect();
                assert_eq!(
                    judge(change, &caller, &target).is_ok(),
                    may.contains(*letter),
                    "{role:?} {change:?} of somebody with {held:?}"
                );
                let over_unit = Standing::on([Ground::OverUnit(*role)]);
                assert_eq!(
                    judge(change, &over_unit, &target).is_ok(),
                    held.is_empty() && may.contains(*letter),
                    "{role:?} over a unit, {change:?} of somebody with {held:?}"
                );
            }
        }
    }

    #[test]
    fn r_a7_who_may_reset_whose_password() {
        use Held::{BuiltIn, Custom, OverRestrictedUnit, RoleAssignableGroup};
        let heads = [
            ('p', PasswordAdministrator),
            ('h', HelpdeskAdministrator),
            ('a', AuthenticationAdministrator),
            ('u', UserAdministrator),
            ('P', PrivilegedAuthenticationAdministrator),
            ('G', GlobalAdministrator),
            ('x', DirectoryRole::PrivilegedRoleAdministrator),
            ('y', GroupsAdministrator),
        ];
        check(
            Change::Password,
            &heads,
            &[
                (&[], "phauPG"),
                (&[RoleAssignableGroup], "PG"),
                (&[OverRestrictedUnit], "PG"),
                (&[BuiltIn(DirectoryReaders)], "phauPG"),
                (&[BuiltIn(GuestInviter)], "phauPG"),
                (&[BuiltIn(PasswordAdministrator)], "phauPG"),
                (&[BuiltIn(MessageCenterReader)], "hauPG"),
                (&[BuiltIn(ReportsReader)], "hauPG"),
                (&[BuiltIn(HelpdeskAdministrator)], "huPG"),
                (&[BuiltIn(GroupsAdministrator)], "uPG"),
                (&[BuiltIn(UserAdministrator)], "uPG"),
                (&[BuiltIn(AuthenticationAdministrator)], "aPG"),
                (&[BuiltIn(GlobalAdministrator)], "PG"),
                (&[BuiltIn(PrivilegedAuthenticationAdministrator)], "PG"),
                (&[BuiltIn(DirectoryRole::PrivilegedRoleAdministrator)], "PG"),
                (&[BuiltIn(DirectoryRole::ExchangeAdministrator)], "PG"),
                (&[Custom], "PG"),
                // Of several rows every one must allow it.
                (
                    &[
                        BuiltIn(HelpdeskAdministrator),
                        BuiltIn(AuthenticationAdministrator),
                    ],
                    "PG",
                ),
                (&[BuiltIn(DirectoryReaders), RoleAssignableGroup], "PG"),
                (
                    &[BuiltIn(DirectoryReaders), BuiltIn(UserAdministrator)],
                    "uPG",
                ),
            ],
        );
    }

    #[test]
    fn r_a7_who_may_disable_or_delete_whom() {
        use Held::{BuiltIn, Custom, OverRestrictedUnit, RoleAssignableGroup};
        let heads = [
            ('p', PasswordAdministrator),
            ('h', HelpdeskAdministrator),
            ('a', AuthenticationAdministrator),
            ('u', UserAdministrator),
            ('P', PrivilegedAuthenticationAdministrator),
            ('G', GlobalAdministrator),
        ];
        check(
            Change::Sensitive,
            &heads,
            &[
                (&[], "auPG"),
                (&[BuiltIn(PasswordAdministrator)], "auPG"),
                (&[BuiltIn(ReportsReader)], "auPG"),
                (&[BuiltIn(AuthenticationAdministrator)], "aPG"),
                (&[BuiltIn(HelpdeskAdministrator)], "uPG"),
                (&[BuiltIn(GroupsAdministrator)], "uPG"),
                (&[BuiltIn(GlobalAdministrator)], "PG"),
                (&[RoleAssignableGroup], "PG"),
                (&[OverRestrictedUnit], "PG"),
                (&[Custom], "PG"),
            ],
        );
    }

    #[test]
    fn r_a7_factors_are_for_those_who_run_sign_in() {
        let heads = [
            ('p', PasswordAdministrator),
            ('h', HelpdeskAdministrator),
            ('a', AuthenticationAdministrator),
            ('u', UserAdministrator),
            ('P', PrivilegedAuthenticationAdministrator),
            ('G', GlobalAdministrator),
        ];
        check(
            Change::Factors,
            &heads,
            &[
                (&[], "aPG"),
                (&[Held::BuiltIn(ReportsReader)], "aPG"),
                (&[Held::BuiltIn(HelpdeskAdministrator)], "PG"),
                (&[Held::RoleAssignableGroup], "PG"),
            ],
        );
    }

    #[test]
    fn t_11_an_application_touches_only_accounts_that_hold_nothing_and_never_a_password() {
        let app = Standing::on([Ground::Application]);
        let nothing = Holdings::new();
        assert!(judge(Change::Sensitive, &app, &nothing).is_ok());
        assert!(judge(Change::Password, &app, &nothing).is_err());
        let some = Holdings::from([Held::RoleAssignableGroup]);
        assert!(judge(Change::Sensitive, &app, &some).is_err());
    }
}
