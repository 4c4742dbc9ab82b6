//! The policies of a package: who may ask, who decides, what is asked of them, and how long it lasts
//! (`governance.md` 1.4).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Switch;
use crate::id::{GroupId, PackageId, PackagePolicyId, PrincipalId, QuestionId};
use crate::refusal::{Code, Refusal};
use crate::request::words;
use crate::text::{Description, DisplayName, LongText};
use crate::time::{Instant, IsoDuration, Length};

words! {
    /// Whom a policy is for.
    TargetScope {
        /// Nobody asks; administrators assign.
        NotSpecified = "notSpecified",
        /// Named users and the members of named groups.
        SpecificDirectoryUsers = "specificDirectoryUsers",
        /// Everybody but guests.
        AllMemberUsers = "allMemberUsers",
        /// Everybody, guests too.
        AllDirectoryUsers = "allDirectoryUsers",
    }
}

impl TargetScope {
    /// Among policies that apply to somebody the one with the lowest number counts (`governance.md` 1.4).
    pub const fn priority(self) -> u8 {
        match self {
            Self::SpecificDirectoryUsers => 1,
            Self::AllMemberUsers => 2,
            Self::AllDirectoryUsers => 3,
            Self::NotSpecified => 4,
        }
    }
}

/// People, named directly or by what they are to somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Subject {
    /// One user.
    User {
        /// Who.
        id: PrincipalId,
        /// A note that clients keep with it.
        description: Option<LongText>,
    },
    /// Whoever is an active member of this group.
    GroupMembers {
        /// Of which.
        id: GroupId,
        /// A note that clients keep with it.
        description: Option<LongText>,
    },
    /// The manager of whoever asks.
    RequestorManager {
        /// 1 for their manager, 2 for that one's.
        level: u8,
    },
    /// The manager of whom it is for.
    TargetManager {
        /// 1 for their manager, 2 for that one's.
        level: u8,
    },
    /// Sponsors, from inside, of another organisation: Ephor knows none, so fallback approvers decide.
    InternalSponsors,
    /// Sponsors, from outside, of another organisation: Ephor knows none, so fallback approvers decide.
    ExternalSponsors,
    /// The sponsors of whom it is for, as a guest has them.
    TargetUserSponsors,
}

/// What those whom a policy is for may do themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestorSettings {
    /// Ask for the package.
    pub add: Switch,
    /// Extend what they have.
    pub update: Switch,
    /// Give it back.
    pub remove: Switch,
    /// Say from when until when.
    pub custom_schedule: Switch,
}

/// One stage of approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageStage {
    /// How long it waits; then the request is denied by the clock (R-F8).
    pub denied_after: IsoDuration,
    /// Whether approvers must say why.
    pub justification: Switch,
    /// After how long others may decide too; `None` for never.
    pub escalated_after: Option<IsoDuration>,
    /// Who decides.
    pub primary: Vec<Subject>,
    /// Who decides where nobody of those can be found.
    pub fallback: Vec<Subject>,
    /// Who may decide too once it is escalated.
    pub escalation: Vec<Subject>,
    /// Who may then, where nobody of those can be found.
    pub escalation_fallback: Vec<Subject>,
}

/// Who decides on requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalSettings {
    /// Whether asking needs approval.
    pub for_add: Switch,
    /// Whether extending does.
    pub for_update: Switch,
    /// Whether whoever asks must say why.
    pub requestor_justification: Switch,
    /// The stages, in order.
    pub stages: Vec<PackageStage>,
}

/// How long a package is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PackageExpiration {
    /// Until it is taken away.
    Never,
    /// This long.
    After(IsoDuration),
    /// Until this instant.
    At(Instant),
}

impl PackageExpiration {
    /// When something that starts then ends at the latest.
    pub fn latest(&self, starts_at: Instant) -> Option<Instant> {
        match self {
            Self::Never => None,
            Self::After(duration) => starts_at.plus(duration.length()),
            Self::At(instant) => Some(*instant),
        }
    }
}

/// The same text in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Localized {
    /// The language's tag.
    pub language: String,
    /// The text.
    pub text: LongText,
}

/// A text with its translations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Localizable {
    /// The text where there is no better one.
    pub text: LongText,
    /// Translations.
    #[serde(default)]
    pub localizations: Vec<Localized>,
}

/// One of the answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// What is kept.
    pub value: LongText,
    /// What is shown.
    pub shown: Localizable,
}

/// How a question is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum QuestionKind {
    /// By typing.
    Text {
        /// On one line only.
        single_line: Switch,
        /// What the answer must look like.
        pattern: Option<LongText>,
    },
    /// By choosing.
    Choice {
        /// From these.
        choices: Vec<Choice>,
        /// Whether several may be chosen.
        several: Switch,
    },
}

/// A question that is asked with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// Its id.
    pub id: QuestionId,
    /// Its place among the questions.
    pub sequence: u32,
    /// What is asked.
    pub text: Localizable,
    /// Whether it must be answered.
    pub required: Switch,
    /// Whether the answer may be changed later.
    pub editable: Switch,
    /// How it is answered.
    pub kind: QuestionKind,
}

/// Most questions that a policy asks.
pub const QUESTIONS_MAX: usize = 20;
/// Most stages that a policy has.
pub const STAGES_MAX: usize = 3;
/// Most approvers that a list of a stage names.
pub const APPROVERS_MAX: usize = 50;
/// Most users and groups that a policy names as those who may ask.
pub const TARGETS_MAX: usize = 200;

/// A policy of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackagePolicy {
    /// Its id.
    pub id: PackagePolicyId,
    /// Of which package.
    pub package: PackageId,
    /// What it is called.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<Description>,
    /// Whom it is for.
    pub scope: TargetScope,
    /// Who that is, where they are named.
    pub targets: Vec<Subject>,
    /// What they may do.
    pub requestor: RequestorSettings,
    /// Who decides.
    pub approval: ApprovalSettings,
    /// How long it lasts.
    pub expiration: PackageExpiration,
    /// What is asked.
    pub questions: Vec<Question>,
    /// Whether those who have it are told of its end by mail.
    pub mails: Switch,
    /// Settings of reviews, kept as they came, as JSON: reviews read them.
    #[serde(default)]
    pub review: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Instant,
}

fn invalid(sentence: impl Into<String>) -> Refusal {
    Refusal::new(Code::InvalidPolicy, sentence)
}

impl PackagePolicy {
    /// The groups whose members decide in one of its stages, sooner or later.
    pub fn approver_groups(&self) -> BTreeSet<GroupId> {
        let people = self.approval.stages.iter().flat_map(|stage| {
            [
                &stage.primary,
                &stage.fallback,
                &stage.escalation,
                &stage.escalation_fallback,
            ]
        });
        people
            .flatten()
            .filter_map(|subject| match subject {
                Subject::GroupMembers { id, .. } => Some(*id),
                Subject::User { .. }
                | Subject::RequestorManager { .. }
                | Subject::TargetManager { .. }
                | Subject::InternalSponsors
                | Subject::ExternalSponsors
                | Subject::TargetUserSponsors => None,
            })
            .collect()
    }

    /// Whether nobody asks under it, and administrators assign.
    pub const fn is_direct(&self) -> bool {
        matches!(self.scope, TargetScope::NotSpecified)
    }

    /// Refused, with the reason, where it makes no sense: too many questions or stages, a stage that nobody
    /// could decide in (R-F7), times that don't fit.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.questions.len() > QUESTIONS_MAX {
            return Err(invalid(format!(
                "the policy asks {} questions, but at most {QUESTIONS_MAX} are asked",
                self.questions.len()
            ))
            .about("questions"));
        }
        for question in &self.questions {
            question.check()?;
        }
        let ids: BTreeSet<_> = self.questions.iter().map(|question| question.id).collect();
        if ids.len() < self.questions.len() {
            return Err(invalid("two questions have the same id").about("questions"));
        }
        self.check_targets()?;
        self.check_expiration()?;
        self.check_approval()
    }

    fn check_targets(&self) -> Result<(), Refusal> {
        match (self.scope, self.targets.len()) {
            (TargetScope::SpecificDirectoryUsers, 0) => Err(invalid(
                "the policy is for specific users, but it names none",
            )
            .about("specificAllowedTargets")
            .hint("name users or groups, or let everybody ask")),
            (_, many) if many > TARGETS_MAX => Err(invalid(format!(
                "the policy names {many} users and groups, but at most {TARGETS_MAX} can be named"
            ))
            .about("specificAllowedTargets")
            .hint("name a group whose members may ask")),
            _ => Ok(()),
        }
    }

    fn check_expiration(&self) -> Result<(), Refusal> {
        match &self.expiration {
            PackageExpiration::After(duration) => {
                let length = duration.length();
                let (least, most) = (Length::minutes(5), Length::days(3_660));
                if length < least || length > most {
                    return Err(invalid(format!(
                        "the assignment would last {length}, but it can last between {least} and {most}"
                    ))
                    .about("expiration"));
                }
                Ok(())
            }
            PackageExpiration::Never | PackageExpiration::At(_) => Ok(()),
        }
    }

    fn check_approval(&self) -> Result<(), Refusal> {
        let approval = &self.approval;
        let needs = approval.for_add.is_on() || approval.for_update.is_on();
        if approval.stages.len() > STAGES_MAX {
            return Err(invalid(format!(
                "approval has {} stages, but at most {STAGES_MAX} are possible",
                approval.stages.len()
            ))
            .about("requestApprovalSettings"));
        }
        if needs && approval.stages.is_empty() {
            return Err(invalid(
                "approval is required, but there is no stage in which anybody could give it",
            )
            .about("requestApprovalSettings")
            .hint("give at least one stage with primaryApprovers"));
        }
        for (number, stage) in approval.stages.iter().enumerate() {
            stage.check(number + 1)?;
        }
        Ok(())
    }
}

impl PackageStage {
    fn check(&self, number: usize) -> Result<(), Refusal> {
        let wrong = |sentence: String| {
            invalid(format!("stage {number}: {sentence}")).about("requestApprovalSettings")
        };
        let named = |people: &[Subject]| {
            people.iter().any(|subject| {
                matches!(subject, Subject::User { .. } | Subject::GroupMembers { .. })
            })
        };
        if self.primary.is_empty() {
            return Err(wrong("it names no approver".into())
                .hint("name at least one approver in primaryApprovers"));
        }
        if !named(&self.primary) && !named(&self.fallback) {
            return Err(wrong(
                "its approvers are found by what they are to somebody, and nobody decides where none is found".into(),
            )
            .hint("name users or groups in fallbackPrimaryApprovers"));
        }
        for list in [
            &self.primary,
            &self.fallback,
            &self.escalation,
            &self.escalation_fallback,
        ] {
            if list.len() > APPROVERS_MAX {
                return Err(wrong(format!(
                    "it names {} approvers, but at most {APPROVERS_MAX} can be",
                    list.len()
                ))
                .hint("name a group whose members approve"));
            }
        }
        let waits = self.denied_after.length();
        let (least, most) = (Length::hours(1), Length::days(180));
        if waits < least || waits > most {
            return Err(wrong(format!(
                "it waits {waits} for a decision, but it can wait between {least} and {most}"
            )));
        }
        let Some(escalated) = &self.escalated_after else {
            return Ok(());
        };
        if waits < Length::days(4) {
            return Err(wrong(format!(
                "it can be escalated only if it waits at least 4 days, not {waits}"
            )));
        }
        if escalated.length() < Length::days(1) || escalated.length() >= waits {
            return Err(wrong(format!(
                "it is escalated after {}, but it can be after 1 day at the earliest and before its {waits} are over",
                escalated.length()
            )));
        }
        if self.escalation.is_empty() && self.escalation_fallback.is_empty() {
            return Err(wrong("it is escalated to nobody".into())
                .hint("name somebody in escalationApprovers"));
        }
        Ok(())
    }
}

impl Question {
    fn check(&self) -> Result<(), Refusal> {
        let wrong = |sentence: String| {
            invalid(format!("question `{}`: {sentence}", self.text.text)).about("questions")
        };
        match &self.kind {
            QuestionKind::Text { pattern, .. } => {
                if let Some(pattern) = pattern {
                    anchored(pattern.as_str())
                        .map_err(|why| wrong(format!("its pattern {why}")))?;
                }
                Ok(())
            }
            QuestionKind::Choice { choices, .. } if choices.is_empty() => {
                Err(wrong("there is nothing to choose from".into()))
            }
            QuestionKind::Choice { choices, .. } if choices.len() > 100 => Err(wrong(format!(
                "there are {} answers to choose from, but at most 100 are possible",
                choices.len()
            ))),
            QuestionKind::Choice { .. } => Ok(()),
        }
    }

    /// Refused, with the reason, where this is no answer to it.
    pub fn judge(&self, answer: &str) -> Result<(), String> {
        match &self.kind {
            QuestionKind::Text {
                single_line,
                pattern,
            } => {
                if single_line.is_on() && answer.contains(['\n', '\r']) {
                    return Err("must be on one line".into());
                }
                let fits = pattern.as_ref().is_none_or(|pattern| {
                    anchored(pattern.as_str()).is_ok_and(|pattern| pattern.is_match(answer))
                });
                if fits {
                    Ok(())
                } else {
                    Err("does not have the form that is asked for".into())
                }
            }
            QuestionKind::Choice { choices, several } => {
                let given: Vec<&str> = if several.is_on() {
                    answer.split(',').map(str::trim).collect()
                } else {
                    vec![answer]
                };
                let is_offered = |one: &&str| {
                    choices.iter().any(|choice| {
                        choice.value.as_str() == *one || choice.shown.text.as_str() == *one
                    })
                };
                match given.iter().find(|one| !is_offered(one)) {
                    None => Ok(()),
                    Some(other) => {
                        Err(format!("`{other}` is not among the answers to choose from"))
                    }
                }
            }
        }
    }
}

/// The pattern over the whole answer.
fn anchored(pattern: &str) -> Result<regex::Regex, String> {
    regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(100_000)
        .build()
        .map_err(|_| "can't be read, or is too large".to_owned())
}
