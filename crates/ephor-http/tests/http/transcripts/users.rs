//! `azuread_user` and its data sources (`infrastructure-clients.md` 2.2).

use serde_json::{Value, json};

use super::{Tool, id};
use crate::support::on_every_engine;

const DETAILS: &str = "accountEnabled,ageGroup,city,companyName,consentProvidedForMinor,country,department,employeeHireDate,employeeId,employeeOrgData,employeeType,faxNumber,mailNickname,onPremisesImmutableId,otherMails,passwordPolicies,postalCode,state,streetAddress,usageLocation";
const FORTY_TWO: &str = "aboutMe,accountEnabled,ageGroup,businessPhones,city,companyName,consentProvidedForMinor,country,creationType,department,displayName,employeeHireDate,employeeId,employeeOrgData,employeeType,externalUserState,faxNumber,givenName,id,imAddresses,jobTitle,mail,mailNickname,mobilePhone,officeLocation,onPremisesDistinguishedName,onPremisesDomainName,onPremisesImmutableId,onPremisesSamAccountName,onPremisesSecurityIdentifier,onPremisesSyncEnabled,onPremisesUserPrincipalName,otherMails,postalCode,preferredLanguage,proxyAddresses,showInAddressList,state,streetAddress,surname,usageLocation,userPrincipalName,userType";
const USERS: &str = "accountEnabled,displayName,employeeId,id,mail,mailNickname,onPremisesImmutableId,onPremisesSamAccountName,onPremisesUserPrincipalName,usageLocation,userPrincipalName,userType";

/// As little as the tool sends: what is not configured is null.
fn smallest(name: &str) -> Value {
    let mut body = json!({
        "@odata.type": "#microsoft.graph.user", "accountEnabled": true, "mailNickname": "acctest",
        "otherMails": [], "employeeOrgData": {"costCenter": null, "division": null},
        "passwordProfile": {
            "@odata.type": "#microsoft.graph.passwordProfile", "forceChangePasswordNextSignIn": false,
            "password": "a fine 1st passphrase",
        },
        "displayName": "acctestUser", "userPrincipalName": format!("{name}@contoso.example"),
    });
    for name in [
        "ageGroup",
        "city",
        "companyName",
        "consentProvidedForMinor",
        "country",
        "department",
        "employeeId",
        "employeeType",
        "faxNumber",
        "givenName",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "passwordPolicies",
        "postalCode",
        "preferredLanguage",
        "state",
        "streetAddress",
        "surname",
        "usageLocation",
    ] {
        body[name] = Value::Null;
    }
    body
}

on_every_engine! {
    /// Traps 7, 10, 14, 17, 23 and 24: made with everything, given a manager, read, changed, emptied, deleted.
    a_user_is_made_changed_and_deleted_as_the_tool_does_it, |world| {
        let tool = Tool::of(&world).await;
        let manager = tool.post("/v1.0/users", &smallest("manager")).await;
        let mut sent = smallest("o'hara");
        for (name, value) in json!({
            "ageGroup": "Adult", "businessPhones": ["12345678901"], "city": "acctest-City", "companyName": "acctest-Company",
            "consentProvidedForMinor": "Granted", "country": "acctest-Country", "department": "acctest-Department",
            "employeeHireDate": "2024-01-31T12:30:00Z", "employeeId": "12345", "employeeOrgData": {"costCenter": "cost", "division": "div"},
            "employeeType": "Contractor", "faxNumber": "(555) 555-5555", "givenName": "acctest-Given", "jobTitle": "acctest-Job",
            "mail": "acctest@contoso.example", "mobilePhone": "(555) 555-6666", "officeLocation": "acctest-Office",
            "onPremisesImmutableId": "12", "otherMails": ["acctest@home.example"],
            "passwordPolicies": "DisablePasswordExpiration, DisableStrongPassword", "postalCode": "111111",
            "preferredLanguage": "es-CO", "state": "acctest-State", "streetAddress": "acctest-Street", "surname": "acctest-Surname",
            "usageLocation": "NO",
        }).as_object().unwrap() {
            sent[name] = value.clone();
        }
        let made = tool.post("/v1.0/users", &sent).await;
        let (one, beta) = (format!("/v1.0/users/{}", id(&made)), format!("/beta/users/{}", id(&made)));
        tool.patch(&beta, &json!({"showInAddressList": true})).await;
        let told = tool.send("PUT", &format!("{one}/manager/$ref"), Some(&Tool::reference("v1.0", id(&manager)))).await;
        assert_eq!(told.status, 204, "{}", told.text);
        tool.settles(&one, |told| told.status == 200 && told.json()["id"] == made["id"]).await;

        let details = tool.get(&one, &[("$select", DETAILS)]).await.expect(200).json();
        for name in DETAILS.split(',') {
            assert_eq!(details[name], sent[name], "{name}");
        }
        let told = tool.get(&one, &[]).await.expect(200).json();
        for name in ["businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation", "preferredLanguage", "surname", "userPrincipalName"] {
            assert_eq!(told[name], sent[name], "{name}");
        }
        assert_eq!(tool.get(&beta, &[("$select", "showInAddressList")]).await.expect(200).json()["showInAddressList"], true);
        assert_eq!(tool.get(&format!("{one}/manager"), &[]).await.expect(200).json()["id"], manager["id"]);

        // Trap 23: a password that is refused takes the rest of that change with it.
        let weak = json!({"city": "elsewhere", "passwordProfile": {"forceChangePasswordNextSignIn": false, "password": "short"}});
        let told = tool.send("PATCH", &one, Some(&weak)).await.expect(400);
        assert!(told.message().contains("specified password does not comply"), "{}", told.message());
        assert_eq!(tool.get(&one, &[("$select", "city")]).await.expect(200).json()["city"], "acctest-City");

        // The next plan has all of it taken away, and the policies the other way round before that.
        tool.patch(&one, &json!({"passwordPolicies": "DisableStrongPassword, DisablePasswordExpiration"})).await;
        let mut empty = smallest("o'hara");
        empty.as_object_mut().unwrap().remove("mail");
        empty.as_object_mut().unwrap().remove("passwordProfile");
        empty["businessPhones"] = json!([]);
        empty["showInAddressList"] = json!(true);
        empty["onPremisesImmutableId"] = Value::Null;
        tool.patch(&one, &empty).await;
        tool.delete(&format!("{one}/manager/$ref")).await;
        let details = tool.get(&one, &[("$select", DETAILS)]).await.expect(200).json();
        for name in ["ageGroup", "city", "companyName", "employeeId", "passwordPolicies", "usageLocation", "onPremisesImmutableId"] {
            assert_eq!(details[name], Value::Null, "{name}");
        }
        assert_eq!(details["otherMails"], json!([]));
        assert_eq!(tool.get(&one, &[]).await.expect(200).json()["mail"], "acctest@contoso.example", "mail is only sent if there is one");
        assert_eq!(tool.get(&format!("{one}/manager"), &[]).await.status, 404);

        tool.delete(&one).await;
        tool.is_gone(&one).await;
    }
}

on_every_engine! {
    /// The data sources: by name, mail, nickname and number, with quotes doubled, and 42 properties of one.
    users_are_looked_up_as_the_tool_does_it, |world| {
        let tool = Tool::of(&world).await;
        let mut ids = Vec::new();
        for name in ["o'hara", "other"] {
            let mut sent = smallest(name);
            sent["employeeId"] = json!(format!("{name}-1"));
            sent["mail"] = json!(format!("{name}@contoso.example"));
            ids.push(id(&tool.post("/v1.0/users", &sent).await).to_owned());
        }
        for filter in [
            "userPrincipalName eq 'o''hara@contoso.example'", "mail eq 'o''hara@contoso.example'", "employeeId eq 'o''hara-1'",
        ] {
            let rows = tool.rows("/v1.0/users", &[("$filter", filter)]).await;
            assert_eq!(rows.len(), 1, "{filter}");
            assert_eq!(rows[0]["id"], ids[0]);
            let rows = tool.rows("/v1.0/users", &[("$filter", filter), ("$select", USERS)]).await;
            assert!(rows[0]["userPrincipalName"].is_string() && rows[0].get("city").is_none());
        }
        // Several users may have the same nickname.
        assert_eq!(tool.rows("/v1.0/users", &[("$filter", "mailNickname eq 'acctest'")]).await.len(), 2);
        let told = tool.get(&format!("/v1.0/users/{}", ids[0]), &[("$select", FORTY_TWO)]).await.expect(200).json();
        for name in FORTY_TWO.split(',') {
            assert!(told.get(name).is_some(), "{name}");
        }
        assert!(told["imAddresses"].is_array() && told["proxyAddresses"].is_array() && told["businessPhones"].is_array());
        let all = tool.rows("/v1.0/users", &[("$select", USERS)]).await;
        assert_eq!(all.len(), 6);
    }
}
