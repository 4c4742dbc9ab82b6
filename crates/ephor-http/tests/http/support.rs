//! A tenant with people and groups, served on an ephemeral port, by a clock that stands until it is moved.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use ephor_core::caller::{Caller, Scope};
use ephor_core::group::{GroupKind, Membership, RoleAssignable, Source};
use ephor_core::id::{ApplicationId, GroupId, PrincipalId, SessionId};
use ephor_core::signin::attempts::Attempts;
use ephor_core::signin::session::{Session as SignedIn, SessionKind};
use ephor_core::signin::strength::Method;
use ephor_core::tenant::TenantPurpose;
use ephor_core::text::{DisplayName, MailNickname};
use ephor_core::time::{Clock, Instant, Length};
use ephor_http::{
    Demonstration, HttpOptions, MasterKey, OperatorTokens, SignInOptions, VersionInfo, router,
    token,
};
use ephor_ops::directory::{NewGroup, NewUser, create_group, create_user};
use ephor_ops::tenant::{NewTenant, make};
use ephor_ops::{OpError, mail};
use ephor_store::ambient::ManualClock;
use ephor_store::testing::{Engine, TestStore};
use ephor_store::{AuditQuery, SigningKey};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

pub(crate) const URL: &str = "https://ephor.contoso.example";
pub(crate) const HOST: &str = "ephor.contoso.example";

/// The same test on every engine there is: `name::on_sqlite` and `name::on_postgres`, side by side. What the
/// world is to be served with may stand between the name and the world.
macro_rules! on_every_engine {
    ($(#[$doc:meta])* $name:ident, |$world:ident| $body:block) => {
        $crate::support::on_every_engine! {
            $(#[$doc])* $name, $crate::support::Setup::default(), |$world| $body
        }
    };
    ($(#[$doc:meta])* $name:ident, $setup:expr, |$world:ident| $body:block) => {
        $(#[$doc])*
        async fn $name(engine: ephor_store::testing::Engine) {
            let $world = $crate::support::World::with(&engine, $setup).await;
            $body
        }

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                super::$name(ephor_store::testing::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(engine) = ephor_store::testing::postgres() {
                    super::$name(engine).await;
                }
            }
        }
    };
}
pub(crate) use on_every_engine;

/// The ids of the two sessions that each person has: with a password, and with a second factor.
fn sessions_of(person: PrincipalId) -> [SessionId; 2] {
    [1_u128, 2]
        .map(|which| SessionId::from_uuid(uuid::Uuid::from_u128(person.uuid().as_u128() ^ which)))
}

fn cheap_hash(password: &str) -> String {
    use argon2::password_hash::PasswordHasher;
    let params = argon2::Params::new(8, 1, 1, Some(32)).unwrap();
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password(password.as_bytes())
        .unwrap()
        .to_string()
}

async fn sign_in(store: &TestStore, person: PrincipalId, at: Instant) {
    let application = ApplicationId::from_uuid(uuid::Uuid::nil());
    for (id, methods) in sessions_of(person)
        .into_iter()
        .zip([vec![Method::Password], vec![Method::Password, Method::Totp]])
    {
        let session = SignedIn {
            id,
            user: person,
            kind: SessionKind::Application(application),
            parent: None,
            methods,
            signed_in_at: at,
            strong_at: at,
            enrolled_at: None,
            made_at: at,
            // Tests move the clock by days and stay signed in.
            seen_at: at.plus(Length::days(3_000)).unwrap(),
            until: at.plus(Length::days(3_000)).unwrap(),
            address: None,
            agent: None,
            provider: None,
        };
        store
            .write("session.keep", Caller::person(person), move |tx| {
                tx.keep_session(&session, None).map_err(OpError::from)
            })
            .await
            .unwrap();
    }
}

/// What a world is served with.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) operator_tokens: OperatorTokens,
    pub(crate) purpose: TenantPurpose,
    pub(crate) keeping: Keeping,
}

/// Where a world's store is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Where it is quickest.
    Anywhere,
    /// Where it can be tampered with behind the service's back.
    OnDisk,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            operator_tokens: OperatorTokens::Full,
            purpose: TenantPurpose::Production,
            keeping: Keeping::Anywhere,
        }
    }
}

impl Setup {
    /// A demonstration, whose clock can be moved.
    pub(crate) fn demonstration() -> Self {
        Self {
            purpose: TenantPurpose::Demonstration,
            ..Self::default()
        }
    }
}

/// A tenant that is served: Contoso, with an administrator, `ada`, `bob` and `carol`, the groups
/// `prod-admins`, `readers`, `synced` (synchronised) and `dynamic`.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: TestStore,
    /// The node that requests go to.
    address: Mutex<SocketAddr>,
    servers: Mutex<Vec<tokio::task::JoinHandle<()>>>,
    options: HttpOptions,
    tenant: String,
    key: SigningKey,
    people: HashMap<&'static str, PrincipalId>,
    groups: HashMap<&'static str, GroupId>,
    http: reqwest::Client,
    transcript: Mutex<String>,
    secrets: Mutex<HashMap<&'static str, Vec<u8>>>,
    /// What ids are called in the transcript.
    names: Mutex<Vec<(String, String)>>,
    /// Rules that the transcript holds already.
    rules_told: Mutex<HashSet<String>>,
}

/// Serves a store as one node.
async fn serve(
    store: ephor_store::Store,
    options: HttpOptions,
) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let service = router(store, options)
        .await
        .unwrap()
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        axum::serve(listener, service).await.unwrap();
    });
    (address, server)
}

impl Drop for World {
    fn drop(&mut self) {
        for server in self.servers.lock().unwrap().drain(..) {
            server.abort();
        }
    }
}

impl World {
    pub(crate) async fn with(engine: &Engine, setup: Setup) -> Self {
        let start: Instant = "2026-11-21T09:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::at(start));
        let store = match setup.keeping {
            Keeping::Anywhere => engine.store(Arc::clone(&clock)),
            Keeping::OnDisk => engine.place().store(Arc::clone(&clock)),
        };
        let key = token::generate_key(start);
        let master = MasterKey::generate();
        let named = |name: &str| {
            let title = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
            NewUser::named(
                format!("{name}@contoso.example").parse().unwrap(),
                DisplayName::new(title).unwrap(),
            )
        };
        let tenant = NewTenant {
            domain: "contoso.example".into(),
            administrator: named("admin"),
            purpose: setup.purpose,
            key: master.seal_key(key.clone()),
        };
        let made = store
            .write("tenant.make", Caller::operator(), move |tx| {
                make(tx, tenant)
            })
            .await
            .unwrap();
        let admin = Caller::person(made.administrator.id);
        let mut people = HashMap::from([("admin", made.administrator.id)]);
        for name in ["ada", "bob", "carol"] {
            let new = named(name);
            let user = store
                .write("user.create", admin.clone(), move |tx| create_user(tx, new))
                .await
                .unwrap();
            people.insert(name, user.id);
        }
        let mut groups = HashMap::new();
        for (name, membership, source) in [
            ("prod-admins", Membership::Assigned, Source::Ephor),
            ("readers", Membership::Assigned, Source::Ephor),
            ("synced", Membership::Assigned, Source::Synchronised),
            (
                "dynamic",
                Membership::Dynamic {
                    rule: "user.department -eq \"IT\"".into(),
                    processing: ephor_core::group::RuleProcessing::On,
                },
                Source::Ephor,
            ),
        ] {
            let new = NewGroup {
                display_name: DisplayName::new(name).unwrap(),
                description: None,
                mail_nickname: MailNickname::new(name).unwrap(),
                kind: GroupKind::Security,
                membership,
                source,
                role_assignable: RoleAssignable::No,
                visibility: None,
                extras: ephor_core::group::GroupExtras::default(),
                owners: Vec::new(),
                members: Vec::new(),
            };
            let group = store
                .write("group.create", admin.clone(), move |tx| {
                    create_group(tx, new)
                })
                .await
                .unwrap();
            groups.insert(name, group.id);
        }

        for id in people.values() {
            sign_in(&store, *id, start).await;
        }
        let options = HttpOptions {
            public_url: URL.into(),
            master_key: master,
            operator_tokens: setup.operator_tokens,
            allowed_hosts: vec!["127.0.0.1".into()],
            trusted_proxies: ephor_http::TrustedProxies::default(),
            demonstration: (setup.purpose == TenantPurpose::Demonstration).then(|| Demonstration {
                people: vec!["ada@contoso.example".parse().unwrap()],
            }),
            sign_in: SignInOptions::default(),
            rates: ephor_http::RateLimits::default(),
            version: VersionInfo {
                version: "0.0.0".into(),
                commit: None,
            },
        };
        let (address, server) = serve(store.clone(), options.clone()).await;
        let mut names: Vec<(String, String)> = Vec::new();
        names.extend(
            people
                .iter()
                .map(|(name, id)| (id.to_string(), (*name).to_owned())),
        );
        names.extend(
            groups
                .iter()
                .map(|(name, id)| (id.to_string(), (*name).to_owned())),
        );
        Self {
            clock,
            store,
            address: Mutex::new(address),
            servers: Mutex::new(vec![server]),
            options,
            names: Mutex::new(names),
            rules_told: Mutex::default(),
            tenant: made.tenant.id.to_string(),
            key,
            people,
            groups,
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            transcript: Mutex::new(String::new()),
            secrets: Mutex::default(),
        }
    }

    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(crate) fn address(&self) -> SocketAddr {
        *self.address.lock().unwrap()
    }

    /// Starts another node on the same store; on PostgreSQL with a connection of its own.
    pub(crate) async fn another_node(&self) -> SocketAddr {
        let place = self.store.place();
        let store = match place.database() {
            ephor_store::Database::Postgres(_) => {
                ephor_store::Store::open(&place.options(Arc::clone(&self.clock))).unwrap()
            }
            ephor_store::Database::Directory(_) | ephor_store::Database::Memory => {
                self.store.clone()
            }
        };
        let (address, server) = serve(store, self.options.clone()).await;
        self.servers.lock().unwrap().push(server);
        address
    }

    /// Starts a node on which people sign in so; it is on the same store.
    pub(crate) async fn node_with(&self, sign_in: SignInOptions) -> SocketAddr {
        let options = HttpOptions {
            sign_in,
            ..self.options.clone()
        };
        let (address, server) = serve(self.store.clone(), options).await;
        self.servers.lock().unwrap().push(server);
        address
    }

    /// What the world's secrets were wrapped by when it began.
    pub(crate) fn master_key(&self) -> ephor_http::MasterKey {
        self.options.master_key.clone()
    }

    /// Starts a node with this master key; it is on the same store.
    pub(crate) async fn node_that_opens(&self, master_key: &ephor_http::MasterKey) -> SocketAddr {
        let options = HttpOptions {
            master_key: master_key.clone(),
            ..self.options.clone()
        };
        let (address, server) = serve(self.store.clone(), options).await;
        self.servers.lock().unwrap().push(server);
        address
    }

    /// Whether a node does not start with this master key.
    pub(crate) async fn refuses_to_start(&self, master_key: &ephor_http::MasterKey) -> bool {
        let options = HttpOptions {
            master_key: master_key.clone(),
            ..self.options.clone()
        };
        ephor_http::router(self.store.clone(), options)
            .await
            .is_err()
    }

    /// Starts a node behind these proxies; it is on the same store.
    pub(crate) async fn node_behind(&self, proxies: &[&str]) -> SocketAddr {
        let options = HttpOptions {
            trusted_proxies: ephor_http::TrustedProxies::parse(proxies.iter().copied()).unwrap(),
            ..self.options.clone()
        };
        let (address, server) = serve(self.store.clone(), options).await;
        self.servers.lock().unwrap().push(server);
        address
    }

    /// Writes the letters about all that has happened, and gives to whom each went, what it tells, and its text.
    pub(crate) async fn letters(&self) -> Vec<(String, String, String)> {
        let portal = ephor_core::notice::Portal {
            url: URL.into(),
            zone: ephor_core::notice::Zone::default(),
        };
        self.store
            .write("test", Caller::system(), move |tx| {
                let mut all = Vec::new();
                loop {
                    let messages = mail::lease_events(tx)?;
                    if messages.is_empty() {
                        return Ok::<_, OpError>(all);
                    }
                    for message in messages {
                        let notices = mail::compose(tx, &message, &portal)?;
                        mail::keep(tx, &message, &notices, mail::Sending::Off)?;
                        all.extend(notices.into_iter().map(|notice| {
                            let name = notice.to.as_str().split('@').next().unwrap_or_default();
                            (
                                name.to_owned(),
                                notice.kind.as_str().to_owned(),
                                notice.plain,
                            )
                        }));
                    }
                }
            })
            .await
            .unwrap()
    }

    /// Starts a node on which everybody may ask so often; it is on the same store.
    pub(crate) async fn node_that_limits(&self, rates: ephor_http::RateLimits) -> SocketAddr {
        let options = HttpOptions {
            rates,
            ..self.options.clone()
        };
        let (address, server) = serve(self.store.clone(), options).await;
        self.servers.lock().unwrap().push(server);
        address
    }

    /// Requests go to this node from here on.
    pub(crate) fn turn_to(&self, node: SocketAddr) {
        *self.address.lock().unwrap() = node;
    }

    pub(crate) fn person(&self, name: &str) -> String {
        self.people[name].to_string()
    }

    pub(crate) fn group(&self, name: &str) -> String {
        self.groups[name].to_string()
    }

    pub(crate) fn forward(&self, by: Length) {
        self.clock.advance(by);
    }

    /// Somebody signed in with a second factor and every permission.
    pub(crate) fn as_person(&self, name: &'static str) -> Session<'_> {
        Session {
            world: self,
            who: name,
            token: Token::Minted(json!({})),
        }
    }

    pub(crate) fn admin(&self) -> Session<'_> {
        self.as_person("admin")
    }

    pub(crate) fn ada(&self) -> Session<'_> {
        self.as_person("ada")
    }

    /// Somebody with other claims than usual.
    pub(crate) fn with_claims(&self, name: &'static str, claims: Value) -> Session<'_> {
        Session {
            world: self,
            who: name,
            token: Token::Minted(claims),
        }
    }

    pub(crate) fn nobody(&self) -> Session<'_> {
        Session {
            world: self,
            who: "nobody",
            token: Token::None,
        }
    }

    /// Somebody who sends this as their token.
    pub(crate) fn holder_of(&self, token: String) -> Session<'_> {
        Session {
            world: self,
            who: "somebody",
            token: Token::Text(token),
        }
    }

    pub(crate) fn mint(&self, who: &str, over: &Value) -> String {
        let now = self.clock.now().micros() / 1_000_000;
        let id = self.person(who);
        let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        let mut claims = json!({
            "iss": token::issuer(URL, self.tenant.parse().unwrap()),
            "aud": URL, "sub": id, "oid": id, "tid": self.tenant, "azp": "tests",
            "iat": now, "nbf": now, "exp": now + 600,
            "jti": "11111111-1111-4111-8111-111111111111",
            "scp": scopes.join(" "), "amr": ["mfa"], "ephor_issuance": "signedIn",
        });
        for (name, value) in over.as_object().unwrap() {
            claims[name] = value.clone();
        }
        if over.get("sid").is_none() {
            let multi = claims["amr"]
                .as_array()
                .is_some_and(|amr| amr.iter().any(|m| m == "mfa"));
            let person = self.people[who];
            let sessions = sessions_of(person);
            claims["sid"] = json!(sessions[usize::from(multi)]);
        }
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
        header.typ = Some("at+jwt".into());
        header.kid = Some(self.key.id.clone());
        let key = jsonwebtoken::EncodingKey::from_ec_der(&self.key.private);
        jsonwebtoken::encode(&header, &claims, &key).unwrap()
    }

    /// Gives somebody a password.
    pub(crate) async fn set_password(&self, who: &str, password: &str) {
        let id = self.people[who];
        // The cheapest hash there is: what it costs is tested elsewhere.
        let hash = cheap_hash(password);
        self.store
            .write("password.keep", Caller::operator(), move |tx| {
                tx.keep_password_hash(id, &hash).map_err(OpError::from)
            })
            .await
            .unwrap();
    }

    /// As if somebody's password had been wrong so often in a row.
    pub(crate) async fn fail_attempts(&self, who: &str, count: u32) {
        let subject = ephor_ops::signin::attempt::subject_of(self.people[who]);
        let now = self.clock.now();
        let attempts = (0..count).fold(Attempts::default(), |attempts, _| {
            attempts.with_one_more(now)
        });
        self.store
            .write("attempts.keep", Caller::operator(), move |tx| {
                tx.keep_attempts(&subject, attempts).map_err(OpError::from)
            })
            .await
            .unwrap();
    }

    /// As if nothing had failed.
    pub(crate) async fn forgive(&self, who: &str) {
        self.fail_attempts(who, 0).await;
    }

    /// A one-time code for a new password, made by the operator.
    pub(crate) async fn make_reset_code(&self, who: &str) -> String {
        let id = self.people[who];
        let (code, hash) = ephor_http::reset_code();
        self.store
            .write("reset", Caller::operator(), move |tx| {
                let user = tx.user(id)?.unwrap();
                ephor_ops::signin::method::make_reset_code(tx, &user, hash)
            })
            .await
            .unwrap();
        code
    }

    /// The six digits that an authenticator with this secret shows now.
    pub(crate) fn digits(&self, secret: &[u8]) -> String {
        let who = "authenticator";
        let seconds = u64::try_from(self.clock.now().micros() / 1_000_000).unwrap();
        self.secrets.lock().unwrap().insert("ada", secret.to_vec());
        let totp = totp_rs::Builder::new()
            .with_secret(secret.to_vec())
            .with_account_name(who.to_owned())
            .with_issuer(Some("Ephor".to_owned()))
            .build()
            .unwrap();
        totp.generate(seconds).to_string()
    }

    /// The secret that was used last for somebody's authenticator.
    pub(crate) fn secret_of(&self, who: &str) -> Vec<u8> {
        self.secrets.lock().unwrap()[who].clone()
    }

    /// How many entries the audit log has.
    pub(crate) async fn audited(&self) -> i64 {
        self.store.health().await.unwrap().audit_entries
    }

    /// What happened last, by name.
    pub(crate) async fn last_event(&self) -> String {
        let query = AuditQuery {
            limit: 1,
            ..AuditQuery::default()
        };
        let entries = self
            .store
            .read("audit", move |tx| -> Result<_, OpError> {
                Ok(tx.list_audit(&query)?)
            })
            .await
            .unwrap();
        entries[0].event.name().to_owned()
    }

    /// A phrase among the requests, for whoever reads the transcript.
    pub(crate) fn tell(&self, phrase: &str) {
        self.transcript
            .lock()
            .unwrap()
            .push_str(&format!("# {phrase}\n\n"));
    }

    /// Holds the transcript against the golden file of this name; `EPHOR_GOLDEN=update` writes it anew.
    pub(crate) fn golden(&self, name: &str) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/golden")
            .join(format!("{name}.txt"));
        let told = self.named(&self.transcript.lock().unwrap());
        if std::env::var("EPHOR_GOLDEN").as_deref() == Ok("update") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, told).unwrap();
            return;
        }
        let wanted = std::fs::read_to_string(&path).unwrap_or_default();
        if told == wanted {
            return;
        }
        let line = told.lines().zip(wanted.lines()).position(|(a, b)| a != b);
        let line = line.unwrap_or_else(|| told.lines().count().min(wanted.lines().count()));
        panic!(
            "{} differs from line {}:\n  is      {}\n  was     {}\nrun with EPHOR_GOLDEN=update and read the difference\n",
            path.display(),
            line + 1,
            told.lines().nth(line).unwrap_or("(nothing)"),
            wanted.lines().nth(line).unwrap_or("(nothing)"),
        );
    }

    /// What an id is called in the transcript from now on.
    pub(crate) fn name(&self, id: &str, name: &str) {
        self.names
            .lock()
            .unwrap()
            .push((id.to_owned(), name.to_owned()));
    }

    /// The text with names in the place of ids, so that it says who and what, and stays the same where more
    /// or fewer ids are drawn.
    fn named(&self, text: &str) -> String {
        let mut names: HashMap<String, String> =
            self.names.lock().unwrap().iter().cloned().collect();
        let mut told = String::with_capacity(text.len());
        let mut rest = text;
        let mut further = 0;
        while let Some(next) = rest.chars().next() {
            let id = rest
                .get(..36)
                .filter(|id| uuid::Uuid::try_parse(id).is_ok());
            if let Some(id) = id {
                let name = names.entry(id.to_ascii_lowercase()).or_insert_with(|| {
                    further += 1;
                    format!("id {further}")
                });
                told.push_str(&format!("<{name}>"));
                rest = &rest[36..];
            } else {
                told.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        told
    }

    // What tests ask for again and again.

    /// The body of an activation for two hours.
    pub(crate) fn activation(&self, who: &str, group: &str) -> Value {
        json!({
            "action": "selfActivate", "accessId": "member",
            "principalId": self.person(who), "groupId": self.group(group),
            "justification": "incident 7",
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT2H"}},
        })
    }

    /// The body of an assignment by the administrator.
    pub(crate) fn assignment(&self, who: &str, group: &str, duration: &str) -> Value {
        json!({
            "action": "adminAssign", "accessId": "member",
            "principalId": self.person(who), "groupId": self.group(group),
            "justification": "on call",
            "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": duration}},
        })
    }

    /// Makes somebody eligible for a month.
    pub(crate) async fn make_eligible(&self, who: &str, group: &str) -> Answer {
        let body = self.assignment(who, group, "P30D");
        let answer = self
            .admin()
            .post(&pim("eligibilityScheduleRequests"), &body)
            .await;
        answer.expect(201)
    }

    /// The id of the policy of a group's members.
    pub(crate) async fn policy(&self, group: &str) -> String {
        let path = format!(
            "/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '{}' and scopeType eq 'Group' and roleDefinitionId eq 'member'",
            self.group(group)
        );
        let found = self.admin().get(&path).await.expect(200);
        found.each("policyId").remove(0)
    }

    /// From now on, members of a group are activated with the approval of one of these people.
    pub(crate) async fn ask_for_approval(&self, group: &str, approvers: &[&str]) {
        let approvers: Vec<Value> = approvers
            .iter()
            .map(|name| {
                json!({"@odata.type": "#microsoft.graph.singleUser", "userId": self.person(name)})
            })
            .collect();
        let rule = json!({
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
            "setting": {
                "isApprovalRequired": true,
                "approvalStages": [{"primaryApprovers": approvers}],
            },
        });
        let path = format!(
            "/v1.0/policies/roleManagementPolicies/{}/rules/Approval_EndUser_Assignment",
            self.policy(group).await
        );
        self.admin().patch(&path, &rule).await.expect(200);
    }

    /// Activates for two hours.
    pub(crate) async fn activate(&self, who: &'static str, group: &str) -> Answer {
        let body = self.activation(who, group);
        let answer = self
            .as_person(who)
            .post(&pim("assignmentScheduleRequests"), &body)
            .await;
        answer.expect(201)
    }
}

/// A path under PIM for Groups.
pub(crate) fn pim(rest: &str) -> String {
    format!("/v1.0/identityGovernance/privilegedAccess/group/{rest}")
}

enum Token {
    None,
    Text(String),
    /// Made at each request by the clock's time, with these claims in place of the usual ones.
    Minted(Value),
}

/// Somebody who sends requests.
pub(crate) struct Session<'a> {
    world: &'a World,
    who: &'static str,
    token: Token,
}

impl Session<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body.to_string().into_bytes()))
            .await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &[], Some(body.to_string().into_bytes()))
            .await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[], Some(body.to_string().into_bytes()))
            .await
    }

    /// Any request; JSON unless `headers` say otherwise.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let path = path.strip_prefix(URL).unwrap_or(path);
        let mut all = HeaderMap::new();
        all.insert("host", HeaderValue::from_static(HOST));
        let token = match &self.token {
            Token::None => None,
            Token::Text(text) => Some(text.clone()),
            Token::Minted(claims) => Some(self.world.mint(self.who, claims)),
        };
        if let Some(token) = token {
            all.insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        if body.is_some() {
            all.insert("content-type", HeaderValue::from_static("application/json"));
        }
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            if value.is_empty() {
                all.remove(name);
            } else {
                all.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
        }
        let url = format!("http://{}{path}", self.world.address());
        let mut request = self
            .world
            .http
            .request(method.parse().unwrap(), &url)
            .headers(all);
        let shown = body
            .as_ref()
            .map(|body| String::from_utf8_lossy(body).into_owned());
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await.unwrap();
        let answer = Answer {
            asked: format!("{method} {path} as {}", self.who),
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        };
        self.world.note(&answer, headers, shown);
        answer
    }
}

impl World {
    fn note(&self, answer: &Answer, headers: &[(&str, &str)], body: Option<String>) {
        let mut told = format!("> {}\n", answer.asked);
        for (name, value) in headers {
            told.push_str(&format!("> {name}: {value}\n"));
        }
        if let Some(body) = body.and_then(|body| serde_json::from_str::<Value>(&body).ok()) {
            told.push_str(&format!("{}\n", printed(&body, 0)));
        }
        told.push_str(&format!("< {}\n", answer.status));
        for name in ["location", "allow", "retry-after", "www-authenticate"] {
            if let Some(value) = answer.headers.get(name) {
                told.push_str(&format!("< {name}: {}\n", value.to_str().unwrap()));
            }
        }
        match serde_json::from_str::<Value>(&answer.text) {
            Ok(mut body) => {
                redact(&mut body);
                shorten(&mut body, &mut self.rules_told.lock().unwrap());
                told.push_str(&format!("{}\n", printed(&body, 0)));
            }
            Err(_) => told.push_str(&answer.text),
        }
        told.push('\n');
        self.transcript.lock().unwrap().push_str(&told);
    }
}

/// JSON for people: what fits on a line stands on one.
fn printed(value: &Value, depth: usize) -> String {
    let line = on_a_line(value);
    if 2 * depth + line.len() <= 100 {
        return line;
    }
    let inner = "  ".repeat(depth + 1);
    let outer = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            let each = members.iter().map(|(name, value)| {
                format!("{inner}{}: {}", json!(name), printed(value, depth + 1))
            });
            format!("{{\n{}\n{outer}}}", each.collect::<Vec<_>>().join(",\n"))
        }
        Value::Array(items) => {
            let each = items
                .iter()
                .map(|item| format!("{inner}{}", printed(item, depth + 1)));
            format!("[\n{}\n{outer}]", each.collect::<Vec<_>>().join(",\n"))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => line,
    }
}

fn on_a_line(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let each = members
                .iter()
                .map(|(name, value)| format!("{}: {}", json!(name), on_a_line(value)));
            format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            let each = items.iter().map(on_a_line);
            format!("[{}]", each.collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// Takes out what no two runs have alike.
fn redact(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "innerError" => *value = json!("…"),
                    "@odata.nextLink" => {
                        let link = value.as_str().unwrap_or_default();
                        let front = link.split("$skiptoken=").next().unwrap_or_default();
                        *value = json!(format!("{front}$skiptoken=…"));
                    }
                    "hash" => *value = json!("…"),
                    _ => redact(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

/// Leaves of a policy's rules those that were not told like this before: there are seventeen of them.
fn shorten(value: &mut Value, told: &mut HashSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("rules" | "effectiveRules", Value::Array(rules)) => {
                        for rule in rules {
                            if !told.insert(rule.to_string()) {
                                *rule = json!(format!("{} as above", rule["id"].as_str().unwrap()));
                            }
                        }
                    }
                    (_, value) => shorten(value, told),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shorten(item, told)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.asked, self.text);
        self
    }

    /// A refusal with this code, in the envelope that every refusal has.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status, self.error()["code"].as_str().unwrap_or("none")),
            (status, code),
            "{}\n{}",
            self.asked,
            self.text
        );
        assert!(!self.message().is_empty(), "{}", self.text);
        let id = self.headers["request-id"].to_str().unwrap();
        assert_eq!(self.error()["innerError"]["request-id"], id);
        assert!(self.error()["innerError"]["date"].is_string());
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{}\n{}\n{error}", self.asked, self.text))
    }

    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        self.json()["error"].clone()
    }

    #[track_caller]
    pub(crate) fn message(&self) -> String {
        self.error()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The rows of a list.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        self.json()["value"]
            .as_array()
            .unwrap_or_else(|| panic!("{}\n{}", self.asked, self.text))
            .clone()
    }

    /// One member of each row, as text.
    #[track_caller]
    pub(crate) fn each(&self, name: &str) -> Vec<String> {
        self.rows()
            .iter()
            .map(|row| row[name].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

/// Runs all of them at once.
pub(crate) async fn join_all<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = all.map(|one| Some(Box::pin(one))).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (slot, done) in running.iter_mut().zip(&mut done) {
            let ready = match slot {
                Some(future) => future.as_mut().poll(context),
                None => continue,
            };
            if let std::task::Poll::Ready(value) = ready {
                *done = Some(value);
                *slot = None;
            }
        }
        if running.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
