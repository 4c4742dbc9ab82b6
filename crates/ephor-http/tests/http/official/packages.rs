//! Answers about access packages held against Microsoft's own description of them. An extra, as in `official.rs`.

use serde_json::{Value, json};

use super::hold;
use crate::packages::EM;
use crate::support::{Answer, on_every_engine};

on_every_engine! {
    /// What is answered has no member, and no kind of value, that the description does not have.
    answers_about_packages_are_the_official_ones, |world| {
        let Some(official) = super::official("governance.openapi.yaml") else { return };
        let made = world.make_package().await;
        let asked = world.ask_for_package("ada", &made).await.expect(201).json();
        let give = json!({"requestType": "adminAdd", "assignment": {
            "targetId": world.person("bob"), "accessPackageId": made.package, "assignmentPolicyId": made.policy,
        }});
        world.admin().post(&format!("{EM}/assignmentRequests"), &give).await.expect(201);
        let request = asked["id"].as_str().unwrap();
        let read = |rest: String| {
            let world = &world;
            async move { world.admin().get(&format!("{EM}/{rest}")).await.expect(200) }
        };
        let mut answers: Vec<Answer> = Vec::new();
        for rest in [
            "catalogs?$expand=accessPackages,resources".to_owned(),
            format!("catalogs/{}", made.catalog),
            format!("catalogs/{}/resources?$expand=roles,scopes", made.catalog),
            format!("catalogs/{}/resourceRoles?$expand=resource", made.catalog),
            "accessPackages?$expand=resourceRoleScopes($expand=role,scope),catalog".to_owned(),
            format!("accessPackages/{}?$expand=assignmentPolicies", made.package),
            format!("accessPackages/{}/resourceRoleScopes?$expand=role,scope", made.package),
            "assignmentPolicies".to_owned(),
            format!("assignmentPolicies/{}?$expand=accessPackage,catalog", made.policy),
            "assignmentRequests?$expand=requestor,accessPackage".to_owned(),
            format!("assignmentRequests/{request}"),
            "assignments?$expand=target,accessPackage,assignmentPolicy".to_owned(),
            format!("accessPackageAssignmentApprovals/{request}/stages"),
        ] {
            answers.push(read(rest).await);
        }
        let mut wrongs = Vec::new();
        for answer in &answers {
            let path = answer.asked.split(' ').nth(1).unwrap_or_default();
            let place = path.split('?').next().unwrap_or_default();
            let template = template(place.strip_prefix("/v1.0").unwrap_or(place));
            hold(&official, "GET", &format!("/v1.0{template}"), answer, &mut wrongs);
        }
        // Related objects stand in the description as members; they come only where they are expanded.
        let related = ["accessPackage", "assignment", "catalog", "environment", "requestor", "resource"];
        let is_related = |wrong: &String| related.iter().any(|name| wrong.ends_with(&format!(".{name} is missing")));
        wrongs.retain(|wrong| !is_related(wrong));
        assert!(wrongs.is_empty(), "{}", wrongs.join("\n"));
    }
}

/// The path with `{}` for ids.
fn template(path: &str) -> String {
    let pieces = path.split('/').map(|piece| {
        let is_id = serde_json::from_value::<uuid::Uuid>(Value::String(piece.to_owned())).is_ok();
        if is_id { "{}" } else { piece }
    });
    pieces.collect::<Vec<_>>().join("/")
}
