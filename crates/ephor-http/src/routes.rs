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
use ephor_ops::directory::Reach::{Direct, Transitive};
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
use crate::ephor::policies::{BEYOND, BEYOND_CHANGE, VERSION};
use crate::ephor::roles::{MY_ROLES, ROLE};
use crate::ephor::settings::SETTINGS;
use crate::ephor::{ADVANCE, CLOCK};
use crate::error::{Family, HttpError};
use crate::graph::authentication::Asked::{All, Authenticators, Passkeys, Password};
use crate::graph::authentication::Whose::{Mine, Somebodys};
use crate::graph::directory_objects::IDS;
use crate::graph::member_of::{ALL_OR_SECURITY, CHECKED, Of};
use crate::graph::organization::{DOMAIN, ORGANIZATION};
use crate::graph::packages::contents::With;
use crate::graph::resources::RESOURCE;
use crate::graph::{
    approvals, authentication, deleted_items, directory_audits, directory_objects, groups,
    member_of, members, organization, packages, policies, policy_assignments, resources,
    schedule_requests, schedules, users,
};
use crate::options::Demonstration;
use crate::told::{Gives, Takes, Told, count, document, done, made, many, one, xml};
use crate::wire::approval::{APPROVAL, STAGE};
use crate::wire::audit::AUDIT;
use crate::wire::group::{GROUP, GROUP_CHANGE, NEW_GROUP};
use crate::wire::object::{DELETED, OBJECT};
use crate::wire::package::members::{
    ASSIGNMENT, BETA_CATALOG, BETA_POLICY, BETA_RESOURCE, BETA_RESOURCE_REQUEST, BETA_ROLE_SCOPE,
    CATALOG, PACKAGE, PLAIN_PACKAGE, PLAIN_POLICY, POLICY as PACKAGE_POLICY, REPAIRED, REQUEST,
    REQUIREMENTS, RESOURCE as PACKAGE_RESOURCE, RESOURCE_REQUEST, ROLE as PACKAGE_ROLE,
    ROLE_ASSIGNMENT, ROLE_DEFINITION, ROLE_SCOPE, SCOPE as PACKAGE_SCOPE, WARNING,
};
use crate::wire::policy::{POLICY, POLICY_ASSIGNMENT, POLICY_CHANGE, RULE};
use crate::wire::reference::REFERENCE;
use crate::wire::request::ASSIGNMENT_REQUEST;
use crate::wire::user::{NEW_USER, USER, USER_CHANGE};
use crate::wire::{request, schedule};
use crate::{batch, described, ephor, health};

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

    /// All of them.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
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
    let table = Table::new(Some(Demonstration));
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
            GET concat!("/groups/{}/", $name, "/$count") => [count()] |call| members::count(call, $access);
            GET concat!("/groups/{}/", $name, "/user") => [many(&OBJECT)] |call| members::list(call, $access, Some(User));
            GET concat!("/groups/{}/", $name, "/group") => [many(&OBJECT)] |call| members::list(call, $access, Some(PrincipalKind::Group));
            GET concat!("/groups/{}/", $name, "/servicePrincipal") => [many(&OBJECT)] |call| members::list(call, $access, Some(ServicePrincipal));
            POST concat!("/groups/{}/", $name, "/$ref") => [done().takes(&REFERENCE)] |call| members::add(call, $access);
            DELETE concat!("/groups/{}/", $name, "/$ref") => [done()] |call| members::remove_by_address(call, $access);
            GET concat!("/groups/{}/", $name, "/{}") => [one(&OBJECT)] |call| members::get(call, $access);
            DELETE concat!("/groups/{}/", $name, "/{}/$ref") => [done()] |call| members::remove(call, $access);
        }
    };
}

/// The groups that somebody is in.
macro_rules! member_of {
    ($routes:ident, $base:literal, $of:expr) => {
        graph! { $routes, Directory:
            GET concat!($base, "/memberOf") => [many(&GROUP)] |call| member_of::list(call, $of, Direct);
            GET concat!($base, "/memberOf/$count") => [count()] |call| member_of::count(call, $of, Direct);
            GET concat!($base, "/memberOf/group") => [many(&GROUP)] |call| member_of::list(call, $of, Direct);
            GET concat!($base, "/memberOf/group/$count") => [count()] |call| member_of::count(call, $of, Direct);
            GET concat!($base, "/transitiveMemberOf") => [many(&GROUP)] |call| member_of::list(call, $of, Transitive);
            GET concat!($base, "/transitiveMemberOf/$count") => [count()] |call| member_of::count(call, $of, Transitive);
            GET concat!($base, "/transitiveMemberOf/group") => [many(&GROUP)] |call| member_of::list(call, $of, Transitive);
            GET concat!($base, "/transitiveMemberOf/group/$count") => [count()] |call| member_of::count(call, $of, Transitive);
        }
    };
}

/// Whether somebody is in some groups, and all they are in.
macro_rules! member_checks {
    ($routes:ident, $base:literal, $of:expr) => {
        graph! { $routes, Directory:
            POST concat!($base, "/checkMemberGroups") => [document().takes(&CHECKED)] |call| member_of::check(call, $of, "groupIds");
            POST concat!($base, "/checkMemberObjects") => [document().takes(&CHECKED)] |call| member_of::check(call, $of, "ids");
            POST concat!($base, "/getMemberGroups") => [document().takes(&ALL_OR_SECURITY)] |call| member_of::get(call, $of);
            POST concat!($base, "/getMemberObjects") => [document().takes(&ALL_OR_SECURITY)] |call| member_of::get(call, $of);
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
            GET pim!($name) => [many(schedule::members($kind, $view))] |call| schedules::list(call, $kind, $view);
            GET pim!($name, "/$count") => [count()] |call| schedules::count(call, $kind, $view);
            GET pim!($name, "/filterByCurrentUser/{}") => [many(schedule::members($kind, $view))] |call| schedules::mine(call, $kind, $view);
            GET pim!($name, "/{}") => [one(schedule::members($kind, $view))] |call| schedules::get(call, $kind, $view);
            GET pim!($name, "/{}/group") => [one(&GROUP)] |call| schedules::group(call, $kind, $view);
            GET pim!($name, "/{}/principal") => [one(&OBJECT)] |call| schedules::principal(call, $kind, $view);
        }
    };
}

/// A collection of requests.
macro_rules! requests {
    ($routes:ident, $name:literal, $kind:expr) => {
        graph! { $routes, Schedules:
            GET pim!($name) => [many(request::members($kind))] |call| schedule_requests::list(call, $kind);
            POST pim!($name) => [made(request::members($kind)).takes(request::members($kind))] |call| schedule_requests::create(call, $kind);
            GET pim!($name, "/$count") => [count()] |call| schedule_requests::count(call, $kind);
            GET pim!($name, "/filterByCurrentUser/{}") => [many(request::members($kind))] |call| schedule_requests::mine(call, $kind);
            GET pim!($name, "/{}") => [one(request::members($kind))] |call| schedule_requests::get(call, $kind);
            GET pim!($name, "/{}/group") => [one(&GROUP)] |call| schedule_requests::group(call, $kind);
            GET pim!($name, "/{}/principal") => [one(&OBJECT)] |call| schedule_requests::principal(call, $kind);
            GET pim!($name, "/{}/targetSchedule") => [one(schedule::members($kind, Schedules))] |call| schedule_requests::target(call, $kind);
        }
        graph! { $routes, Schedules:
            POST pim!($name, "/{}/cancel") => [done().takes_nothing()] |call| schedule_requests::cancel(call, $kind);
        }
    };
}

/// The stages of an approval, which `/beta` calls steps; each version takes both.
macro_rules! approvals {
    ($routes:ident, $name:literal) => {
        graph! { $routes, Approvals:
            GET pim!("assignmentApprovals/{}/", $name) => [many(&STAGE)] |call| approvals::stages(call);
            GET pim!("assignmentApprovals/{}/", $name, "/$count") => [count()] |call| approvals::count_stages(call);
            GET pim!("assignmentApprovals/{}/", $name, "/{}") => [one(&STAGE)] |call| approvals::stage_of(call);
            PATCH pim!("assignmentApprovals/{}/", $name, "/{}") => [done().takes(&STAGE)] |call| approvals::decide(call);
        }
    };
}

macro_rules! em {
    ($($part:expr),*) => { concat!("/identityGovernance/entitlementManagement/", $($part),*) };
}
macro_rules! em_roles {
    ($($part:expr),*) => { concat!("/roleManagement/entitlementManagement/", $($part),*) };
}

/// What of packages goes by one name in `/v1.0` and by another in `/beta`; both answer under either.
macro_rules! renamed_of_packages {
    ($routes:ident, $catalogs:literal, $policies:literal, $requests:literal, $assignments:literal, $resources:literal, $resource_requests:literal, $scopes:literal,
     $catalog:expr, $policy:expr, $resource:expr, $resource_request:expr, $scope:expr) => {
        graph! { $routes, Packages:
            GET em!($catalogs) => [many($catalog)] |call| packages::catalogs::list(call);
            POST em!($catalogs) => [made($catalog).takes($catalog)] |call| packages::catalogs::create(call);
            GET em!($catalogs, "/$count") => [count()] |call| packages::catalogs::count(call);
            GET em!($catalogs, "/{}") => [one($catalog)] |call| packages::catalogs::get(call);
            PATCH em!($catalogs, "/{}") => [done().takes($catalog)] |call| packages::catalogs::change(call);
            DELETE em!($catalogs, "/{}") => [done()] |call| packages::catalogs::delete(call);
            GET em!($catalogs, "/{}/", $resources) => [many($resource)] |call| packages::catalogs::resources(call);
            POST em!($resource_requests) => [made($resource_request).takes($resource_request)] |call| packages::catalogs::request(call);
            GET em!("accessPackages/{}/", $scopes) => [many($scope)] |call| packages::contents::roles(call);
            POST em!("accessPackages/{}/", $scopes) => [made($scope).takes($scope)] |call| packages::contents::add_role(call);
            DELETE em!("accessPackages/{}/", $scopes, "/{}") => [done()] |call| packages::contents::remove_role(call);
            GET em!($policies) => [many($policy)] |call| packages::policies::list(call);
            POST em!($policies) => [made($policy).takes($policy)] |call| packages::policies::create(call);
            GET em!($policies, "/$count") => [count()] |call| packages::policies::count(call);
            GET em!($policies, "/{}") => [one($policy)] |call| packages::policies::get(call);
            PUT em!($policies, "/{}") => [one($policy).takes($policy)] |call| packages::policies::replace(call);
            DELETE em!($policies, "/{}") => [done()] |call| packages::policies::delete(call);
            GET em!($requests) => [many(&REQUEST)] |call| packages::requests::list(call);
            POST em!($requests) => [made(&REQUEST).takes(&REQUEST)] |call| packages::requests::create(call);
            GET em!($requests, "/filterByCurrentUser/{}") => [many(&REQUEST)] |call| packages::requests::mine(call);
            GET em!($requests, "/{}") => [one(&REQUEST)] |call| packages::requests::get(call);
            POST em!($requests, "/{}/cancel") => [done().takes_nothing()] |call| packages::requests::cancel(call);
            POST em!($requests, "/{}/reprocess") => [done().takes_nothing()] |call| packages::requests::reprocess(call);
            GET em!($assignments) => [many(&ASSIGNMENT)] |call| packages::assignments::list(call);
            GET em!($assignments, "/$count") => [count()] |call| packages::assignments::count(call);
            GET em!($assignments, "/filterByCurrentUser/{}") => [many(&ASSIGNMENT)] |call| packages::assignments::mine(call);
            GET em!($assignments, "/{}") => [one(&ASSIGNMENT)] |call| packages::assignments::get(call);
            POST em!($assignments, "/{}/reprocess") => [done().takes_nothing()] |call| packages::assignments::reprocess(call);
        }
    };
}

/// Access packages.
fn of_packages(routes: &mut Vec<Route>) {
    renamed_of_packages!(
        routes,
        "catalogs",
        "assignmentPolicies",
        "assignmentRequests",
        "assignments",
        "resources",
        "resourceRequests",
        "resourceRoleScopes",
        &CATALOG,
        &PACKAGE_POLICY,
        &PACKAGE_RESOURCE,
        &RESOURCE_REQUEST,
        &ROLE_SCOPE
    );
    let mut beta = Vec::new();
    renamed_of_packages!(
        beta,
        "accessPackageCatalogs",
        "accessPackageAssignmentPolicies",
        "accessPackageAssignmentRequests",
        "accessPackageAssignments",
        "accessPackageResources",
        "accessPackageResourceRequests",
        "accessPackageResourceRoleScopes",
        &BETA_CATALOG,
        &BETA_POLICY,
        &BETA_RESOURCE,
        &BETA_RESOURCE_REQUEST,
        &BETA_ROLE_SCOPE
    );
    routes.extend(beta.into_iter().map(|route| Route {
        area: Area::Beta,
        ..route
    }));
    graph! { routes, Packages:
        GET em!("catalogs/{}/resourceRoles") => [many(&PACKAGE_ROLE)] |call| packages::catalogs::resource_roles(call);
        GET em!("catalogs/{}/accessPackages") => [many(&PACKAGE)] |call| packages::contents::of_catalog(call);
        GET em!("resources") => [many(&PACKAGE_RESOURCE)] |call| packages::catalogs::all_resources(call);
        GET em!("resources/{}") => [one(&PACKAGE_RESOURCE)] |call| packages::catalogs::get_resource(call);
        GET em!("resources/{}/roles") => [many(&PACKAGE_ROLE)] |call| packages::catalogs::parts(call, "roles");
        GET em!("resources/{}/scopes") => [many(&PACKAGE_SCOPE)] |call| packages::catalogs::parts(call, "scopes");
        POST em!("resources/{}/refresh") => [done().takes_nothing()] |call| packages::catalogs::refresh(call);
        GET em!("accessPackages") => [many(&PACKAGE)] |call| packages::contents::list(call);
        POST em!("accessPackages") => [made(&PACKAGE).takes(&PACKAGE)] |call| packages::contents::create(call);
        GET em!("accessPackages/$count") => [count()] |call| packages::contents::count(call);
        GET em!("accessPackages/filterByCurrentUser/{}") => [many(&PACKAGE)] |call| packages::contents::mine(call);
        GET em!("accessPackages/{}") => [one(&PACKAGE)] |call| packages::contents::get(call);
        PATCH em!("accessPackages/{}") => [done().takes(&PACKAGE)] |call| packages::contents::change(call);
        DELETE em!("accessPackages/{}") => [done()] |call| packages::contents::delete(call);
        GET em!("accessPackages/{}/assignmentPolicies") => [many(&PLAIN_POLICY)] |call| packages::contents::policies(call);
        POST em!("accessPackages/{}/getApplicablePolicyRequirements") => [many(&REQUIREMENTS).takes_nothing()] |call| packages::contents::applicable(call);
        GET em!("accessPackages/{}/accessPackagesIncompatibleWith") => [many(&PLAIN_PACKAGE)] |call| packages::contents::incompatible_with(call);
        GET em!("accessPackages/{}/incompatibleAccessPackages") => [many(&PLAIN_PACKAGE)] |call| packages::contents::incompatible_packages(call);
        POST em!("accessPackages/{}/incompatibleAccessPackages/$ref") => [done().takes(&REFERENCE)] |call| packages::contents::shun(call, With::Packages);
        DELETE em!("accessPackages/{}/incompatibleAccessPackages/{}/$ref") => [done()] |call| packages::contents::unshun(call, With::Packages);
        GET em!("accessPackages/{}/incompatibleGroups") => [many(&GROUP)] |call| packages::contents::incompatible_groups(call);
        POST em!("accessPackages/{}/incompatibleGroups/$ref") => [done().takes(&REFERENCE)] |call| packages::contents::shun(call, With::Groups);
        DELETE em!("accessPackages/{}/incompatibleGroups/{}/$ref") => [done()] |call| packages::contents::unshun(call, With::Groups);
        GET em!("accessPackageAssignmentApprovals/filterByCurrentUser/{}") => [many(&APPROVAL)] |call| packages::approvals::mine(call);
        GET em!("accessPackageAssignmentApprovals/{}") => [one(&APPROVAL)] |call| packages::approvals::get(call);
        GET em!("accessPackageAssignmentApprovals/{}/stages") => [many(&STAGE)] |call| packages::approvals::stages(call);
        GET em!("accessPackageAssignmentApprovals/{}/stages/{}") => [one(&STAGE)] |call| packages::approvals::stage(call);
        PATCH em!("accessPackageAssignmentApprovals/{}/stages/{}") => [done().takes(&STAGE)] |call| packages::approvals::decide(call);
        GET em_roles!("roleDefinitions") => [many(&ROLE_DEFINITION)] |call| packages::delegation::definitions(call);
        GET em_roles!("roleDefinitions/{}") => [one(&ROLE_DEFINITION)] |call| packages::delegation::definition(call);
        GET em_roles!("roleAssignments") => [many(&ROLE_ASSIGNMENT)] |call| packages::delegation::list(call);
        POST em_roles!("roleAssignments") => [made(&ROLE_ASSIGNMENT).takes(&ROLE_ASSIGNMENT)] |call| packages::delegation::create(call);
        GET em_roles!("roleAssignments/{}") => [one(&ROLE_ASSIGNMENT)] |call| packages::delegation::get(call);
        DELETE em_roles!("roleAssignments/{}") => [done()] |call| packages::delegation::delete(call);
    }
    root! { routes, Token:
        GET "/ephor/v1/packages/{}/lifecycle" => [many(&WARNING)] |call| packages::assignments::lifecycle(call);
        GET "/ephor/v1/groups/{}/lifecycle" => [many(&WARNING)] |call| packages::assignments::lifecycle_of_group(call);
        POST "/ephor/v1/packages/{}/repair" => [one(&REPAIRED).takes_nothing()] |call| packages::assignments::repair(call);
    }
}

fn all() -> Vec<Route> {
    let mut routes = Vec::new();
    of_packages(&mut routes);
    graph! { routes, Directory:
        GET "/me" => [one(&USER)] |call| users::me(call);
        GET "/users" => [many(&USER)] |call| users::list(call);
        POST "/users" => [made(&USER).takes(&NEW_USER)] |call| users::create(call);
        GET "/users/$count" => [count()] |call| users::count(call);
        GET "/users/{}" => [one(&USER)] |call| users::get(call);
        PATCH "/users/{}" => [done().takes(&USER_CHANGE)] |call| users::change(call);
        DELETE "/users/{}" => [done()] |call| users::delete(call);
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
        GET "/groups/{}/transitiveMembers/$count" => [count()] |call| members::count_transitive(call);
        GET "/groups/{}/transitiveMembers/user" => [many(&OBJECT)] |call| members::list_transitive(call, Some(User));
        GET "/groups/{}/transitiveMembers/group" => [many(&OBJECT)] |call| members::list_transitive(call, Some(PrincipalKind::Group));
        GET "/groups/{}/transitiveMembers/servicePrincipal" => [many(&OBJECT)] |call| members::list_transitive(call, Some(ServicePrincipal));
        POST "/directoryObjects/getByIds" => [many(&OBJECT).takes(&IDS)] |call| directory_objects::by_ids(call);
        GET "/directoryObjects/{}" => [one(&OBJECT)] |call| directory_objects::get(call);
    }
    member_of!(routes, "/me", Of::Me);
    member_of!(routes, "/users/{}", Of::User);
    member_of!(routes, "/groups/{}", Of::Group);
    member_checks!(routes, "/me", Of::Me);
    member_checks!(routes, "/users/{}", Of::User);
    member_checks!(routes, "/groups/{}", Of::Group);
    member_checks!(routes, "/directoryObjects/{}", Of::Object);
    graph! { routes, Directory:
        GET "/organization" => [many(&ORGANIZATION)] |call| organization::list(call);
        GET "/organization/{}" => [one(&ORGANIZATION)] |call| organization::get(call);
        GET "/domains" => [many(&DOMAIN)] |call| organization::domains(call);
        GET "/domains/{}" => [one(&DOMAIN)] |call| organization::get_domain(call);
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
        GET pim!("assignmentSchedules/{}/activatedUsing") => [one(schedule::members(Eligible, Schedules))] |call| schedules::activated_using(call, Schedules);
        GET pim!("assignmentScheduleInstances/{}/activatedUsing") => [one(schedule::members(Eligible, Instances))] |call| schedules::activated_using(call, Instances);
        GET pim!("assignmentScheduleRequests/{}/activatedUsing") => [one(schedule::members(Eligible, Schedules))] |call| schedule_requests::activated_using(call);
    }

    approvals!(routes, "stages");
    approvals!(routes, "steps");
    graph! { routes, Approvals:
        GET pim!("assignmentApprovals/filterByCurrentUser/{}") => [many(&APPROVAL)] |call| approvals::mine(call);
        GET pim!("assignmentApprovals/{}") => [one(&APPROVAL)] |call| approvals::get(call);
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

    graph! { routes, Other:
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
        GET "/ephor/v1/groups/{}/policies/member" => [one(&BEYOND)] |call| ephor::policies::get(call, Member);
        PATCH "/ephor/v1/groups/{}/policies/member" => [one(&BEYOND).takes(&BEYOND_CHANGE)] |call| ephor::policies::change(call, Member);
        GET "/ephor/v1/groups/{}/policies/member/history" => [many(&VERSION)] |call| ephor::policies::history(call, Member);
        GET "/ephor/v1/groups/{}/policies/owner" => [one(&BEYOND)] |call| ephor::policies::get(call, Owner);
        PATCH "/ephor/v1/groups/{}/policies/owner" => [one(&BEYOND).takes(&BEYOND_CHANGE)] |call| ephor::policies::change(call, Owner);
        GET "/ephor/v1/groups/{}/policies/owner/history" => [many(&VERSION)] |call| ephor::policies::history(call, Owner);
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
