//! `azuread_application` and `azuread_service_principal` (`infrastructure-clients.md` 2.9).

use serde_json::{Value, json};

use super::{Tool, id};
use crate::support::{URL, on_every_engine};

fn application(tool: &Tool<'_>) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.application", "displayName": "acctest-APP", "signInAudience": "AzureADMyOrg",
        "owners@odata.bind": [format!("{URL}/v1.0/directoryObjects/{}", tool.id)],
        "api": {
            "@odata.type": "#microsoft.graph.apiApplication", "acceptMappedClaims": false, "knownClientApplications": [],
            "oauth2PermissionScopes": [], "requestedAccessTokenVersion": 1,
        },
        "publicClient": {"redirectUris": []}, "spa": {"redirectUris": []},
        "web": {
            "homePageUrl": null, "logoutUrl": null, "redirectUris": [],
            "implicitGrantSettings": {"enableAccessTokenIssuance": false, "enableIdTokenIssuance": false},
        },
        "optionalClaims": {}, "info": {"marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null, "termsOfServiceUrl": null},
        "appRoles": [], "identifierUris": [], "requiredResourceAccess": [], "tags": [],
        "description": null, "groupMembershipClaims": null, "notes": null, "serviceManagementReference": null,
        "isDeviceOnlyAuthSupported": false, "isFallbackPublicClient": false,
    })
}

on_every_engine! {
    /// Traps 16 and 29: made with the tool as owner, renamed there and back, and left without one; its service
    /// principal the same; both gone with the application.
    an_application_and_its_service_principal_are_made_and_deleted, |world| {
        let tool = Tool::of(&world).await;
        let sent = application(&tool);
        let made = tool.post("/v1.0/applications", &sent).await;
        let path = format!("/v1.0/applications/{}", id(&made));
        tool.patch(&path, &json!({"displayName": "TERRAFORM_UPDATE_8e5b7a52-33a4-4a8c-a4d6-3c2b4f6f1b77"})).await;
        tool.patch(&path, &json!({"displayName": "acctest-APP"})).await;
        tool.delete(&format!("{path}/owners/{}/$ref", tool.id)).await;
        let told = tool.get(&path, &[]).await.expect(200).json();
        for (name, value) in sent.as_object().unwrap() {
            if !name.contains("@odata") {
                assert_eq!(&told[name], value, "{name}");
            }
        }
        assert!(told["appId"].is_string() && told["appId"] != told["id"]);
        let beta = format!("/beta/applications/{}", id(&made));
        assert_eq!(tool.get(&beta, &[("$select", "oauth2RequirePostResponse")]).await.expect(200).json()["oauth2RequirePostResponse"], false);
        assert!(tool.rows(&format!("{path}/owners"), &[]).await.is_empty(), "trap 29");

        let app = made["appId"].as_str().unwrap();
        let filter = format!("appId eq '{app}'");
        assert!(tool.rows("/v1.0/servicePrincipals", &[("$filter", &filter)]).await.is_empty());
        let account = json!({
            "@odata.type": "#microsoft.graph.servicePrincipal", "accountEnabled": true, "alternativeNames": [], "appId": app,
            "appRoleAssignmentRequired": false, "description": "TERRAFORM_UPDATE_5c2f5f0f-6a63-4f3d-b2a5-8f6a0d5f9f10",
            "loginUrl": null, "notes": null, "preferredSingleSignOnMode": null, "notificationEmailAddresses": [], "tags": [],
            "owners@odata.bind": [format!("{URL}/v1.0/directoryObjects/{}", tool.id)],
        });
        let own = tool.post("/v1.0/servicePrincipals", &account).await;
        let account = format!("/v1.0/servicePrincipals/{}", id(&own));
        tool.patch(&account, &json!({"description": null})).await;
        tool.delete(&format!("{account}/owners/{}/$ref", tool.id)).await;
        let told = tool.get(&account, &[]).await.expect(200).json();
        assert_eq!((&told["displayName"], &told["appId"], &told["description"]), (&json!("acctest-APP"), &json!(app), &Value::Null));
        assert_eq!((&told["accountEnabled"], &told["appRoleAssignmentRequired"]), (&json!(true), &json!(false)));
        assert_eq!((&told["servicePrincipalType"], &told["tags"]), (&json!("Application"), &json!([])));
        let beta = format!("/beta/servicePrincipals/{}", id(&own));
        assert_eq!(tool.get(&beta, &[("$select", "samlMetadataUrl")]).await.expect(200).json()["samlMetadataUrl"], Value::Null);
        assert!(tool.rows(&format!("{account}/owners"), &[]).await.is_empty());
        assert_eq!(tool.rows("/v1.0/servicePrincipals", &[("$filter", &filter)]).await.len(), 1);

        tool.delete(&account).await;
        tool.is_gone(&account).await;
        tool.post("/v1.0/servicePrincipals", &json!({"appId": app})).await;
        tool.delete(&path).await;
        tool.is_gone(&path).await;
        assert!(tool.rows("/v1.0/servicePrincipals", &[("$filter", &filter)]).await.is_empty());
    }
}

on_every_engine! {
    /// Section 5: 27 applications, each with its service principal.
    twenty_seven_applications_come_and_go, |world| {
        let tool = Tool::of(&world).await;
        let mut paths = Vec::new();
        for _ in 0..27 {
            let made = tool.post("/v1.0/applications", &application(&tool)).await;
            tool.post("/v1.0/servicePrincipals", &json!({"appId": made["appId"]})).await;
            paths.push(format!("/v1.0/applications/{}", id(&made)));
        }
        assert_eq!(tool.rows("/v1.0/servicePrincipals", &[]).await.len(), 28);
        for path in &paths {
            tool.delete(path).await;
        }
        assert_eq!(tool.rows("/v1.0/applications", &[]).await.len(), 1);
    }
}
