//! What infrastructure tools send, call by call (`infrastructure-clients.md` section 2), by an application in its
//! own name: methods, versions, encodings, headers and bodies as they come, and what such a tool needs of each
//! answer. Traps are those of the same document's section 4.

mod groups;
mod lookups;
mod packages;
mod programs;
mod roles;
mod units;
mod users;

use serde_json::{Value, json};

use crate::programs::{program, signed_in};
use crate::support::{Answer, Session, URL, World};

/// Sent with every request, also where there is no body (`infrastructure-clients.md` 1.4).
const HEADERS: [(&str, &str); 5] = [
    (
        "accept",
        "application/json; charset=utf-8; IEEE754Compatible=false",
    ),
    ("content-type", "application/json; charset=utf-8"),
    ("odata-version", "4.0"),
    ("odata-maxversion", "4.0"),
    (
        "user-agent",
        "HashiCorp Terraform/1.9 terraform-provider-azuread/3.9.0 pid-222c6c49-1b0a-5959-a213-6608f9eb8820",
    ),
];

/// The tool: an application that signed in by its secret.
struct Tool<'a> {
    session: Session<'a>,
    /// The `oid` of its token.
    id: String,
}

impl<'a> Tool<'a> {
    async fn of(world: &'a World) -> Self {
        let permissions = [
            "User.ReadWrite.All",
            "Group.ReadWrite.All",
            "Directory.ReadWrite.All",
            "Application.ReadWrite.All",
            "AdministrativeUnit.ReadWrite.All",
            "RoleManagement.ReadWrite.Directory",
            "EntitlementManagement.ReadWrite.All",
        ];
        let made = program(world, "Infrastructure", &permissions).await;
        let id = made[1]["id"].as_str().unwrap().to_owned();
        // Its permissions set no passwords: for that a program holds a role (`directory.md` 7.3).
        let user_administrator = "fe930be7-5e62-47db-91af-98c3a49a38b1";
        let role = json!({"principalId": id, "roleDefinitionId": user_administrator, "directoryScopeId": "/"});
        let assignments = "/v1.0/roleManagement/directory/roleAssignments";
        world.admin().post(assignments, &role).await.expect(201);
        Self {
            session: signed_in(world, &made).await,
            id,
        }
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(|body| body.to_string().into_bytes());
        let told = self.session.send(method, path, &HEADERS, body).await;
        // Trap 14: an error without JSON is a crash; trap 11: a 5xx would be sent again.
        if told.status >= 400 {
            assert!(
                told.status < 500 && told.error()["code"].is_string(),
                "{}: {}",
                told.asked,
                told.text
            );
        }
        told
    }

    /// `GET`, with a query as Go's form encoding writes it: sorted, `+` for a blank, nearly all else in percent.
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        let mut pairs: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", form(name), form(value)))
            .collect();
        pairs.sort_unstable();
        let query = if pairs.is_empty() {
            String::new()
        } else {
            format!("?{}", pairs.join("&"))
        };
        self.send("GET", &format!("{path}{query}"), None).await
    }

    /// The rows of a list: `value` is an array, also where it is empty.
    async fn rows(&self, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
        let told = self.get(path, query).await.expect(200);
        assert!(
            told.headers["content-type"]
                .to_str()
                .unwrap()
                .starts_with("application/json")
        );
        told.rows()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let told = self.send("POST", path, Some(body)).await;
        assert!(
            [200, 201, 202, 204].contains(&told.status),
            "{}: {}",
            told.asked,
            told.text
        );
        if told.status == 204 {
            Value::Null
        } else {
            told.json()
        }
    }

    async fn patch(&self, path: &str, body: &Value) {
        let told = self.send("PATCH", path, Some(body)).await;
        assert!(
            [200, 202, 204].contains(&told.status),
            "{}: {}",
            told.asked,
            told.text
        );
    }

    /// Trap 10: only 200 and 204 will do.
    async fn delete(&self, path: &str) {
        let told = self.send("DELETE", path, None).await;
        assert!(
            [200, 204].contains(&told.status),
            "{}: {}",
            told.asked,
            told.text
        );
    }

    /// W5: five answers in a row that agree (trap 17).
    async fn settles(&self, path: &str, agrees: impl Fn(&Answer) -> bool) {
        for _ in 0..5 {
            let told = self.get(path, &[]).await;
            assert!(agrees(&told), "{}: {}", told.asked, told.text);
        }
    }

    async fn is_gone(&self, path: &str) {
        self.settles(path, |told| told.status == 404).await;
    }

    /// `ref(V,x)`, and for groups `ref(B,x)`.
    fn reference(version: &str, id: &str) -> Value {
        json!({"@odata.id": format!("{URL}/{version}/directoryObjects/{id}")})
    }
}

/// One part of a query in form encoding.
fn form(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}
