//! May this caller do this? One table, and nothing else, says so.
//!
//! Each line is about an operation on a kind of target. It names the permissions that let a client ask for it
//! (any one of them is enough) and the grounds on which a caller may do it. What is not in a line is refused.
//! The grounds that a caller really stands on are looked up in the store in the same transaction; they are
//! never in a token. The table itself is in [`table`].

pub mod table;

use std::collections::BTreeSet;

use crate::caller::{Caller, Scope};
use crate::directory_role::DirectoryRole;
use crate::package::CatalogRole;
use crate::refusal::{Code, Refusal};

pub use table::{Line, Operation};

/// On what grounds a caller may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    /// Holds this directory role now, over the whole directory.
    Role(DirectoryRole),
    /// Holds this directory role now, over an administrative unit that the target is directly in.
    OverUnit(DirectoryRole),
    /// Holds a custom role now, over the directory or such a unit, that allows one of the line's actions.
    CustomRole,
    /// Is an owner of the group now: an assigned one, or an activated one while that lasts.
    ActiveOwner,
    /// May decide on the request: is among its approvers now, and is neither its requestor nor whom it is for.
    Approver,
    /// Does it to or for themselves.
    Oneself,
    /// Is an application that was granted one of the line's permissions, and no person stands behind it (T-14).
    Application,
    /// Is a person of this directory.
    Anyone,
    /// Has the database in hand.
    Operator,
    /// Has this role over the catalog now, or makes catalogs (R-G5).
    Catalog(CatalogRole),
}

/// Whoever may do everything.
pub const GLOBAL: Ground = Ground::Role(DirectoryRole::GlobalAdministrator);

impl Ground {
    /// Every ground, strongest first.
    pub fn all() -> impl Iterator<Item = Self> {
        let roles = DirectoryRole::ALL.iter().copied();
        let others = [
            Self::CustomRole,
            Self::ActiveOwner,
            Self::Approver,
            Self::Oneself,
            Self::Application,
            Self::Anyone,
            Self::Operator,
        ];
        roles
            .clone()
            .map(Self::Role)
            .chain(roles.map(Self::OverUnit))
            .chain(others)
            .chain(CatalogRole::ALL.map(Self::Catalog))
    }

    /// Who that is, for people.
    pub fn words(self) -> String {
        match self {
            Self::Role(role) => with_article(role.display_name()),
            Self::OverUnit(role) => format!("{} of its unit", with_article(role.display_name())),
            Self::CustomRole => "a custom role that allows it".into(),
            Self::ActiveOwner => "an active owner of the group".into(),
            Self::Approver => {
                "an approver of the request, who did not make it and whom it is not for".into()
            }
            Self::Oneself => "the person it is about".into(),
            Self::Application => "an application with the permission".into(),
            Self::Anyone => "a person of this directory".into(),
            Self::Operator => "the operator, on the machine that holds the database".into(),
            Self::Catalog(CatalogRole::CatalogCreator) => "a Catalog creator".into(),
            Self::Catalog(role) => format!("the {} of the catalog", role.display_name()),
        }
    }
}

/// A name as one of several: those that begin with a U are spoken with a consonant.
fn with_article(name: &str) -> String {
    let article = if name.starts_with(['A', 'E', 'I', 'O']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}

/// What an operation is done to, where its lines differ by that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Whatever it is.
    Any,
    /// A group that is neither of the next two.
    Group,
    /// A Microsoft 365 group that can't lead to a directory role.
    Microsoft365,
    /// A role-assignable group.
    RoleAssignable,
    /// A directory role.
    DirectoryRole,
}

impl Target {
    /// Every one.
    pub const ALL: [Self; 5] = [
        Self::Any,
        Self::Group,
        Self::Microsoft365,
        Self::RoleAssignable,
        Self::DirectoryRole,
    ];

    /// The targets whose line counts, the first that there is.
    const fn looked_up(self) -> &'static [Self] {
        match self {
            Self::Any => &[Self::Any],
            Self::Group => &[Self::Group, Self::Any],
            Self::Microsoft365 => &[Self::Microsoft365, Self::Group, Self::Any],
            // INVARIANT: what is open for lesser groups opens nothing here (R-A5).
            Self::RoleAssignable => &[Self::RoleAssignable, Self::Any],
            Self::DirectoryRole => &[Self::DirectoryRole, Self::Any],
        }
    }
}

/// The grounds a caller stands on, towards what an operation is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    grounds: BTreeSet<Ground>,
    /// What the caller's custom roles allow towards the target.
    actions: BTreeSet<String>,
}

impl Standing {
    /// On these grounds.
    pub fn on(grounds: impl IntoIterator<Item = Ground>) -> Self {
        Self {
            grounds: grounds.into_iter().collect(),
            actions: BTreeSet::new(),
        }
    }

    /// On this ground too.
    #[must_use]
    pub fn and(mut self, ground: Ground) -> Self {
        self.grounds.insert(ground);
        self
    }

    /// With custom roles that allow these actions.
    #[must_use]
    pub fn allowing(mut self, actions: impl IntoIterator<Item = String>) -> Self {
        self.actions.extend(actions);
        self
    }

    /// What is left of it towards something in a restricted unit: only what the unit's own administrators
    /// stand on; towards a role-assignable group also those who run all of these (`directory.md` section 5).
    #[must_use]
    pub fn confined(mut self, target: Target) -> Self {
        use DirectoryRole::{GlobalAdministrator, PrivilegedRoleAdministrator};
        self.actions.clear();
        self.grounds.retain(|ground| match ground {
            Ground::OverUnit(_) | Ground::Oneself => true,
            Ground::Role(GlobalAdministrator | PrivilegedRoleAdministrator) => {
                target == Target::RoleAssignable
            }
            Ground::Role(_)
            | Ground::CustomRole
            | Ground::ActiveOwner
            | Ground::Approver
            | Ground::Application
            | Ground::Anyone
            | Ground::Operator
            | Ground::Catalog(_) => false,
        });
        self
    }

    /// Whether on this ground.
    pub fn has(&self, ground: Ground) -> bool {
        self.grounds.contains(&ground)
    }

    /// Whether this role is held over the whole directory.
    pub fn has_role(&self, role: DirectoryRole) -> bool {
        self.has(Ground::Role(role))
    }

    /// Whether this role is held over a unit that the target is in.
    pub fn has_role_over_unit(&self, role: DirectoryRole) -> bool {
        self.has(Ground::OverUnit(role))
    }

    /// Whether an application asks.
    pub fn is_application(&self) -> bool {
        self.has(Ground::Application)
    }

    /// Whether custom roles allow anything towards the target.
    pub fn has_custom_role(&self) -> bool {
        !self.actions.is_empty()
    }

    /// Whether whoever stands so is a person or program that may act at all.
    pub fn is_known(&self) -> bool {
        self.has(Ground::Anyone) || self.has(Ground::Application) || self.has(Ground::Operator)
    }

    /// Whether this ground counts for `line`.
    fn counts(&self, ground: Ground, line: &Line) -> bool {
        match ground {
            Ground::CustomRole => line.actions.iter().any(|action| {
                self.actions
                    .iter()
                    .any(|own| own.eq_ignore_ascii_case(action))
            }),
            _ => self.has(ground),
        }
    }
}

/// The line for this operation on such a target; `None` where nobody may do that to one.
pub fn line(operation: Operation, target: Target) -> Option<&'static Line> {
    target.looked_up().iter().find_map(|target| {
        table::LINES
            .iter()
            .find(|line| line.operation == operation && line.target == *target)
    })
}

/// The ground on which `caller`, standing so, may do this; refused otherwise, the permission first.
pub fn judge(
    operation: Operation,
    target: Target,
    caller: &Caller,
    standing: &Standing,
) -> Result<Ground, Refusal> {
    has_permission(operation, target, caller)?;
    let Some(line) = line(operation, target) else {
        return Err(insufficient());
    };
    line.grounds()
        .find(|ground| standing.counts(*ground, line))
        .ok_or_else(|| denied(line))
}

/// Refused where the token's client may not ask for this at all.
pub fn has_permission(
    operation: Operation,
    target: Target,
    caller: &Caller,
) -> Result<(), Refusal> {
    let Some(line) = line(operation, target) else {
        return Ok(());
    };
    needs_one_of(line.scopes, caller)?;
    needs_one_of(line.also, caller)
}

fn needs_one_of(scopes: &[Scope], caller: &Caller) -> Result<(), Refusal> {
    if scopes.is_empty() || scopes.iter().any(|scope| caller.scopes.contains(scope)) {
        return Ok(());
    }
    let names = scopes
        .iter()
        .map(|scope| scope.as_str())
        .collect::<Vec<_>>()
        .join("`, `");
    Err(Refusal::new(
        Code::MissingScope,
        format!("the token lacks a permission for this; it needs one of `{names}`"),
    ))
}

fn insufficient() -> Refusal {
    Refusal::new(
        Code::Denied,
        "insufficient privileges to complete the operation",
    )
}

fn denied(line: &Line) -> Refusal {
    let who = line
        .grounds()
        .map(Ground::words)
        .collect::<Vec<_>>()
        .join(" or ");
    insufficient().hint(format!("this takes {who}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{IdSource, PrincipalId, SeededIds};

    fn caller() -> Caller {
        Caller::person(PrincipalId::from_uuid(SeededIds::new(1).fresh()))
    }

    fn everything() -> impl Iterator<Item = (Operation, Target)> {
        Operation::ALL
            .iter()
            .flat_map(|operation| Target::ALL.map(|target| (*operation, target)))
    }

    #[test]
    fn every_operation_has_a_line_and_no_line_stands_twice() {
        for operation in Operation::ALL {
            let lines: Vec<_> = table::LINES
                .iter()
                .filter(|line| line.operation == *operation)
                .map(|line| line.target)
                .collect();
            assert!(!lines.is_empty(), "{operation:?}");
            let once: BTreeSet<_> = lines.iter().collect();
            assert_eq!(once.len(), lines.len(), "{operation:?}");
        }
    }

    #[test]
    fn whoever_stands_on_no_ground_may_do_nothing() {
        for (operation, target) in everything() {
            let refusal = judge(operation, target, &caller(), &Standing::default()).unwrap_err();
            assert_eq!(refusal.code, Code::Denied, "{operation:?} {target:?}");
        }
    }

    #[test]
    fn whoever_lacks_every_permission_is_told_so_before_anything_else() {
        let mut without = caller();
        without.scopes.clear();
        for (operation, target) in everything() {
            let Some(line) = line(operation, target).filter(|line| !line.scopes.is_empty()) else {
                continue;
            };
            let all = Standing::on(Ground::all());
            let refusal = judge(operation, target, &without, &all).unwrap_err();
            assert_eq!(refusal.code, Code::MissingScope, "{line:?}");
        }
    }

    #[test]
    fn each_ground_opens_just_the_lines_that_name_it() {
        for (operation, target) in everything() {
            for ground in Ground::all().filter(|ground| *ground != Ground::CustomRole) {
                let judged = judge(operation, target, &caller(), &Standing::on([ground]));
                let named = line(operation, target)
                    .is_some_and(|line| line.grounds().any(|own| own == ground));
                assert_eq!(judged.is_ok(), named, "{operation:?} {target:?} {ground:?}");
            }
        }
    }

    #[test]
    fn a_custom_role_opens_just_the_lines_that_name_its_action() {
        let holder =
            Standing::default().allowing(["microsoft.directory/groups/members/update".to_owned()]);
        let may = |operation, target| judge(operation, target, &caller(), &holder).is_ok();
        assert!(may(Operation::ChangeMembers, Target::Group));
        assert!(may(Operation::ChangeMembers, Target::Microsoft365));
        assert!(!may(Operation::ChangeMembers, Target::RoleAssignable));
        assert!(!may(Operation::ChangeOwners, Target::Group));
    }

    #[test]
    fn r_b7_a_role_over_a_unit_opens_nothing_of_pim() {
        for line in table::LINES {
            let over_unit = line
                .grounds()
                .any(|ground| matches!(ground, Ground::OverUnit(_)));
            let of_the_directory = matches!(
                line.operation,
                Operation::ChangeMembers
                    | Operation::ChangeOwners
                    | Operation::UpdateGroup
                    | Operation::DeleteGroup
                    | Operation::UpdateUser
                    | Operation::SetPassword
                    | Operation::SetAccount
                    | Operation::DeleteUser
                    | Operation::RevokeSessions
                    | Operation::ReadMethods
                    | Operation::RemoveMethod
            );
            assert!(!over_unit || of_the_directory, "{line:?}");
        }
    }

    #[test]
    fn r_a5_only_three_kinds_of_people_open_role_assignable_groups() {
        use DirectoryRole::{GlobalAdministrator, PrivilegedRoleAdministrator};
        let changes = table::LINES.iter().filter(|line| {
            line.target == Target::RoleAssignable && !line.operation.name().ends_with(".read")
        });
        for line in changes {
            for ground in line.grounds() {
                let named = matches!(
                    ground,
                    Ground::Role(GlobalAdministrator | PrivilegedRoleAdministrator)
                        | Ground::ActiveOwner
                        | Ground::Application
                        | Ground::CustomRole
                        | Ground::Oneself
                );
                assert!(named, "{line:?}");
            }
        }
    }

    #[test]
    fn t_14_what_needs_a_person_is_closed_to_applications() {
        for operation in [
            Operation::Activate,
            Operation::Deactivate,
            Operation::AskEligibility,
            Operation::AskActive,
            Operation::DecideApproval,
            Operation::DecideEligibility,
            Operation::DecideActive,
            Operation::BrowsePackages,
            Operation::RequestPackage,
            Operation::DecidePackage,
            Operation::ReadMe,
        ] {
            for target in Target::ALL {
                let app = Standing::on([Ground::Application]);
                assert!(
                    judge(operation, target, &caller(), &app).is_err(),
                    "{operation:?}"
                );
            }
        }
    }
}
