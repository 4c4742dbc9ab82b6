//! A request that is right in every way, for each route: what walks over all routes send.

use ephor_http::RouteInfo;
use serde_json::{Value, json};

use crate::packages::{EM, Made, policy};
use crate::support::{World, pim};

/// The ids of built-in roles that examples are about.
const GROUPS_ADMINISTRATOR: &str = "fdd7a751-b60b-444a-984c-02652fe8fa1c";
const DIRECTORY_READERS: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
const REPORTS_READER: &str = "4a5d8f65-41da-4de4-8968-e035b65339cf";

fn of_roles(rest: &str) -> String {
    format!("/v1.0/roleManagement/directory/{rest}")
}

/// The roles and units that examples name: Ada is eligible for a role over a unit and has activated it, Carol
/// has it outside PIM, and Bob waits for Carol's approval of another.
struct Roles {
    unit: String,
    member: String,
    custom: String,
    directory_role: String,
    given: String,
    eligibility: String,
    activation: String,
    waiting: String,
}

impl Roles {
    async fn of(world: &World) -> Self {
        let admin = world.admin();
        let id = |made: &Value| made["id"].as_str().unwrap().to_owned();
        let (ada, bob, carol) = (
            world.person("ada"),
            world.person("bob"),
            world.person("carol"),
        );
        let units = "/v1.0/directory/administrativeUnits";
        let unit = json!({"displayName": "North", "description": "all of it"});
        let unit = id(&admin.post(units, &unit).await.expect(201).json());
        let reference = json!({"@odata.id": format!("https://x.example/v1.0/users/{carol}")});
        let members = format!("{units}/{unit}/members/$ref");
        admin.post(&members, &reference).await.expect(204);
        let scope = format!("/administrativeUnits/{unit}");
        let custom = json!({
            "displayName": "Namer", "isEnabled": true,
            "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/groups/basic/update"]}],
        });
        let custom = admin.post(&of_roles("roleDefinitions"), &custom).await;
        let given = json!({
            "principalId": carol, "roleDefinitionId": GROUPS_ADMINISTRATOR, "directoryScopeId": scope,
        });
        let given = admin.post(&of_roles("roleAssignments"), &given).await;
        let ask = |action: &str, who: &str, role: &str, scope: &str, expiration: Value| {
            json!({
                "action": action, "principalId": who, "roleDefinitionId": role, "directoryScopeId": scope,
                "justification": "x", "scheduleInfo": {"expiration": expiration},
            })
        };
        let never = json!({"type": "noExpiration"});
        let hour = json!({"type": "afterDuration", "duration": "PT1H"});
        let eligible = of_roles("roleEligibilityScheduleRequests");
        let active = of_roles("roleAssignmentScheduleRequests");
        let body = ask(
            "adminAssign",
            &ada,
            GROUPS_ADMINISTRATOR,
            &scope,
            never.clone(),
        );
        let eligibility = admin.post(&eligible, &body).await.expect(201).json();
        let body = ask(
            "selfActivate",
            &ada,
            GROUPS_ADMINISTRATOR,
            &scope,
            hour.clone(),
        );
        let activation = world.ada().post(&active, &body).await.expect(201).json();
        let filter = format!(
            "scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '{REPORTS_READER}'"
        );
        let policy = format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={filter}");
        let policy = admin
            .get(&policy)
            .await
            .expect(200)
            .each("policyId")
            .remove(0);
        let rule = format!(
            "/v1.0/policies/roleManagementPolicies/{policy}/rules/Approval_EndUser_Assignment"
        );
        let approval = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
            "setting": {"isApprovalRequired": true, "approvalStages": [
                {"primaryApprovers": [{"@odata.type": "#microsoft.graph.singleUser", "userId": carol}]},
            ]},
        });
        admin.patch(&rule, &approval).await.expect(200);
        let body = ask("adminAssign", &bob, REPORTS_READER, "/", never);
        admin.post(&eligible, &body).await.expect(201);
        let body = ask("selfActivate", &bob, REPORTS_READER, "/", hour);
        let waiting = world
            .as_person("bob")
            .post(&active, &body)
            .await
            .expect(201)
            .json();
        let role = format!("/v1.0/directoryRoles(roleTemplateId='{REPORTS_READER}')");
        Self {
            unit,
            member: carol,
            custom: id(&custom.expect(201).json()),
            directory_role: id(&admin.get(&role).await.expect(200).json()),
            given: id(&given.expect(201).json()),
            eligibility: id(&eligibility),
            activation: id(&activation),
            waiting: id(&waiting),
        }
    }

    fn is_about(path: &str) -> bool {
        [
            "/roleManagement/",
            "/directoryRoles",
            "/directoryRoleTemplates",
            "administrativeUnits",
            "/roleDefinitions/",
        ]
        .iter()
        .any(|part| path.contains(part))
    }

    /// What stands in a path in the place of ids, where it is about roles or units.
    fn ids(&self, path: &str) -> Option<Vec<&str>> {
        if !Self::is_about(path) {
            return None;
        }
        Some(match path {
            _ if path.contains("Approvals/filterByCurrentUser") => vec!["approver"],
            _ if path.contains("filterByCurrentUser") => vec!["principal"],
            _ if path.contains("Approvals/") => vec![&self.waiting, &self.waiting],
            _ if path.contains("scopedRoleMembers") => vec![&self.unit, &self.given],
            _ if path.contains("Units/") => vec![&self.unit, &self.member],
            _ if path.contains("inheritsPermissionsFrom") => {
                vec![REPORTS_READER, DIRECTORY_READERS]
            }
            _ if path.contains("roleDefinitions/") => vec![&self.custom],
            _ if path.contains("roleAssignments/") => vec![&self.given],
            _ if path.contains("directoryRoleTemplates/") => vec![REPORTS_READER],
            _ if path.contains("directoryRoles/") => vec![&self.directory_role, &self.member],
            _ if path.contains("roleEligibility") => vec![&self.eligibility],
            _ => vec![&self.activation],
        })
    }

    fn body(&self, path: &str, ada: &str) -> Value {
        match path {
            _ if path.ends_with("/$ref") => {
                json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{ada}")})
            }
            _ if path.ends_with("ScheduleRequests") => json!({
                "action": "adminAssign", "principalId": ada, "directoryScopeId": "/",
                "roleDefinitionId": REPORTS_READER, "justification": "x",
                "scheduleInfo": {"expiration": {"type": "noExpiration"}},
            }),
            _ if path.ends_with("/roleAssignments") => json!({
                "principalId": ada, "directoryScopeId": "/", "roleDefinitionId": REPORTS_READER,
            }),
            _ if path.ends_with("/roleDefinitions") => json!({
                "displayName": "Another", "isEnabled": true,
                "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/groups/basic/update"]}],
            }),
            _ if path.ends_with("/directoryRoles") => json!({"roleTemplateId": REPORTS_READER}),
            _ if path.ends_with("/scopedRoleMembers") => json!({
                "roleId": GROUPS_ADMINISTRATOR, "roleMemberInfo": {"id": ada},
            }),
            _ if path.ends_with("Units/{}/members") => json!({
                "displayName": "m", "mailEnabled": false, "mailNickname": "m", "securityEnabled": true,
            }),
            _ if path.ends_with("/policy") => json!({"minimumDuration": "PT30M"}),
            _ => json!({"displayName": "Other"}),
        }
    }
}

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
    roles: Roles,
    deleted_group: String,
    deleted_user: String,
    package: Made,
    package_request: String,
    package_stage: String,
    package_assignment: String,
    other_package: String,
    catalog_role: String,
    access_policy: String,
    location: String,
    strength: String,
    program: Program,
}

/// What says what a sign-in has to be for what: an authentication context that nothing uses, a policy for another,
/// a named location, an authentication strength.
async fn make_conditions(world: &World) -> [String; 3] {
    let contexts = "/v1.0/identity/conditionalAccess/authenticationContextClassReferences";
    world
        .admin()
        .patch(&format!("{contexts}/c2"), &json!({}))
        .await
        .expect(204);
    let mut ids = Vec::new();
    for (path, body) in condition_bodies() {
        let made = world
            .admin()
            .post(&format!("/v1.0{path}"), &body)
            .await
            .expect(201)
            .json();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    ids.try_into().unwrap()
}

fn condition_bodies() -> [(&'static str, Value); 3] {
    [
        (
            "/identity/conditionalAccess/policies",
            json!({
                "displayName": "Two factors for c1", "state": "enabled",
                "conditions": {
                    "applications": {"includeAuthenticationContextClassReferences": ["c1"]},
                    "users": {"includeUsers": ["All"]},
                },
                "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
            }),
        ),
        (
            "/identity/conditionalAccess/namedLocations",
            json!({
                "@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Office", "isTrusted": true,
                "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}],
            }),
        ),
        (
            "/policies/authenticationStrengthPolicies",
            json!({
                "displayName": "Keys only", "description": null, "allowedCombinations": ["fido2"],
            }),
        ),
    ]
}

/// A program: Ada and the administrator run it, and it may read users.
struct Program {
    application: String,
    app_id: String,
    service_principal: String,
    permission: String,
    secret: String,
}

async fn make_program(world: &World, name: &str) -> Program {
    let owners: Vec<String> = ["ada", "admin"]
        .map(|who| {
            format!(
                "https://x.example/v1.0/directoryObjects/{}",
                world.person(who)
            )
        })
        .into();
    let post = async |path: String, body: Value| {
        let told = world.admin().post(&path, &body).await;
        assert!(told.status < 300, "{}: {}", told.asked, told.text);
        told.json()
    };
    let text = |object: &Value, name: &str| object[name].as_str().unwrap().to_owned();
    let application = json!({"displayName": name, "owners@odata.bind": owners});
    let application = post("/v1.0/applications".into(), application).await;
    let (id, app_id) = (text(&application, "id"), text(&application, "appId"));
    let own = json!({"appId": app_id, "owners@odata.bind": owners});
    let own = text(&post("/v1.0/servicePrincipals".into(), own).await, "id");
    let secret = post(format!("/v1.0/applications/{id}/addPassword"), json!({})).await;
    let permission = post(
        format!("/v1.0/servicePrincipals/{own}/appRoleAssignments"),
        json!({
            "principalId": own, "resourceId": "00000003-0000-0000-c000-000000000000",
            "appRoleId": "df021288-bdef-4463-88db-98f22de89214",
        }),
    );
    Program {
        permission: text(&permission.await, "id"),
        secret: text(&secret, "keyId"),
        application: id,
        app_id,
        service_principal: own,
    }
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
        let manager = format!("/v1.0/users/{}/manager/$ref", world.person("ada"));
        let admin =
            json!({"@odata.id": format!("https://x.example/v1.0/users/{}", world.person("admin"))});
        world.admin().put(&manager, &admin).await.expect(204);
        let sponsors = format!("/v1.0/users/{}/sponsors/$ref", world.person("ada"));
        world.admin().post(&sponsors, &admin).await.expect(204);
        let manager = format!("/v1.0/users/{}/manager/$ref", world.person("admin"));
        let own =
            json!({"@odata.id": format!("https://x.example/v1.0/users/{}", world.person("bob"))});
        world.admin().put(&manager, &own).await.expect(204);
        world.ask_for_approval("readers", &["carol"]).await;
        world.make_eligible("bob", "readers").await;
        let waiting = world.activate("bob", "readers").await.json();
        let roles = Roles::of(world).await;
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
        let appointed = "/v1.0/roleManagement/entitlementManagement/roleAssignments";
        let catalog_role = world.admin().get(appointed).await.expect(200);
        let [access_policy, location, strength] = make_conditions(world).await;
        let program = make_program(world, "Dashboard").await;
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
            roles,
            deleted_group,
            deleted_user,
            access_policy,
            location,
            strength,
            program,
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
        let role = self.roles.ids(&route.path);
        match &route.path {
            path if path.contains("/entitlementManagement/") || path.contains("/v1/packages/") => {
                for id in self.of_packages(path, &group) {
                    put(&id);
                }
            }
            _ if role.is_some() => role.into_iter().flatten().for_each(put),
            path if path.contains("Approvals/filterByCurrentUser") => put("approver"),
            path if path.contains("filterByCurrentUser") => put("principal"),
            path if path.contains("Approvals/") => {
                put(&self.waiting);
                put(&self.waiting);
            }
            path if path.contains("ContextClassReferences/") => put("c2"),
            path if path.contains("/conditionalAccess/policies/") => put(&self.access_policy),
            path if path.contains("/namedLocations/") => put(&self.location),
            path if path.contains("StrengthPolicies/") => put(&self.strength),
            path if path.contains("/applications/") => {
                put(&self.program.application);
                put(&ada);
            }
            path if path.contains("/servicePrincipals/") => {
                put(&self.program.service_principal);
                if path.contains("/appRoleAssignments/") {
                    put(&self.program.permission);
                }
                put(&ada);
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
            path if path.contains("/sponsors/{}") => {
                put(&ada);
                put(&self.world.person("admin"));
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
        if path.contains("/roleManagement/") {
            return path;
        }
        if route.method == "GET" && path.contains("Schedule") && is_list {
            path.push_str(&format!("?$filter=groupId eq '{group}'"));
        } else if route.method == "GET"
            && path.contains("/policies/roleManagement")
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
        } else if is("additionalAccess/") {
            words(&[&made.package, &self.other_package])
        } else if is("ssignments/") {
            words(&[&self.package_assignment])
        } else if is("esourceRequests/") {
            words(&[&made.resource])
        } else if is("atalogs/{}/accessPackages/") {
            words(&[&made.catalog, &made.package])
        } else if is("atalogs/{}/resources/") {
            words(&[&made.catalog, &made.resource])
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
            ("PUT", path) if path.ends_with("/manager/$ref") => {
                let admin = self.world.person("admin");
                json!({"@odata.id": format!("https://x.example/v1.0/users/{admin}")})
            }
            ("POST", "/v1.0/applications") => json!({"displayName": "Portal"}),
            ("POST", "/v1.0/servicePrincipals") => json!({"appId": self.program.app_id}),
            ("PATCH", "/v1.0/applications/{}" | "/v1.0/servicePrincipals/{}") => {
                json!({"notes": "Shows the screens in the hall"})
            }
            ("POST", path) if path.ends_with("/addPassword") => {
                json!({"passwordCredential": {"displayName": "of 2026"}})
            }
            ("POST", path) if path.ends_with("/removePassword") => {
                json!({"keyId": self.program.secret})
            }
            ("POST", path) if path.ends_with("/appRoleAssignments") => json!({
                "principalId": self.program.service_principal,
                "resourceId": "00000003-0000-0000-c000-000000000000",
                "appRoleId": "5b567255-7703-4780-807c-7be8301ae99b",
            }),
            ("POST", path)
                if path.ends_with("/$ref")
                    && ["/applications/", "/servicePrincipals/", "/sponsors/"]
                        .iter()
                        .any(|part| path.contains(part)) =>
            {
                let bob = self.world.person("bob");
                json!({"@odata.id": format!("https://x.example/v1.0/directoryObjects/{bob}")})
            }
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
            ("POST" | "PATCH", path) if Roles::is_about(path) && !path.contains("Approvals") => {
                self.roles.body(path, &ada)
            }
            ("POST", path) if path.ends_with("/updateAllowedCombinations") => {
                json!({"allowedCombinations": ["fido2", "password,softwareOath"]})
            }
            ("POST", path) if path.ends_with("ContextClassReferences") => {
                json!({"id": "c7", "displayName": "Strong"})
            }
            ("PATCH", path) if path.contains("ContextClassReferences/") => {
                json!({"isAvailable": true})
            }
            ("PATCH", path) if path.contains("/conditionalAccess/policies/") => {
                json!({"state": "disabled"})
            }
            ("PATCH", path) if path.contains("/namedLocations/") => json!({"isTrusted": false}),
            ("PATCH", path) if path.contains("StrengthPolicies/") => json!({"displayName": "Keys"}),
            ("POST", path)
                if condition_bodies()
                    .iter()
                    .any(|(own, _)| path.ends_with(own)) =>
            {
                let own = condition_bodies()
                    .into_iter()
                    .find(|(own, _)| path.ends_with(own));
                own.unwrap().1
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
