//! Reads the scenario files in `tests/spec` and holds Ephor to them, on each database engine.
//!
//! A line is a step, with what must come of it behind `->`. The words are in [`step`]; whoever knows the
//! field should be able to check a scenario without reading this file.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::world::{Asked, World, lasting};
use ephor_core::caller::{Caller, Factor};
use ephor_core::directory_role::DirectoryRole;
use ephor_core::group::Access;
use ephor_core::policy::{
    ApprovalChange, Approver, AuthenticationContextChange, Enabled, EnablementChange,
    ExpirationChange, NotificationChange, NotificationLevel, Occasion, RecipientKind, Rule,
    RuleChange, RuleId, StageChange,
};
use ephor_core::principal::AccountState;
use ephor_core::query::{Direction, Query, RequestField, Scope};
use ephor_core::refusal::Code;
use ephor_core::request::{Action, Decision, RequestStatus, ScheduleRequest, Ticket};
use ephor_core::role::{DirectoryScope, Role, RoleKind};
use ephor_core::schedule::{Expiration, ScheduleKind};
use ephor_core::text::{Justification, TicketNumber, TicketSystem};
use ephor_core::time::{Instant, IsoDuration, Length};
use ephor_core::unit::Management;
use ephor_ops::mail::Sending;
use ephor_ops::roles;
use ephor_ops::schedule::Whose;
use ephor_ops::schedule_request::RequestKey;
use ephor_ops::{
    OpError, OpResult, approval, directory, lapse, management, reminder, role_assignment,
    schedule_request, settings, unit,
};
use ephor_store::ambient::ManualClock;
use ephor_store::{AuditQuery, Verification};

#[test]
fn the_scenarios_hold_on_every_engine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 5, "the scenarios are there");
    let mut failures = String::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        for engine in ephor_store::testing::engines() {
            let clock = Arc::new(ManualClock::at("2026-03-02T08:00:00Z".parse().unwrap()));
            let store = engine.store(clock.clone());
            let mut story = Story {
                world: World::new(store, clock),
                midnight: "2026-03-02T00:00:00Z".parse().unwrap(),
            };
            for (number, line) in text.lines().enumerate() {
                if let Err(wrong) = story.line(line) {
                    let name = file.file_name().unwrap().to_string_lossy();
                    writeln!(
                        failures,
                        "{name}:{} on {}: {line}\n    {wrong}",
                        number + 1,
                        engine.name()
                    )
                    .unwrap();
                }
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

struct Story {
    world: World,
    midnight: Instant,
}

impl Story {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let (step, expected) = match line.split_once("->") {
            Some((step, expected)) => (step.trim(), expected.trim()),
            None => (line, ""),
        };
        let step = self.tell_time(step);
        let came = self.step(step);
        if came == expected {
            Ok(())
        } else {
            Err(format!("expected `{expected}`, but it came to `{came}`"))
        }
    }

    /// Moves the clock where the step begins with a time, and gives the rest of it.
    fn tell_time<'a>(&mut self, step: &'a str) -> &'a str {
        let step = match step.strip_prefix("next day ") {
            Some(rest) => {
                self.midnight = self.midnight.plus(Length::days(1)).unwrap();
                rest
            }
            None => step,
        };
        let (first, rest) = step.split_once(' ').unwrap_or((step, ""));
        match self.clock_time(first) {
            Some(time) => {
                self.world.clock.set(time);
                rest
            }
            None => step,
        }
    }

    fn clock_time(&self, text: &str) -> Option<Instant> {
        let parts: Vec<u32> = text
            .split(':')
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        let length = match parts[..] {
            [hours, minutes] => Length::seconds(hours * 3600 + minutes * 60),
            [hours, minutes, seconds] => Length::seconds(hours * 3600 + minutes * 60 + seconds),
            _ => return None,
        };
        self.midnight.plus(length)
    }

    /// Does the step and says what came of it.
    fn step(&mut self, step: &str) -> String {
        let words = words(step);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            ["people", ..] => {
                for name in step.trim_start_matches("people").split(',') {
                    self.world.person(name.trim());
                }
                String::new()
            }
            ["group", name] => self.make_group(name, "security"),
            ["group", name, kind] => self.make_group(name, kind),
            ["policy", role, "role:", ..] => {
                let clauses = step.split_once(':').map_or("", |(_, clauses)| clauses);
                let role = self.role(role, &Clauses::default());
                self.policy(role, clauses)
            }
            ["policy", group, access, ..] => {
                let clauses = step
                    .split_once(':')
                    .map_or("", |(_, clauses)| clauses)
                    .to_owned();
                let access: Access = access.trim_end_matches(':').parse().unwrap();
                self.policy(Role::of(self.world.which(group), access), &clauses)
            }
            ["unit", name] => {
                self.world.unit(name, Management::Open);
                String::new()
            }
            ["unit", name, "restricted"] => {
                self.world.unit(name, Management::Restricted);
                String::new()
            }
            ["directory", "roles", "of", who] => self.directory_roles(who),
            ["at", "most", number, "role-assignable", "groups"] => self.limit(number),
            ["members", "of", group] => {
                list(self.world.holders(self.world.which(group), Access::Member))
            }
            ["owners", "of", group] => {
                list(self.world.holders(self.world.which(group), Access::Owner))
            }
            ["discovered", "by", who] => self.discovered(who),
            ["everyone", "in", group] => list(self.world.everyone(self.world.which(group))),
            ["roles", "of", who] => self.roles(who),
            ["status", "of", who] => self.latest(who).status(self.world.now()).to_string(),
            ["waiting", "for", who] => self.waiting(who),
            // Letters that were written since the last time that this was asked, by recipient.
            ["mail"] => self.mail(),
            ["reminders", "run"] => {
                let noted = self.world.write(Caller::system(), reminder::run).unwrap();
                format!("noted {noted}")
            }
            ["jobs", "run"] => {
                let lapsed = self.world.write(Caller::system(), lapse::run).unwrap();
                format!("noted {}", lapsed.noted)
            }
            ["deleted", "groups"] => {
                let root = self.world.caller("root");
                let deleted = self
                    .world
                    .read(move |tx| directory::deleted_groups(tx, &root, &Query::default()))
                    .unwrap();
                let ids = deleted.rows.iter().map(|deleted| deleted.what.id.into());
                list(ids.map(|id| self.world.name_of(id)).collect())
            }
            ["deleted", "users"] => {
                let root = self.world.caller("root");
                let deleted = self
                    .world
                    .read(move |tx| directory::deleted_users(tx, &root, &Query::default()))
                    .unwrap();
                let ids = deleted.rows.iter().map(|deleted| deleted.what.id);
                list(ids.map(|id| self.world.name_of(id)).collect())
            }
            ["record", "is", "sound"] => match self.world.store.verify_audit().wait().unwrap() {
                Verification::Sound { .. } => String::new(),
                Verification::Broken { at, wrong } => format!("broken at {at}: {wrong}"),
            },
            ["record", "counts", "refusals"] => self.refusals(),
            [who, verb, ref rest @ ..] => self.act(who, verb, rest),
            _ => format!("the step `{step}` makes no sense"),
        }
    }

    /// The role of a group, or the directory role, of this name.
    fn role(&self, name: &str, clauses: &Clauses) -> Role {
        if self.world.is_group(name) {
            return Role::of(self.world.which(name), clauses.asked.access);
        }
        Role::Directory {
            definition: directory_role(name).definition_id(),
            scope: match &clauses.over {
                Some(unit) => DirectoryScope::Unit(self.world.which_unit(unit)),
                None => DirectoryScope::Directory,
            },
        }
    }

    /// The directory roles that a person holds now, through whatever gives them.
    fn directory_roles(&self, who: &str) -> String {
        let who = self.world.who(who);
        let held = self
            .world
            .read(move |tx| Ok(tx.directory_roles_of(who)?))
            .unwrap();
        let mut names: Vec<_> = held
            .into_iter()
            .map(|(definition, scope)| {
                let name = DirectoryRole::of(definition).unwrap().display_name();
                match scope {
                    DirectoryScope::Directory => name.to_owned(),
                    DirectoryScope::Unit(_) => format!("{name} of a unit"),
                }
            })
            .collect();
        names.sort();
        list(names)
    }

    fn limit(&self, number: &str) -> String {
        let change = settings::SettingsChange {
            role_assignable_groups_max: number.parse().ok(),
            ..settings::SettingsChange::default()
        };
        let root = self.world.caller("root");
        done(
            self.world
                .write(root, move |tx| settings::change(tx, change).map(drop)),
        )
        .replace("done", "")
    }

    /// Works off the outbox and tells which letters are new: to whom, and what each tells.
    fn mail(&self) -> String {
        let written = self.world.write_letters(Sending::Off);
        let mails = self.world.letters(written);
        let mut told: Vec<_> = mails
            .iter()
            .map(|mail| {
                let address = mail.notice.to.as_str();
                let name = address.split('@').next().unwrap_or(address);
                format!("{name}: {}", mail.notice.kind.as_str())
            })
            .collect();
        told.sort();
        list(told)
    }

    fn make_group(&mut self, name: &str, kind: &str) -> String {
        self.world.group(name, kind);
        String::new()
    }

    fn act(&mut self, who: &str, verb: &str, words: &[&str]) -> String {
        let mut clauses = Clauses::default();
        let named = clauses.read(self, words);
        let mut caller = self.world.caller(who);
        caller.factor = clauses.factor;
        caller.contexts.extend(clauses.context.clone());
        let world = &self.world;
        let me = world.who(who);
        let principal = |named: &Named| match named {
            Named::Person(name) => world.who(name),
            Named::Group(name) => world.which(name).into(),
        };
        match (verb, named.as_slice()) {
            ("assigns", [whom, Named::Person(kind), Named::Person(group)]) => {
                told(world.request_role(
                    caller,
                    kind_of(kind),
                    Action::AdminAssign,
                    self.role(group, &clauses),
                    principal(whom),
                    &clauses.asked,
                ))
            }
            ("removes", [whom, Named::Person(kind), Named::Person(group)]) => {
                told(world.request_role(
                    caller,
                    kind_of(kind),
                    Action::AdminRemove,
                    self.role(group, &clauses),
                    principal(whom),
                    &clauses.asked,
                ))
            }
            ("activates", [Named::Person(group)]) => told(world.request_role(
                caller,
                ScheduleKind::Active,
                Action::SelfActivate,
                self.role(group, &clauses),
                me,
                &clauses.asked,
            )),
            ("activates", [Named::Person(group), Named::Person(whom)]) => told(world.request_role(
                caller,
                ScheduleKind::Active,
                Action::SelfActivate,
                self.role(group, &clauses),
                world.who(whom),
                &clauses.asked,
            )),
            ("tries", [Named::Person(_), Named::Person(group)]) => {
                let ask = World::ask_role(
                    ScheduleKind::Active,
                    Action::SelfActivate,
                    self.role(group, &clauses),
                    me,
                    &clauses.asked,
                );
                told(world.read(move |tx| schedule_request::try_out(tx, &caller, &ask)))
            }
            ("updates", [whom, Named::Person(kind), Named::Person(group)]) => {
                told(world.request_role(
                    caller,
                    kind_of(kind),
                    Action::AdminUpdate,
                    self.role(group, &clauses),
                    principal(whom),
                    &clauses.asked,
                ))
            }
            ("extends", [whom, Named::Person(kind), Named::Person(group)]) => {
                told(world.request_role(
                    caller,
                    kind_of(kind),
                    Action::AdminExtend,
                    self.role(group, &clauses),
                    principal(whom),
                    &clauses.asked,
                ))
            }
            ("renews", [whom, Named::Person(kind), Named::Person(group)]) => {
                told(world.request_role(
                    caller,
                    kind_of(kind),
                    Action::AdminRenew,
                    self.role(group, &clauses),
                    principal(whom),
                    &clauses.asked,
                ))
            }
            (
                "asks",
                [
                    Named::Person(verb),
                    Named::Person(kind),
                    Named::Person(group),
                ],
            ) => {
                let action = match verb.as_str() {
                    "extend" => Action::SelfExtend,
                    _ => Action::SelfRenew,
                };
                let role = self.role(group, &clauses);
                told(world.request_role(caller, kind_of(kind), action, role, me, &clauses.asked))
            }
            ("approves" | "denies", [Named::Person(whom)]) => {
                let decision = if verb == "approves" {
                    Decision::Approve
                } else {
                    Decision::Deny
                };
                let asked = self.latest_of(whom, &[Action::SelfActivate]);
                let (of, id) = (asked.role.kind(), asked.id);
                let why = clauses
                    .asked
                    .why
                    .as_ref()
                    .map(|why| Justification::new(why.clone()).unwrap());
                told(world.write(caller, move |tx| {
                    approval::decide(tx, of, id, decision, why)
                }))
            }
            ("grants" | "refuses", [Named::Person(whom)]) => {
                let decision = if verb == "grants" {
                    Decision::Approve
                } else {
                    Decision::Deny
                };
                let asked = self.latest_of(whom, &[Action::SelfExtend, Action::SelfRenew]);
                let (of, id) = (asked.role.kind(), asked.id);
                told(world.write(caller, move |tx| {
                    schedule_request::decide_extension(tx, of, id, decision, None, None)
                }))
            }
            ("manages", [Named::Person(group)]) => {
                let group = world.which(group);
                done(world.write(caller, move |tx| management::manage(tx, group).map(drop)))
            }
            ("cancels", [Named::Person(whom)]) => {
                let request = self.latest(whom);
                done(world.write(caller, move |tx| {
                    let key = RequestKey::of(request.role.kind(), request.id);
                    schedule_request::cancel(tx, request.kind, key)
                }))
            }
            ("deactivates", [Named::Person(group)]) => told(world.request_role(
                caller,
                ScheduleKind::Active,
                Action::SelfDeactivate,
                self.role(group, &clauses),
                me,
                &clauses.asked,
            )),
            ("gives", [whom, Named::Person(role)]) => {
                let (role, whom) = (self.role(role, &clauses), principal(whom));
                done(world.write(caller, move |tx| {
                    role_assignment::create(tx, role, whom).map(drop)
                }))
            }
            ("strips", [whom, Named::Person(role)]) => {
                let (role, whom) = (self.role(role, &clauses), principal(whom));
                done(world.write(caller, move |tx| role_assignment::remove(tx, role, whom)))
            }
            ("puts", [whom, Named::Person(unit)]) => {
                let (unit, whom) = (world.which_unit(unit), principal(whom));
                done(world.write(caller, move |tx| unit::add_member(tx, unit, whom)))
            }
            ("makes", [Named::Group(name)]) => {
                let new = World::new_group(name, clauses.kind.as_deref().unwrap_or("security"));
                done(world.write(caller, move |tx| directory::create_group(tx, new).map(drop)))
            }
            ("adds", [whom, Named::Person(group)]) => {
                let (group, access, whom) =
                    (world.which(group), clauses.asked.access, principal(whom));
                done(world.write(caller, move |tx| directory::add(tx, group, access, whom)))
            }
            ("takes", [whom, Named::Person(group)]) => {
                let (group, access, whom) =
                    (world.which(group), clauses.asked.access, principal(whom));
                done(world.write(caller, move |tx| directory::remove(tx, group, access, whom)))
            }
            ("deletes", [Named::Group(group)]) => {
                let group = world.which(group);
                done(world.write(caller, move |tx| directory::delete_group(tx, group)))
            }
            ("deletes", [Named::Person(_), Named::Person(user)]) => {
                let user = world.who(user);
                done(world.write(caller, move |tx| directory::delete_user(tx, user)))
            }
            ("restores", [Named::Group(group)]) => {
                let group = world.which(group);
                done(
                    world
                        .write(caller, move |tx| directory::restore_group(tx, group))
                        .map(drop),
                )
            }
            ("restores", [Named::Person(_), Named::Person(user)]) => {
                let user = world.who(user);
                done(
                    world
                        .write(caller, move |tx| directory::restore_user(tx, user))
                        .map(drop),
                )
            }
            ("disables" | "enables", [Named::Person(user)]) => {
                let user = world.who(user);
                let account = match verb {
                    "disables" => AccountState::Disabled,
                    _ => AccountState::Enabled,
                };
                done(
                    world
                        .write(caller, move |tx| directory::set_account(tx, user, account))
                        .map(drop),
                )
            }
            _ => format!("`{verb}` makes no sense with {named:?}"),
        }
    }

    /// The newest request that is for this person.
    fn latest(&self, who: &str) -> ScheduleRequest {
        self.latest_of(who, Action::ALL)
    }

    /// The newest request of such an action that is for this person.
    fn latest_of(&self, who: &str, actions: &[Action]) -> ScheduleRequest {
        let id = self.world.who(who);
        let newest = Query {
            order: vec![(RequestField::CreatedDateTime, Direction::Descending)],
            ..Query::default()
        };
        let list = |kind| {
            let newest = newest.clone();
            self.world
                .read(move |tx| {
                    let of = |of| tx.list_requests(kind, of, Scope::Principal(id), &newest);
                    let mut rows = of(RoleKind::Group)?.rows;
                    rows.extend(of(RoleKind::Directory)?.rows);
                    Ok(rows)
                })
                .unwrap()
        };
        list(ScheduleKind::Eligible)
            .into_iter()
            .chain(list(ScheduleKind::Active))
            .filter(|request| actions.contains(&request.action))
            .max_by_key(|request| request.created_at)
            .unwrap_or_else(|| panic!("nothing was asked for {who}"))
    }

    /// The groups that this person may bring in, and those among them that can't be, with a mark.
    fn discovered(&self, who: &str) -> String {
        let caller = self.world.caller(who);
        let found = self
            .world
            .read(move |tx| management::discover(tx, &caller, &Query::default()));
        let mut names: Vec<_> = match &found {
            Ok(page) => page
                .rows
                .iter()
                .map(|group| {
                    let mark = if group.manageable().is_ok() {
                        ""
                    } else {
                        " (can't be)"
                    };
                    format!("{}{mark}", group.display_name)
                })
                .collect(),
            Err(error) => return refused(error),
        };
        names.sort();
        list(names)
    }

    /// For whom requests wait that this person may decide.
    fn waiting(&self, who: &str) -> String {
        let caller = self.world.caller(who);
        let now = self.world.now();
        let page = self
            .world
            .read(move |tx| {
                let query = Query::default();
                let mine = |of| approval::mine(tx, &caller, of, Whose::ForMeToDecide, &query);
                let mut page = mine(RoleKind::Group)?;
                page.rows.extend(mine(RoleKind::Directory)?.rows);
                Ok(page)
            })
            .unwrap();
        let waiting = page.rows.iter().map(|approval| &approval.request);
        let waiting = waiting.filter(|request| request.is_pending(now));
        list(
            waiting
                .map(|request| self.world.name_of(request.principal))
                .collect(),
        )
    }

    fn roles(&self, who: &str) -> String {
        let caller = self.world.caller(who);
        let mine = match self.world.read(move |tx| roles::mine(tx, &caller)) {
            Ok(mine) => mine,
            Err(error) => return refused(&error),
        };
        let names = |roles: &[roles::Role]| {
            let mut names: Vec<_> = roles
                .iter()
                .map(|role| {
                    self.world
                        .name_of(role.schedule.role().group().unwrap().into())
                })
                .collect();
            names.sort();
            list(names)
        };
        format!(
            "eligible: {}; active: {}; ended: {}",
            names(&mine.eligible),
            names(&mine.active),
            names(&mine.ended)
        )
    }

    fn refusals(&self) -> String {
        let root = self.world.caller("root");
        let query = AuditQuery {
            limit: 1_000,
            ..AuditQuery::default()
        };
        let entries = self
            .world
            .read(move |tx| ephor_ops::audit::list(tx, &root, &query))
            .unwrap();
        entries
            .iter()
            .filter(|entry| entry.event.name() == "attemptRefused")
            .count()
            .to_string()
    }

    fn policy(&mut self, role: Role, clauses: &str) -> String {
        for clause in clauses.split(',').map(str::trim) {
            let change = self.policy_change(role, clause);
            if let Err(error) = self.world.set_policy_of(role, vec![change]) {
                return refused(&error);
            }
        }
        String::new()
    }

    fn policy_change(&self, role: Role, clause: &str) -> (RuleId, RuleChange) {
        let words: Vec<&str> = clause.split(' ').collect();
        let enabled = |occasion: Occasion, what: Enabled, on: bool| {
            let root = self.world.caller("root");
            let policy = self
                .world
                .read(move |tx| {
                    ephor_ops::policy::get(tx, &root, ephor_core::policy::PolicyId::of_role(role))
                })
                .unwrap();
            let Rule::Enablement(rule) = policy.rules.get(RuleId::Enablement(occasion)) else {
                unreachable!()
            };
            let mut all: std::collections::BTreeSet<_> = rule.enabled().collect();
            if on {
                all.insert(what);
            } else {
                all.remove(&what);
            }
            (
                RuleId::Enablement(occasion),
                RuleChange::Enablement(EnablementChange { enabled: Some(all) }),
            )
        };
        let expiration = |occasion, required, maximum: Option<&str>| {
            let maximum = maximum.map(|text| IsoDuration::of(length(text)));
            (
                RuleId::Expiration(occasion),
                RuleChange::Expiration(ExpirationChange { required, maximum }),
            )
        };
        match words[..] {
            ["at", "most", text] => expiration(Occasion::EndUserAssignment, None, Some(text)),
            ["justification"] => enabled(Occasion::EndUserAssignment, Enabled::Justification, true),
            ["ticket"] => enabled(Occasion::EndUserAssignment, Enabled::Ticketing, true),
            ["mfa"] => enabled(
                Occasion::EndUserAssignment,
                Enabled::MultiFactorAuthentication,
                true,
            ),
            ["no", "mfa"] => enabled(
                Occasion::EndUserAssignment,
                Enabled::MultiFactorAuthentication,
                false,
            ),
            ["active", "with", "mfa"] => enabled(
                Occasion::AdminAssignment,
                Enabled::MultiFactorAuthentication,
                true,
            ),
            ["active", "without", "justification"] => {
                enabled(Occasion::AdminAssignment, Enabled::Justification, false)
            }
            ["eligible", "permanent"] => expiration(Occasion::AdminEligibility, Some(false), None),
            ["active", "permanent"] => expiration(Occasion::AdminAssignment, Some(false), None),
            ["context", class] => (
                RuleId::AuthenticationContext,
                RuleChange::AuthenticationContext(AuthenticationContextChange {
                    enabled: Some(true),
                    claim: Some(Some(class.to_owned())),
                }),
            ),
            ["mail", occasion, to, how] | ["mail", occasion, to, how, ..] => {
                let occasion = match occasion {
                    "eligible" => Occasion::AdminEligibility,
                    "active" => Occasion::AdminAssignment,
                    "activation" => Occasion::EndUserAssignment,
                    _ => panic!("`{occasion}` is no occasion"),
                };
                let to = RecipientKind::ALL
                    .into_iter()
                    .find(|kind| to.eq_ignore_ascii_case(kind.as_str()))
                    .unwrap();
                let change = match how {
                    "only" => NotificationChange {
                        defaults: Some(false),
                        recipients: Some(vec![words[4].to_owned()]),
                        level: None,
                    },
                    "also" => NotificationChange {
                        defaults: Some(true),
                        recipients: Some(vec![words[4].to_owned()]),
                        level: None,
                    },
                    level => NotificationChange {
                        level: Some(NotificationLevel::parse(level).unwrap()),
                        ..NotificationChange::default()
                    },
                };
                (
                    RuleId::Notification(to, occasion),
                    RuleChange::Notification(change),
                )
            }
            ["approval", "by", who] => {
                let approvers = match who {
                    "nobody" => Vec::new(),
                    name if self.world.is_group(name) => {
                        vec![Approver::GroupMembers {
                            id: self.world.which(name),
                            description: None,
                        }]
                    }
                    name => vec![Approver::User {
                        id: self.world.who(name),
                        description: None,
                    }],
                };
                let stage = StageChange {
                    primary_approvers: Some(approvers),
                    approver_justification: None,
                };
                (
                    RuleId::Approval,
                    RuleChange::Approval(ApprovalChange {
                        required: Some(true),
                        requestor_justification: None,
                        stages: Some(vec![stage]),
                    }),
                )
            }
            _ => panic!("the policy clause `{clause}` makes no sense"),
        }
    }
}

/// A name in a step: of a person (or a word), or of a group behind the word `group`.
#[derive(Debug)]
enum Named {
    Person(String),
    Group(String),
}

/// What stands behind the names in a step.
struct Clauses {
    asked: Asked,
    factor: Factor,
    context: Option<String>,
    /// The unit that a directory role is held over.
    over: Option<String>,
    /// The kind of a group that is made.
    kind: Option<String>,
}

impl Default for Clauses {
    fn default() -> Self {
        Self {
            asked: Asked {
                why: None,
                ..Asked::default()
            },
            factor: Factor::Multi,
            context: None,
            over: None,
            kind: None,
        }
    }
}

impl Clauses {
    /// Reads the clauses, and gives the names that are none.
    fn read(&mut self, story: &Story, words: &[&str]) -> Vec<Named> {
        let mut names = Vec::new();
        let mut words = words.iter().copied().peekable();
        while let Some(word) = words.next() {
            match word {
                "as" => self.asked.access = words.next().unwrap().parse().unwrap(),
                "permanently" => self.asked.expiration = Expiration::Never,
                "because" => {
                    self.asked.why = words.next().map(|text| text.trim_matches('"').to_owned())
                }
                "ticket" => {
                    let (system, number) = words.next().unwrap().split_once(':').unwrap();
                    self.asked.ticket = Ticket {
                        system: TicketSystem::new(system).ok(),
                        number: TicketNumber::new(number).ok(),
                    };
                }
                "without" => {
                    assert_eq!(words.next(), Some("mfa"));
                    self.factor = Factor::Single;
                }
                "with" => self.context = words.next().map(str::to_owned),
                "over" => self.over = words.next().map(str::to_owned),
                "being" => self.kind = words.next().map(str::to_owned),
                "group" => names.push(Named::Group(words.next().unwrap().to_owned())),
                "from"
                    if words
                        .peek()
                        .is_some_and(|next| story.clock_time(next).is_some()) =>
                {
                    self.asked.starts_at = story.clock_time(words.next().unwrap());
                }
                "for"
                    if words
                        .peek()
                        .is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit())) =>
                {
                    self.asked.expiration = lasting(length(words.next().unwrap()));
                }
                "for" | "from" | "to" | "out" | "of" | "into" => {}
                name => names.push(Named::Person(name.to_owned())),
            }
        }
        names
    }
}

/// The words of a step; what stands in quotation marks is one word.
fn words(step: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in step.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(format!("\"{part}\""));
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// The built-in role that is called so, with hyphens in place of blanks.
fn directory_role(name: &str) -> DirectoryRole {
    let is = |role: &&DirectoryRole| role.display_name().replace(' ', "-") == name;
    *DirectoryRole::ALL
        .iter()
        .find(is)
        .unwrap_or_else(|| panic!("`{name}` is neither a group nor a directory role"))
}

/// Reads `90d`, `4h`, `30m`, `10s`.
fn length(text: &str) -> Length {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: u32 = number
        .parse()
        .unwrap_or_else(|_| panic!("`{text}` is no length of time"));
    match unit {
        "d" => Length::days(number),
        "h" => Length::hours(number),
        "m" => Length::minutes(number),
        "s" => Length::seconds(number),
        _ => panic!("`{text}` is no length of time"),
    }
}

fn kind_of(text: &str) -> ScheduleKind {
    match text {
        "eligible" => ScheduleKind::Eligible,
        "active" => ScheduleKind::Active,
        _ => panic!("`{text}` is neither eligible nor active"),
    }
}

fn list(names: Vec<String>) -> String {
    if names.is_empty() {
        "none".into()
    } else {
        names.join(", ")
    }
}

fn done(result: OpResult<()>) -> String {
    match result {
        Ok(()) => "done".into(),
        Err(error) => refused(&error),
    }
}

/// What came of a request: until when within a day, and otherwise only that it was granted.
fn told(result: OpResult<ScheduleRequest>) -> String {
    let request = match result {
        Ok(request) => request,
        Err(error) => return refused(&error),
    };
    let at = request
        .review
        .as_ref()
        .map_or(request.created_at, |review| review.at);
    match request.status(at) {
        RequestStatus::Revoked => return "revoked".into(),
        RequestStatus::PendingApproval => return "waits for approval".into(),
        RequestStatus::PendingAdminDecision => return "waits for an administrator".into(),
        RequestStatus::Denied => return "denied".into(),
        RequestStatus::Failed => return "failed".into(),
        RequestStatus::Canceled => return "cancelled".into(),
        RequestStatus::Granted | RequestStatus::Provisioned => {}
    }
    let info = request.info.as_ref().expect("what is granted has a period");
    let start = info.starts_at.expect("what is granted has a start");
    match &info.expiration {
        Expiration::After(duration) if duration.length() < Length::days(1) => {
            let end = start.plus(duration.length()).unwrap().to_string();
            format!("granted until {}", &end[11..16])
        }
        Expiration::At(end) if end.since(start) < Length::days(1) => {
            format!("granted until {}", &end.to_string()[11..16])
        }
        Expiration::After(_) | Expiration::At(_) | Expiration::Never | Expiration::NotSpecified => {
            "granted".into()
        }
    }
}

fn refused(error: &OpError) -> String {
    match error {
        OpError::Refused { refusal, .. } if refusal.code == Code::PolicyRules => {
            let names: Vec<_> = refusal
                .rules
                .iter()
                .map(|failed| failed.rule.as_str())
                .collect();
            format!("refused: {}", names.join(", "))
        }
        OpError::Refused { refusal, .. } => {
            let code = format!("{:?}", refusal.code);
            format!("refused: {}{}", code[..1].to_lowercase(), &code[1..])
        }
        OpError::Store(error) => format!("fault: {error}"),
    }
}
