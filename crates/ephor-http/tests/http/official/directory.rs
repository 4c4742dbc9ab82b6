//! Answers about users, groups and what was deleted held against Microsoft's own description of them. An extra,
//! as in `official.rs`; of applications, domains and the organisation that file says nothing.

use serde_json::json;

use super::hold;
use crate::examples::Examples;
use crate::support::{URL, on_every_engine};

/// Where the addresses of the directory begin.
const DIRECTORY: [&str; 5] = [
    "/users",
    "/me",
    "/groups",
    "/directory/deletedItems",
    "/directoryObjects",
];

/// Declared there, and not here: what these are about is not in Ephor, or is had otherwise.
const NOT_HERE: [&str; 9] = [
    "createdOnBehalfOf",
    "delta()",
    "/renew",
    // Deleted users and groups are listed each by their type; nothing else can be restored.
    "deletedItems",
    "deletedItems/$count",
    "deletedItems/graph.administrativeUnit",
    "deletedItems/graph.servicePrincipal",
    "/me/manager/$ref",
    "/users/{}/authentication",
];

fn is_ours(path: &str) -> bool {
    DIRECTORY
        .iter()
        .any(|at| path == *at || path.starts_with(&format!("{at}/")))
}

/// The address as the description writes it: casts with their namespace.
fn described(path: &str) -> String {
    let mut pieces: Vec<String> = path.split('/').map(str::to_owned).collect();
    // What stands first is a collection, whatever it is called.
    for piece in pieces.iter_mut().skip(2) {
        let kinds = [
            "user",
            "group",
            "servicePrincipal",
            "administrativeUnit",
            "directoryRole",
        ];
        if kinds.contains(&piece.as_str()) {
            *piece = format!("graph.{piece}");
        }
    }
    pieces.join("/")
}

on_every_engine! {
    /// Every answer about users, groups, what they are in and what was deleted is what the official description
    /// says it is, and every address of theirs that it declares is there.
    users_and_groups_are_what_the_official_description_says, |world| {
        let Some(official) = super::official("governance.openapi.yaml") else {
            return;
        };
        let examples = Examples::of(&world).await;
        // Somebody of each kind in a group, so that lists have rows of each.
        let (group, other) = (world.group("prod-admins"), world.group("readers"));
        let reference = json!({"@odata.id": format!("{URL}/v1.0/directoryObjects/{group}")});
        world.admin().post(&format!("/v1.0/groups/{other}/members/$ref"), &reference).await;
        let routes: Vec<_> = ephor_http::routes()
            .into_iter()
            .filter(|route| route.path.strip_prefix("/v1.0").is_some_and(is_ours))
            .collect();
        assert!(routes.len() > 80, "{}", routes.len());
        // What takes away comes last, so that the rest is there to be asked about.
        let order = |route: &&ephor_http::RouteInfo| match route.method.as_str() {
            "GET" => 0,
            "DELETE" => 2,
            _ => 1,
        };
        let mut ordered: Vec<_> = routes.iter().collect();
        ordered.sort_by_key(order);
        let mut wrongs = Vec::new();
        let mut held = 0;
        for route in ordered {
            let (path, body) = examples.request(route);
            let method = route.method.as_str();
            let template = described(&route.path);
            let known = official.answers(method, template.strip_prefix("/v1.0").unwrap(), 200);
            let eventual = [("consistencylevel", "eventual")];
            let body = body.map(|body| body.to_string().into_bytes());
            // Whoever ends all their sessions asks no more.
            let person = if method != "GET" && path.contains("/me/") { "bob" } else { "admin" };
            let told = world.as_person(person).send(method, &path, &eventual, body).await;
            // What an earlier example took away is not there any more.
            let is_read = route.method == "GET" && !path.contains("/manager");
            assert!(told.status < 300 || (!is_read && [400, 401, 403, 404].contains(&told.status)), "{}: {}", told.asked, told.text);
            if known.is_some() && !path.contains("$count") && told.status != 204 {
                held += 1;
                hold(&official, method, &template, &told, &mut wrongs);
            }
        }
        assert!(held > 60, "{held}");
        for (path, methods) in official.operations() {
            let known = routes.iter().any(|route| described(&route.path) == format!("/v1.0{path}"));
            let left = NOT_HERE.iter().any(|part| {
                path.ends_with(part) || path.contains(&format!("{part}/")) && !part.ends_with("deletedItems")
            });
            if is_ours(&path) && !known && !left && methods.iter().any(|method| method == "GET") {
                wrongs.push(format!("{path} is not there"));
            }
        }
        // Only what the description takes for an object of many kinds says of which it is.
        wrongs.retain(|wrong| !wrong.ends_with(".@odata.type is missing"));
        wrongs.sort_unstable();
        wrongs.dedup();
        assert!(wrongs.is_empty(), "{}\n{}", wrongs.len(), wrongs.join("\n"));
    }
}
