//! The API described as it is: each route is in `/openapi.json`, nothing else is, and each answer is what it
//! says there; `$metadata` has the same types.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::examples::Examples;
use crate::support::{Setup, World, on_every_engine};

/// What is wrong with a value by a schema of our own document: the few words that it uses, and no others.
fn hold(document: &Value, schema: &Value, value: &Value, place: &str, wrongs: &mut Vec<String>) {
    for (word, says) in schema.as_object().unwrap() {
        match word.as_str() {
            "$ref" => {
                let name = says.as_str().unwrap().rsplit('/').next().unwrap();
                let named = &document["components"]["schemas"][name];
                hold(document, named, value, place, wrongs);
            }
            "anyOf" => {
                let fits = says.as_array().unwrap().iter().any(|one| {
                    let mut inner = Vec::new();
                    hold(document, one, value, place, &mut inner);
                    inner.is_empty()
                });
                if !fits {
                    wrongs.push(format!("{place} is nothing of what it may be: {value}"));
                }
            }
            "type" => {
                let is = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(_) => "integer",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                let allowed = |one: &Value| one == is;
                if !allowed(says) && !says.as_array().is_some_and(|all| all.iter().any(allowed)) {
                    wrongs.push(format!("{place} is {is}, not {says}"));
                }
            }
            "enum" => {
                if !says.as_array().unwrap().contains(value) {
                    wrongs.push(format!("{place} is {value}, not one of {says}"));
                }
            }
            "required" => {
                for name in says.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        wrongs.push(format!("{place}.{name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    match says.get(name) {
                        Some(schema) => {
                            hold(document, schema, inner, &format!("{place}.{name}"), wrongs)
                        }
                        None if name.contains("@odata.") => {}
                        None if schema["additionalProperties"] == false => {
                            wrongs.push(format!("{place}.{name} is not described"));
                        }
                        None => {}
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    hold(document, says, item, &format!("{place}[{index}]"), wrongs);
                }
            }
            "format" | "additionalProperties" | "patternProperties" => {}
            other => panic!("{place}: the word `{other}` is not read here"),
        }
    }
}

/// The path of the document for a route.
fn described(path: &str) -> String {
    let mut number = 0;
    let path = path.replace("/filterByCurrentUser/{}", "/filterByCurrentUser(on='{on}')");
    let mut shown = String::new();
    let mut rest = path.as_str();
    while let Some((front, back)) = rest.split_once("{}") {
        number += 1;
        shown.push_str(front);
        shown.push_str(&if number == 1 {
            "{id}".to_owned()
        } else {
            format!("{{id{number}}}")
        });
        rest = back;
    }
    shown + rest
}

async fn document(world: &World) -> Value {
    let told = world.nobody().get("/openapi.json").await.expect(200);
    told.json()
}

on_every_engine! {
    /// The document holds just the routes that there are, each once, with its parameters.
    the_document_holds_just_the_routes_there_are, Setup::demonstration(), |world| {
        let document = document(&world).await;
        assert_eq!(document["openapi"], "3.1.0");
        let mut wanted: Vec<(String, String)> = ephor_http::routes().iter()
            .map(|route| (described(&route.path), route.method.as_str().to_ascii_lowercase()))
            .collect();
        wanted.sort();
        let mut found = Vec::new();
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                found.push((path.clone(), method.clone()));
                assert!(ids.insert(operation["operationId"].to_string()), "{method} {path} has an id of its own");
                let named: Vec<String> = operation["parameters"].as_array().unwrap().iter()
                    .filter(|one| one["in"] == "path")
                    .map(|one| format!("{{{}}}", one["name"].as_str().unwrap()))
                    .collect();
                assert_eq!(named.len(), path.matches('{').count(), "{path}");
                assert!(named.iter().all(|name| path.contains(name)), "{path}: {named:?}");
            }
        }
        found.sort();
        assert_eq!(found, wanted);
        // Every reference leads somewhere.
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"").skip(1) {
            let pointer = reference.split('"').next().unwrap().trim_start_matches('#');
            assert!(document.pointer(pointer).is_some_and(Value::is_object), "{pointer}");
        }
    }
}

on_every_engine! {
    /// Every answer is what the document says it is; so is every refusal.
    every_answer_is_what_the_document_says, |world| {
        let document = document(&world).await;
        let examples = Examples::of(&world).await;
        let mut wrongs = Vec::new();
        let mut held = 0;
        for route in ephor_http::routes() {
            if route.path == "/demo/clock" {
                continue;
            }
            let (path, body) = examples.request(&route);
            let method = route.method.as_str();
            let eventual = [("consistencylevel", "eventual")];
            let body = body.map(|body| body.to_string().into_bytes());
            let who = if path.contains("Approvals") { world.as_person("carol") } else { world.admin() };
            let told = who.send(method, &path, &eventual, body).await;
            assert!(told.status < 500, "{method} {path}: {}", told.text);
            let operation = &document["paths"][described(&route.path)][method.to_ascii_lowercase()];
            let responses = &operation["responses"];
            let response = responses.get(told.status.to_string()).unwrap_or(&responses["default"]);
            if told.status < 300 {
                assert!(responses.get(told.status.to_string()).is_some(), "{method} {path}: {} is not described", told.status);
            }
            let schema = &response["content"]["application/json"]["schema"];
            if schema.is_object() {
                held += 1;
                hold(&document, schema, &told.json(), &format!("{method} {path}"), &mut wrongs);
            }
        }
        assert!(held > 90, "{held}");
        assert!(wrongs.is_empty(), "\n{}", wrongs.join("\n"));
    }
}

on_every_engine! {
    /// `$metadata` is well-formed, and has every type of the document that has an id, with its properties.
    the_metadata_has_the_same_types, |world| {
        let document = document(&world).await;
        for version in ["v1.0", "beta"] {
            let told = world.nobody().get(&format!("/{version}/$metadata")).await.expect(200);
            assert_eq!(told.headers["content-type"], "application/xml; charset=utf-8");
            let xml = roxmltree::Document::parse(&told.text).unwrap();
            let schemas = document["components"]["schemas"].as_object().unwrap();
            let mut types = 0;
            for node in xml.descendants().filter(|node| node.has_tag_name(("http://docs.oasis-open.org/odata/ns/edm", "EntityType"))) {
                types += 1;
                let name = node.attribute("Name").unwrap();
                let wanted: BTreeSet<&str> = schemas[name]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
                let properties = node.children().filter(|child| child.tag_name().name().ends_with("Property"));
                let found: BTreeSet<&str> = properties.map(|child| child.attribute("Name").unwrap()).collect();
                assert_eq!(found, wanted, "{name}");
            }
            assert!(types > 14, "{types}");
            assert_eq!(told.text.contains("\"groupResource\""), version == "beta");
            // Every type that is named is there.
            let named: BTreeSet<&str> = xml.descendants().filter_map(|node| node.attribute("Type").or(node.attribute("EntityType"))).collect();
            for name in named {
                let bare = name.trim_start_matches("Collection(").trim_end_matches(')');
                let Some(own) = bare.strip_prefix("microsoft.graph.") else { continue };
                assert!(xml.descendants().any(|node| node.attribute("Name") == Some(own)), "{own}");
            }
        }
        assert_eq!(json!(world.nobody().get("/openapi.json").await.json()["info"]["version"]), "0.0.0");
    }
}
