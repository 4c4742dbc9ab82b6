//! Lists as they are asked for: typed filters, orders and pages, between the edge that parses them and the
//! store that answers them.
//!
//! A field is one of a closed set for each kind of row, so that nothing a caller writes ever becomes a
//! column's name (T-49). Comparison of text and ids is without case (`pim-groups.md` section 1).

use crate::id::{CatalogId, GroupId, PackageAssignmentId, PrincipalId};
use crate::time::Instant;

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// No value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Text, an enum's word, or an id as text.
    Text(String),
    /// A number.
    Int(i64),
    /// A time.
    Time(Instant),
}

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal; a missing value counts as different.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// A text function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextMatch {
    /// Begins with.
    StartsWith,
    /// Ends with.
    EndsWith,
    /// Holds.
    Contains,
}

/// A condition on rows with fields `F`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Predicate<F> {
    /// Both.
    And(Box<Self>, Box<Self>),
    /// Either.
    Or(Box<Self>, Box<Self>),
    /// Not.
    Not(Box<Self>),
    /// A field against a value.
    Compare(F, Comparison, Literal),
    /// A field against a list of values: equal to one of them.
    In(F, Vec<Literal>),
    /// A field's text.
    Text(F, TextMatch, String),
}

impl<F: PartialEq + Copy> Predicate<F> {
    /// The text that every row must have in `field`, where the condition says so outright: as
    /// `field eq 'x'`, alone or joined by `and`.
    pub fn required_text(&self, field: F) -> Option<&str> {
        match self {
            Self::And(left, right) => left
                .required_text(field)
                .or_else(|| right.required_text(field)),
            Self::Compare(f, Comparison::Eq, Literal::Text(text)) if *f == field => Some(text),
            Self::Or(..) | Self::Not(_) | Self::Compare(..) | Self::In(..) | Self::Text(..) => None,
        }
    }
}

/// Which way to order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Small to large.
    Ascending,
    /// Large to small.
    Descending,
}

/// What to list: which rows, in which order, and which page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query<F> {
    /// Which rows.
    pub filter: Option<Predicate<F>>,
    /// In which order; rows that are alike keep the order in which they were made.
    pub order: Vec<(F, Direction)>,
    /// How many to pass over, from the start of the list (`$skip` and the page's place).
    pub skip: u32,
    /// The key of the row that the last page ended with, where a link names one: a list that is in the order in
    /// which its rows were made goes on behind it, however far that is, and passes over nothing.
    pub after: Option<u64>,
    /// How many to give at most.
    pub top: u32,
    /// Whether to count all that the filter lets through.
    pub count: bool,
}

impl<F> Query<F> {
    /// How many rows a page has unless the caller says otherwise (`security.md` section 5).
    pub const PAGE: u32 = 100;
    /// How many rows a caller may ask for in one page.
    pub const PAGE_MAX: u32 = 999;
}

impl<F> Default for Query<F> {
    fn default() -> Self {
        Self {
            filter: None,
            order: Vec::new(),
            skip: 0,
            after: None,
            top: Self::PAGE,
            count: false,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more behind them.
    pub more: bool,
    /// The key of the last row, where the list can go on behind it.
    pub last: Option<u64>,
    /// How many there are in all, where that was asked.
    pub count: Option<u64>,
}

impl<T> Page<T> {
    /// The page with each row turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(turn).collect(),
            more: self.more,
            last: self.last,
            count: self.count,
        }
    }
}

/// The fields of users that can be filtered and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the properties of a user on the wire")]
pub enum UserField {
    Id,
    UserPrincipalName,
    DisplayName,
    GivenName,
    Surname,
    Mail,
    MailNickname,
    JobTitle,
    Department,
    EmployeeId,
    City,
    CompanyName,
    Country,
    State,
    UsageLocation,
    AccountEnabled,
    UserType,
    CreatedDateTime,
    DeletedDateTime,
    /// Whom they report to; no property on the wire.
    Manager,
}

/// The fields of groups that can be filtered and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the properties of a group on the wire")]
pub enum GroupField {
    Id,
    DisplayName,
    Description,
    MailNickname,
    Mail,
    MailEnabled,
    SecurityEnabled,
    IsAssignableToRole,
    Visibility,
    MembershipRuleProcessingState,
    OnPremisesSyncEnabled,
    CreatedDateTime,
    DeletedDateTime,
    /// Whether it is under management; no property on the wire.
    IsManaged,
    /// The elements of `groupTypes`: `eq 'Unified'` inside `any`.
    GroupTypes,
}

/// The fields of administrative units that can be filtered and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the properties of an administrative unit on the wire"
)]
pub enum UnitField {
    Id,
    DisplayName,
    Description,
    IsMemberManagementRestricted,
}

/// The fields of applications and service principals that can be filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the properties on the wire")]
pub enum ProgramField {
    Id,
    AppId,
    DisplayName,
}

/// The fields of members and owners that can be filtered and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the properties of a directory object on the wire"
)]
pub enum PrincipalField {
    Id,
    DisplayName,
    /// What it is: `user`, `group` or `serviceprincipal`.
    Kind,
}

/// The fields of schedules and instances that can be filtered and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleField {
    /// The composite id.
    Id,
    /// Whose group.
    GroupId,
    /// Which directory role.
    RoleDefinitionId,
    /// Over what.
    DirectoryScopeId,
    /// Which role.
    AccessId,
    /// Whose.
    PrincipalId,
    /// `principal/displayName`
    PrincipalDisplayName,
    /// `direct` or `group`.
    MemberType,
    /// `assigned` or `activated`.
    AssignmentType,
    /// The request that made it.
    CreatedUsing,
    /// `Granted` or `Provisioned`.
    Status,
    /// When it was made.
    CreatedDateTime,
    /// When it begins.
    StartDateTime,
    /// When it ends.
    EndDateTime,
    /// An instance's schedule.
    ScheduleId,
}

/// The fields of requests that can be filtered and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestField {
    /// The id.
    Id,
    /// Whose group.
    GroupId,
    /// Which directory role.
    RoleDefinitionId,
    /// Over what.
    DirectoryScopeId,
    /// Which role.
    AccessId,
    /// For whom.
    PrincipalId,
    /// `principal/displayName`
    PrincipalDisplayName,
    /// What was asked.
    Action,
    /// What has become of it.
    Status,
    /// The schedule it is about.
    TargetScheduleId,
    /// Who made it, by id.
    CreatedBy,
    /// When it was made.
    CreatedDateTime,
    /// Whether an approver is asked; no property on the wire.
    HasApproval,
}

/// The fields of assignments of access packages that can be filtered and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageAssignmentField {
    /// The id.
    Id,
    /// How it stands, by what of it is held now (R-G4).
    State,
    /// Who has it.
    Target,
    /// `target/displayName`
    TargetDisplayName,
    /// Which package.
    Package,
    /// `accessPackage/catalog/id`
    Catalog,
    /// Under which policy.
    Policy,
    /// When it was over, where it is.
    ExpiredDateTime,
    /// From when it counts.
    StartDateTime,
    /// Until when; nothing without an end.
    EndDateTime,
}

/// The fields of requests about access packages that can be filtered and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageRequestField {
    /// The id.
    Id,
    /// What has become of it.
    State,
    /// What is asked.
    RequestType,
    /// For whom.
    Target,
    /// Who asked.
    Requestor,
    /// Which package.
    Package,
    /// `accessPackage/catalog/id`
    Catalog,
    /// Under which policy.
    Policy,
    /// The assignment that it made, changed or ended.
    Assignment,
    /// When it was made.
    CreatedDateTime,
}

/// Whose assignments and requests of access packages a list is of; the store adds it to what is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageRows {
    /// All of these catalogs, and those of this person.
    Seen {
        /// The catalogs; `None` for all, also those of packages that are gone.
        catalogs: Option<Vec<CatalogId>>,
        /// The person.
        own: Option<PrincipalId>,
    },
    /// Of this person.
    Target(PrincipalId),
    /// Made by this person.
    CreatedBy(PrincipalId),
    /// Of this person, or made by them.
    TargetOrCreatedBy(PrincipalId),
    /// Of people whose manager this person is.
    ManagedBy(PrincipalId),
    /// Just these assignments.
    Assignments(Vec<PackageAssignmentId>),
}

/// Whether schedules or their instances are listed (`pim-groups.md` 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleView {
    /// Current and future ones.
    Schedules,
    /// Only those in force now.
    Instances,
}

/// Which rows a caller may be shown at all; the store adds it to what they ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// Those of one group.
    Group(GroupId),
    /// Those whose principal is this one.
    Principal(PrincipalId),
    /// A person's own, and eligibilities of groups that they are an active member of (R-E6).
    Own(PrincipalId),
    /// Those of one group whose principal is this one.
    GroupAndPrincipal(GroupId, PrincipalId),
    /// Requests that this person made.
    CreatedBy(PrincipalId),
    /// Requests for activation that this person may decide, or could have while they waited: named as an
    /// approver in the policy as it is now, themselves or by a group; never their own.
    Approver(PrincipalId),
}
