//! A request that is right in every way, for each route: what walks over all routes send.

use ephor_http::RouteInfo;
use serde_json::{Value, json};

use crate::packages::{EM, Made, policy};
use crate::support::{World, pim};

/// The things that examples name: Ada is eligible for `prod-admins`, has activated it, and owns it; Bob waits
/// for Carol's approval in `readers`.
pub(crate) struct Examples<'a> {
    world: &'a World,
    policy: String,
    eligibility: String,
    activation: String,
    eligibility_request: String,
    activation_request: String,
    waiting: String,
    audit: String,
    deleted_group: String,
    deleted_user: String,
    package: Made,
    package_request: String,
    package_stage: String,
    package_assignment: String,
    other_package: String,
    catalog_role: String,
}

/// A group and a user that were deleted.
async fn delete_two(world: &World) -> (String, String) {
    let group = json!({
        "displayName": "gone", "mailEnabled": false, "mailNickname": "gone", "securityEnabled": true,
    });
    let user = json!({
        "accountEnabled": true, "displayName": "Dora", "mailNickname": "dora",
        "userPrincipalName": "dora@contoso.example",
        "passwordProfile": {"password": "correct horse battery"},
    });
    let mut ids = Vec::new();
    for (path, body) in [("/v1.0/groups", group), ("/v1.0/users", user)] {
        let made = world.admin().post(path, &body).await.expect(201).json();
        let id = made["id"].as_str().unwrap().to_owned();
        let path = format!("{path}/{id}");
        world.admin().delete(&path).await.expect(204);
        ids.push(id);
    }
    (ids.remove(0), ids.remove(0))
}

impl<'a> Examples<'a> {
    /// Makes what the examples name.
    pub(crate) async fn of(world: &'a World) -> Self {
        let (group, ada) = (world.group("prod-admins"), world.person("ada"));
        let eligible = world.make_eligible("ada", "prod-admins").await.json();
        let active = world.activate("ada", "prod-admins").await.json();
        let ada = json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{ada}")});
        let owners = format!("/v1.0/groups/{group}/owners/$ref");
        world.admin().post(&owners, &ada).await.expect(204);
        world.ask_for_approval("readers", &["carol"]).await;
        world.make_eligible("bob", "readers").await;
        let waiting = world.activate("bob", "readers").await.json();
        let audits = "/v1.0/auditLogs/directoryAudits?$top=1";
        let audit = world.admin().get(audits).await.expect(200);
        let scope = format!("scopeId eq '{group}' and scopeType eq 'Group'");
        let policies = format!("/v1.0/policies/roleManagementPolicies?$filter={scope}");
        let text = |object: &Value, name: &str| object[name].as_str().unwrap().to_owned();
        let (deleted_group, deleted_user) = delete_two(world).await;
        let package = world.make_package().await;
        let package_request = text(&world.ask_for_package("bob", &package).await.json(), "id");
        let stages = format!("{EM}/accessPackageAssignmentApprovals/{package_request}/stages");
        let package_stage = world.as_person("carol").get(&stages).await.expect(200);
        let give = json!({"requestType": "adminAdd", "assignment": {
            "targetId": world.person("ada"), "accessPackageId": package.package, "assignmentPolicyId": package.policy,
        }});
        let requests = format!("{EM}/assignmentRequests");
        world.admin().post(&requests, &give).await.expect(201);
        let assignments = world
            .admin()
            .get(&format!("{EM}/assignments"))
            .await
            .expect(200);
        let other = json!({"displayName": "Other", "catalog": {"id": package.catalog}});
        let other = world
            .admin()
            .post(&format!("{EM}/accessPackages"), &other)
            .await
            .expect(201);
        let roles = "/v1.0/roleManagement/entitlementManagement/roleAssignments";
        let catalog_role = world.admin().get(roles).await.expect(200);
        Self {
            package_stage: package_stage.each("id").remove(0),
            package_assignment: assignments.each("id").remove(0),
            other_package: text(&other.json(), "id"),
            catalog_role: catalog_role.each("id").remove(0),
            package,
            package_request,
            world,
            policy: world
                .admin()
                .get(&policies)
                .await
                .expect(200)
                .each("id")
                .remove(0),
            eligibility: text(&eligible, "targetScheduleId"),
            activation: text(&active, "targetScheduleId"),
            eligibility_request: text(&eligible, "id"),
            activation_request: text(&active, "id"),
            waiting: text(&waiting, "id"),
            audit: audit.each("id").remove(0),
            deleted_group,
            deleted_user,
        }
    }

    /// The address and the body of an example.
    pub(crate) fn request(&self, route: &RouteInfo) -> (String, Option<Value>) {
        (self.address(route), self.body(route))
    }

    /// The address of the stage that waits for Carol.
    pub(crate) fn approval(&self) -> String {
        pim(&format!("assignmentApprovals/{0}/stages/{0}", self.waiting))
    }

    fn address(&self, route: &RouteInfo) -> String {
        let (group, ada) = (self.world.group("prod-admins"), self.world.person("ada"));
        let mut path = route.path.clone();
        let at = |name: &str| route.path.starts_with(&pim(name));
        let mut put = |with: &str| path = path.replacen("{}", with, 1);
        match &route.path {
            path if path.contains("/entitlementManagement/") || path.contains("/v1/packages/") => {
                for id in self.of_packages(path, &group) {
                    put(&id);
                }
            }
            path if path.contains("Approvals/filterByCurrentUser") => put("approver"),
            path if path.contains("filterByCurrentUser") => put("principal"),
            path if path.contains("Approvals/") => {
                put(&self.waiting);
                put(&self.waiting);
            }
            path if path.contains("/domains/") => put("contoso.example"),
            path if path.contains("/organization/") => put(self.world.tenant()),
            path if path.contains("/deletedItems/") => put(&self.deleted_group),
            path if path.ends_with("/users/{}/restore") => put(&self.deleted_user),
            path if path.ends_with("/groups/{}/restore") => put(&self.deleted_group),
            path if path.contains("resources/") => put(&group),
            path if path.contains("directoryAudits/") => put(&self.audit),
            path if path.contains("/scheduleRequests/") => put(&self.waiting),
            path if path.contains("PolicyAssignments/") => put(&format!("{}_member", self.policy)),
            path if path.contains("Policies/") => {
                put(&self.policy);
                put("Expiration_EndUser_Assignment");
            }
            _ if at("eligibilityScheduleRequests") => put(&self.eligibility_request),
            _ if at("assignmentScheduleRequests") => put(&self.activation_request),
            _ if at("eligibilitySchedule") => put(&self.eligibility),
            _ if at("assignmentSchedule") => put(&self.activation),
            path if path.contains("/authentication/") => {
                put(&ada);
                put(&ada);
            }
            path if path.contains("/users/") || path.contains("/directoryObjects/") => put(&ada),
            path if path.contains("/groups/") => {
                put(&group);
                put(&ada);
            }
            _ => {}
        }
        assert!(!path.contains("{}"), "{path}: an example is missing here");
        if path == "/ephor/v1/access/difference" {
            path.push_str("?from=2026-11-21T08:00:00Z");
        }
        let is_list = path.ends_with('s') || path.ends_with("$count");
        if route.method == "GET" && path.contains("Schedule") && is_list {
            path.push_str(&format!("?$filter=groupId eq '{group}'"));
        } else if route.method == "GET"
            && path.contains("/policies/")
            && is_list
            && !path.contains("ules")
        {
            path.push_str(&format!(
                "?$filter=scopeId eq '{group}' and scopeType eq 'Group'"
            ));
        } else if route.method == "DELETE"
            && (path.ends_with("members/$ref") || path.ends_with("owners/$ref"))
        {
            path.push_str(&format!(
                "?@id=https://x.example/v1.0/directoryObjects/{ada}"
            ));
        }
        path
    }

    /// What stands in the place of each `{}` in the address of a route of packages.
    fn of_packages(&self, path: &str, group: &str) -> Vec<String> {
        let made = &self.package;
        let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let is = |part: &str| path.contains(part);
        if is("Approvals/filterByCurrentUser") {
            words(&["approver"])
        } else if is("accessPackages/filterByCurrentUser") {
            words(&["allowedRequestor"])
        } else if is("filterByCurrentUser") {
            words(&["target"])
        } else if is("Approvals/") {
            words(&[&self.package_request, &self.package_stage])
        } else if is("/roleDefinitions/") {
            words(&["ae79f266-94d4-4dab-b730-feca7e132178"])
        } else if is("/roleAssignments/") {
            words(&[&self.catalog_role])
        } else if is("ssignmentRequests/") {
            words(&[&self.package_request])
        } else if is("ssignmentPolicies/") {
            words(&[&made.policy])
        } else if is("ssignments/") {
            words(&[&self.package_assignment])
        } else if is("oleScopes/") {
            words(&[&made.package, &made.role_scope])
        } else if is("incompatibleAccessPackages/{}") {
            words(&[&made.package, &self.other_package])
        } else if is("incompatibleGroups/{}") {
            words(&[&made.package, group])
        } else if is("ackages/{}") {
            words(&[&made.package])
        } else if is("atalogs/{}") {
            words(&[&made.catalog])
        } else if is("/resources/") {
            words(&[&made.resource])
        } else {
            Vec::new()
        }
    }

    /// The body of a change of packages.
    fn body_of_packages(&self, method: &str, path: &str) -> Option<Value> {
        let (group, made) = (self.world.group("prod-admins"), &self.package);
        let at = |end: &str| path.to_lowercase().ends_with(&end.to_lowercase());
        let resource = json!({"id": made.resource, "originId": group, "originSystem": "AadGroup"});
        Some(match method {
            "GET" | "DELETE" => return None,
            _ if at("/cancel")
                || at("/reprocess")
                || at("/refresh")
                || at("/repair")
                || at("Requirements") =>
            {
                return None;
            }
            _ if path.contains("catalogs") || path.contains("accessPackageCatalogs") => {
                json!({"displayName": "Another"})
            }
            _ if at("resourceRequests") => json!({
                "requestType": "adminAdd", "catalog": {"id": made.catalog}, "resource": {
                    "originId": self.world.group("readers"), "originSystem": "AadGroup",
                },
            }),
            _ if at("RoleScopes") => json!({
                "role": {"originId": format!("Member_{group}"), "resource": resource},
                "scope": {"originId": group},
            }),
            _ if at("incompatibleAccessPackages/$ref") => {
                json!({"@odata.id": format!("https://x.example{EM}/accessPackages/{}", self.other_package)})
            }
            _ if at("incompatibleGroups/$ref") => {
                json!({"@odata.id": format!("https://x.example/v1.0/groups/{}", self.world.group("readers"))})
            }
            _ if path.contains("ssignmentPolicies") => policy(self.world, &made.package),
            _ if at("ssignmentRequests") => json!({"requestType": "adminAdd", "assignment": {
                "targetId": self.world.person("carol"), "accessPackageId": made.package,
                "assignmentPolicyId": made.policy,
            }}),
            _ if path.contains("Approvals/") => json!({"reviewResult": "Deny"}),
            _ if at("roleAssignments") => json!({
                "principalId": self.world.person("ada"), "appScopeId": format!("/AccessPackageCatalog/{}", made.catalog),
                "roleDefinitionId": "44272f93-9762-48e8-af59-1b5351b1d6b3",
            }),
            "POST" => json!({"displayName": "Another", "catalog": {"id": made.catalog}}),
            _ => json!({"description": "changed"}),
        })
    }

    fn body(&self, route: &RouteInfo) -> Option<Value> {
        let ada = self.world.person("ada");
        if route.path.contains("/entitlementManagement/") || route.path.contains("/v1/packages/") {
            return self.body_of_packages(route.method.as_str(), &route.path);
        }
        Some(match (route.method.as_str(), route.path.as_str()) {
            ("POST", "/v1.0/users") => json!({
                "accountEnabled": true, "displayName": "Eve", "mailNickname": "eve",
                "userPrincipalName": "eve@contoso.example",
                "passwordProfile": {"password": "correct horse battery"},
            }),
            ("POST", "/v1.0/groups") => json!({
                "displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true,
            }),
            ("POST", path) if path.ends_with("/$ref") => {
                json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{ada}")})
            }
            ("POST", path)
                if path.ends_with("/cancel")
                    || path.ends_with("/restore")
                    || path.ends_with("/revokeSignInSessions") =>
            {
                return None;
            }
            ("PATCH", "/v1.0/users/{}") => json!({"jobTitle": "Operator"}),
            ("PATCH", "/v1.0/groups/{}") => json!({"description": "Operate the databases"}),
            ("POST", path) if path.ends_with("/checkMemberGroups") => {
                json!({"groupIds": [self.world.group("prod-admins")]})
            }
            ("POST", path) if path.ends_with("/checkMemberObjects") => {
                json!({"ids": [self.world.group("prod-admins")]})
            }
            ("POST", path) if path.contains("/getMember") => json!({"securityEnabledOnly": false}),
            ("POST", path) if path.ends_with("/getByIds") => json!({"ids": [ada]}),
            ("POST", path) if path.ends_with("/decide") => json!({"decision": "deny"}),
            ("POST", path) if path.ends_with("/$batch") => {
                json!({"requests": [{"id": "1", "method": "GET", "url": "/me"}]})
            }
            ("POST", path) if path.ends_with("/activations") => json!({"activations": [{
                "groupId": self.world.group("prod-admins"), "accessId": "member", "justification": "x",
                "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
            }]}),
            ("POST", path) if path.ends_with("/manage") => {
                json!({"groupIds": [self.world.group("prod-admins")]})
            }
            ("PATCH", path) if path.contains("Approvals/") => json!({"reviewResult": "Deny"}),
            ("PATCH", path) if path.starts_with("/ephor/v1/groups/") => {
                json!({"minimumDuration": "PT30M"})
            }
            ("PATCH", path) if path.ends_with("/settings") => json!({"removalFloor": "PT5M"}),
            ("POST", path) if path.ends_with("ScheduleRequests") => {
                self.world.assignment("ada", "prod-admins", "P1D")
            }
            ("PATCH", path) if path.contains("Policies/") => {
                let rule = json!({
                    "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule",
                    "id": "Expiration_EndUser_Assignment", "maximumDuration": "PT4H",
                });
                if path.ends_with("/rules/{}") {
                    rule
                } else {
                    json!({"rules": [rule]})
                }
            }
            ("POST" | "PATCH", path) => panic!("{path}: a body is missing here"),
            (_, _) => return None,
        })
    }
}
