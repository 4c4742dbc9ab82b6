//! Directory roles by the commands that groups have: seen, activated, approved, ended (R-H5).

use serde_json::{Value, json};

use super::support::{Admin, Said, Scratch};

const GROUPS_ADMINISTRATOR: &str = "fdd7a751-b60b-444a-984c-02652fe8fa1c";
const REPORTS_READER: &str = "4a5d8f65-41da-4de4-8968-e035b65339cf";

fn eligible(principal: &str, definition: &str) -> Value {
    json!({
        "action": "adminAssign", "principalId": principal, "roleDefinitionId": definition,
        "directoryScopeId": "/", "justification": "on call",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "P30D"}},
    })
}

/// Activating this role needs the approval of somebody.
fn approved_by(admin: &Admin<'_>, definition: &str, approver: &str) {
    let filter = format!(
        "scopeId%20eq%20'/'%20and%20scopeType%20eq%20'DirectoryRole'%20and%20roleDefinitionId%20eq%20'{definition}'"
    );
    let path = format!("/v1.0/policies/roleManagementPolicyAssignments?$filter={filter}");
    let send = |method, path: &str, body: Option<&Value>| {
        let (status, answer) = admin.server.send(method, path, Some(&admin.token), body);
        assert_eq!(status, 200, "{answer:#}");
        answer
    };
    let found = send("GET", &path, None);
    let policy = found["value"][0]["policyId"].as_str().unwrap();
    let rule =
        format!("/v1.0/policies/roleManagementPolicies/{policy}/rules/Approval_EndUser_Assignment");
    let setting = json!({
        "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
        "setting": {"isApprovalRequired": true, "approvalStages": [
            {"primaryApprovers": [{"@odata.type": "#microsoft.graph.singleUser", "userId": approver}]},
        ]},
    });
    send("PATCH", &rule, Some(&setting));
}

/// A person's own directory roles, from seeing them to giving them back.
fn a_life(scratch: &Scratch) {
    let server = scratch.serve();
    let token = |name: &str| {
        let more = ["--quiet", "--mfa", "--public-url", server.url()];
        scratch.token(&format!("{name}@contoso.example"), &more)
    };
    let admin = Admin {
        server: &server,
        token: token("admin"),
    };
    let ada = admin.user("ada");
    let farah = admin.user("farah");
    let requests = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests";
    for definition in [GROUPS_ADMINISTRATOR, REPORTS_READER] {
        admin.make(requests, &eligible(&ada, definition));
    }
    let run = |name: &str, args: &[&str]| -> Said { server.run(&token(name), args) };

    let roles = run("ada", &["list", "--output", "json"]).json();
    let mut eligible = roles["eligible"].as_array().unwrap().iter();
    let role = eligible.find(|role| role["group"] == "Groups Administrator");
    let role = role.unwrap_or_else(|| panic!("{roles:#}"));
    assert_eq!(role["roleDefinitionId"], GROUPS_ADMINISTRATOR);
    assert_eq!(role["directoryScopeId"], "/");
    assert_eq!(
        (&role["groupId"], &role["accessId"]),
        (&Value::Null, &json!("role"))
    );

    let activated = run(
        "ada",
        &[
            "activate",
            "groups adm",
            "--for",
            "2h",
            "--why",
            "a wrong owner",
        ],
    );
    assert!(activated.done().out.contains("active until"));
    let requests = run("ada", &["requests", "--output", "json"]).json();
    assert_eq!(
        requests["requests"][0]["group"], "Groups Administrator",
        "{requests:#}"
    );
    let early = run("ada", &["deactivate", "Groups Administrator"]);
    early.failed_out(1, "5 minutes");

    // What needs approval waits for it, and is decided by its id.
    approved_by(&admin, REPORTS_READER, &farah);
    let asked = run("ada", &["activate", "reports", "--why", "the audit"]);
    assert_eq!(asked.code, 4, "{}{}", asked.out, asked.err);
    let waiting = run("farah", &["approvals", "--output", "json"]).json();
    let id = waiting["requests"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(waiting["requests"][0]["roleDefinitionId"], REPORTS_READER);
    run("farah", &["approve", &id[..8], "--why", "fine"]).done();
    let roles = run("ada", &["list", "--output", "json"]).json();
    assert_eq!(roles["active"].as_array().unwrap().len(), 2, "{roles:#}");
}

#[test]
fn r_h5_a_directory_role_is_activated_by_its_name() {
    a_life(&Scratch::with_tenant());
}

#[test]
fn r_h5_a_directory_role_is_activated_by_its_name_on_postgres() {
    if let Some(scratch) = Scratch::on_postgres() {
        a_life(&scratch);
    }
}
