//! Access packages over HTTP: the how-to of the documents as a story, the calls of a known client of `/beta`, and
//! what must not be possible (R-G1 to R-G5).

use ephor_core::time::Length;
use serde_json::{Value, json};

use crate::support::{Answer, World, on_every_engine, pim};

pub(crate) const EM: &str = "/v1.0/identityGovernance/entitlementManagement";
const BETA: &str = "/beta/identityGovernance/entitlementManagement";
const ROLES: &str = "/roleManagement/entitlementManagement";

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// The ids of a catalog with a package in it.
pub(crate) struct Made {
    pub(crate) catalog: String,
    pub(crate) resource: String,
    pub(crate) package: String,
    pub(crate) role_scope: String,
    pub(crate) policy: String,
}

/// A role of a group as a client puts it into a package.
fn role_scope(name: &str, group: &str, resource: &str) -> Value {
    let origin = name.replace(' ', "");
    json!({
        "role": {
            "originId": format!("{origin}_{group}"), "displayName": name, "originSystem": "AadGroup",
            "resource": {"id": resource, "originId": group, "originSystem": "AadGroup"},
        },
        "scope": {"originId": group, "originSystem": "AadGroup", "displayName": "Root", "isRootScope": true},
    })
}

/// A policy that lets everybody ask and Carol approve.
pub(crate) fn policy(world: &World, package: &str) -> Value {
    json!({
        "displayName": "Everybody", "description": "All who work here",
        "allowedTargetScope": "allMemberUsers", "specificAllowedTargets": [],
        "expiration": {"type": "afterDuration", "duration": "P30D"},
        "requestorSettings": {
            "enableTargetsToSelfAddAccess": true, "enableTargetsToSelfUpdateAccess": true,
            "enableTargetsToSelfRemoveAccess": true, "allowCustomAssignmentSchedule": true,
        },
        "requestApprovalSettings": {
            "isApprovalRequiredForAdd": true, "isApprovalRequiredForUpdate": false,
            "isRequestorJustificationRequired": true,
            "stages": [{
                "durationBeforeAutomaticDenial": "P14D", "isApproverJustificationRequired": false,
                "isEscalationEnabled": false, "durationBeforeEscalation": "PT0S",
                "primaryApprovers": [{"@odata.type": "#microsoft.graph.singleUser", "userId": world.person("carol")}],
                "fallbackPrimaryApprovers": [], "escalationApprovers": [], "fallbackEscalationApprovers": [],
            }],
        },
        "questions": [{
            "@odata.type": "#microsoft.graph.accessPackageTextInputQuestion",
            "id": "6aacaee8-4089-4048-9510-3119367fc943", "sequence": 1, "isRequired": false,
            "isAnswerEditable": true, "text": "Which system?", "isSingleLineQuestion": true,
            "regexPattern": "[a-z]+",
            "localizations": [{"languageCode": "de", "text": "Welches System?"}],
        }],
        "accessPackage": {"id": package},
    })
}

impl World {
    /// A catalog with `prod-admins` in it, managed, and a package that makes eligible for it.
    pub(crate) async fn make_package(&self) -> Made {
        let (admin, group) = (self.admin(), self.group("prod-admins"));
        let manage = json!({"groupIds": [group]});
        admin
            .post("/ephor/v1/groups/manage", &manage)
            .await
            .expect(200);
        let catalog =
            json!({"displayName": "Production", "description": "What runs", "state": "published"});
        let catalog = id(&admin
            .post(&format!("{EM}/catalogs"), &catalog)
            .await
            .expect(201)
            .json());
        let add = json!({
            "requestType": "adminAdd", "resource": {"originId": group, "originSystem": "AadGroup"},
            "catalog": {"id": catalog},
        });
        let added = admin
            .post(&format!("{EM}/resourceRequests"), &add)
            .await
            .expect(201)
            .json();
        assert_eq!(added["state"], "delivered");
        let listed = format!(
            "{EM}/catalogs/{catalog}/resources?$filter=originId eq '{group}'&$expand=roles,scopes"
        );
        let rows = admin.get(&listed).await.expect(200).rows();
        let names: Vec<_> = rows[0]["roles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|role| role["displayName"].clone())
            .collect();
        assert_eq!(
            names,
            ["Member", "Owner", "Eligible Member", "Eligible Owner"]
        );
        let resource = id(&rows[0]);
        let package = json!({"displayName": "On call", "description": "d", "isHidden": false, "catalog": {"id": catalog}});
        let package = id(&admin
            .post(&format!("{EM}/accessPackages"), &package)
            .await
            .expect(201)
            .json());
        let scopes = format!("{EM}/accessPackages/{package}/resourceRoleScopes");
        let held = admin
            .post(&scopes, &role_scope("Eligible Member", &group, &resource))
            .await
            .expect(201)
            .json();
        let new = policy(self, &package);
        let policy = admin
            .post(&format!("{EM}/assignmentPolicies"), &new)
            .await
            .expect(201)
            .json();
        Made {
            catalog,
            resource,
            package,
            role_scope: id(&held),
            policy: id(&policy),
        }
    }

    /// Somebody asks for a package.
    pub(crate) async fn ask_for_package(&self, who: &'static str, made: &Made) -> Answer {
        let ask = json!({
            "requestType": "userAdd",
            "assignment": {"accessPackageId": made.package, "assignmentPolicyId": made.policy},
            "justification": "on the rota",
            "answers": [{
                "@odata.type": "#microsoft.graph.accessPackageAnswerString", "value": "billing",
                "answeredQuestion": {"@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "id": "6aacaee8-4089-4048-9510-3119367fc943"},
            }],
        });
        self.as_person(who)
            .post(&format!("{EM}/assignmentRequests"), &ask)
            .await
    }
}

on_every_engine! {
    /// The how-to of the documents (`governance.md` 1.6): a group is made, managed, added to a catalog and as
    /// Eligible Member to a package; the lifecycle is checked, somebody asks, is approved, activates, and loses it
    /// at the end.
    r_g3_a_package_hands_out_eligibility_and_it_ends_with_it, |world| {
        let (admin, ada) = (world.admin(), world.person("ada"));
        let group = json!({"displayName": "new-admins", "mailEnabled": false, "mailNickname": "new-admins", "securityEnabled": true});
        let group = id(&admin.post("/v1.0/groups", &group).await.expect(201).json());
        let catalog = id(&admin.post(&format!("{EM}/catalogs"), &json!({"displayName": "New"})).await.expect(201).json());
        let add = json!({"requestType": "adminAdd", "resource": {"originId": group, "originSystem": "AadGroup"}, "catalog": {"id": catalog}});
        admin.post(&format!("{EM}/resourceRequests"), &add).await.expect(201);
        let offered = || async {
            let resources = format!("{EM}/catalogs/{catalog}/resources?$expand=roles,scopes");
            world.admin().get(&resources).await.expect(200).rows().remove(0)
        };
        assert_eq!(offered().await["roles"].as_array().unwrap().len(), 2, "active roles only, before it is managed");
        admin.post("/ephor/v1/groups/manage", &json!({"groupIds": [group]})).await.expect(200);
        let resource = id(&offered().await);
        admin.send("POST", &format!("{EM}/resources/{resource}/refresh"), &[], None).await.expect(204);
        assert_eq!(offered().await["roles"].as_array().unwrap().len(), 4, "active and eligible roles");
        let package = json!({"displayName": "New admins", "catalog": {"id": catalog}});
        let package = id(&admin.post(&format!("{EM}/accessPackages"), &package).await.expect(201).json());
        let scopes = format!("{EM}/accessPackages/{package}/resourceRoleScopes");
        admin.post(&scopes, &role_scope("Eligible Member", &group, &resource)).await.expect(201);
        let again = admin.post(&scopes, &role_scope("Eligible Member", &group, &resource)).await;
        again.expect(400);

        let mut long = policy(&world, &package);
        long["expiration"] = json!({"type": "afterDuration", "duration": "P400D"});
        let made = admin.post(&format!("{EM}/assignmentPolicies"), &long).await.expect(201).json();
        let called = made["@ephor.warnings"][0].as_str().unwrap();
        assert!(called.contains("400 d") && called.contains("365 d"), "{called}");
        let lifecycle = admin.get(&format!("/ephor/v1/packages/{package}/lifecycle")).await.expect(200).rows();
        assert_eq!(lifecycle[0]["packageLasts"], "P400D");
        let of_group = admin.get(&format!("/ephor/v1/groups/{group}/lifecycle")).await.expect(200).rows();
        assert_eq!(of_group.len(), 1);
        let put = format!("{EM}/assignmentPolicies/{}", id(&made));
        let body = policy(&world, &package);
        let told = admin.send("PUT", &put, &[], Some(body.to_string().into_bytes())).await.expect(200).json();
        assert!(told.get("@ephor.warnings").is_none());

        let made = Made { catalog, resource, package, role_scope: String::new(), policy: id(&made) };
        let browse = format!("{EM}/accessPackages/filterByCurrentUser(on='allowedRequestor')");
        assert_eq!(world.ada().get(&browse).await.expect(200).each("displayName"), ["New admins"]);
        let asked = world.ask_for_package("ada", &made).await.expect(201).json();
        assert_eq!(asked["state"], "pendingApproval");
        let approvals = format!("{EM}/accessPackageAssignmentApprovals");
        let carol = world.as_person("carol");
        let waits = carol.get(&format!("{approvals}/filterByCurrentUser(on='approver')")).await.expect(200).rows();
        assert_eq!(waits[0]["id"], asked["id"]);
        let stage = format!("{approvals}/{}/stages/{}", id(&asked), id(&waits[0]["stages"][0]));
        let decision = json!({"reviewResult": "Approve", "justification": "fine"});
        world.ada().patch(&stage, &decision).await.expect(403);
        carol.patch(&stage, &decision).await.expect(204);
        carol.patch(&stage, &decision).await.expect(409);

        let mine = format!("{EM}/assignments/filterByCurrentUser(on='target')?$expand=accessPackage,target");
        let held = world.ada().get(&mine).await.expect(200).rows();
        assert_eq!((&held[0]["state"], &held[0]["target"]["objectId"]), (&json!("delivered"), &json!(ada)));
        assert_eq!(held[0]["@ephor.roles"][0]["held"], true);
        let activate = json!({
            "accessId": "member", "action": "selfActivate", "groupId": group, "principalId": ada, "justification": "incident",
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
        });
        world.ada().post(&pim("assignmentScheduleRequests"), &activate).await.expect(201);
        world.forward(Length::days(30));
        let over = world.ada().get(&mine).await.expect(200).rows();
        assert_eq!((&over[0]["state"], &over[0]["@ephor.roles"][0]["held"]), (&json!("expired"), &json!(false)));
        world.ada().post(&pim("assignmentScheduleRequests"), &activate).await.expect(400);
    }
}

on_every_engine! {
    /// `infrastructure-clients.md` 2.5: Terraform makes a catalog, a package, a policy, associations and a role over
    /// the catalog in the older shapes of `/beta`, reads each back, changes it, and takes it all away.
    terraform_builds_and_takes_down_a_package, |world| {
        let (admin, group) = (world.admin(), world.group("prod-admins"));
        world.tell("azuread_access_package_catalog is created, read, changed.");
        let body = json!({"displayName": "tf", "description": "by terraform", "catalogStatus": "published", "isExternallyVisible": true});
        let catalog = admin.post(&format!("{BETA}/accessPackageCatalogs"), &body).await.expect(201).json();
        assert_eq!(catalog["catalogStatus"].as_str().unwrap().to_lowercase(), "published");
        let catalog = id(&catalog);
        world.name(&catalog, "catalog");
        let at = format!("{BETA}/accessPackageCatalogs/{catalog}");
        admin.get(&at).await.expect(200);
        admin.patch(&at, &json!({"displayName": "tf", "description": "changed", "catalogStatus": "unpublished", "isExternallyVisible": false})).await.expect(204);
        assert_eq!(admin.get(&format!("{BETA}/accessPackageCatalogs?$filter=displayName eq 'tf'")).await.expect(200).rows().len(), 1);

        world.tell("azuread_access_package is created with the catalog, and read with its catalogId.");
        let body = json!({"accessPackageCatalog": {"id": catalog, "displayName": "tf"}, "displayName": "tf package", "description": "d", "isHidden": true});
        let package = id(&admin.post(&format!("{BETA}/accessPackages"), &body).await.expect(201).json());
        world.name(&package, "package");
        let at_package = format!("{BETA}/accessPackages/{package}");
        assert_eq!(admin.get(&at_package).await.expect(200).json()["catalogId"], json!(catalog));
        admin.patch(&at_package, &json!({"accessPackageCatalog": {"id": catalog}, "displayName": "tf package", "description": "e", "isHidden": false})).await.expect(204);

        world.tell("azuread_access_package_resource_catalog_association: not there yet, added, polled.");
        let listed = format!("{at}/accessPackageResources");
        let by_origin = format!("{listed}?$filter=originId eq '{group}'");
        assert!(admin.get(&by_origin).await.expect(200).rows().is_empty());
        let change = |word: &str| json!({"catalogId": catalog, "executeImmediately": true, "requestType": word, "accessPackageResource": {"originId": group, "originSystem": "AadGroup"}});
        let requests = format!("{BETA}/accessPackageResourceRequests");
        admin.post(&requests, &change("AdminAdd")).await.expect(201);
        let rows = admin.get(&format!("{listed}?$filter=startswith(originId, '{group}')")).await.expect(200).rows();
        assert_eq!((&rows[0]["originSystem"], &rows[0]["resourceType"]), (&json!("AadGroup"), &json!("Group")));
        let resource = id(&rows[0]);
        world.name(&resource, "resource");

        world.tell("azuread_access_package_resource_package_association: the role is put in, and read by $expand.");
        let held = json!({
            "accessPackageResourceRole": {
                "displayName": "Member", "originId": format!("Member_{group}"), "originSystem": "AadGroup",
                "accessPackageResource": {"id": resource, "resourceType": "Group", "originId": group},
            },
            "accessPackageResourceScope": {"originId": group, "originSystem": "AadGroup"},
        });
        let expanded = format!("{at_package}?$expand=accessPackageResourceRoleScopes($expand=accessPackageResourceRole,accessPackageResourceScope)");
        assert_eq!(admin.get(&expanded).await.expect(200).json()["accessPackageResourceRoleScopes"], json!([]));
        let scope = id(&admin.post(&format!("{at_package}/accessPackageResourceRoleScopes"), &held).await.expect(201).json());
        assert!(!scope.contains('/'));
        let read = admin.get(&expanded).await.expect(200).json();
        let read = &read["accessPackageResourceRoleScopes"][0];
        assert_eq!((&read["id"], &read["accessPackageResourceRole"]["displayName"]), (&json!(scope), &json!("Member")));
        assert_eq!(read["accessPackageResourceScope"]["originId"], json!(group));

        world.tell("azuread_access_package_assignment_policy is created, replaced whole, and read.");
        let subject = |kind: &str, id: &str| json!({"@odata.type": format!("#microsoft.graph.{kind}"), "isBackup": false, "id": id});
        let body = |end: &str| json!({
            "accessPackageId": package, "displayName": "tf policy", "description": "d", "canExtend": true,
            "durationInDays": 0, "expirationDateTime": end,
            "requestorSettings": {"scopeType": "SpecificDirectorySubjects", "acceptRequests": true, "allowedRequestors": [subject("groupMembers", &group)]},
            "requestApprovalSettings": {
                "isApprovalRequired": true, "isApprovalRequiredForExtension": null, "isRequestorJustificationRequired": true,
                "approvalStages": [{
                    "approvalStageTimeOutInDays": 14, "escalationTimeInMinutes": null, "isApproverJustificationRequired": null,
                    "isEscalationEnabled": null, "escalationApprovers": [],
                    "primaryApprovers": [subject("singleUser", &world.person("carol")), {"@odata.type": "#microsoft.graph.groupMembers", "isBackup": true, "id": group}],
                }],
            },
            "accessReviewSettings": {"isEnabled": false, "recurrenceType": "weekly", "reviewerType": "Self", "reviewers": []},
            "questions": [{
                "@odata.type": "#microsoft.graph.accessPackageMultipleChoiceQuestion", "isRequired": true, "sequence": 1,
                "text": {"defaultText": "Which?", "localizedTexts": [{"languageCode": "fr", "text": "Lequel?"}]},
                "choices": [{"actualValue": "a", "displayValue": {"defaultText": "A", "localizedTexts": []}}],
            }],
        });
        let policies = format!("{BETA}/accessPackageAssignmentPolicies");
        let policy = admin.post(&policies, &body("2096-09-23T01:02:03Z")).await.expect(201).json();
        assert_eq!(policy["expirationDateTime"], "2096-09-23T01:02:03Z");
        world.name(&id(&policy), "policy");
        let at_policy = format!("{policies}/{}", id(&policy));
        let whole = body("2097-09-23T01:02:03Z").to_string();
        admin.send("PUT", &at_policy, &[], Some(whole.into_bytes())).await.expect(200);
        let read = admin.get(&at_policy).await.expect(200).json();
        assert_eq!(read["requestorSettings"]["scopeType"], "SpecificDirectorySubjects");
        assert_eq!(read["requestApprovalSettings"]["approvalStages"][0]["primaryApprovers"][1]["isBackup"], true);
        assert_eq!(read["questions"][0]["text"]["localizedTexts"][0]["text"], "Lequel?");
        assert_eq!(read["questions"][0]["choices"][0]["displayValue"]["localizedTexts"], json!([]));

        world.tell("azuread_access_package_catalog_role_assignment: the role is found by its name, given and read.");
        let named = format!("/beta{ROLES}/roleDefinitions?$filter=displayName eq 'Catalog owner'");
        let role = admin.get(&named).await.expect(200).rows();
        assert_eq!(role[0]["templateId"], "ae79f266-94d4-4dab-b730-feca7e132178");
        let over = format!("/AccessPackageCatalog/{catalog}");
        let given = json!({"directoryScopeId": "/", "principalId": world.person("bob"), "roleDefinitionId": role[0]["id"], "appScopeId": over});
        let given = admin.post(&format!("/beta{ROLES}/roleAssignments"), &given).await.expect(201).json();
        world.name(&id(&given), "role assignment");
        let at_role = format!("/beta{ROLES}/roleAssignments/{}", id(&given));
        assert_eq!(admin.get(&at_role).await.expect(200).json()["appScopeId"], json!(over));

        world.tell("It is all destroyed, and gone at once.");
        for path in [at_role, at_policy, format!("{at_package}/accessPackageResourceRoleScopes/{scope}")] {
            admin.delete(&path).await.expect(204);
        }
        admin.delete(&at).await.expect(400);
        admin.delete(&at_package).await.expect(204);
        admin.get(&at_package).await.expect(404);
        admin.post(&requests, &change("AdminRemove")).await.expect(201);
        assert!(admin.get(&by_origin).await.expect(200).rows().is_empty());
        admin.delete(&at).await.expect(204);
        admin.get(&at).await.expect(404);
        world.golden("terraform-packages");
    }
}

on_every_engine! {
    /// R-G5: whoever manages the packages of one catalog does it without any directory role, and there only.
    r_g5_delegates_act_in_their_own_catalog_only, |world| {
        let made = world.make_package().await;
        let bob = world.as_person("bob");
        bob.get(&format!("{EM}/catalogs/{}", made.catalog)).await.expect(404);
        let give = json!({
            "principalId": world.person("bob"), "roleDefinitionId": "e2182095-804a-4656-ae11-64734e9b7ae5",
            "appScopeId": format!("/AccessPackageCatalog/{}", made.catalog),
        });
        world.admin().post(&format!("/v1.0{ROLES}/roleAssignments"), &give).await.expect(201);
        bob.get(&format!("{EM}/catalogs/{}", made.catalog)).await.expect(200);
        let add = json!({"requestType": "adminAdd", "assignment": {
            "targetId": world.person("ada"), "accessPackageId": made.package, "assignmentPolicyId": made.policy,
        }});
        let given = bob.post(&format!("{EM}/assignmentRequests"), &add).await.expect(201).json();
        assert_eq!(given["state"], "delivered");
        let filter = format!("{EM}/assignments?$filter=accessPackage/id eq '{}' and state eq 'Delivered'&$expand=target,accessPackage,assignmentPolicy", made.package);
        assert_eq!(bob.get(&filter).await.expect(200).rows().len(), 1);
        bob.delete(&format!("{EM}/accessPackages/{}", made.package)).await.expect(403);
        bob.delete(&format!("{EM}/catalogs/{}", made.catalog)).await.expect(403);
    }
}

on_every_engine! {
    /// What can't be: a policy that nobody can approve, fifty questions, a catalog in use, an eligible role of a
    /// group that isn't managed, a pattern that can't be read.
    what_makes_no_sense_is_refused_with_the_reason, |world| {
        let made = world.make_package().await;
        let admin = world.admin();
        let policies = format!("{EM}/assignmentPolicies");
        let mut many = policy(&world, &made.package);
        let question = json!({"@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "text": "Why?", "sequence": 1});
        many["questions"] = json!(vec![question; 50]);
        let told = admin.post(&policies, &many).await.expect(400).message();
        assert!(told.contains("50 questions"), "{told}");
        let mut nobody = policy(&world, &made.package);
        nobody["requestApprovalSettings"]["stages"][0]["primaryApprovers"] = json!([]);
        let told = admin.post(&policies, &nobody).await.expect(400).message();
        assert!(told.contains("names no approver"), "{told}");
        let mut pattern = policy(&world, &made.package);
        pattern["questions"][0]["regexPattern"] = json!("(");
        admin.post(&policies, &pattern).await.expect(400);
        let told = admin.delete(&format!("{EM}/catalogs/{}", made.catalog)).await.expect(400).message();
        assert!(told.contains("holds 1 access packages"), "{told}");
        let readers = world.group("readers");
        let add = json!({"requestType": "adminAdd", "resource": {"originId": readers, "originSystem": "AadGroup"}, "catalog": {"id": made.catalog}});
        admin.post(&format!("{EM}/resourceRequests"), &add).await.expect(201);
        let resources = format!("{EM}/catalogs/{}/resources?$filter=originId eq '{readers}'", made.catalog);
        let resource = admin.get(&resources).await.expect(200).rows().remove(0);
        let scopes = format!("{EM}/accessPackages/{}/resourceRoleScopes", made.package);
        let told = admin.post(&scopes, &role_scope("Eligible Owner", &readers, &id(&resource))).await.expect(400).message();
        assert!(told.contains("not managed"), "{told}");
        let reference = json!({"@odata.id": format!("https://x.example{EM}/accessPackages/{}", made.package)});
        let itself = format!("{EM}/accessPackages/{}/incompatibleAccessPackages/$ref", made.package);
        admin.post(&itself, &reference).await.expect(400);
        world.ask_for_package("ada", &made).await.expect(201);
        world.ask_for_package("ada", &made).await.expect(400);
    }
}

on_every_engine! {
    /// `governance.md` 1.3: a directory role as a resource, in its own representation; only as eligible where it could
    /// be used to gain more rights.
    r_g2_a_directory_role_is_a_resource_with_its_own_representation, |world| {
        let admin = world.admin();
        let catalog = id(&admin.post(&format!("{EM}/catalogs"), &json!({"displayName": "Roles"})).await.expect(201).json());
        let (users, reports) = ("fe930be7-5e62-47db-91af-98c3a49a38b1", "4a5d8f65-41da-4de4-8968-e035b65339cf");
        for role in [users, reports] {
            let add = json!({"requestType": "adminAdd", "resource": {"originId": role, "originSystem": "DirectoryRole"}, "catalog": {"id": catalog}});
            admin.post(&format!("{EM}/resourceRequests"), &add).await.expect(201);
        }
        let resources = format!("{EM}/catalogs/{catalog}/resources?$filter=originSystem eq 'DirectoryRole'&$expand=roles,scopes");
        let rows = admin.get(&resources).await.expect(200).rows();
        let told: Vec<_> = rows.iter().map(|row| (row["displayName"].clone(), row["originId"].clone(), row["scopes"][0]["originId"].clone())).collect();
        assert_eq!(told, [
            (json!("User Administrator"), json!(users), json!(users)),
            (json!("Reports Reader"), json!(reports), json!(reports)),
        ]);
        let roles = |row: &Value| -> Vec<_> {
            let roles = row["roles"].as_array().unwrap();
            roles.iter().map(|role| (role["originId"].clone(), role["displayName"].clone())).collect()
        };
        let (active, eligible) = ((json!("Active"), json!("Active Member")), (json!("Eligible"), json!("Eligible Member")));
        assert_eq!(roles(&rows[0]), std::slice::from_ref(&eligible));
        assert_eq!(roles(&rows[1]), [active, eligible]);
        let package = id(&admin.post(&format!("{EM}/accessPackages"), &json!({"displayName": "Helpers", "catalog": {"id": catalog}})).await.expect(201).json());
        let scopes = format!("{EM}/accessPackages/{package}/resourceRoleScopes");
        let put = |row: &Value, role: &str, name: &str| json!({
            "role": {"originId": role, "displayName": name, "originSystem": "DirectoryRole",
                "resource": {"id": row["id"], "originId": row["originId"], "originSystem": "DirectoryRole"}},
            "scope": {"originId": row["originId"], "originSystem": "DirectoryRole"},
        });
        let told = admin.post(&scopes, &put(&rows[0], "Active", "Active Member")).await.expect(400).message();
        assert!(told.contains("gain more rights"), "{told}");
        admin.post(&scopes, &put(&rows[0], "Eligible", "Eligible Member")).await.expect(201);
        admin.post(&scopes, &put(&rows[1], "Active", "Active Member")).await.expect(201);
        let new = policy(&world, &package);
        let policy = id(&admin.post(&format!("{EM}/assignmentPolicies"), &new).await.expect(201).json());
        let add = json!({"requestType": "adminAdd", "assignment": {"targetId": world.person("ada"), "accessPackageId": package, "assignmentPolicyId": policy}});
        admin.post(&format!("{EM}/assignmentRequests"), &add).await.expect(201);
        let held = world.ada().get(&format!("{EM}/assignments/filterByCurrentUser(on='target')")).await.expect(200).rows();
        let told: Vec<_> = held[0]["@ephor.roles"].as_array().unwrap().iter()
            .map(|role| (role["resource"].clone(), role["role"].clone(), role["held"].clone())).collect();
        assert_eq!(told, [
            (json!("User Administrator"), json!("Eligible Member"), json!(true)),
            (json!("Reports Reader"), json!("Active Member"), json!(true)),
        ]);
        let mine = "/v1.0/roleManagement/directory/roleEligibilitySchedules/filterByCurrentUser(on='principal')";
        assert_eq!(world.ada().get(mine).await.expect(200).rows()[0]["roleDefinitionId"], json!(users));
    }
}

on_every_engine! {
    /// R-G4: whoever changes a group's settings, so that a package in which it is lasts longer, is told in the answer.
    r_g4_a_change_of_a_groups_settings_tells_of_the_packages_that_last_longer, |world| {
        let made = world.make_package().await;
        let (admin, group) = (world.admin(), world.group("prod-admins"));
        let named = format!("/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq 'member'");
        let policy = admin.get(&named).await.expect(200).rows()[0]["policyId"].as_str().unwrap().to_owned();
        let rule = |days: u32| json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyExpirationRule", "id": "Expiration_Admin_Eligibility",
            "isExpirationRequired": true, "maximumDuration": format!("P{days}D"),
        });
        let at = format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/Expiration_Admin_Eligibility");
        let told = admin.patch(&at, &rule(7)).await.expect(200).json();
        let called = told["@ephor.warnings"][0].as_str().unwrap();
        for word in ["On call", "30 d", "7 d", "expire eligible assignments after"] {
            assert!(called.contains(word), "{word}: {called}");
        }
        let told = admin.patch(&at, &rule(60)).await.expect(200).json();
        assert!(told.get("@ephor.warnings").is_none());
        let of_package = admin.get(&format!("/ephor/v1/packages/{}/lifecycle", made.package)).await.expect(200).rows();
        assert!(of_package.is_empty());
    }
}
