//! May somebody ask, for how long, and which stage decides: pure, from facts that were looked up before.

use std::collections::BTreeSet;

use super::catalog::{Catalog, CatalogState, Package};
use super::policy::{PackagePolicy, PackageStage, Subject, TargetScope};
use super::request::{Answer, PackageOutcome, PackageRequest};
use crate::id::{GroupId, PackageId, PrincipalId};
use crate::principal::{AccountState, User, UserType};
use crate::refusal::{Code, Refusal};
use crate::request::{Decision, Review, effective_start};
use crate::schedule::{Expiration, ScheduleInfo};
use crate::tenant::Settings;
use crate::time::{Instant, Span};

/// Whoever asks, or is to be given something.
#[derive(Debug, Clone)]
pub struct Asker {
    /// Them.
    pub user: User,
    /// The groups that they are an active member of, through any nesting.
    pub groups: BTreeSet<GroupId>,
    /// The packages that they have now or will have.
    pub packages: BTreeSet<PackageId>,
}

impl Asker {
    fn is(&self, subject: &Subject) -> bool {
        match subject {
            Subject::User { id, .. } => *id == self.user.id,
            Subject::GroupMembers { id, .. } => self.groups.contains(id),
            Subject::RequestorManager { .. }
            | Subject::TargetManager { .. }
            | Subject::InternalSponsors
            | Subject::ExternalSponsors
            | Subject::TargetUserSponsors => false,
        }
    }

    /// Whether a policy is for them.
    pub fn is_target_of(&self, policy: &PackagePolicy) -> bool {
        match policy.scope {
            TargetScope::NotSpecified => false,
            TargetScope::SpecificDirectoryUsers => {
                policy.targets.iter().any(|subject| self.is(subject))
            }
            TargetScope::AllMemberUsers => self.user.user_type == UserType::Member,
            TargetScope::AllDirectoryUsers => true,
        }
    }
}

/// The policies under which somebody may ask for a package: of those that are for them the ones with the highest
/// priority (`governance.md` 1.4); none where the catalog does not let them.
pub fn applicable<'a>(
    catalog: &Catalog,
    policies: impl IntoIterator<Item = &'a PackagePolicy>,
    asker: &Asker,
) -> Vec<&'a PackagePolicy> {
    let is_shut_out = asker.user.user_type == UserType::Guest && !catalog.guests.is_on();
    if catalog.state != CatalogState::Published
        || is_shut_out
        || asker.user.account != AccountState::Enabled
    {
        return Vec::new();
    }
    let open: Vec<_> = policies
        .into_iter()
        .filter(|policy| policy.requestor.add.is_on() && asker.is_target_of(policy))
        .collect();
    let first = open.iter().map(|policy| policy.scope.priority()).min();
    open.into_iter()
        .filter(|policy| Some(policy.scope.priority()) == first)
        .collect()
}

/// Refused where somebody has what a package does not go with: for requests and assignments alike.
pub fn compatible(package: &Package, asker: &Asker) -> Result<(), Refusal> {
    let other = package
        .incompatible_packages
        .iter()
        .find(|other| asker.packages.contains(other));
    if let Some(other) = other {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "access package `{}` does not go with access package `{other}`, which `{}` has",
                package.display_name, asker.user.user_principal_name
            ),
        )
        .hint("give the other one back first"));
    }
    let group = package
        .incompatible_groups
        .iter()
        .find(|group| asker.groups.contains(group));
    match group {
        None => Ok(()),
        Some(group) => Err(Refusal::new(
            Code::BadRequest,
            format!(
                "access package `{}` does not go with membership of group `{group}`, which `{}` has",
                package.display_name, asker.user.user_principal_name
            ),
        )
        .hint("leave the group first")),
    }
}

/// Refused where a question is not answered as it must be; every answer that is wrong is named.
pub fn answered(policy: &PackagePolicy, answers: &[Answer]) -> Result<(), Refusal> {
    let mut wrong = Vec::new();
    for question in &policy.questions {
        let given = answers.iter().find(|answer| answer.question == question.id);
        match given {
            None if question.required.is_on() => {
                wrong.push(format!("`{}` must be answered", question.text.text));
            }
            None => {}
            Some(answer) => {
                if let Err(why) = question.judge(answer.value.as_str()) {
                    wrong.push(format!("the answer to `{}` {why}", question.text.text));
                }
            }
        }
    }
    let unknown = answers.iter().find(|answer| {
        policy
            .questions
            .iter()
            .all(|question| question.id != answer.question)
    });
    if let Some(unknown) = unknown {
        wrong.push(format!("question `{}` is not asked", unknown.question));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Refusal::new(Code::BadRequest, wrong.join("; ")).about("answers"))
    }
}

/// Who says from when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Whoever asks, as far as the policy lets them.
    Requestor,
    /// An administrator.
    Administrator,
}

/// The span that an assignment gets: never beyond what the policy says.
pub fn period(
    policy: &PackagePolicy,
    asked: Option<&ScheduleInfo>,
    says: Says,
    now: Instant,
) -> Result<Span, Refusal> {
    let plain = ScheduleInfo {
        starts_at: None,
        expiration: Expiration::NotSpecified,
    };
    let info = asked.unwrap_or(&plain);
    let is_own = info.starts_at.is_some_and(|start| start > now)
        || info.expiration != Expiration::NotSpecified;
    if says == Says::Requestor && is_own && !policy.requestor.custom_schedule.is_on() {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "policy `{}` does not let requestors say from when until when",
                policy.display_name
            ),
        )
        .about("schedule")
        .hint("ask without a schedule"));
    }
    let starts_at = effective_start(info, now).map_err(|refusal| refusal.about("schedule"))?;
    let latest = policy.expiration.latest(starts_at);
    if latest.is_some_and(|latest| latest <= starts_at) {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "policy `{}` gives nothing any more: all it gives ends with it",
                policy.display_name
            ),
        ));
    }
    let wanted = match &info.expiration {
        Expiration::NotSpecified => latest,
        Expiration::Never if latest.is_some() => {
            return Err(too_long(policy, "no end", latest));
        }
        Expiration::Never => None,
        Expiration::At(end) => Some(*end),
        Expiration::After(duration) => starts_at.plus(duration.length()),
    };
    if let (Some(end), Some(latest)) = (wanted, latest)
        && end > latest
    {
        return Err(too_long(policy, &end.to_string(), Some(latest)));
    }
    if let Some(end) = wanted
        && end.since(starts_at) < Settings::SHORTEST_ASSIGNMENT
    {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "requested {}, but nothing shorter than {} is given",
                end.since(starts_at),
                Settings::SHORTEST_ASSIGNMENT
            ),
        )
        .about("schedule"));
    }
    Ok(Span::new(starts_at, wanted))
}

fn too_long(policy: &PackagePolicy, asked: &str, latest: Option<Instant>) -> Refusal {
    let latest = latest.map_or_else(String::new, |latest| latest.to_string());
    Refusal::new(
        Code::BadRequest,
        format!(
            "the end that is asked for is {asked}, but policy `{}` allows {latest} at the latest",
            policy.display_name
        ),
    )
    .about("schedule")
}

/// The stage that decides on a request that waits, by the policy as it is now: a stage that was taken out
/// meanwhile is decided in the last one there is.
pub fn stage<'a>(request: &PackageRequest, policy: &'a PackagePolicy) -> Option<&'a PackageStage> {
    let stages = &policy.approval.stages;
    stages.get(request.reviews.len()).or_else(|| stages.last())
}

/// Who decides in a stage, as they are named: those who stand in for nobody found are looked up by the caller.
pub fn deciders(
    stage: &PackageStage,
    is_escalated: bool,
    mut people: impl FnMut(&[Subject]) -> BTreeSet<PrincipalId>,
) -> BTreeSet<PrincipalId> {
    let mut found = people(&stage.primary);
    if found.is_empty() {
        found = people(&stage.fallback);
    }
    if is_escalated {
        let mut others = people(&stage.escalation);
        if others.is_empty() {
            others = people(&stage.escalation_fallback);
        }
        found.extend(others);
    }
    found
}

/// What a decision leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Another stage decides next, or it was denied: nothing is given.
    Settled(PackageRequest),
    /// The last stage agreed: now it is to be given.
    Give(PackageRequest),
}

/// A decision in the present stage (R-F2: the first is final).
pub fn decide(
    request: &PackageRequest,
    policy: &PackagePolicy,
    review: Review,
    now: Instant,
) -> Result<Decided, Refusal> {
    if !request.is_pending(now) {
        return Err(Refusal::new(
            Code::Conflict,
            format!(
                "the request is decided already: it is {}",
                request.state(now)
            ),
        ));
    }
    let needs_reason = stage(request, policy).is_some_and(|stage| stage.justification.is_on());
    if needs_reason && review.justification.is_none() {
        return Err(
            Refusal::new(Code::BadRequest, "a justification is required").about("justification"),
        );
    }
    let decision = review.decision;
    let mut request = request.clone();
    request.reviews.push(review);
    if decision == Decision::Deny {
        request.outcome = PackageOutcome::Denied { at: now };
        return Ok(Decided::Settled(request));
    }
    match policy.approval.stages.get(request.reviews.len()) {
        Some(next) => {
            request.outcome = PackageRequest::waiting(next, now);
            Ok(Decided::Settled(request))
        }
        None => Ok(Decided::Give(request)),
    }
}
