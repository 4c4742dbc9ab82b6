//! The real binary writes letters to a real mail server (R-C4, R-F4, T-30, T-59, F-01).

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use ephor_connect::testing::{Bad, Protection, Received, Receiver};
use mail_parser::MessageParser;
use serde_json::{Value, json};

use super::support::{ADMIN, Admin, Scratch, Server, group};

/// How long a letter may take that is written within a second and sent at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file in the scratch directory that only its owner reads.
fn secret(scratch: &Scratch, name: &str, text: &str) -> PathBuf {
    let file = scratch.path().join(name);
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    file
}

/// Serves with these lines in the section `mail`.
fn serve(scratch: &Scratch, mail: &str) -> Server {
    scratch.serve_with(&["--config", settings(scratch, mail).to_str().unwrap()])
}

fn settings(scratch: &Scratch, mail: &str) -> PathBuf {
    let file = scratch.path().join("ephor.toml");
    std::fs::write(&file, format!("[mail]\n{mail}\n")).unwrap();
    file
}

fn admin<'a>(scratch: &Scratch, server: &'a Server) -> Admin<'a> {
    Admin {
        server,
        token: scratch.token(ADMIN, &["--quiet", "--mfa"]),
    }
}

fn mails(scratch: &Scratch) -> Vec<Value> {
    let listed = scratch.run(&["mail", "list", "--output", "json"]).done();
    listed.json()["mails"].as_array().unwrap().clone()
}

/// Mails of this state, once there are so many of them.
fn wait_for_mails(scratch: &Scratch, state: &str, count: usize) -> Vec<Value> {
    for _ in 0..600 {
        let found: Vec<_> = mails(scratch)
            .into_iter()
            .filter(|mail| mail["state"] == state)
            .collect();
        if found.len() >= count {
            return found;
        }
        std::thread::park_timeout(Duration::from_millis(50));
    }
    panic!("{:#?}", mails(scratch));
}

fn plain(received: &Received) -> String {
    let mail = MessageParser::default().parse(&received.bytes).unwrap();
    mail.body_text(0).unwrap().replace("\r\n", "\n")
}

fn html(received: &Received) -> String {
    let mail = MessageParser::default().parse(&received.bytes).unwrap();
    mail.body_html(0).unwrap().into_owned()
}

#[test]
fn r_f4_every_approver_gets_a_letter_with_a_link_straight_to_the_request() {
    let scratch = Scratch::with_tenant();
    let receiver = Receiver::start(Protection::StartTls);
    let ca = secret(&scratch, "ca.pem", receiver.root_pem().unwrap());
    let password = secret(&scratch, "mail-password", "s3cret\n");
    let server = serve(
        &scratch,
        &format!(
            "host = \"localhost\"\nport = \"{}\"\nfrom = \"pim@contoso.example\"\nusername = \"pim\"\n\
             password_file = {password:?}\nca_file = {ca:?}\ntime_zone = \"UTC\"",
            receiver.address().port()
        ),
    );
    let admin = admin(&scratch, &server);
    let (ada, grace) = (admin.user("ada"), admin.user("grace"));
    // T-30: a name that a subject would be fooled by, and a reason that would be more than a reason.
    let mut named = group("eve");
    named["displayName"] = json!("<b>Bcc: eve@contoso.example</b>, PIM");
    let group = admin.make("/v1.0/groups", &named)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    admin.eligible(&ada, &group, "member");
    let policies = format!(
        "/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '{group}' and scopeType eq 'Group' and roleDefinitionId eq 'member'"
    );
    let (_, found) = server.send(
        "GET",
        &policies.replace(' ', "%20"),
        Some(&admin.token),
        None,
    );
    let policy = found["value"][0]["policyId"].as_str().unwrap();
    let (status, told) = server.send(
        "PATCH",
        &format!(
            "/v1.0/policies/roleManagementPolicies/{policy}/rules/Approval_EndUser_Assignment"
        ),
        Some(&admin.token),
        Some(&json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
            "setting": { "isApprovalRequired": true, "approvalStages": [{ "primaryApprovers": [
                { "@odata.type": "#microsoft.graph.singleUser", "userId": grace },
            ]}]},
        })),
    );
    assert!(status < 300, "{told:#}");

    let reason = "incident 7\r\nBcc: eve@contoso.example\r\n\r\n.\r\n<script>alert(1)</script>";
    let asked = json!({
        "action": "selfActivate", "accessId": "member", "principalId": ada, "groupId": group,
        "justification": reason,
        "scheduleInfo": { "expiration": { "type": "afterDuration", "duration": "PT1H" } },
    });
    let adas = scratch.token("ada@contoso.example", &["--quiet", "--mfa"]);
    let (status, request) = server.send(
        "POST",
        "/v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleRequests",
        Some(&adas),
        Some(&asked),
    );
    assert_eq!(
        (status, &request["status"]),
        (201, &json!("PendingApproval")),
        "{request:#}"
    );

    // Side by side, so the first to come may be any; the administrator hears of the two tokens (T-43).
    let mut received = receiver.wait_for(4, PATIENCE);
    received.retain(|one| one.to != [ADMIN]);
    received.sort_by(|one, other| one.to.cmp(&other.to));
    let to: Vec<_> = received.iter().map(|one| one.to.clone()).collect();
    assert_eq!(to, [["ada@contoso.example"], ["grace@contoso.example"]]);
    for letter in &received {
        assert!(letter.over_tls);
        assert!(letter.login.is_some());
        assert_eq!(letter.from, "pim@contoso.example");
        let mail = MessageParser::default().parse(&letter.bytes).unwrap();
        let to: Vec<_> = mail
            .to()
            .unwrap()
            .iter()
            .map(|one| one.address().unwrap().to_owned())
            .collect();
        assert_eq!(to, letter.to, "what the header says is who gets it");
        assert!(mail.cc().is_none() && mail.bcc().is_none());
        assert_eq!(mail.parts.len(), 3, "one message in two dresses");
    }
    let mail = MessageParser::default().parse(&received[1].bytes).unwrap();
    // The name is in the letter, and not where it could pass for something else.
    assert_eq!(
        mail.subject(),
        Some("PIM: your approval is asked for in a group")
    );
    let id = request["id"].as_str().unwrap();
    let (text, page) = (plain(&received[1]), html(&received[1]));
    let link = format!("\n{}/approvals/{id}\n", server.url());
    assert!(text.contains(&link), "{text}");
    assert!(
        text.contains("Justification:\n> incident 7\n> Bcc: eve@contoso.example\n> \n> .\n> <script>alert(1)</script>\n"),
        "{text}"
    );
    assert!(page.contains("<bdi>incident 7<br>Bcc: eve@contoso.example<br><br>.<br>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>"), "{page}");
    assert!(
        page.contains(&format!("href=\"{}/approvals/{id}\"", server.url())),
        "{page}"
    );
    assert!(
        page.contains("&lt;b&gt;Bcc: eve@contoso.example&lt;/b&gt;, PIM"),
        "{page}"
    );
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");

    // Newest first: the question was written after the news of the eligibility.
    let sent = wait_for_mails(&scratch, "sent", 4);
    assert_eq!(
        sent[0]["messageId"],
        format!("<{}>", mail.message_id().unwrap())
    );
    assert_eq!(sent[0]["text"].as_str().unwrap(), text);
}

#[test]
fn f01_a_server_that_is_killed_over_a_letter_sends_it_when_it_is_back() {
    let scratch = Scratch::with_tenant();
    let receiver = Receiver::start(Protection::None);
    let mail = format!(
        "host = \"127.0.0.1\"\nport = \"{}\"\nsecurity = \"none\"\nfrom = \"pim@contoso.example\"",
        receiver.address().port()
    );
    let server = serve(&scratch, &mail);
    let administrator = admin(&scratch, &server);
    let (ada, group) = (administrator.user("ada"), administrator.group("ops"));
    // The administrator hears of their token.
    wait_for_mails(&scratch, "sent", 1);
    // It takes the next letter and says nothing: to Ephor it is still on its way when the power goes.
    receiver.misbehave([Bad::KeepsAndHangsUp]);
    administrator.eligible(&ada, &group, "member");
    let first = receiver.wait_for(2, PATIENCE);
    server.kill();
    assert_eq!(first.len(), 2);
    // Half a minute passes, so that its hold on the letter is over.
    let database = rusqlite::Connection::open(scratch.data().join("ephor.db")).unwrap();
    database
        .execute("UPDATE mails SET due_at = created_at", [])
        .unwrap();
    drop(database);

    let server = serve(&scratch, &mail);
    let all = receiver.wait_for(3, PATIENCE);
    assert_eq!(all.len(), 3);
    assert_eq!(all[1], all[2], "the same message, so that it can be told");
    wait_for_mails(&scratch, "sent", 2);
    drop(server);
}

#[test]
fn without_a_mail_server_mails_are_kept_and_can_be_read() {
    let scratch = Scratch::with_tenant();
    let server = scratch.serve();
    let admin = admin(&scratch, &server);
    let (ada, group) = (admin.user("ada"), admin.group("ops"));
    admin.eligible(&ada, &group, "member");
    // Newest first; the one before tells the administrator of their token.
    let kept = wait_for_mails(&scratch, "kept", 2);
    assert_eq!(kept[0]["to"], "ada@contoso.example");
    assert_eq!(kept[0]["subject"], "PIM: new eligible assignment in ops");
    assert!(kept[0]["text"].as_str().unwrap().contains(server.url()));

    let table = scratch.run(&["mail", "list"]).done().out;
    assert!(table.starts_with("NO."), "{table}");
    assert!(
        table.contains("kept") && table.contains("new eligible assignment in ops"),
        "{table}"
    );
    let full = scratch
        .run(&["mail", "list", "--full", "--limit", "1"])
        .done()
        .out;
    assert!(full.contains("To: ada@contoso.example\n"), "{full}");
    assert!(
        full.contains("\nada was made eligible for membership of ops.\n"),
        "{full}"
    );
    let none = scratch
        .run(&["mail", "list", "--state", "sent", "--output", "json"])
        .done();
    assert_eq!(none.json(), json!({ "mails": [] }));

    // The same from the server, for whoever may.
    let url = server.url().to_owned();
    let args = [
        "mail", "list", "--server", &url, "--state", "kept", "--output", "json",
    ];
    let listed = server.run(&admin.token, &args).done().json();
    assert_eq!(listed["mails"], json!(kept));
    let adas = scratch.token("ada@contoso.example", &["--quiet"]);
    server
        .run(&adas, &args[..4])
        .failed(1, "nsufficient privileges");
    scratch
        .run(&["mail", "list", "--state", "lost"])
        .failed(2, "undelivered");
}

#[test]
fn t59_a_password_that_others_can_read_stops_the_start() {
    let scratch = Scratch::with_tenant();
    let password = secret(&scratch, "mail-password", "s3cret");
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o644)).unwrap();
    let file = settings(
        &scratch,
        &format!(
            "host = \"localhost\"\nfrom = \"pim@contoso.example\"\nusername = \"pim\"\npassword_file = {password:?}"
        ),
    );
    let refused = |words: &str| {
        scratch
            .run(&[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--config",
                file.to_str().unwrap(),
            ])
            .failed(2, words)
    };
    let told = refused("others on this machine may read the password");
    assert!(!told.err.contains("s3cret"), "{}", told.err);
    secret(&scratch, "mail-password", "two\nlines\n");
    let told = refused("on its one line");
    assert!(!told.err.contains("lines\n"), "{}", told.err);
    std::fs::remove_file(&password).unwrap();
    refused("can't be read");
}

#[test]
fn the_demonstration_keeps_its_mails_to_be_read() {
    let scratch = Scratch::empty();
    let data = scratch.data();
    let data = data.to_str().unwrap();
    let server = Server::start(&["demo", "--listen", "127.0.0.1:0", "--data", data]);
    let kept = wait_for_mails(&scratch, "kept", 20);
    assert!(kept.iter().all(|mail| mail["state"] == "kept"));
    let link = format!("{}/requests/", server.url());
    assert!(
        kept.iter()
            .any(|mail| mail["text"].as_str().unwrap().contains(&link))
    );
}
