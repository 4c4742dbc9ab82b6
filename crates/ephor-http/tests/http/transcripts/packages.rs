//! `azuread_access_package*`, by an application in its own name, in the older shapes of `/beta`
//! (`infrastructure-clients.md` 2.5).

use serde_json::{Value, json};

use super::groups::group;
use super::{Tool, id};
use crate::support::on_every_engine;

const EM: &str = "/beta/identityGovernance/entitlementManagement";
const ROLES: &str = "/beta/roleManagement/entitlementManagement";

/// What the tool keeps of a catalog while it makes something in it: the answer without audit fields.
fn plain(catalog: &Value) -> Value {
    let mut plain = catalog.clone();
    for audit in [
        "createdBy",
        "createdDateTime",
        "modifiedBy",
        "modifiedDateTime",
        "@odata.context",
    ] {
        plain.as_object_mut().unwrap().remove(audit);
    }
    plain
}

async fn catalog(tool: &Tool<'_>, name: &str) -> (String, Value) {
    let body = json!({
        "displayName": name, "description": "made by hand of a machine", "catalogStatus": "published",
        "isExternallyVisible": false,
    });
    let made = tool
        .post(&format!("{EM}/accessPackageCatalogs"), &body)
        .await;
    let path = format!("{EM}/accessPackageCatalogs/{}", id(&made));
    let read = tool.get(&path, &[]).await.expect(200).json();
    assert!(
        read["catalogStatus"]
            .as_str()
            .unwrap()
            .eq_ignore_ascii_case("published")
    );
    (path, read)
}

async fn package(tool: &Tool<'_>, catalog: &Value, name: &str) -> String {
    let body = json!({
        "accessPackageCatalog": plain(catalog), "displayName": name, "description": "", "isHidden": false,
    });
    let made = tool.post(&format!("{EM}/accessPackages"), &body).await;
    let path = format!("{EM}/accessPackages/{}", id(&made));
    // Trap 27: the catalog is named nested only, and answered by its id.
    let read = tool.get(&path, &[]).await.expect(200).json();
    assert_eq!(read["catalogId"], catalog["id"]);
    path
}

async fn put(tool: &Tool<'_>, path: &str, body: &Value) {
    let told = tool.send("PUT", path, Some(body)).await;
    assert!(
        [200, 201, 202, 204].contains(&told.status),
        "{}: {}",
        told.asked,
        told.text
    );
}

on_every_engine! {
    /// Traps 1, 9, 17 and 27: a group in a catalog, its role in a package, found by either way of asking, and all of
    /// it gone at once.
    a_group_is_associated_with_a_catalog_and_a_package_and_taken_out_again, |world| {
        let tool = Tool::of(&world).await;
        let made = tool.post("/beta/groups", &group(&tool, "associated", &[])).await;
        let group = id(&made).to_owned();
        let (at_catalog, catalog) = catalog(&tool, "associations").await;
        let listed = format!("{at_catalog}/accessPackageResources");
        let exactly = format!("originId eq '{group}'");
        assert!(tool.rows(&listed, &[("$filter", &exactly)]).await.is_empty());
        let asks = |word: &str| json!({
            "catalogId": id(&catalog), "executeImmediately": true, "requestType": word,
            "accessPackageResource": {"originId": group, "originSystem": "AadGroup"},
        });
        let requests = format!("{EM}/accessPackageResourceRequests");
        assert!(!id(&tool.post(&requests, &asks("AdminAdd")).await).is_empty());
        let begins = format!("startswith(originId, '{group}')");
        for _ in 0..5 {
            assert_eq!(tool.rows(&listed, &[("$filter", &begins)]).await.len(), 1);
        }
        let row = tool.rows(&listed, &[("$filter", &exactly)]).await.remove(0);
        for (name, value) in [("originId", group.as_str()), ("originSystem", "AadGroup"), ("resourceType", "Group")] {
            assert_eq!(row[name], value);
        }
        assert_eq!(tool.rows(&requests, &[]).await[0]["requestType"], "AdminAdd");

        let at_package = package(&tool, &catalog, "associated").await;
        let scopes = format!("{at_package}/accessPackageResourceRoleScopes");
        let expand = "accessPackageResourceRoleScopes($expand=accessPackageResourceRole,accessPackageResourceScope)";
        let held = async || {
            let read = tool.get(&at_package, &[("$expand", expand)]).await.expect(200).json();
            read["accessPackageResourceRoleScopes"].as_array().unwrap().clone()
        };
        assert!(held().await.is_empty(), "the array is there, also where nothing is in it");
        let mut made = Vec::new();
        for role in ["Member", "Owner"] {
            let body = json!({
                "accessPackageResourceRole": {
                    "displayName": role, "originId": format!("{role}_{group}"), "originSystem": "AadGroup",
                    "accessPackageResource": {"id": id(&row), "resourceType": "Group", "originId": group},
                },
                "accessPackageResourceScope": {"originId": group, "originSystem": "AadGroup"},
            });
            let one = id(&tool.post(&scopes, &body).await).to_owned();
            assert!(!one.contains('/'));
            made.push(one);
        }
        let names: Vec<_> = held().await.iter()
            .map(|one| (id(one).to_owned(), one["accessPackageResourceRole"]["displayName"].clone()))
            .collect();
        assert_eq!(names, [(made[0].clone(), json!("Member")), (made[1].clone(), json!("Owner"))]);
        // In use, it stays; out of use, it goes, and the list is empty at once.
        assert_eq!(tool.send("POST", &requests, Some(&asks("AdminRemove"))).await.status, 400);
        for one in &made {
            tool.delete(&format!("{scopes}/{one}")).await;
        }
        assert!(held().await.is_empty());
        tool.post(&requests, &asks("AdminRemove")).await;
        assert!(tool.rows(&listed, &[("$filter", &exactly)]).await.is_empty());
        tool.delete(&at_package).await;
        tool.is_gone(&at_package).await;
        assert_eq!(tool.get(&at_package, &[("$expand", expand)]).await.status, 404);
        tool.delete(&at_catalog).await;
        tool.is_gone(&at_catalog).await;
    }
}

on_every_engine! {
    /// Traps 21, 25 and 26: what is not given is `null` or `""`, lists keep their order and are never `null`, times come
    /// back as they were sent, and a policy is replaced whole.
    a_policy_is_given_with_nulls_and_empty_texts_and_read_without_any, |world| {
        let tool = Tool::of(&world).await;
        let (_, catalog) = catalog(&tool, "policies").await;
        let at_package = package(&tool, &catalog, "asked for").await;
        let package = at_package.rsplit('/').next().unwrap();
        let (ada, carol) = (world.person("ada"), world.person("carol"));
        let policies = format!("{EM}/accessPackageAssignmentPolicies");
        // Nothing but what must be given.
        let least = json!({
            "accessPackageId": package, "displayName": "least", "description": "d", "canExtend": false,
            "durationInDays": 90, "expirationDateTime": null, "questions": [],
        });
        let made = tool.post(&policies, &least).await;
        let at = format!("{policies}/{}", id(&made));
        let read = tool.get(&at, &[]).await.expect(200).json();
        assert_eq!((&read["durationInDays"], &read["expirationDateTime"]), (&json!(90), &Value::Null));
        assert_eq!(read["requestApprovalSettings"]["approvalStages"], json!([]));
        assert_eq!((&read["questions"], &read["canExtend"]), (&json!([]), &json!(false)));

        let set = |kind: &str, is_backup: bool, id: &str| json!({
            "@odata.type": format!("#microsoft.graph.{kind}"), "isBackup": is_backup, "id": id,
        });
        let without_id = |kind: &str| json!({"@odata.type": format!("#microsoft.graph.{kind}"), "isBackup": false});
        let text = |text: &str| json!({"defaultText": text, "localizedTexts": []});
        let whole = json!({
            "accessPackageId": package, "displayName": "whole", "description": "d", "canExtend": true,
            "durationInDays": 0, "expirationDateTime": "2096-09-23T01:02:03Z",
            "requestorSettings": {
                "scopeType": "SpecificDirectorySubjects", "acceptRequests": null,
                "allowedRequestors": [set("singleUser", false, &carol), set("singleUser", false, &ada)],
            },
            "requestApprovalSettings": {
                "isApprovalRequired": true, "isApprovalRequiredForExtension": null,
                "isRequestorJustificationRequired": null,
                "approvalStages": [
                    {
                        "approvalStageTimeOutInDays": 14, "escalationTimeInMinutes": null,
                        "isApproverJustificationRequired": null, "isEscalationEnabled": null,
                        "primaryApprovers": [without_id("requestorManager"), set("singleUser", true, &carol)],
                        "escalationApprovers": [],
                    },
                    {
                        "approvalStageTimeOutInDays": 7, "escalationTimeInMinutes": 2880,
                        "isApproverJustificationRequired": true, "isEscalationEnabled": true,
                        "primaryApprovers": [set("singleUser", false, &carol), set("singleUser", false, &ada)],
                        "escalationApprovers": [set("singleUser", false, &ada)],
                    },
                ],
            },
            "accessReviewSettings": {
                "isEnabled": true, "recurrenceType": "annual", "reviewerType": "Self", "durationInDays": 14,
                "startDateTime": null, "reviewers": [], "isAccessRecommendationEnabled": true,
                "isApprovalJustificationRequired": false, "accessReviewTimeoutBehavior": "keepAccess",
            },
            "questions": [
                {"@odata.type": "#microsoft.graph.accessPackageTextInputQuestion", "isRequired": true, "sequence": 1, "text": text("Why?")},
                {
                    "@odata.type": "#microsoft.graph.accessPackageMultipleChoiceQuestion", "isRequired": false, "sequence": 2,
                    "text": text("Which?"),
                    "choices": [
                        {"actualValue": "b", "displayValue": text("B")}, {"actualValue": "a", "displayValue": text("A")},
                    ],
                },
            ],
        });
        put(&tool, &at, &whole).await;
        let read = tool.get(&at, &[]).await.expect(200).json();
        assert_eq!(read["expirationDateTime"], "2096-09-23T01:02:03Z");
        let ids = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(read["requestorSettings"]["acceptRequests"], false);
        assert_eq!(ids(&read["requestorSettings"]["allowedRequestors"]), [carol.clone(), ada.clone()]);
        let stages = &read["requestApprovalSettings"]["approvalStages"];
        assert_eq!(ids(&stages[0]["primaryApprovers"]), [String::new(), carol.clone()]);
        assert_eq!(stages[0]["primaryApprovers"][0]["@odata.type"], "#microsoft.graph.requestorManager");
        assert_eq!(stages[0]["primaryApprovers"][1]["isBackup"], true);
        assert_eq!((&stages[0]["isEscalationEnabled"], &stages[0]["escalationTimeInMinutes"]), (&json!(false), &json!(0)));
        assert_eq!((&stages[1]["approvalStageTimeOutInDays"], &stages[1]["escalationTimeInMinutes"]), (&json!(7), &json!(2880)));
        assert_eq!(ids(&stages[1]["primaryApprovers"]), [carol.clone(), ada.clone()]);
        for (number, asked) in ["Why?", "Which?"].into_iter().enumerate() {
            assert_eq!(read["questions"][number]["text"], text(asked));
        }
        assert_eq!(read["questions"][1]["choices"][0]["displayValue"], text("B"));
        assert_eq!(read["accessReviewSettings"]["recurrenceType"], "annual");
        put(&tool, &at, &least).await;
        assert_eq!(tool.get(&at, &[]).await.expect(200).json()["questions"], json!([]), "replaced whole");
        tool.delete(&at).await;
        tool.is_gone(&at).await;
        // An association with a package that is not there is an error, not gone.
        let mut nowhere = least.clone();
        nowhere["accessPackageId"] = json!("6aacaee8-4089-4048-9510-3119367fc943");
        assert_eq!(tool.send("POST", &policies, Some(&nowhere)).await.status, 404);
    }
}

on_every_engine! {
    /// The data sources: one row by its name over all catalogs; and a role over a catalog, its scope as it was sent.
    what_there_is_is_found_by_its_name, |world| {
        let tool = Tool::of(&world).await;
        let (_, one) = catalog(&tool, "one catalog").await;
        let (_, other) = catalog(&tool, "the other's").await;
        for (catalog, name) in [(&one, "in one"), (&other, "in the other")] {
            package(&tool, catalog, name).await;
        }
        let found = tool.rows(&format!("{EM}/accessPackageCatalogs"), &[("$filter", "displayName eq 'one catalog'")]).await;
        assert_eq!((found.len(), id(&found[0])), (1, id(&one)));
        let found = tool.rows(&format!("{EM}/accessPackages"), &[("$filter", "displayName eq 'in the other'")]).await;
        assert_eq!((found.len(), &found[0]["catalogId"]), (1, &other["id"]));
        let named = [("$filter", "displayName eq 'Catalog owner'")];
        let role = tool.rows(&format!("{ROLES}/roleDefinitions"), &named).await.remove(0);
        assert_eq!(role["templateId"], role["id"]);
        let read = tool.get(&format!("{ROLES}/roleDefinitions/{}", id(&role)), &[]).await.expect(200).json();
        assert_eq!(read["displayName"], "Catalog owner");
        let scope = format!("/AccessPackageCatalog/{}", id(&one));
        let body = json!({
            "directoryScopeId": "/", "principalId": world.person("bob"), "roleDefinitionId": id(&role), "appScopeId": scope,
        });
        let made = tool.post(&format!("{ROLES}/roleAssignments"), &body).await;
        let at = format!("{ROLES}/roleAssignments/{}", id(&made));
        let read = tool.get(&at, &[]).await.expect(200).json();
        assert_eq!((&read["appScopeId"], &read["directoryScopeId"]), (&json!(scope), &json!("/")));
        tool.delete(&at).await;
        tool.is_gone(&at).await;
    }
}
