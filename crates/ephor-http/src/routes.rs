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
use ephor_core::role::RoleKind::{Directory, Group};
use ephor_core::schedule::ScheduleKind::{Active, Eligible};
use ephor_core::signin::condition::ConditionKind;
use ephor_ops::directory::Reach::{Direct, Transitive};
use ephor_ops::program;
use http::Method;

use crate::answer::Answer;
use crate::batch::{REQUESTS, RESPONSES};
use crate::call::{Call, Version};
use crate::ephor::access::{AS_OF, DIFFERENCE};
use crate::ephor::activations::{ACTIVATED, ACTIVATIONS};
use crate::ephor::audit::ENTRY;
use crate::ephor::decisions::DECISION;
use crate::ephor::groups::{CANDIDATE, MANAGE, MANAGED};
use crate::ephor::mail::LETTER;
use crate::ephor::policies::{BEYOND, BEYOND_CHANGE, Of as PolicyOf, VERSION};
use crate::ephor::roles::{MY_ROLES, ROLE};
use crate::ephor::settings::SETTINGS;
use crate::ephor::{ADVANCE, CLOCK};
use crate::error::{Family, HttpError};
use crate::graph::authentication::Asked::{All, Authenticators, Passkeys, Password};
use crate::graph::authentication::Whose::{Mine, Somebodys};
use crate::graph::directory_objects::IDS;
use crate::graph::directory_roles::Form;
use crate::graph::member_of::{ALL_OR_SECURITY, CHECKED, Cast, Kinds, Of};
use crate::graph::organization::{DOMAIN, ORGANIZATION};
use crate::graph::resources::RESOURCE;
use crate::graph::{
    approvals, authentication, conditions, deleted_items, directory_audits, directory_objects,
    directory_roles, groups, manager, member_of, members, organization, owned, policies,
    policy_assignments, programs, resources, role_assignments, role_definitions, schedule_requests,
    schedules, sponsors, units, users,
};
use crate::options::Demonstration;
use crate::told::{Gives, Takes, Told, count, document, done, made, many, one, xml};
use crate::wire::approval::{APPROVAL, STAGE};
use crate::wire::audit::AUDIT;
use crate::wire::group::{GROUP, GROUP_CHANGE, NEW_GROUP};
use crate::wire::object::{DELETED, OBJECT};
use crate::wire::policy::{POLICY, POLICY_ASSIGNMENT, POLICY_CHANGE, RULE};
use crate::wire::program::{
    APP_ROLE_ASSIGNMENT, APPLICATION, APPLICATION_CHANGE, NEW_APP_ROLE_ASSIGNMENT, NEW_SECRET,
    SECRET_KEY, SERVICE_PRINCIPAL, SERVICE_PRINCIPAL_CHANGE,
};
use crate::wire::reference::REFERENCE;
use crate::wire::request::ASSIGNMENT_REQUEST;
use crate::wire::role::{
    DIRECTORY_ROLE, DIRECTORY_ROLE_TEMPLATE, ROLE_ASSIGNMENT, ROLE_DEFINITION, SCOPED_ROLE_MEMBER,
};
use crate::wire::unit::UNIT;
use crate::wire::user::{NEW_USER, USER, USER_CHANGE};
use crate::wire::{request, schedule};
use crate::{batch, described, ephor, health, oauth};

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
    /// What it takes and gives, as it is described to others.
    pub(crate) told: Told,
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

    pub(crate) const fn method(&self) -> &Method {
        &self.method
    }

    pub(crate) const fn pattern(&self) -> &'static str {
        self.pattern
    }

    /// Whether it is one of Graph's, in `/v1.0` or in `/beta`.
    pub(crate) fn is_graphs(&self, beta: bool) -> bool {
        match self.area {
            Area::Graph => true,
            Area::Beta => beta,
            Area::Root => false,
        }
    }

    /// Whether it answers a list that is asked as collections are.
    pub(crate) fn is_list(&self) -> bool {
        self.method == Method::GET && matches!(self.told.gives, Gives::Many(_))
    }

    /// Whether it takes `$select` and `$expand`.
    pub(crate) fn is_shaped(&self) -> bool {
        let shown = matches!(self.told.gives, Gives::Many(_) | Gives::One(_));
        self.method == Method::GET && shown && self.family != Family::Ephor
    }

    /// What it is listed under.
    pub(crate) const fn tag(&self) -> &'static str {
        match self.family {
            Family::Directory => "Directory",
            Family::Roles => "Directory roles",
            Family::Schedules => "Schedules and requests",
            Family::Approvals => "Approvals",
            Family::Policies => "Policies",
            Family::Packages => "Access packages",
            Family::Other => "Others of Graph's",
            Family::Ephor => "Ephor's own",
        }
    }

    /// Whether the request has a body to read.
    pub(crate) fn takes_body(&self) -> bool {
        !matches!(self.told.takes, Takes::Nothing)
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
    around: ephor_portal::Around,
    routes: Vec<Route>,
    names: HashSet<String>,
}

impl Table {
    /// The routes; those of a demonstration only in one.
    pub(crate) fn new(demonstration: Option<&Demonstration>) -> Self {
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
        Self {
            around: match demonstration {
                Some(_) => ephor_portal::Around::Demonstration,
                None => ephor_portal::Around::Service,
            },
            routes,
            names,
        }
    }

    /// All of them.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// What the portal's page is told: whether the clock can be moved.
    pub(crate) const fn around(&self) -> ephor_portal::Around {
        self.around
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
        // Before ids: what is declared is nobody's id.
        if area == Area::Graph && is_declared(rest) {
            return Err(Some(HttpError::method_not_allowed(method, String::new())));
        }
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
        if allow.is_empty() {
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
    let table = Table::new(Some(&Demonstration::default()));
    let info = |route: &Route| RouteInfo {
        method: route.method.clone(),
        path: route.shown(),
        needs_token: route.entry == Entry::Token,
    };
    table.routes.iter().map(info).collect()
}

macro_rules! graph {
    ($routes:ident, $family:ident: $($method:ident $pattern:expr => $([$told:expr])? |$call:ident| $body:expr;)*) => {
        $routes.extend([$(Route {
            method: Method::$method,
            area: Area::Graph,
            pattern: $pattern,
            family: Family::$family,
            entry: Entry::Token,
            handler: |$call| Box::pin($body),
            told: told!($($told)?).usually(&Method::$method),
        }),*]);
    };
}

macro_rules! root {
    ($routes:ident, $entry:ident: $($method:ident $pattern:literal => $([$told:expr])? |$call:ident| $body:expr;)*) => {
        $routes.extend([$(Route {
            method: Method::$method,
            area: Area::Root,
            pattern: $pattern,
            family: Family::Ephor,
            entry: Entry::$entry,
            handler: |$call| Box::pin($body),
            told: told!($($told)?).usually(&Method::$method),
        }),*]);
    };
}

/// What is told of a route, where something is.
macro_rules! told {
    () => {
        document()
    };
    ($told:expr) => {
        $told
    };
}

/// Members or owners of a group.
macro_rules! holders {
    ($routes:ident, $name:literal, $access:expr) => {
        graph! { $routes, Directory:
            GET concat!("/groups/{}/", $name) => [many(&OBJECT)] |call| members::list(call, $access, None);
            GET concat!("/groups/{}/", $name, "/$count") => [count()] |call| members::count(call, $access, None);
            GET concat!("/groups/{}/", $name, "/user") => [many(&OBJECT)] |call| members::list(call, $access, Some(User));
            GET concat!("/groups/{}/", $name, "/user/$count") => [count()] |call| members::count(call, $access, Some(User));
            GET concat!("/groups/{}/", $name, "/group") => [many(&OBJECT)] |call| members::list(call, $access, Some(PrincipalKind::Group));
            GET concat!("/groups/{}/", $name, "/group/$count") => [count()] |call| members::count(call, $access, Some(PrincipalKind::Group));
            GET concat!("/groups/{}/", $name, "/servicePrincipal") => [many(&OBJECT)] |call| members::list(call, $access, Some(ServicePrincipal));
            GET concat!("/groups/{}/", $name, "/servicePrincipal/$count") => [count()] |call| members::count(call, $access, Some(ServicePrincipal));
            POST concat!("/groups/{}/", $name, "/$ref") => [done().takes(&REFERENCE)] |call| members::add(call, $access);
            DELETE concat!("/groups/{}/", $name, "/$ref") => [done()] |call| members::remove_by_address(call, $access);
            GET concat!("/groups/{}/", $name, "/{}") => [one(&OBJECT)] |call| members::get(call, $access);
            DELETE concat!("/groups/{}/", $name, "/{}/$ref") => [done()] |call| members::remove(call, $access);
        }
    };
}

/// What somebody is in.
macro_rules! member_of {
    ($routes:ident, $base:literal, $of:expr) => {
        graph! { $routes, Directory:
            GET concat!($base, "/memberOf") => [many(&GROUP)] |call| member_of::list(call, $of, Direct, Kinds::All);
            GET concat!($base, "/memberOf/$count") => [count()] |call| member_of::count(call, $of, Direct, Kinds::All);
            GET concat!($base, "/memberOf/group") => [many(&GROUP)] |call| member_of::list(call, $of, Direct, Kinds::Groups);
            GET concat!($base, "/memberOf/group/$count") => [count()] |call| member_of::count(call, $of, Direct, Kinds::Groups);
            GET concat!($base, "/memberOf/administrativeUnit") => [many(&UNIT)] |call| member_of::list_cast(call, $of, Direct, Cast::Unit);
            GET concat!($base, "/memberOf/administrativeUnit/$count") => [count()] |call| member_of::count_cast(call, $of, Direct, Cast::Unit);
            GET concat!($base, "/memberOf/directoryRole") => [many(&DIRECTORY_ROLE)] |call| member_of::list_cast(call, $of, Direct, Cast::Role);
            GET concat!($base, "/memberOf/directoryRole/$count") => [count()] |call| member_of::count_cast(call, $of, Direct, Cast::Role);
            GET concat!($base, "/transitiveMemberOf") => [many(&GROUP)] |call| member_of::list(call, $of, Transitive, Kinds::All);
            GET concat!($base, "/transitiveMemberOf/$count") => [count()] |call| member_of::count(call, $of, Transitive, Kinds::All);
            GET concat!($base, "/transitiveMemberOf/group") => [many(&GROUP)] |call| member_of::list(call, $of, Transitive, Kinds::Groups);
            GET concat!($base, "/transitiveMemberOf/group/$count") => [count()] |call| member_of::count(call, $of, Transitive, Kinds::Groups);
            GET concat!($base, "/transitiveMemberOf/administrativeUnit") => [many(&UNIT)] |call| member_of::list_cast(call, $of, Transitive, Cast::Unit);
            GET concat!($base, "/transitiveMemberOf/administrativeUnit/$count") => [count()] |call| member_of::count_cast(call, $of, Transitive, Cast::Unit);
            GET concat!($base, "/transitiveMemberOf/directoryRole") => [many(&DIRECTORY_ROLE)] |call| member_of::list_cast(call, $of, Transitive, Cast::Role);
            GET concat!($base, "/transitiveMemberOf/directoryRole/$count") => [count()] |call| member_of::count_cast(call, $of, Transitive, Cast::Role);
        }
    };
}

/// What somebody runs.
macro_rules! owned {
    ($routes:ident, $base:literal, $of:expr) => {
        graph! { $routes, Directory:
            GET concat!($base, "/ownedObjects") => [many(&OBJECT)] |call| owned::list(call, $of, None);
            GET concat!($base, "/ownedObjects/$count") => [count()] |call| owned::count(call, $of, None);
            GET concat!($base, "/ownedObjects/group") => [many(&OBJECT)] |call| owned::list(call, $of, Some(PrincipalKind::Group));
            GET concat!($base, "/ownedObjects/group/$count") => [count()] |call| owned::count(call, $of, Some(PrincipalKind::Group));
            GET concat!($base, "/ownedObjects/servicePrincipal") => [many(&OBJECT)] |call| owned::list(call, $of, Some(ServicePrincipal));
            GET concat!($base, "/ownedObjects/servicePrincipal/$count") => [count()] |call| owned::count(call, $of, Some(ServicePrincipal));
        }
    };
}

/// Whether somebody is in some groups, and all they are in.
macro_rules! member_checks {
    ($routes:ident, $base:literal, $of:expr) => {
        graph! { $routes, Directory:
            POST concat!($base, "/checkMemberGroups") => [document().takes(&CHECKED)] |call| member_of::check(call, $of, Kinds::Groups);
            POST concat!($base, "/checkMemberObjects") => [document().takes(&CHECKED)] |call| member_of::check(call, $of, Kinds::All);
            POST concat!($base, "/getMemberGroups") => [document().takes(&ALL_OR_SECURITY)] |call| member_of::get(call, $of, Kinds::Groups);
            POST concat!($base, "/getMemberObjects") => [document().takes(&ALL_OR_SECURITY)] |call| member_of::get(call, $of, Kinds::All);
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
            GET pim!($name) => [many(schedule::members(Group, $kind, $view))] |call| schedules::list(call, Group, $kind, $view);
            GET pim!($name, "/$count") => [count()] |call| schedules::count(call, Group, $kind, $view);
            GET pim!($name, "/filterByCurrentUser/{}") => [many(schedule::members(Group, $kind, $view))] |call| schedules::mine(call, Group, $kind, $view);
            GET pim!($name, "/{}") => [one(schedule::members(Group, $kind, $view))] |call| schedules::get(call, Group, $kind, $view);
            GET pim!($name, "/{}/group") => [one(&GROUP)] |call| schedules::group(call, Group, $kind, $view);
            GET pim!($name, "/{}/principal") => [one(&OBJECT)] |call| schedules::principal(call, Group, $kind, $view);
        }
    };
}

/// A collection of requests.
macro_rules! requests {
    ($routes:ident, $name:literal, $kind:expr) => {
        graph! { $routes, Schedules:
            GET pim!($name) => [many(request::members(Group, $kind))] |call| schedule_requests::list(call, Group, $kind);
            POST pim!($name) => [made(request::members(Group, $kind)).takes(request::members(Group, $kind))] |call| schedule_requests::create(call, Group, $kind);
            GET pim!($name, "/$count") => [count()] |call| schedule_requests::count(call, Group, $kind);
            GET pim!($name, "/filterByCurrentUser/{}") => [many(request::members(Group, $kind))] |call| schedule_requests::mine(call, Group, $kind);
            GET pim!($name, "/{}") => [one(request::members(Group, $kind))] |call| schedule_requests::get(call, Group, $kind);
            GET pim!($name, "/{}/group") => [one(&GROUP)] |call| schedule_requests::group(call, Group, $kind);
            GET pim!($name, "/{}/principal") => [one(&OBJECT)] |call| schedule_requests::principal(call, Group, $kind);
            GET pim!($name, "/{}/targetSchedule") => [one(schedule::members(Group, $kind, Schedules))] |call| schedule_requests::target(call, Group, $kind);
        }
        graph! { $routes, Schedules:
            POST pim!($name, "/{}/cancel") => [done().takes_nothing()] |call| schedule_requests::cancel(call, Group, $kind);
        }
    };
}

/// The stages of an approval, which `/beta` calls steps; each version takes both.
macro_rules! approvals {
    ($routes:ident, $name:literal) => {
        graph! { $routes, Approvals:
            GET pim!("assignmentApprovals/{}/", $name) => [many(&STAGE)] |call| approvals::stages(call, Group);
            GET pim!("assignmentApprovals/{}/", $name, "/$count") => [count()] |call| approvals::count_stages(call, Group);
            GET pim!("assignmentApprovals/{}/", $name, "/{}") => [one(&STAGE)] |call| approvals::stage_of(call, Group);
            PATCH pim!("assignmentApprovals/{}/", $name, "/{}") => [done().takes(&STAGE)] |call| approvals::decide(call, Group);
        }
    };
}

/// What says what a sign-in has to be for what.
macro_rules! conditions {
    ($routes:ident, $base:literal, $kind:expr) => {
        graph! { $routes, Other:
            GET $base => [document()] |call| conditions::list(call, $kind);
            POST $base => [document()] |call| conditions::create(call, $kind);
            GET concat!($base, "/{}") => [document()] |call| conditions::get(call, $kind);
            PATCH concat!($base, "/{}") => [document()] |call| conditions::change(call, $kind);
            DELETE concat!($base, "/{}") => [done()] |call| conditions::remove(call, $kind);
        }
    };
}

macro_rules! roles {
    ($($part:expr),*) => { concat!("/roleManagement/directory/", $($part),*) };
}

/// A collection of directory roles' schedules or of their instances.
macro_rules! role_schedules {
    ($routes:ident, $name:literal, $kind:expr, $view:expr) => {
        graph! { $routes, Schedules:
            GET roles!($name) => [many(schedule::members(Directory, $kind, $view))] |call| schedules::list(call, Directory, $kind, $view);
            GET roles!($name, "/$count") => [count()] |call| schedules::count(call, Directory, $kind, $view);
            GET roles!($name, "/filterByCurrentUser/{}") => [many(schedule::members(Directory, $kind, $view))] |call| schedules::mine(call, Directory, $kind, $view);
            GET roles!($name, "/{}") => [one(schedule::members(Directory, $kind, $view))] |call| schedules::get(call, Directory, $kind, $view);
            GET roles!($name, "/{}/principal") => [one(&OBJECT)] |call| schedules::principal(call, Directory, $kind, $view);
            GET roles!($name, "/{}/roleDefinition") => [one(&ROLE_DEFINITION)] |call| schedules::definition(call, $kind, $view);
            GET roles!($name, "/{}/directoryScope") => [one(&UNIT)] |call| schedules::scope(call, $kind, $view);
            GET roles!($name, "/{}/appScope") => [done()] |call| role_assignments::app_scope(call);
        }
    };
}

/// A collection of requests about directory roles.
macro_rules! role_requests {
    ($routes:ident, $name:literal, $kind:expr) => {
        graph! { $routes, Schedules:
            GET roles!($name) => [many(request::members(Directory, $kind))] |call| schedule_requests::list(call, Directory, $kind);
            POST roles!($name) => [made(request::members(Directory, $kind)).takes(request::members(Directory, $kind))] |call| schedule_requests::create(call, Directory, $kind);
            GET roles!($name, "/$count") => [count()] |call| schedule_requests::count(call, Directory, $kind);
            GET roles!($name, "/filterByCurrentUser/{}") => [many(request::members(Directory, $kind))] |call| schedule_requests::mine(call, Directory, $kind);
            GET roles!($name, "/{}") => [one(request::members(Directory, $kind))] |call| schedule_requests::get(call, Directory, $kind);
            GET roles!($name, "/{}/principal") => [one(&OBJECT)] |call| schedule_requests::principal(call, Directory, $kind);
            GET roles!($name, "/{}/roleDefinition") => [one(&ROLE_DEFINITION)] |call| schedule_requests::definition(call, $kind);
            GET roles!($name, "/{}/directoryScope") => [one(&UNIT)] |call| schedule_requests::scope(call, $kind);
            GET roles!($name, "/{}/appScope") => [done()] |call| role_assignments::app_scope(call);
            GET roles!($name, "/{}/targetSchedule") => [one(schedule::members(Directory, $kind, Schedules))] |call| schedule_requests::target(call, Directory, $kind);
            POST roles!($name, "/{}/cancel") => [done().takes_nothing()] |call| schedule_requests::cancel(call, Directory, $kind);
        }
    };
}

/// The stages of an approval for a directory role.
macro_rules! role_approvals {
    ($routes:ident, $name:literal) => {
        graph! { $routes, Approvals:
            GET roles!("roleAssignmentApprovals/{}/", $name) => [many(&STAGE)] |call| approvals::stages(call, Directory);
            GET roles!("roleAssignmentApprovals/{}/", $name, "/$count") => [count()] |call| approvals::count_stages(call, Directory);
            GET roles!("roleAssignmentApprovals/{}/", $name, "/{}") => [one(&STAGE)] |call| approvals::stage_of(call, Directory);
            PATCH roles!("roleAssignmentApprovals/{}/", $name, "/{}") => [done().takes(&STAGE)] |call| approvals::decide(call, Directory);
        }
    };
}

/// Administrative units, wherever they are.
macro_rules! units {
    ($routes:ident, $at:literal) => {
        graph! { $routes, Directory:
            GET $at => [many(&UNIT)] |call| units::list(call);
            POST $at => [made(&UNIT).takes(&UNIT)] |call| units::create(call);
            GET concat!($at, "/$count") => [count()] |call| units::count(call);
            GET concat!($at, "/{}") => [one(&UNIT)] |call| units::get(call);
            PATCH concat!($at, "/{}") => [done().takes(&UNIT)] |call| units::change(call);
            DELETE concat!($at, "/{}") => [done()] |call| units::delete(call);
            GET concat!($at, "/{}/members") => [many(&OBJECT)] |call| units::members(call, None);
            POST concat!($at, "/{}/members") => [made(&GROUP).takes(&NEW_GROUP)] |call| units::create_member(call);
            GET concat!($at, "/{}/members/$count") => [count()] |call| units::count_members(call, None);
            GET concat!($at, "/{}/members/user") => [many(&OBJECT)] |call| units::members(call, Some(User));
            GET concat!($at, "/{}/members/user/$count") => [count()] |call| units::count_members(call, Some(User));
            GET concat!($at, "/{}/members/group") => [many(&OBJECT)] |call| units::members(call, Some(PrincipalKind::Group));
            GET concat!($at, "/{}/members/group/$count") => [count()] |call| units::count_members(call, Some(PrincipalKind::Group));
            POST concat!($at, "/{}/members/$ref") => [done().takes(&REFERENCE)] |call| units::add(call);
            DELETE concat!($at, "/{}/members/{}/$ref") => [done()] |call| units::remove(call);
            GET concat!($at, "/{}/scopedRoleMembers") => [many(&SCOPED_ROLE_MEMBER)] |call| units::scoped(call);
            POST concat!($at, "/{}/scopedRoleMembers") => [made(&SCOPED_ROLE_MEMBER).takes(&SCOPED_ROLE_MEMBER)] |call| units::assign(call);
            GET concat!($at, "/{}/scopedRoleMembers/$count") => [count()] |call| units::count_scoped(call);
            GET concat!($at, "/{}/scopedRoleMembers/{}") => [one(&SCOPED_ROLE_MEMBER)] |call| units::scoped_one(call);
            DELETE concat!($at, "/{}/scopedRoleMembers/{}") => [done()] |call| units::unassign(call);
        }
    };
}

/// Directory roles, units, and who holds what.
fn roles_and_units(routes: &mut Vec<Route>) {
    role_schedules!(routes, "roleEligibilitySchedules", Eligible, Schedules);
    role_schedules!(
        routes,
        "roleEligibilityScheduleInstances",
        Eligible,
        Instances
    );
    role_schedules!(routes, "roleAssignmentSchedules", Active, Schedules);
    role_schedules!(routes, "roleAssignmentScheduleInstances", Active, Instances);
    role_requests!(routes, "roleEligibilityScheduleRequests", Eligible);
    role_requests!(routes, "roleAssignmentScheduleRequests", Active);
    role_approvals!(routes, "stages");
    role_approvals!(routes, "steps");
    graph! { routes, Approvals:
        GET roles!("roleAssignmentApprovals/filterByCurrentUser/{}") => [many(&APPROVAL)] |call| approvals::mine(call, Directory);
        GET roles!("roleAssignmentApprovals/{}") => [one(&APPROVAL)] |call| approvals::get(call, Directory);
    }
    graph! { routes, Schedules:
        GET roles!("roleAssignmentSchedules/{}/activatedUsing") => [one(schedule::members(Directory, Eligible, Schedules))] |call| schedules::activated_using(call, Directory, Schedules);
        GET roles!("roleAssignmentScheduleInstances/{}/activatedUsing") => [one(schedule::members(Directory, Eligible, Instances))] |call| schedules::activated_using(call, Directory, Instances);
        GET roles!("roleAssignmentScheduleRequests/{}/activatedUsing") => [one(schedule::members(Directory, Eligible, Schedules))] |call| schedule_requests::activated_using(call, Directory);
    }
    graph! { routes, Roles:
        GET roles!("roleDefinitions") => [many(&ROLE_DEFINITION)] |call| role_definitions::list(call);
        POST roles!("roleDefinitions") => [made(&ROLE_DEFINITION).takes(&ROLE_DEFINITION)] |call| role_definitions::create(call);
        GET roles!("roleDefinitions/$count") => [count()] |call| role_definitions::count(call);
        GET roles!("roleDefinitions/{}") => [one(&ROLE_DEFINITION)] |call| role_definitions::get(call);
        PATCH roles!("roleDefinitions/{}") => [done().takes(&ROLE_DEFINITION)] |call| role_definitions::change(call);
        DELETE roles!("roleDefinitions/{}") => [done()] |call| role_definitions::delete(call);
        GET roles!("roleDefinitions/{}/inheritsPermissionsFrom") => [many(&ROLE_DEFINITION)] |call| role_definitions::inherits(call);
        GET roles!("roleDefinitions/{}/inheritsPermissionsFrom/$count") => [count()] |call| role_definitions::count_inherited(call);
        GET roles!("roleDefinitions/{}/inheritsPermissionsFrom/{}") => [one(&ROLE_DEFINITION)] |call| role_definitions::inherited_one(call);
        GET roles!("roleAssignments") => [many(&ROLE_ASSIGNMENT)] |call| role_assignments::list(call);
        POST roles!("roleAssignments") => [made(&ROLE_ASSIGNMENT).takes(&ROLE_ASSIGNMENT)] |call| role_assignments::create(call);
        GET roles!("roleAssignments/$count") => [count()] |call| role_assignments::count(call);
        GET roles!("roleAssignments/{}") => [one(&ROLE_ASSIGNMENT)] |call| role_assignments::get(call);
        DELETE roles!("roleAssignments/{}") => [done()] |call| role_assignments::delete(call);
        GET roles!("roleAssignments/{}/principal") => [one(&OBJECT)] |call| role_assignments::principal(call);
        GET roles!("roleAssignments/{}/roleDefinition") => [one(&ROLE_DEFINITION)] |call| role_assignments::definition(call);
        GET roles!("roleAssignments/{}/directoryScope") => [one(&UNIT)] |call| role_assignments::scope(call);
        GET roles!("roleAssignments/{}/appScope") => [done()] |call| role_assignments::app_scope(call);
        GET "/directoryRoles" => [many(&DIRECTORY_ROLE)] |call| directory_roles::list(call, Form::Role);
        POST "/directoryRoles" => [made(&DIRECTORY_ROLE).takes(&DIRECTORY_ROLE)] |call| directory_roles::activate(call);
        GET "/directoryRoles/$count" => [count()] |call| directory_roles::count(call, Form::Role);
        GET "/directoryRoles/{}" => [one(&DIRECTORY_ROLE)] |call| directory_roles::get(call, Form::Role);
        GET "/directoryRoles/{}/members" => [many(&OBJECT)] |call| directory_roles::members(call, None);
        GET "/directoryRoles/{}/members/$count" => [count()] |call| directory_roles::count_members(call);
        GET "/directoryRoles/{}/members/user" => [many(&OBJECT)] |call| directory_roles::members(call, Some(User));
        GET "/directoryRoles/{}/members/group" => [many(&OBJECT)] |call| directory_roles::members(call, Some(PrincipalKind::Group));
        POST "/directoryRoles/{}/members/$ref" => [done().takes(&REFERENCE)] |call| directory_roles::add(call);
        DELETE "/directoryRoles/{}/members/{}/$ref" => [done()] |call| directory_roles::remove(call);
        GET "/directoryRoleTemplates" => [many(&DIRECTORY_ROLE_TEMPLATE)] |call| directory_roles::list(call, Form::Template);
        GET "/directoryRoleTemplates/$count" => [count()] |call| directory_roles::count(call, Form::Template);
        GET "/directoryRoleTemplates/{}" => [one(&DIRECTORY_ROLE_TEMPLATE)] |call| directory_roles::get(call, Form::Template);
    }
    units!(routes, "/directory/administrativeUnits");
    let mut beta = Vec::new();
    units!(beta, "/administrativeUnits");
    routes.extend(beta.into_iter().map(|route| Route {
        area: Area::Beta,
        ..route
    }));
}

mod packages;

fn all() -> Vec<Route> {
    let mut routes = Vec::new();
    packages::add(&mut routes);
    graph! { routes, Directory:
        GET "/me" => [one(&USER)] |call| users::me(call);
        GET "/users" => [many(&USER)] |call| users::list(call);
        POST "/users" => [made(&USER).takes(&NEW_USER)] |call| users::create(call);
        GET "/users/$count" => [count()] |call| users::count(call);
        GET "/users/{}" => [one(&USER)] |call| users::get(call);
        PATCH "/users/{}" => [done().takes(&USER_CHANGE)] |call| users::change(call);
        DELETE "/users/{}" => [done()] |call| users::delete(call);
        GET "/me/manager" => [one(&USER)] |call| manager::get(call, manager::Whose::Mine);
        GET "/users/{}/manager" => [one(&USER)] |call| manager::get(call, manager::Whose::Somebodys);
        PUT "/users/{}/manager/$ref" => [done().takes(&REFERENCE)] |call| manager::set(call);
        DELETE "/users/{}/manager/$ref" => [done()] |call| manager::clear(call);
        GET "/me/directReports" => [many(&USER)] |call| manager::reports(call, manager::Whose::Mine);
        GET "/me/directReports/$count" => [count()] |call| manager::count_reports(call, manager::Whose::Mine);
        GET "/users/{}/directReports" => [many(&USER)] |call| manager::reports(call, manager::Whose::Somebodys);
        GET "/users/{}/directReports/$count" => [count()] |call| manager::count_reports(call, manager::Whose::Somebodys);
        GET "/me/sponsors" => [many(&OBJECT)] |call| sponsors::list(call, manager::Whose::Mine);
        GET "/users/{}/sponsors" => [many(&OBJECT)] |call| sponsors::list(call, manager::Whose::Somebodys);
        GET "/users/{}/sponsors/$count" => [count()] |call| sponsors::count(call, manager::Whose::Somebodys);
        POST "/users/{}/sponsors/$ref" => [done().takes(&REFERENCE)] |call| sponsors::add(call);
        DELETE "/users/{}/sponsors/{}/$ref" => [done()] |call| sponsors::remove(call);
        POST "/me/revokeSignInSessions" => [document().takes_nothing()] |call| authentication::revoke(call, Mine);
        POST "/users/{}/revokeSignInSessions" => [document().takes_nothing()] |call| authentication::revoke(call, Somebodys);
        GET "/me/authentication/methods" => [document()] |call| authentication::list(call, Mine, All);
        GET "/users/{}/authentication/methods" => [document()] |call| authentication::list(call, Somebodys, All);
        GET "/users/{}/authentication/passwordMethods" => [document()] |call| authentication::list(call, Somebodys, Password);
        GET "/users/{}/authentication/fido2Methods" => [document()] |call| authentication::list(call, Somebodys, Passkeys);
        GET "/users/{}/authentication/softwareOathMethods" => [document()] |call| authentication::list(call, Somebodys, Authenticators);
        DELETE "/users/{}/authentication/fido2Methods/{}" => [done()] |call| authentication::remove(call, Passkeys);
        DELETE "/users/{}/authentication/softwareOathMethods/{}" => [done()] |call| authentication::remove(call, Authenticators);
        GET "/groups" => [many(&GROUP)] |call| groups::list(call);
        POST "/groups" => [made(&GROUP).takes(&NEW_GROUP)] |call| groups::create(call);
        GET "/groups/$count" => [count()] |call| groups::count(call);
        GET "/groups/{}" => [one(&GROUP)] |call| groups::get(call);
        PATCH "/groups/{}" => [done().takes(&GROUP_CHANGE)] |call| groups::change(call);
        DELETE "/groups/{}" => [done()] |call| groups::delete(call);
        GET "/directory/deletedItems/group" => [many(&GROUP)] |call| deleted_items::groups(call);
        GET "/directory/deletedItems/group/$count" => [count()] |call| deleted_items::count_groups(call);
        GET "/directory/deletedItems/user" => [many(&USER)] |call| deleted_items::users(call);
        GET "/directory/deletedItems/user/$count" => [count()] |call| deleted_items::count_users(call);
        GET "/directory/deletedItems/{}" => [one(&DELETED)] |call| deleted_items::get(call);
        DELETE "/directory/deletedItems/{}" => [done()] |call| deleted_items::purge(call);
        POST "/directory/deletedItems/{}/restore" => [one(&DELETED).takes_nothing()] |call| deleted_items::restore(call);
        POST "/groups/{}/restore" => [one(&DELETED).takes_nothing()] |call| deleted_items::restore(call);
        POST "/users/{}/restore" => [one(&DELETED).takes_nothing()] |call| deleted_items::restore(call);
        GET "/groups/{}/transitiveMembers" => [many(&OBJECT)] |call| members::list_transitive(call, None);
        GET "/groups/{}/transitiveMembers/$count" => [count()] |call| members::count_transitive(call, None);
        GET "/groups/{}/transitiveMembers/user" => [many(&OBJECT)] |call| members::list_transitive(call, Some(User));
        GET "/groups/{}/transitiveMembers/user/$count" => [count()] |call| members::count_transitive(call, Some(User));
        GET "/groups/{}/transitiveMembers/group" => [many(&OBJECT)] |call| members::list_transitive(call, Some(PrincipalKind::Group));
        GET "/groups/{}/transitiveMembers/group/$count" => [count()] |call| members::count_transitive(call, Some(PrincipalKind::Group));
        GET "/groups/{}/transitiveMembers/servicePrincipal" => [many(&OBJECT)] |call| members::list_transitive(call, Some(ServicePrincipal));
        GET "/groups/{}/transitiveMembers/servicePrincipal/$count" => [count()] |call| members::count_transitive(call, Some(ServicePrincipal));
        POST "/directoryObjects/getByIds" => [many(&OBJECT).takes(&IDS)] |call| directory_objects::by_ids(call);
        GET "/directoryObjects/{}" => [one(&OBJECT)] |call| directory_objects::get(call);
    }
    member_of!(routes, "/me", Of::Me);
    member_of!(routes, "/users/{}", Of::User);
    member_of!(routes, "/groups/{}", Of::Group);
    member_of!(routes, "/servicePrincipals/{}", Of::ServicePrincipal);
    owned!(routes, "/me", Of::Me);
    owned!(routes, "/users/{}", Of::User);
    owned!(routes, "/servicePrincipals/{}", Of::ServicePrincipal);
    member_checks!(routes, "/me", Of::Me);
    member_checks!(routes, "/users/{}", Of::User);
    member_checks!(routes, "/groups/{}", Of::Group);
    member_checks!(routes, "/servicePrincipals/{}", Of::ServicePrincipal);
    member_checks!(routes, "/directoryObjects/{}", Of::Object);
    graph! { routes, Directory:
        GET "/organization" => [many(&ORGANIZATION)] |call| organization::list(call);
        GET "/organization/{}" => [one(&ORGANIZATION)] |call| organization::get(call);
        GET "/domains" => [many(&DOMAIN)] |call| organization::domains(call);
        GET "/domains/{}" => [one(&DOMAIN)] |call| organization::get_domain(call);
    }
    graph! { routes, Directory:
        GET "/applications" => [many(&APPLICATION)] |call| programs::applications(call);
        POST "/applications" => [made(&APPLICATION).takes(&APPLICATION_CHANGE)] |call| programs::create_application(call);
        GET "/applications/$count" => [count()] |call| programs::count_applications(call);
        GET "/applications/{}" => [one(&APPLICATION)] |call| programs::get_application(call);
        PATCH "/applications/{}" => [done().takes(&APPLICATION_CHANGE)] |call| programs::change_application(call);
        DELETE "/applications/{}" => [done()] |call| programs::delete_application(call);
        POST "/applications/{}/addPassword" => [document().takes(&NEW_SECRET)] |call| programs::add_password(call);
        POST "/applications/{}/removePassword" => [done().takes(&SECRET_KEY)] |call| programs::remove_password(call);
        GET "/servicePrincipals" => [many(&SERVICE_PRINCIPAL)] |call| programs::service_principals(call);
        POST "/servicePrincipals" => [made(&SERVICE_PRINCIPAL).takes(&SERVICE_PRINCIPAL_CHANGE)] |call| programs::create_service_principal(call);
        GET "/servicePrincipals/$count" => [count()] |call| programs::count_service_principals(call);
        GET "/servicePrincipals/{}" => [one(&SERVICE_PRINCIPAL)] |call| programs::get_service_principal(call);
        PATCH "/servicePrincipals/{}" => [done().takes(&SERVICE_PRINCIPAL_CHANGE)] |call| programs::change_service_principal(call);
        DELETE "/servicePrincipals/{}" => [done()] |call| programs::delete_service_principal(call);
        GET "/servicePrincipals/{}/appRoleAssignments" => [document()] |call| programs::permissions(call);
        POST "/servicePrincipals/{}/appRoleAssignments" => [made(&APP_ROLE_ASSIGNMENT).takes(&NEW_APP_ROLE_ASSIGNMENT)] |call| programs::grant(call);
        DELETE "/servicePrincipals/{}/appRoleAssignments/{}" => [done()] |call| programs::revoke(call);
        GET "/applications/{}/owners" => [document()] |call| programs::owners(call, program::Of::Application);
        POST "/applications/{}/owners/$ref" => [done().takes(&REFERENCE)] |call| programs::add_owner(call, program::Of::Application);
        DELETE "/applications/{}/owners/{}/$ref" => [done()] |call| programs::remove_owner(call, program::Of::Application);
        GET "/servicePrincipals/{}/owners" => [document()] |call| programs::owners(call, program::Of::ServicePrincipal);
        POST "/servicePrincipals/{}/owners/$ref" => [done().takes(&REFERENCE)] |call| programs::add_owner(call, program::Of::ServicePrincipal);
        DELETE "/servicePrincipals/{}/owners/{}/$ref" => [done()] |call| programs::remove_owner(call, program::Of::ServicePrincipal);
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
        GET pim!("assignmentSchedules/{}/activatedUsing") => [one(schedule::members(Group, Eligible, Schedules))] |call| schedules::activated_using(call, Group, Schedules);
        GET pim!("assignmentScheduleInstances/{}/activatedUsing") => [one(schedule::members(Group, Eligible, Instances))] |call| schedules::activated_using(call, Group, Instances);
        GET pim!("assignmentScheduleRequests/{}/activatedUsing") => [one(schedule::members(Group, Eligible, Schedules))] |call| schedule_requests::activated_using(call, Group);
    }

    roles_and_units(&mut routes);
    approvals!(routes, "stages");
    approvals!(routes, "steps");
    graph! { routes, Approvals:
        GET pim!("assignmentApprovals/filterByCurrentUser/{}") => [many(&APPROVAL)] |call| approvals::mine(call, Group);
        GET pim!("assignmentApprovals/{}") => [one(&APPROVAL)] |call| approvals::get(call, Group);
    }
    let mut open = Vec::new();
    graph! { open, Other:
        GET "/$metadata" => [xml()] |call| described::metadata(call);
    }
    routes.extend(open.into_iter().map(|route| Route {
        entry: Entry::Open,
        ..route
    }));
    let mut beta = Vec::new();
    graph! { beta, Schedules:
        GET pim!("resources") => [many(&RESOURCE)] |call| resources::list(call);
        GET pim!("resources/$count") => [count()] |call| resources::count(call);
        GET pim!("resources/{}") => [one(&RESOURCE)] |call| resources::get(call);
    }
    routes.extend(beta.into_iter().map(|route| Route {
        area: Area::Beta,
        ..route
    }));

    conditions!(
        routes,
        "/identity/conditionalAccess/authenticationContextClassReferences",
        ConditionKind::Context
    );
    conditions!(
        routes,
        "/identity/conditionalAccess/policies",
        ConditionKind::Policy
    );
    conditions!(
        routes,
        "/identity/conditionalAccess/namedLocations",
        ConditionKind::Location
    );
    conditions!(
        routes,
        "/policies/authenticationStrengthPolicies",
        ConditionKind::Strength
    );
    graph! { routes, Other:
        POST "/policies/authenticationStrengthPolicies/{}/updateAllowedCombinations" => [document()] |call| conditions::combinations(call);
        GET "/auditLogs/directoryAudits" => [many(&AUDIT)] |call| directory_audits::list(call);
        GET "/auditLogs/directoryAudits/{}" => [one(&AUDIT)] |call| directory_audits::get(call);
        POST "/$batch" => [one(&RESPONSES).takes(&REQUESTS)] |call| batch::run(call);
    }
    graph! { routes, Policies:
        GET "/policies/roleManagementPolicies" => [many(&POLICY)] |call| policies::list(call);
        GET "/policies/roleManagementPolicies/$count" => [count()] |call| policies::count(call);
        GET "/policies/roleManagementPolicies/{}" => [one(&POLICY)] |call| policies::get(call);
        PATCH "/policies/roleManagementPolicies/{}" => [one(&POLICY).takes(&POLICY_CHANGE)] |call| policies::change(call);
        GET "/policies/roleManagementPolicies/{}/rules" => [many(&RULE)] |call| policies::rules(call);
        GET "/policies/roleManagementPolicies/{}/rules/$count" => [count()] |call| policies::count_rules(call);
        GET "/policies/roleManagementPolicies/{}/rules/{}" => [one(&RULE)] |call| policies::rule(call);
        PATCH "/policies/roleManagementPolicies/{}/rules/{}" => [one(&RULE).takes(&RULE)] |call| policies::change_rule(call);
        GET "/policies/roleManagementPolicies/{}/effectiveRules" => [many(&RULE)] |call| policies::rules(call);
        GET "/policies/roleManagementPolicies/{}/effectiveRules/$count" => [count()] |call| policies::count_rules(call);
        GET "/policies/roleManagementPolicies/{}/effectiveRules/{}" => [one(&RULE)] |call| policies::rule(call);
        GET "/policies/roleManagementPolicyAssignments" => [many(&POLICY_ASSIGNMENT)] |call| policy_assignments::list(call);
        GET "/policies/roleManagementPolicyAssignments/$count" => [count()] |call| policy_assignments::count(call);
        GET "/policies/roleManagementPolicyAssignments/{}" => [one(&POLICY_ASSIGNMENT)] |call| policy_assignments::get(call);
        GET "/policies/roleManagementPolicyAssignments/{}/policy" => [one(&POLICY)] |call| policy_assignments::policy(call);
    }

    root! { routes, Token:
        GET "/ephor/v1/me/roles" => [one(&MY_ROLES)] |call| ephor::roles::mine(call);
        POST "/ephor/v1/activations" => [many(&ACTIVATED).takes(&ACTIVATIONS)] |call| ephor::activations::make(call);
        POST "/ephor/v1/scheduleRequests/{}/decide" => [one(&ASSIGNMENT_REQUEST).takes(&DECISION)] |call| ephor::decisions::decide(call);
        GET "/ephor/v1/groups/discover" => [many(&CANDIDATE)] |call| ephor::groups::discover(call);
        POST "/ephor/v1/groups/manage" => [many(&MANAGED).takes(&MANAGE)] |call| ephor::groups::manage(call);
        GET "/ephor/v1/groups/{}/roles" => [many(&ROLE)] |call| ephor::roles::of_group(call);
        GET "/ephor/v1/settings" => [one(&SETTINGS)] |call| ephor::settings::get(call);
        PATCH "/ephor/v1/settings" => [one(&SETTINGS).takes(&SETTINGS)] |call| ephor::settings::change(call);
        GET "/ephor/v1/mail" => [many(&LETTER)] |call| ephor::mail::list(call);
        GET "/ephor/v1/groups/{}/policies/member" => [one(&BEYOND)] |call| ephor::policies::get(call, PolicyOf::Group(Member));
        PATCH "/ephor/v1/groups/{}/policies/member" => [one(&BEYOND).takes(&BEYOND_CHANGE)] |call| ephor::policies::change(call, PolicyOf::Group(Member));
        GET "/ephor/v1/groups/{}/policies/member/history" => [many(&VERSION)] |call| ephor::policies::history(call, PolicyOf::Group(Member));
        GET "/ephor/v1/groups/{}/policies/owner" => [one(&BEYOND)] |call| ephor::policies::get(call, PolicyOf::Group(Owner));
        PATCH "/ephor/v1/groups/{}/policies/owner" => [one(&BEYOND).takes(&BEYOND_CHANGE)] |call| ephor::policies::change(call, PolicyOf::Group(Owner));
        GET "/ephor/v1/groups/{}/policies/owner/history" => [many(&VERSION)] |call| ephor::policies::history(call, PolicyOf::Group(Owner));
        GET "/ephor/v1/roleDefinitions/{}/policy" => [one(&BEYOND)] |call| ephor::policies::get(call, PolicyOf::DirectoryRole);
        PATCH "/ephor/v1/roleDefinitions/{}/policy" => [one(&BEYOND).takes(&BEYOND_CHANGE)] |call| ephor::policies::change(call, PolicyOf::DirectoryRole);
        GET "/ephor/v1/roleDefinitions/{}/policy/history" => [many(&VERSION)] |call| ephor::policies::history(call, PolicyOf::DirectoryRole);
        GET "/ephor/v1/roleDefinitions/{}/access" => [one(&AS_OF)] |call| ephor::access::of_directory_role(call);
        GET "/ephor/v1/groups/{}/access" => [one(&AS_OF)] |call| ephor::access::of_group(call);
        GET "/ephor/v1/users/{}/access" => [one(&AS_OF)] |call| ephor::access::of_principal(call);
        GET "/ephor/v1/access/difference" => [one(&DIFFERENCE)] |call| ephor::access::difference(call);
        GET "/ephor/v1/audit" => [many(&ENTRY)] |call| ephor::audit::read(call);
    }
    root! { routes, Open:
        GET "/openapi.json" => |call| described::openapi(call);
        GET "/healthz" => |call| health::live(call);
        GET "/readyz" => |call| health::ready(call);
        GET "/version" => |call| health::version(call);
        GET "/metadata/endpoints" => |call| oauth::endpoints(call);
    }
    routes
}

/// The one route that only a demonstration has.
fn clock() -> Route {
    let mut routes = Vec::new();
    root! { routes, Loopback:
        POST "/demo/clock" => [one(&CLOCK).takes(&ADVANCE)] |call| ephor::move_clock(call);
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
