//! The edge's limits and the headers that every answer has (`security.md` sections 4 and 5), and what is
//! answered when too much waits.

use std::sync::mpsc;

use ephor_core::caller::Caller;
use ephor_ops::OpError;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Answer, HOST, URL, World, on_every_engine, pim};

/// Sends these bytes as they are and reads what comes until the connection is closed.
async fn raw(world: &World, bytes: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(world.address())
        .await
        .unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut told = Vec::new();
    stream.read_to_end(&mut told).await.unwrap();
    String::from_utf8(told).unwrap()
}

/// A `GET` of this target with these header lines, as the administrator.
async fn raw_get(world: &World, target: &str, lines: &str) -> String {
    let token = world.mint("admin", &json!({}));
    let request = format!(
        "GET {target} HTTP/1.1\r\nauthorization: Bearer {token}\r\nconnection: close\r\n{lines}\r\n"
    );
    raw(world, request.as_bytes()).await
}

fn status(told: &str) -> u16 {
    told.split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or_else(|| panic!("{told}"))
}

/// Asks for a page of each kind of answer there is.
async fn one_of_each(world: &World, headers: &[(&str, &str)]) -> Vec<Answer> {
    let group = world.group("prod-admins");
    let ada = world.person("ada");
    let reference = format!("{{\"@odata.id\":\"{URL}/v1.0/directoryObjects/{ada}\"}}").into_bytes();
    let large = Some(vec![b' '; (1 << 20) + 1]);
    let mut with = headers.to_vec();
    with.push(("consistencylevel", "eventual"));
    let mut answers = Vec::new();
    for (method, path, body, wanted) in [
        ("GET", "/v1.0/users".to_owned(), None, 200),
        ("GET", "/v1.0/users/$count".to_owned(), None, 200),
        (
            "POST",
            pim("eligibilityScheduleRequests"),
            Some(
                world
                    .assignment("ada", "prod-admins", "P1D")
                    .to_string()
                    .into_bytes(),
            ),
            201,
        ),
        (
            "POST",
            format!("/v1.0/groups/{group}/members/$ref"),
            Some(reference),
            204,
        ),
        (
            "DELETE",
            format!("/v1.0/groups/{group}/members/{ada}/$ref"),
            None,
            204,
        ),
        ("GET", "/ephor/v1/me/roles".to_owned(), None, 200),
        ("GET", "/healthz".to_owned(), None, 200),
        ("HEAD", "/readyz".to_owned(), None, 200),
        ("GET", "/v1.0/users?$top=0".to_owned(), None, 400),
        (
            "GET",
            "/v1.0/users/nobody@contoso.example".to_owned(),
            None,
            404,
        ),
        ("GET", "/nowhere".to_owned(), None, 404),
        ("PUT", "/v1.0/users".to_owned(), None, 405),
        ("POST", "/v1.0/users".to_owned(), large, 413),
        ("POST", "/v1.0/users".to_owned(), None, 415),
    ] {
        answers.push(
            world
                .admin()
                .send(method, &path, &with, body)
                .await
                .expect(wanted),
        );
    }
    answers.push(
        world
            .nobody()
            .send("GET", "/v1.0/users", headers, None)
            .await
            .expect(401),
    );
    let mut elsewhere = headers.to_vec();
    elsewhere.push(("host", "evil.example"));
    answers.push(
        world
            .admin()
            .send("GET", "/v1.0/users", &elsewhere, None)
            .await
            .expect(421),
    );
    answers
}

on_every_engine! {
    /// `security.md` section 4: every answer, whatever it says, has the same headers and no server's name.
    every_answer_has_the_headers_that_harden_it, |world| {
        for answer in one_of_each(&world, &[]).await {
            let header = |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap());
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-resource-policy", "same-origin"),
                ("cache-control", "no-store"),
            ] {
                assert_eq!(header(name), Some(value), "{}", answer.asked);
            }
            for name in ["server", "x-powered-by", "access-control-allow-origin", "set-cookie", "etag"] {
                assert_eq!(header(name), None, "{}", answer.asked);
            }
            let kind = header("content-type");
            let own = ["/ephor/", "/healthz", "/readyz"].iter().any(|own| answer.asked.contains(own));
            match answer.status {
                204 => assert_eq!((kind, answer.text.as_str()), (None, "")),
                _ if answer.asked.contains("$count") => assert_eq!(kind, Some("text/plain; charset=utf-8")),
                _ if own => assert_eq!(kind, Some("application/json; charset=utf-8")),
                _ => assert!(kind.unwrap().starts_with("application/json;odata.metadata=minimal;"), "{}", answer.asked),
            }
            assert_eq!(header("odata-version"), (!own).then_some("4.0"), "{}", answer.asked);
        }
    }
}

on_every_engine! {
    /// `directory.md` 1.1: each answer has an id of its own and the client's, and a refusal tells both again.
    /// What is no GUID is not repeated: it would be somebody's text in answers and logs (T-52).
    every_answer_names_its_request, |world| {
        let own = "6e1b9a7c-6a0f-4f0e-9c55-1f8a1d3f7b42";
        let mut seen = std::collections::HashSet::new();
        let mut guid = |answer: &Answer, name: &str| {
            let text = answer.headers[name].to_str().unwrap().to_owned();
            assert!(uuid::Uuid::try_parse(&text).is_ok(), "{text}");
            if name == "request-id" {
                assert!(seen.insert(text.clone()), "each request has its own id");
            }
            text
        };
        for answer in one_of_each(&world, &[("client-request-id", own)]).await {
            let id = guid(&answer, "request-id");
            assert_eq!(answer.headers["client-request-id"], own, "{}", answer.asked);
            if answer.status >= 400 {
                let inner = answer.error()["innerError"].clone();
                assert_eq!((&inner["request-id"], &inner["client-request-id"]), (&json!(id), &json!(own)));
            }
        }
        for given in ["", "not-a-guid", "{\"a\":1}", "x\ty"] {
            let answer = world.nobody().send("GET", "/v1.0/users", &[("client-request-id", given)], None).await.expect(401);
            let id = guid(&answer, "request-id");
            assert_eq!(answer.headers["client-request-id"], id.as_str(), "{given:?}");
            assert!(given.is_empty() || !answer.text.contains(given), "{}", answer.text);
        }
    }
}

on_every_engine! {
    /// What is refused before it is known what was asked: on one server, for none of it changes anything.
    the_edge_takes_in_no_more_than_it_should, |world| {
        hosts_that_are_not_served_are_refused(&world).await;
        addresses_and_headers_are_bounded(&world).await;
        paths_that_hide_something_are_refused(&world).await;
        t32_the_token_comes_once_and_as_a_bearer(&world).await;
        t47_a_body_in_pieces_is_bounded_too(&world).await;
    }
}

/// `security.md` section 4: a request that names another site's host, or none, or two, goes no further.
async fn hosts_that_are_not_served_are_refused(world: &World) {
    for good in [HOST, "EPHOR.Contoso.Example", "127.0.0.1", "127.0.0.1:8080"] {
        let told = raw_get(world, "/v1.0/me", &format!("host: {good}\r\n")).await;
        assert_eq!(status(&told), 200, "{good}: {told}");
    }
    for (target, lines, wanted, named) in [
        ("/v1.0/me", "host: evil.example\r\n", 421, "evil.example"),
        (
            "/v1.0/me",
            "host: ephor.contoso.example.evil.example\r\n",
            421,
            URL,
        ),
        ("/v1.0/me", "host: ephor.contoso.example:8443\r\n", 421, URL),
        ("/v1.0/me", "host: localhost\r\n", 421, URL),
        ("/nowhere", "host: evil.example\r\n", 421, "evil.example"),
        ("/v1.0/me", "", 400, "one host"),
        (
            "/v1.0/me",
            "host: ephor.contoso.example\r\nhost: evil.example\r\n",
            400,
            "one host",
        ),
        (
            "http://evil.example/v1.0/me",
            "host: ephor.contoso.example\r\n",
            421,
            "evil.example",
        ),
        // Who says that it was forwarded is not believed here.
        (
            "/v1.0/me",
            "host: evil.example\r\nx-forwarded-host: ephor.contoso.example\r\n",
            421,
            "evil.example",
        ),
    ] {
        let told = raw_get(world, target, lines).await;
        assert_eq!(status(&told), wanted, "{target} {lines}: {told}");
        assert!(told.contains(named), "{told}");
    }
    // Links are made of the public address, whatever the host was called.
    let told = raw_get(world, "/v1.0/users?$top=1", "host: 127.0.0.1\r\n").await;
    assert!(
        told.contains(&format!("\"@odata.nextLink\":\"{URL}/v1.0/users?")),
        "{told}"
    );
}

/// `security.md` section 5: how long an address and its headers may be, and how many.
async fn addresses_and_headers_are_bounded(world: &World) {
    let token = world.mint("admin", &json!({}));
    // Method, blanks and version are part of the request line.
    let target = |bytes: usize| {
        format!(
            "/v1.0/me?{}",
            "x".repeat(bytes - "GET /v1.0/me? HTTP/1.1".len())
        )
    };
    let told = raw_get(world, &target(8_192), "host: 127.0.0.1\r\n").await;
    assert_eq!(status(&told), 200, "{told}");
    let told = raw_get(world, &target(8_193), "host: 127.0.0.1\r\n").await;
    assert_eq!(status(&told), 414, "{told}");
    assert!(told.contains("longer than 8192 bytes"), "{told}");

    let fixed = "authorization: Bearer ".len()
        + token.len()
        + "connection: close".len()
        + "host: 127.0.0.1".len()
        + "x: ".len()
        + 4 * 2;
    let filler = |bytes: usize| format!("host: 127.0.0.1\r\nx: {}\r\n", "y".repeat(bytes - fixed));
    let told = raw_get(world, "/v1.0/me", &filler(16_384)).await;
    assert_eq!(status(&told), 200, "{told}");
    let told = raw_get(world, "/v1.0/me", &filler(16_385)).await;
    assert_eq!(status(&told), 431, "{told}");
    let many = |count: usize| format!("host: 127.0.0.1\r\n{}", "x: y\r\n".repeat(count));
    let told = raw_get(world, "/v1.0/me", &many(97)).await;
    assert_eq!(status(&told), 200, "{told}");
    let told = raw_get(world, "/v1.0/me", &many(98)).await;
    assert_eq!(status(&told), 431, "{told}");
}

/// `security.md` section 4: one decoding of a path, no steps upwards, nothing hidden in it.
async fn paths_that_hide_something_are_refused(world: &World) {
    for target in [
        "/v1.0/users/..",
        "/v1.0/../v1.0/me",
        "/v1.0/users/%2e%2E",
        "/v1.0/users/a%2Fb",
        "/v1.0/users/a%5Cb",
        "/v1.0/users/%00",
        "/v1.0/users/%ff",
        "/./v1.0/me",
    ] {
        let told = raw_get(world, target, "host: 127.0.0.1\r\n").await;
        assert_eq!(status(&told), 400, "{target}: {told}");
        assert!(told.contains("The path holds"), "{told}");
    }
    let told = raw_get(world, "/v1.0/users/%252e%252e", "host: 127.0.0.1\r\n").await;
    assert_eq!(status(&told), 404, "decoded once, that is a name: {told}");
}

/// T-32: the token comes in one header, as a bearer, and is no longer than it may be.
async fn t32_the_token_comes_once_and_as_a_bearer(world: &World) {
    let token = world.mint("ada", &json!({}));
    let ask = async |lines: String| {
        let request =
            format!("GET /v1.0/me HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{lines}\r\n");
        status(&raw(world, request.as_bytes()).await)
    };
    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(
            ask(format!("authorization: {scheme} {token}\r\n")).await,
            200,
            "{scheme}"
        );
    }
    for lines in [
        format!("authorization: Bearer {token}\r\nauthorization: Bearer {token}\r\n"),
        format!("authorization: Basic {token}\r\n"),
        format!("authorization: {token}\r\n"),
        format!("authorization: Bearer  {token}\r\n"),
        format!("authorization: Bearer {token}, Bearer {token}\r\n"),
        format!("authorization: Bearer {token}{}\r\n", "A".repeat(8_192)),
        format!("cookie: access_token={token}\r\n"),
        "authorization: Bearer\r\n".to_owned(),
    ] {
        assert_eq!(ask(lines.clone()).await, 401, "{}", &lines[..40]);
    }
    let told = raw(world, format!("GET /v1.0/me?access_token={token} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").as_bytes()).await;
    assert_eq!(status(&told), 401, "{told}");
}

/// T-47, T-48: a body that comes in pieces, without its length, is bounded like any other; a request with
/// two lengths goes no further.
async fn t47_a_body_in_pieces_is_bounded_too(world: &World) {
    let token = world.mint("admin", &json!({}));
    let front = format!(
        "POST /v1.0/users HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
    );
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let told = raw(
        world,
        format!(
            "{front}transfer-encoding: chunked\r\n\r\n{}",
            chunk.repeat(17)
        )
        .as_bytes(),
    )
    .await;
    assert_eq!(status(&told), 413, "{told}");
    let told = raw(
        world,
        format!("{front}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}").as_bytes(),
    )
    .await;
    assert_eq!(status(&told), 400, "{told}");
}

/// How many closures may wait for the store's threads.
const QUEUE: usize = 1_024;

on_every_engine! {
    /// A full queue of the store is 503 with a time to come again, for changes and for reads; what waits is
    /// done in the end, and what was turned away is not.
    a_full_queue_is_unavailable_with_a_time_to_come_again, |world| {
        let before = world.audited().await;
        let body = world.assignment("ada", "prod-admins", "P1D");
        let path = pim("eligibilityScheduleRequests");

        let (held, started) = mpsc::channel();
        let (release, wait) = mpsc::channel::<()>();
        let holding = world.store.write("hold", Caller::operator(), move |_| -> Result<(), OpError> {
            held.send(()).unwrap();
            wait.recv().unwrap();
            Ok(())
        });
        started.recv().unwrap();
        let waiting: Vec<_> = (0..QUEUE)
            .map(|_| world.store.write("wait", Caller::operator(), |_| -> Result<(), OpError> { Ok(()) }))
            .collect();
        let told = world.admin().post(&path, &body).await.refused(503, "serviceNotAvailable");
        assert_eq!(told.headers["retry-after"], "1");
        assert_eq!(told.message(), "Too many requests are waiting; try again shortly.");
        world.admin().get("/v1.0/users").await.expect(200);
        release.send(()).unwrap();
        holding.await.unwrap();
        for reply in waiting {
            reply.await.unwrap();
        }
        assert_eq!(world.audited().await, before, "what was turned away has left nothing");

        // Two readers, both held.
        let (held, started) = mpsc::channel();
        let holds: Vec<_> = (0..2)
            .map(|_| {
                let (release, wait) = mpsc::channel::<()>();
                let held = held.clone();
                let reply = world.store.read("hold", move |_| -> Result<(), OpError> {
                    held.send(()).unwrap();
                    wait.recv().unwrap();
                    Ok(())
                });
                started.recv().unwrap();
                (release, reply)
            })
            .collect();
        let waiting: Vec<_> = (0..QUEUE)
            .map(|_| world.store.read("wait", |_| -> Result<(), OpError> { Ok(()) }))
            .collect();
        let told = world.admin().get("/v1.0/users").await.refused(503, "serviceNotAvailable");
        assert_eq!(told.headers["retry-after"], "1");
        let unready = world.nobody().get("/readyz").await.expect(503).json();
        assert_eq!(unready["status"], "unready");
        world.nobody().get("/healthz").await.expect(200);
        for (release, reply) in holds {
            release.send(()).unwrap();
            reply.await.unwrap();
        }
        for reply in waiting {
            reply.await.unwrap();
        }
        world.admin().post(&path, &body).await.expect(201);
    }
}
