//! Every route on one page, and how a path finds its own.
//!
//! Graph's routes answer under `/v1.0` and `/beta` alike. Names are matched in whatever case, because
//! known clients send `EligibilityScheduleRequests` and `directoryobjects`; `{}` stands for somebody's id.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;

use ephor_core::group::Access::{Member, Owner};
use ephor_core::principal::PrincipalKind::{self, ServicePrincipal, User};
use ephor_core::query::ScheduleView::{Instances, Schedules};
use ephor_core::schedule::ScheduleKind::{Active, Eligible};
use http::Method;

use crate::answer::Answer;
use crate::call::{Call, Version};
use crate::error::{Family, HttpError};
use crate::graph::{
    approvals, directory_audits, directory_objects, groups, members, policies, policy_assignments,
    resources, schedule_requests, schedules, users,
};
use crate::options::Demonstration;
use crate::{batch, ephor, health};

type Handler = fn(Call) -> Pin<Box<dyn Future<Output = Result<Answer, HttpError>> + Send>>;

/// Who may come in by a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// Anybody, by any host name.
    Open,
    /// Anybody on this machine.
    Loopback,
    /// Whoever has an access token.
    Token,
}

/// Where a route begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    /// `/v1.0` and `/beta`.
    Graph,
    /// `/beta` alone.
    Beta,
    /// The root.
    Root,
}

/// One route.
pub(crate) struct Route {
    method: Method,
    area: Area,
    pattern: &'static str,
    pub(crate) family: Family,
    pub(crate) entry: Entry,
    pub(crate) handler: Handler,
    takes: Takes,
}

/// Whether a request has a body to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// JSON.
    Json,
    /// None: what is sent all the same is passed over.
    Nothing,
}

impl Takes {
    /// What is usual for a method.
    fn usually(method: &Method) -> Self {
        if *method == Method::POST || *method == Method::PATCH {
            Self::Json
        } else {
            Self::Nothing
        }
    }

    /// What an action without a body takes.
    const fn nothing(_: &Method) -> Self {
        Self::Nothing
    }
}

impl Route {
    /// The pattern with where it begins, for the log.
    pub(crate) fn shown(&self) -> String {
        match self.area {
            Area::Graph => format!("/v1.0{}", self.pattern),
            Area::Beta => format!("/beta{}", self.pattern),
            Area::Root => self.pattern.to_owned(),
        }
    }

    /// Whether the request has a body to read.
    pub(crate) fn takes_body(&self) -> bool {
        self.takes == Takes::Json
    }

    fn pieces(&self) -> impl Iterator<Item = &'static str> {
        pieces(self.pattern)
    }

    /// What stands in the place of `{}`, if this is the route for these segments.
    fn matched(&self, segments: &[String]) -> Option<Vec<String>> {
        if self.pieces().count() != segments.len() {
            return None;
        }
        let mut params = Vec::new();
        for (piece, segment) in self.pieces().zip(segments) {
            if piece == "{}" {
                params.push(segment.clone());
            } else if !piece.eq_ignore_ascii_case(segment) {
                return None;
            }
        }
        Some(params)
    }

    /// The path in its one form: names as in the table, ids as they were sent.
    fn path(&self, version: Version, params: &[String]) -> String {
        let encoded = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
                // Signs of ids and names of people that need no encoding read better as they are.
                .replace("%2D", "-")
                .replace("%5F", "_")
                .replace("%2E", ".")
                .replace("%40", "@")
        };
        let mut path = version.prefix().to_owned();
        let mut params = params.iter();
        let mut function = false;
        for piece in self.pieces() {
            match (piece, function) {
                ("{}", true) => {
                    let on = params
                        .next()
                        .map(|param| encoded(param))
                        .unwrap_or_default();
                    path.push_str(&format!("(on='{on}')"));
                }
                ("{}", false) => {
                    path.push('/');
                    path.push_str(
                        &params
                            .next()
                            .map(|param| encoded(param))
                            .unwrap_or_default(),
                    );
                }
                (name, _) => {
                    path.push('/');
                    path.push_str(name);
                }
            }
            function = piece == "filterByCurrentUser";
        }
        path
    }
}

fn pieces(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    pattern.split('/').skip(1)
}

/// Addresses that Graph's metadata declares and at which it has no method: they are there, with none.
const DECLARED: [&str; 4] = [
    "/identityGovernance/privilegedAccess",
    "/identityGovernance/privilegedAccess/group",
    "/identityGovernance/privilegedAccess/group/assignmentApprovals",
    "/identityGovernance/privilegedAccess/group/assignmentApprovals/$count",
];

fn is_declared(segments: &[String]) -> bool {
    DECLARED.iter().any(|pattern| {
        let same = |(piece, segment): (&str, &String)| piece.eq_ignore_ascii_case(segment);
        pieces(pattern).count() == segments.len() && pieces(pattern).zip(segments).all(same)
    })
}

/// A route that was found for a path.
pub(crate) struct Found<'a> {
    pub(crate) route: &'a Route,
    pub(crate) version: Version,
    pub(crate) params: Vec<String>,
    /// The path in its one form.
    pub(crate) path: String,
}

/// All routes.
pub(crate) struct Table {
    routes: Vec<Route>,
    names: HashSet<String>,
}

impl Table {
    /// The routes; those of a demonstration only in one.
    pub(crate) fn new(demonstration: Option<Demonstration>) -> Self {
        let mut routes = all();
        if demonstration.is_some() {
            routes.push(clock());
        }
        // A name goes before an id: `/users/$count` is no user.
        routes.sort_by_key(|route| {
            route
                .pieces()
                .map(|piece| piece == "{}")
                .collect::<Vec<_>>()
        });
        let names = routes
            .iter()
            .map(|route| route.pattern)
            .chain(DECLARED)
            .flat_map(pieces)
            .map(str::to_ascii_lowercase)
            .collect();
        Self { routes, names }
    }

    /// Whether `word` is a name in some route.
    pub(crate) fn is_name(&self, word: &str) -> bool {
        self.names.contains(&word.to_ascii_lowercase())
    }

    /// The route for a path; `Err(None)` where there is none, the refusal where only the method is wrong.
    pub(crate) fn find(
        &self,
        method: &Method,
        segments: &[String],
    ) -> Result<Found<'_>, Option<HttpError>> {
        let (version, area, rest) = match segments.first().map(|first| first.to_ascii_lowercase()) {
            Some(first) if first == "v1.0" => (Version::V1, Area::Graph, &segments[1..]),
            Some(first) if first == "beta" => (Version::Beta, Area::Graph, &segments[1..]),
            Some(_) | None => (Version::Own, Area::Root, segments),
        };
        let mut allow: Vec<&str> = Vec::new();
        let mut depth_of_names = None;
        let here = |route: &&Route| {
            route.area == area || (route.area == Area::Beta && version == Version::Beta)
        };
        for route in self.routes.iter().filter(here) {
            let Some(params) = route.matched(rest) else {
                continue;
            };
            // Among several patterns only the one with most names in front counts, whatever the method.
            match depth_of_names {
                None => depth_of_names = Some(route.pattern),
                Some(pattern) if pattern == route.pattern => {}
                Some(_) => continue,
            }
            let same =
                route.method == *method || (route.entry == Entry::Open && *method == Method::HEAD);
            if same {
                let path = route.path(version, &params);
                return Ok(Found {
                    route,
                    version,
                    params,
                    path,
                });
            }
            allow.push(route.method.as_str());
            if route.entry == Entry::Open {
                allow.push(Method::HEAD.as_str());
            }
        }
        if allow.is_empty() && !(area == Area::Graph && is_declared(rest)) {
            return Err(None);
        }
        Err(Some(HttpError::method_not_allowed(
            method,
            allow.join(", "),
        )))
    }
}

/// A route as others may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteInfo {
    /// Its method.
    pub method: Method,
    /// Its path under `/v1.0` or from the root, with `{}` for ids.
    pub path: String,
    /// Whether it takes an access token.
    pub needs_token: bool,
}

/// Every route there is: for tests that walk over all of them.
pub fn routes() -> Vec<RouteInfo> {
    let table = Table::new(Some(Demonstration));
    let info = |route: &Route| RouteInfo {
        method: route.method.clone(),
        path: route.shown(),
        needs_token: route.entry == Entry::Token,
    };
    table.routes.iter().map(info).collect()
}

macro_rules! graph {
    ($routes:ident, $family:ident: $($line:tt)*) => {
        graph!(@all $routes, $family, usually: $($line)*);
    };
    ($routes:ident, $family:ident, Nothing: $($line:tt)*) => {
        graph!(@all $routes, $family, nothing: $($line)*);
    };
    (@all $routes:ident, $family:ident, $takes:ident: $($method:ident $pattern:expr => |$call:ident| $body:expr;)*) => {
        $routes.extend([$(Route {
            method: Method::$method,
            area: Area::Graph,
            pattern: $pattern,
            family: Family::$family,
            entry: Entry::Token,
            handler: |$call| Box::pin($body),
            takes: Takes::$takes(&Method::$method),
        }),*]);
    };
}

macro_rules! root {
    ($routes:ident, $entry:ident: $($method:ident $pattern:literal => |$call:ident| $body:expr;)*) => {
        $routes.extend([$(Route {
            method: Method::$method,
            area: Area::Root,
            pattern: $pattern,
            family: Family::Ephor,
            entry: Entry::$entry,
            handler: |$call| Box::pin($body),
            takes: Takes::usually(&Method::$method),
        }),*]);
    };
}

/// Members or owners of a group.
macro_rules! holders {
    ($routes:ident, $name:literal, $access:expr) => {
        graph! { $routes, Directory:
            GET concat!("/groups/{}/", $name) => |call| members::list(call, $access, None);
            GET concat!("/groups/{}/", $name, "/$count") => |call| members::count(call, $access);
            GET concat!("/groups/{}/", $name, "/user") => |call| members::list(call, $access, Some(User));
            GET concat!("/groups/{}/", $name, "/group") => |call| members::list(call, $access, Some(PrincipalKind::Group));
            GET concat!("/groups/{}/", $name, "/servicePrincipal") => |call| members::list(call, $access, Some(ServicePrincipal));
            POST concat!("/groups/{}/", $name, "/$ref") => |call| members::add(call, $access);
            DELETE concat!("/groups/{}/", $name, "/$ref") => |call| members::remove_by_address(call, $access);
            GET concat!("/groups/{}/", $name, "/{}") => |call| members::get(call, $access);
            DELETE concat!("/groups/{}/", $name, "/{}/$ref") => |call| members::remove(call, $access);
        }
    };
}

macro_rules! pim {
    ($($part:expr),*) => { concat!("/identityGovernance/privilegedAccess/group/", $($part),*) };
}

/// A collection of schedules or of their instances.
macro_rules! schedules {
    ($routes:ident, $name:literal, $kind:expr, $view:expr) => {
        graph! { $routes, Schedules:
            GET pim!($name) => |call| schedules::list(call, $kind, $view);
            GET pim!($name, "/$count") => |call| schedules::count(call, $kind, $view);
            GET pim!($name, "/filterByCurrentUser/{}") => |call| schedules::mine(call, $kind, $view);
            GET pim!($name, "/{}") => |call| schedules::get(call, $kind, $view);
            GET pim!($name, "/{}/group") => |call| schedules::group(call, $kind, $view);
            GET pim!($name, "/{}/principal") => |call| schedules::principal(call, $kind, $view);
        }
    };
}

/// A collection of requests.
macro_rules! requests {
    ($routes:ident, $name:literal, $kind:expr) => {
        graph! { $routes, Schedules:
            GET pim!($name) => |call| schedule_requests::list(call, $kind);
            POST pim!($name) => |call| schedule_requests::create(call, $kind);
            GET pim!($name, "/$count") => |call| schedule_requests::count(call, $kind);
            GET pim!($name, "/filterByCurrentUser/{}") => |call| schedule_requests::mine(call, $kind);
            GET pim!($name, "/{}") => |call| schedule_requests::get(call, $kind);
            GET pim!($name, "/{}/group") => |call| schedule_requests::group(call, $kind);
            GET pim!($name, "/{}/principal") => |call| schedule_requests::principal(call, $kind);
            GET pim!($name, "/{}/targetSchedule") => |call| schedule_requests::target(call, $kind);
        }
        graph! { $routes, Schedules, Nothing:
            POST pim!($name, "/{}/cancel") => |call| schedule_requests::cancel(call, $kind);
        }
    };
}

/// The stages of an approval, which `/beta` calls steps; each version takes both.
macro_rules! approvals {
    ($routes:ident, $name:literal) => {
        graph! { $routes, Approvals:
            GET pim!("assignmentApprovals/{}/", $name) => |call| approvals::stages(call);
            GET pim!("assignmentApprovals/{}/", $name, "/$count") => |call| approvals::count_stages(call);
            GET pim!("assignmentApprovals/{}/", $name, "/{}") => |call| approvals::stage_of(call);
            PATCH pim!("assignmentApprovals/{}/", $name, "/{}") => |call| approvals::decide(call);
        }
    };
}

fn all() -> Vec<Route> {
    let mut routes = Vec::new();
    graph! { routes, Directory:
        GET "/me" => |call| users::me(call);
        GET "/users" => |call| users::list(call);
        POST "/users" => |call| users::create(call);
        GET "/users/$count" => |call| users::count(call);
        GET "/users/{}" => |call| users::get(call);
        DELETE "/users/{}" => |call| users::delete(call);
        GET "/groups" => |call| groups::list(call);
        POST "/groups" => |call| groups::create(call);
        GET "/groups/$count" => |call| groups::count(call);
        GET "/groups/{}" => |call| groups::get(call);
        DELETE "/groups/{}" => |call| groups::delete(call);
        GET "/groups/{}/transitiveMembers" => |call| members::list_transitive(call, None);
        GET "/groups/{}/transitiveMembers/$count" => |call| members::count_transitive(call);
        GET "/groups/{}/transitiveMembers/user" => |call| members::list_transitive(call, Some(User));
        GET "/groups/{}/transitiveMembers/group" => |call| members::list_transitive(call, Some(PrincipalKind::Group));
        GET "/groups/{}/transitiveMembers/servicePrincipal" => |call| members::list_transitive(call, Some(ServicePrincipal));
        GET "/directoryObjects/{}" => |call| directory_objects::get(call);
    }
    holders!(routes, "members", Member);
    holders!(routes, "owners", Owner);

    schedules!(routes, "eligibilitySchedules", Eligible, Schedules);
    schedules!(routes, "eligibilityScheduleInstances", Eligible, Instances);
    schedules!(routes, "assignmentSchedules", Active, Schedules);
    schedules!(routes, "assignmentScheduleInstances", Active, Instances);
    requests!(routes, "eligibilityScheduleRequests", Eligible);
    requests!(routes, "assignmentScheduleRequests", Active);
    graph! { routes, Schedules:
        GET pim!("assignmentSchedules/{}/activatedUsing") => |call| schedules::activated_using(call, Schedules);
        GET pim!("assignmentScheduleInstances/{}/activatedUsing") => |call| schedules::activated_using(call, Instances);
        GET pim!("assignmentScheduleRequests/{}/activatedUsing") => |call| schedule_requests::activated_using(call);
    }

    approvals!(routes, "stages");
    approvals!(routes, "steps");
    graph! { routes, Approvals:
        GET pim!("assignmentApprovals/filterByCurrentUser/{}") => |call| approvals::mine(call);
        GET pim!("assignmentApprovals/{}") => |call| approvals::get(call);
    }
    let mut beta = Vec::new();
    graph! { beta, Schedules:
        GET pim!("resources") => |call| resources::list(call);
        GET pim!("resources/$count") => |call| resources::count(call);
        GET pim!("resources/{}") => |call| resources::get(call);
    }
    routes.extend(beta.into_iter().map(|route| Route {
        area: Area::Beta,
        ..route
    }));

    graph! { routes, Other:
        GET "/auditLogs/directoryAudits" => |call| directory_audits::list(call);
        GET "/auditLogs/directoryAudits/{}" => |call| directory_audits::get(call);
        POST "/$batch" => |call| batch::run(call);
    }
    graph! { routes, Policies:
        GET "/policies/roleManagementPolicies" => |call| policies::list(call);
        GET "/policies/roleManagementPolicies/$count" => |call| policies::count(call);
        GET "/policies/roleManagementPolicies/{}" => |call| policies::get(call);
        PATCH "/policies/roleManagementPolicies/{}" => |call| policies::change(call);
        GET "/policies/roleManagementPolicies/{}/rules" => |call| policies::rules(call);
        GET "/policies/roleManagementPolicies/{}/rules/$count" => |call| policies::count_rules(call);
        GET "/policies/roleManagementPolicies/{}/rules/{}" => |call| policies::rule(call);
        PATCH "/policies/roleManagementPolicies/{}/rules/{}" => |call| policies::change_rule(call);
        GET "/policies/roleManagementPolicies/{}/effectiveRules" => |call| policies::rules(call);
        GET "/policies/roleManagementPolicies/{}/effectiveRules/$count" => |call| policies::count_rules(call);
        GET "/policies/roleManagementPolicies/{}/effectiveRules/{}" => |call| policies::rule(call);
        GET "/policies/roleManagementPolicyAssignments" => |call| policy_assignments::list(call);
        GET "/policies/roleManagementPolicyAssignments/$count" => |call| policy_assignments::count(call);
        GET "/policies/roleManagementPolicyAssignments/{}" => |call| policy_assignments::get(call);
        GET "/policies/roleManagementPolicyAssignments/{}/policy" => |call| policy_assignments::policy(call);
    }

    root! { routes, Token:
        GET "/ephor/v1/me/roles" => |call| ephor::roles::mine(call);
        POST "/ephor/v1/activations" => |call| ephor::activations::make(call);
        POST "/ephor/v1/scheduleRequests/{}/decide" => |call| ephor::decisions::decide(call);
        GET "/ephor/v1/groups/discover" => |call| ephor::groups::discover(call);
        POST "/ephor/v1/groups/manage" => |call| ephor::groups::manage(call);
        GET "/ephor/v1/groups/{}/roles" => |call| ephor::roles::of_group(call);
        GET "/ephor/v1/settings" => |call| ephor::settings::get(call);
        PATCH "/ephor/v1/settings" => |call| ephor::settings::change(call);
        GET "/ephor/v1/groups/{}/policies/member" => |call| ephor::policies::get(call, Member);
        PATCH "/ephor/v1/groups/{}/policies/member" => |call| ephor::policies::change(call, Member);
        GET "/ephor/v1/groups/{}/policies/member/history" => |call| ephor::policies::history(call, Member);
        GET "/ephor/v1/groups/{}/policies/owner" => |call| ephor::policies::get(call, Owner);
        PATCH "/ephor/v1/groups/{}/policies/owner" => |call| ephor::policies::change(call, Owner);
        GET "/ephor/v1/groups/{}/policies/owner/history" => |call| ephor::policies::history(call, Owner);
        GET "/ephor/v1/groups/{}/access" => |call| ephor::access::of_group(call);
        GET "/ephor/v1/users/{}/access" => |call| ephor::access::of_principal(call);
        GET "/ephor/v1/access/difference" => |call| ephor::access::difference(call);
        GET "/ephor/v1/audit" => |call| ephor::audit::read(call);
    }
    root! { routes, Open:
        GET "/healthz" => |call| health::live(call);
        GET "/readyz" => |call| health::ready(call);
        GET "/version" => |call| health::version(call);
    }
    routes
}

/// The one route that only a demonstration has.
fn clock() -> Route {
    let mut routes = Vec::new();
    root! { routes, Loopback:
        POST "/demo/clock" => |call| ephor::move_clock(call);
    }
    routes.remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> Result<(String, String), Option<HttpError>> {
        let table = Table::new(None);
        let segments = crate::path::segments(path, |word| table.is_name(word)).unwrap();
        let method = method.parse().unwrap();
        table
            .find(&method, &segments)
            .map(|found| (found.route.pattern.to_owned(), found.path))
    }

    #[test]
    fn names_are_found_in_whatever_case_and_go_before_ids() {
        let (pattern, path) = found("GET", "/Beta//USERS/$Count").unwrap();
        assert_eq!(
            (pattern.as_str(), path.as_str()),
            ("/users/$count", "/beta/users/$count")
        );
        let (pattern, _) = found("GET", "/v1.0/groups/x/members/graph.user").unwrap();
        assert_eq!(pattern, "/groups/{}/members/user");
        let (_, path) = found("GET", "/v1.0/IdentityGovernance/privilegedAccess/group/EligibilityScheduleInstances/filterByCurrentUser(on=%27principal%27)").unwrap();
        assert!(
            path.ends_with("/eligibilityScheduleInstances/filterByCurrentUser(on='principal')"),
            "{path}"
        );
    }

    #[test]
    fn a_known_path_with_another_method_says_which_there_are() {
        let error = found("PUT", "/v1.0/users").unwrap_err().unwrap();
        assert_eq!(error.allow.as_deref(), Some("GET, POST"));
        // Without `$ref` this would delete the member itself in Graph: it must not look like "already gone".
        let error = found("DELETE", "/v1.0/groups/a/members/b")
            .unwrap_err()
            .unwrap();
        assert_eq!(error.status.as_u16(), 405);
        assert_eq!(found("GET", "/v1.0/nothing").unwrap_err(), None);
        assert_eq!(found("GET", "/users").unwrap_err(), None);
        assert_eq!(
            found("POST", "/demo/clock").unwrap_err(),
            None,
            "only a demonstration has it"
        );
    }
}
