//! Which column each field is: closed maps, so that no caller's word ever becomes a column's name (T-49).
//!
//! In the statements that these go into, `u` is users, `g` is groups, `s` is schedules, `r` is requests, and
//! `a` is assignments of access packages or requests about them.

use ephor_core::query::{
    GroupField, PackageAssignmentField, PackageRequestField, PrincipalField, ProgramField,
    RequestField, ScheduleField, ScheduleView, Scope, UnitField, UserField,
};

use ephor_core::role::RoleKind;

use super::filter::Column;
use crate::sql::in_force;

const ACCESS: &[(&str, i64)] = &[("member", 0), ("owner", 1)];

/// Assigned outside PIM reads `assigned` too.
const ASSIGNMENT_TYPE: &str = "(CASE WHEN s.origin = 1 THEN 1 ELSE 0 END)";

pub(crate) const fn user(field: UserField) -> Column {
    match field {
        UserField::Id => Column::Id("u.id"),
        UserField::UserPrincipalName => Column::Text("u.user_principal_name_key"),
        UserField::DisplayName => Column::Text("u.display_name_key"),
        UserField::GivenName => Column::Text("u.given_name_key"),
        UserField::Surname => Column::Text("u.surname_key"),
        UserField::Mail => Column::Text("u.mail_key"),
        UserField::MailNickname => Column::Text("u.mail_nickname_key"),
        UserField::JobTitle => Column::Text("u.job_title_key"),
        UserField::Department => Column::Text("u.department_key"),
        UserField::EmployeeId => Column::Text("u.employee_id_key"),
        UserField::City => Column::Text("u.city_key"),
        UserField::CompanyName => Column::Text("u.company_name_key"),
        UserField::Country => Column::Text("u.country_key"),
        UserField::State => Column::Text("u.state_key"),
        UserField::UsageLocation => Column::Text("u.usage_location_key"),
        UserField::Manager => Column::Id("u.manager_id"),
        UserField::AccountEnabled => Column::Bool("u.account_enabled"),
        UserField::UserType => Column::Text("u.user_type_key"),
        UserField::CreatedDateTime => Column::Time("u.created_at"),
        UserField::DeletedDateTime => Column::Time("u.deleted_at"),
    }
}

pub(crate) const fn group(field: GroupField) -> Column {
    match field {
        GroupField::Id => Column::Id("g.id"),
        GroupField::DisplayName => Column::Text("g.display_name_key"),
        GroupField::Description => Column::Text("g.description_key"),
        GroupField::MailNickname => Column::Text("g.mail_nickname_key"),
        GroupField::Mail => Column::Text("g.mail_key"),
        GroupField::MailEnabled => Column::Bool("g.mail_enabled"),
        GroupField::SecurityEnabled => Column::Bool("g.security_enabled"),
        GroupField::IsAssignableToRole => Column::Bool("g.role_assignable"),
        GroupField::Visibility => Column::Text("g.visibility_key"),
        GroupField::MembershipRuleProcessingState => Column::Text("g.rule_processing_key"),
        // Null, not false, where a group was born here.
        GroupField::OnPremisesSyncEnabled => Column::Bool("NULLIF(g.synchronised, 0)"),
        GroupField::IsManaged => {
            Column::Bool("(CASE WHEN g.managed_since IS NULL THEN 0 ELSE 1 END)")
        }
        GroupField::CreatedDateTime => Column::Time("g.created_at"),
        GroupField::DeletedDateTime => Column::Time("g.deleted_at"),
        GroupField::GroupTypes => Column::Set(&[
            ("dynamicmembership", "g.is_dynamic"),
            ("unified", "g.is_unified"),
        ]),
    }
}

pub(crate) const fn unit(field: UnitField) -> Column {
    match field {
        UnitField::Id => Column::Id("t.id"),
        UnitField::DisplayName => Column::Text("t.display_name_key"),
        UnitField::Description => Column::Text("t.description_key"),
        UnitField::IsMemberManagementRestricted => Column::Bool("t.restricted"),
    }
}

pub(crate) const fn application(field: ProgramField) -> Column {
    match field {
        ProgramField::Id => Column::Id("a.object_id"),
        ProgramField::AppId => Column::Id("a.id"),
        ProgramField::DisplayName => Column::Text("a.display_name_key"),
    }
}

pub(crate) const fn service_principal(field: ProgramField) -> Column {
    match field {
        ProgramField::Id => Column::Id("p.id"),
        ProgramField::AppId => Column::Id("p.app_id"),
        ProgramField::DisplayName => Column::Text("p.display_name_key"),
    }
}

/// The words for what a principal is, as they are kept.
const PRINCIPAL_KINDS: &[(&str, i64)] = &[("user", 0), ("group", 1), ("serviceprincipal", 2)];

pub(crate) const fn principal(field: PrincipalField) -> Column {
    match field {
        PrincipalField::Id => Column::Id("h.principal_id"),
        PrincipalField::DisplayName => {
            Column::Text("COALESCE(u.display_name_key, g.display_name_key, p.display_name_key)")
        }
        PrincipalField::Kind => Column::Word("h.principal_kind", PRINCIPAL_KINDS),
    }
}

pub(crate) const fn schedule(
    view: ScheduleView,
    of: RoleKind,
    scope: &Scope,
    field: ScheduleField,
) -> Column {
    match (field, view) {
        (ScheduleField::Id | ScheduleField::ScheduleId, _) if matches!(of, RoleKind::Directory) => {
            Column::Id("s.grant_id")
        }
        (ScheduleField::Id | ScheduleField::ScheduleId, _) => {
            Column::ScheduleId("s.object_id", "s.access", "s.grant_id")
        }
        (ScheduleField::GroupId | ScheduleField::RoleDefinitionId, _) => Column::Id("s.object_id"),
        (ScheduleField::DirectoryScopeId, _) => Column::DirectoryScope("s.scope_id"),
        (ScheduleField::AccessId, _) => Column::Word("s.access", ACCESS),
        (ScheduleField::PrincipalId, _) => Column::Id("s.principal_id"),
        (ScheduleField::PrincipalDisplayName, _) => {
            Column::Text("COALESCE(u.display_name_key, g.display_name_key, p.display_name_key)")
        }
        // Among a person's own, what belongs to a group is theirs through it.
        (ScheduleField::MemberType, _) if matches!(scope, Scope::Own(_)) => {
            Column::Text("(CASE WHEN s.principal_kind = 1 THEN 'group' ELSE 'direct' END)")
        }
        (ScheduleField::MemberType, _) => Column::Constant("direct"),
        (ScheduleField::AssignmentType, _) => {
            Column::Word(ASSIGNMENT_TYPE, &[("assigned", 0), ("activated", 1)])
        }
        (ScheduleField::CreatedUsing, _) => Column::Id("s.created_using"),
        (ScheduleField::Status, _) => {
            Column::Text("(CASE WHEN $now < s.starts_at THEN 'granted' ELSE 'provisioned' END)")
        }
        (ScheduleField::CreatedDateTime, _) => Column::Time("s.created_at"),
        // Instances of what was given outside PIM show no period (`pim-groups.md` 1.4).
        (ScheduleField::StartDateTime, ScheduleView::Instances) => {
            Column::Time("(CASE WHEN s.origin = 2 THEN NULL ELSE s.starts_at END)")
        }
        (ScheduleField::StartDateTime, ScheduleView::Schedules) => Column::Time("s.starts_at"),
        (ScheduleField::EndDateTime, _) => Column::Time("NULLIF(s.ends_at, 9223372036854775807)"),
    }
}

pub(crate) const fn request(of: RoleKind, field: RequestField) -> Column {
    match field {
        RequestField::Id => Column::Id("r.id"),
        RequestField::GroupId | RequestField::RoleDefinitionId => Column::Id("r.object_id"),
        RequestField::DirectoryScopeId => Column::DirectoryScope("r.scope_id"),
        RequestField::AccessId => Column::Word("r.access", ACCESS),
        RequestField::PrincipalId => Column::Id("r.principal_id"),
        RequestField::PrincipalDisplayName => {
            Column::Text("COALESCE(u.display_name_key, g.display_name_key, p.display_name_key)")
        }
        RequestField::Action => Column::Word(
            "r.action",
            &[
                ("adminAssign", 0),
                ("adminUpdate", 1),
                ("adminRemove", 2),
                ("adminExtend", 3),
                ("adminRenew", 4),
                ("selfActivate", 5),
                ("selfDeactivate", 6),
                ("selfExtend", 7),
                ("selfRenew", 8),
            ],
        ),
        // What `ScheduleRequest::status` says, as SQL; a test holds the two equal.
        RequestField::Status => Column::Text(
            "(CASE r.outcome
                WHEN 0 THEN CASE WHEN $now < r.outcome_at THEN 'granted' ELSE 'provisioned' END
                WHEN 1 THEN 'revoked'
                WHEN 2 THEN CASE WHEN $now < r.outcome_at THEN 'pendingapproval' ELSE 'denied' END
                WHEN 3 THEN CASE WHEN $now < r.outcome_at THEN 'pendingadmindecision' ELSE 'denied' END
                WHEN 4 THEN 'denied'
                WHEN 5 THEN 'canceled'
                ELSE 'failed' END)",
        ),
        RequestField::TargetScheduleId if matches!(of, RoleKind::Directory) => {
            Column::Id("r.target_grant_id")
        }
        RequestField::TargetScheduleId => {
            Column::ScheduleId("r.object_id", "r.access", "r.target_grant_id")
        }
        RequestField::CreatedBy => Column::Id("r.actor_id"),
        RequestField::CreatedDateTime => Column::Time("r.created_at"),
        RequestField::HasApproval => Column::Bool("r.approval"),
    }
}

/// How many of a package's roles an assignment's holder has now: what is asked of the holder's grants is what
/// `view::holding` asks of them.
macro_rules! held {
    () => {
        concat!(
            "(SELECT COUNT(*) FROM package_roles h WHERE h.package_id = a.package_id AND EXISTS
                (SELECT 1 FROM schedules s WHERE s.principal_id = a.target_id AND s.object_id = h.object_id
                 AND s.access = h.access AND s.kind = h.kind AND s.origin <> 1 AND ",
            in_force!(),
            "))"
        )
    };
}

pub(crate) const fn package_assignment(field: PackageAssignmentField) -> Column {
    match field {
        PackageAssignmentField::Id => Column::Id("a.id"),
        // What `PackageAssignment::state` says, as SQL; a test holds the two equal.
        PackageAssignmentField::State => Column::Text(concat!(
            "(CASE WHEN a.ends_at <= $now OR a.ends_at <= a.starts_at THEN 'expired'
                WHEN a.starts_at > $now THEN 'delivering'
                WHEN ",
            held!(),
            " >= (SELECT COUNT(*) FROM package_roles o WHERE o.package_id = a.package_id) THEN 'delivered'
                WHEN ",
            held!(),
            " = 0 THEN 'deliveryfailed' ELSE 'partiallydelivered' END)"
        )),
        PackageAssignmentField::Target => Column::Id("a.target_id"),
        PackageAssignmentField::TargetDisplayName => {
            Column::Text("(SELECT u.display_name_key FROM users u WHERE u.id = a.target_id)")
        }
        PackageAssignmentField::Package => Column::Id("a.package_id"),
        PackageAssignmentField::Catalog => {
            Column::Id("(SELECT c.catalog_id FROM access_packages c WHERE c.id = a.package_id)")
        }
        PackageAssignmentField::Policy => Column::Id("a.policy_id"),
        PackageAssignmentField::ExpiredDateTime => {
            Column::Time("(CASE WHEN a.ends_at <= $now THEN a.ends_at ELSE NULL END)")
        }
        PackageAssignmentField::StartDateTime => Column::Time("a.starts_at"),
        PackageAssignmentField::EndDateTime => {
            Column::Time("NULLIF(a.ends_at, 9223372036854775807)")
        }
    }
}

pub(crate) const fn package_request(field: PackageRequestField) -> Column {
    match field {
        PackageRequestField::Id => Column::Id("a.id"),
        // What `PackageRequest::state` says, as SQL; a test holds the two equal.
        PackageRequestField::State => Column::Text(
            "(CASE a.outcome
                WHEN 0 THEN CASE WHEN $now < a.waits_until THEN 'pendingapproval' ELSE 'denied' END
                WHEN 1 THEN 'denied'
                WHEN 2 THEN 'canceled'
                WHEN 3 THEN CASE WHEN $now < a.starts_at THEN 'scheduled' ELSE 'delivered' END
                WHEN 4 THEN CASE WHEN $now < a.starts_at THEN 'scheduled' ELSE 'partiallydelivered' END
                ELSE 'deliveryfailed' END)",
        ),
        PackageRequestField::RequestType => Column::Word(
            "a.action",
            &[
                ("userAdd", 0),
                ("userUpdate", 1),
                ("userRemove", 2),
                ("adminAdd", 3),
                ("adminUpdate", 4),
                ("adminRemove", 5),
            ],
        ),
        PackageRequestField::Target => Column::Id("a.target_id"),
        PackageRequestField::Requestor => Column::Id("a.actor_id"),
        PackageRequestField::Package => Column::Id("a.package_id"),
        PackageRequestField::Catalog => {
            Column::Id("(SELECT c.catalog_id FROM access_packages c WHERE c.id = a.package_id)")
        }
        PackageRequestField::Policy => Column::Id("a.policy_id"),
        PackageRequestField::Assignment => Column::Id("a.assignment_id"),
        PackageRequestField::CreatedDateTime => Column::Time("a.created_at"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, request};
    use ephor_core::query::RequestField;
    use ephor_core::request::Action;
    use ephor_core::role::RoleKind;

    #[test]
    fn the_words_of_actions_are_those_of_their_numbers() {
        let Column::Word(_, words) = request(RoleKind::Group, RequestField::Action) else {
            panic!("an action is a word");
        };
        for action in Action::ALL {
            let number = crate::code::action(*action);
            assert!(words.contains(&(action.as_str(), number)), "{action}");
        }
        assert_eq!(words.len(), Action::ALL.len());
    }
}
