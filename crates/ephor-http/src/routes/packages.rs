//! The addresses of access packages.

use http::Method;

use super::{Area, Entry, Route};
use crate::error::Family;
use crate::graph::packages;
use crate::graph::packages::catalogs::Counted;
use crate::graph::packages::contents::With;
use crate::told::{count, done, made, many, one};
use crate::wire::approval::{APPROVAL, STAGE};
use crate::wire::group::GROUP;
use crate::wire::package::members::{
    ASKED_ASSIGNMENT, ASSIGNMENT, BETA_CATALOG, BETA_POLICY, BETA_RESOURCE, BETA_RESOURCE_REQUEST,
    BETA_ROLE_SCOPE, CATALOG, ENVIRONMENT, ORGANIZATION, PACKAGE, PLAIN_CATALOG, PLAIN_PACKAGE,
    PLAIN_POLICY, PLAIN_RESOURCE, POLICY as PACKAGE_POLICY, QUESTION, REPAIRED, REQUEST,
    REQUIREMENTS, RESOURCE as PACKAGE_RESOURCE, RESOURCE_REQUEST, ROLE as PACKAGE_ROLE,
    ROLE_ASSIGNMENT, ROLE_DEFINITION, ROLE_SCOPE, SCOPE as PACKAGE_SCOPE, SETTINGS, SUBJECT,
    WARNING,
};
use crate::wire::reference::REFERENCE;

macro_rules! em {
    ($($part:expr),*) => { concat!("/identityGovernance/entitlementManagement/", $($part),*) };
}
macro_rules! em_roles {
    ($($part:expr),*) => { concat!("/roleManagement/entitlementManagement/", $($part),*) };
}

/// What of packages goes by one name in `/v1.0` and by another in `/beta`; both answer under either.
macro_rules! renamed_of_packages {
    ($routes:ident, $catalogs:literal, $policies:literal, $requests:literal, $assignments:literal, $resources:literal, $resource_requests:literal, $scopes:literal,
     $catalog:expr, $policy:expr, $plain_policy:expr, $resource:expr, $resource_request:expr, $scope:expr) => {
        graph! { $routes, Packages:
            GET em!($catalogs) => [many($catalog)] |call| packages::catalogs::list(call);
            POST em!($catalogs) => [made($catalog).takes($catalog)] |call| packages::catalogs::create(call);
            GET em!($catalogs, "/$count") => [count()] |call| packages::catalogs::count(call);
            GET em!($catalogs, "/{}") => [one($catalog)] |call| packages::catalogs::get(call);
            PATCH em!($catalogs, "/{}") => [done().takes($catalog)] |call| packages::catalogs::change(call);
            DELETE em!($catalogs, "/{}") => [done()] |call| packages::catalogs::delete(call);
            GET em!($catalogs, "/{}/accessPackages") => [many(&PACKAGE)] |call| packages::contents::of_catalog(call);
            GET em!("accessPackages/{}/", $policies) => [many($plain_policy)] |call| packages::contents::policies(call);
            GET em!($catalogs, "/{}/", $resources) => [many($resource)] |call| packages::catalogs::resources(call);
            GET em!($resource_requests) => [many($resource_request)] |call| packages::catalogs::requests(call);
            GET em!($resource_requests, "/$count") => [count()] |call| packages::catalogs::count_requests(call);
            GET em!($resource_requests, "/{}") => [one($resource_request)] |call| packages::catalogs::get_request(call);
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
            GET em!($requests, "/$count") => [count()] |call| packages::requests::count(call);
            GET em!($requests, "/{}") => [one(&REQUEST)] |call| packages::requests::get(call);
            DELETE em!($requests, "/{}") => [done()] |call| packages::requests::delete(call);
            GET em!($requests, "/{}/accessPackage") => [one(&PLAIN_PACKAGE)] |call| packages::requests::related(call, "accessPackage");
            GET em!($requests, "/{}/requestor") => [one(&SUBJECT)] |call| packages::requests::related(call, "requestor");
            POST em!($requests, "/{}/cancel") => [done().takes_nothing()] |call| packages::requests::cancel(call);
            POST em!($requests, "/{}/reprocess") => [done().takes_nothing()] |call| packages::requests::reprocess(call);
            GET em!($assignments) => [many(&ASSIGNMENT)] |call| packages::assignments::list(call);
            GET em!($assignments, "/$count") => [count()] |call| packages::assignments::count(call);
            GET em!($assignments, "/filterByCurrentUser/{}") => [many(&ASSIGNMENT)] |call| packages::assignments::mine(call);
            GET em!($assignments, "/additionalAccess/{}/{}") => [many(&ASSIGNMENT)] |call| packages::assignments::additional(call);
            GET em!($assignments, "/{}") => [one(&ASSIGNMENT)] |call| packages::assignments::get(call);
            GET em!($assignments, "/{}/accessPackage") => [one(&PLAIN_PACKAGE)] |call| packages::assignments::related(call, "accessPackage");
            GET em!($assignments, "/{}/target") => [one(&SUBJECT)] |call| packages::assignments::related(call, "target");
            POST em!($assignments, "/{}/reprocess") => [done().takes_nothing()] |call| packages::assignments::reprocess(call);
        }
    };
}

/// Adds them.
pub(super) fn add(routes: &mut Vec<Route>) {
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
        &PLAIN_POLICY,
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
        GET em!("settings") => [one(&SETTINGS)] |call| packages::settings::get(call);
        PATCH em!("settings") => [done().takes(&SETTINGS)] |call| packages::settings::change(call);
        GET em!("connectedOrganizations") => [many(&ORGANIZATION)] |call| packages::none(call, "connectedOrganizations", &ORGANIZATION);
        GET em!("resourceEnvironments") => [many(&ENVIRONMENT)] |call| packages::none(call, "resourceEnvironments", &ENVIRONMENT);
        GET em!("assignments/{}/assignmentPolicy") => [one(&PLAIN_POLICY)] |call| packages::assignments::related(call, "assignmentPolicy");
        GET em!("assignmentRequests/{}/assignment") => [one(&ASKED_ASSIGNMENT)] |call| packages::requests::related(call, "assignment");
        GET em!("assignmentPolicies/{}/accessPackage") => [one(&PLAIN_PACKAGE)] |call| packages::policies::related(call, "accessPackage");
        GET em!("assignmentPolicies/{}/catalog") => [one(&PLAIN_CATALOG)] |call| packages::policies::related(call, "catalog");
        GET em!("assignmentPolicies/{}/questions") => [many(&QUESTION)] |call| packages::policies::questions(call);
        GET em!("resourceRequests/{}/catalog") => [one(&PLAIN_CATALOG)] |call| packages::catalogs::related(call, "catalog");
        GET em!("resourceRequests/{}/resource") => [one(&PLAIN_RESOURCE)] |call| packages::catalogs::related(call, "resource");
        GET em!("catalogs/{}/resources/$count") => [count()] |call| packages::catalogs::count_in(call, Counted::Resources);
        GET em!("catalogs/{}/resources/{}") => [one(&PACKAGE_RESOURCE)] |call| packages::catalogs::get_resource(call);
        GET em!("catalogs/{}/resources/{}/roles") => [many(&PACKAGE_ROLE)] |call| packages::catalogs::parts(call, "roles");
        GET em!("catalogs/{}/resources/{}/scopes") => [many(&PACKAGE_SCOPE)] |call| packages::catalogs::parts(call, "scopes");
        POST em!("catalogs/{}/resources/{}/refresh") => [done().takes_nothing()] |call| packages::catalogs::refresh(call);
        GET em!("catalogs/{}/resourceRoles/$count") => [count()] |call| packages::catalogs::count_in(call, Counted::Roles);
        GET em!("catalogs/{}/resourceScopes") => [many(&PACKAGE_SCOPE)] |call| packages::catalogs::resource_scopes(call);
        GET em!("catalogs/{}/resourceScopes/$count") => [count()] |call| packages::catalogs::count_in(call, Counted::Scopes);
        GET em!("catalogs/{}/accessPackages/$count") => [count()] |call| packages::contents::count_of_catalog(call);
        GET em!("catalogs/{}/accessPackages/{}") => [one(&PACKAGE)] |call| packages::contents::get_of_catalog(call);
        GET em!("accessPackages/{}/catalog") => [one(&PLAIN_CATALOG)] |call| packages::contents::catalog(call);
        GET em!("accessPackages/{}/assignmentPolicies/$count") => [count()] |call| packages::contents::count_part(call, "assignmentPolicies", &PLAIN_POLICY);
        GET em!("accessPackages/{}/resourceRoleScopes/$count") => [count()] |call| packages::contents::count_part(call, "resourceRoleScopes", &ROLE_SCOPE);
        GET em!("accessPackages/{}/incompatibleAccessPackages/$count") => [count()] |call| packages::contents::count_part(call, "incompatibleAccessPackages", &PLAIN_PACKAGE);
        GET em!("accessPackages/{}/accessPackagesIncompatibleWith/$count") => [count()] |call| packages::contents::count_part(call, "accessPackagesIncompatibleWith", &PLAIN_PACKAGE);
        GET em!("accessPackages/{}/incompatibleGroups/$count") => [count()] |call| packages::contents::count_part(call, "incompatibleGroups", &GROUP);
        GET em!("resources/$count") => [count()] |call| packages::catalogs::count_resources(call);
        GET em!("catalogs/{}/resourceRoles") => [many(&PACKAGE_ROLE)] |call| packages::catalogs::resource_roles(call);
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
        GET em_roles!("roleDefinitions/$count") => [count()] |call| packages::delegation::count_definitions(call);
        GET em_roles!("roleAssignments/$count") => [count()] |call| packages::delegation::count(call);
        GET em_roles!("roleAssignments/{}/roleDefinition") => [one(&ROLE_DEFINITION)] |call| packages::delegation::definition_of(call);
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
