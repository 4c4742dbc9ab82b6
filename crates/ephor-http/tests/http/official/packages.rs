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
        let held = read(format!("assignments?$filter=accessPackage/id eq '{}'", made.package)).await.rows();
        let assignment = held[0]["id"].as_str().unwrap().to_owned();
        let other = json!({"displayName": "Other", "catalog": {"id": made.catalog}});
        let other = world.admin().post(&format!("{EM}/accessPackages"), &other).await.expect(201).json();
        let other = other["id"].as_str().unwrap();
        let shun = |name: &str, id: &str| {
            let body = json!({"@odata.id": format!("https://ephor.example/v1.0/{id}")});
            let at = format!("{EM}/accessPackages/{}/{name}/$ref", made.package);
            let world = &world;
            async move { world.admin().post(&at, &body).await.expect(204) }
        };
        shun("incompatibleAccessPackages", other).await;
        shun("incompatibleGroups", &world.group("readers")).await;
        for rest in [
            "catalogs?$expand=accessPackages,resources".to_owned(),
            format!("catalogs/{}", made.catalog),
            format!("catalogs/{}/accessPackages", made.catalog),
            format!("catalogs/{}/accessPackages/{}", made.catalog, made.package),
            format!("catalogs/{}/resources?$expand=roles,scopes", made.catalog),
            format!("catalogs/{}/resources?$filter=originSystem eq 'AadGroup'", made.catalog),
            format!("catalogs/{}/resources?$filter=id eq '{}'", made.catalog, made.resource),
            format!("catalogs/{}/resources/{}?$expand=roles,scopes", made.catalog, made.resource),
            format!("catalogs/{}/resources/{}/roles", made.catalog, made.resource),
            format!("catalogs/{}/resources/{}/scopes", made.catalog, made.resource),
            format!("catalogs/{}/resourceRoles?$expand=resource", made.catalog),
            format!("catalogs/{}/resourceRoles?$filter=(originSystem eq 'AadGroup' and resource/id eq '{}')&$expand=resource", made.catalog, made.resource),
            format!("catalogs/{}/resourceScopes", made.catalog),
            "resources?$expand=roles,scopes".to_owned(),
            format!("resources/{}", made.resource),
            format!("resources/{}/roles", made.resource),
            format!("resources/{}/scopes", made.resource),
            "resourceRequests?$expand=resource,catalog".to_owned(),
            format!("resourceRequests/{}", made.resource),
            format!("resourceRequests/{}/catalog", made.resource),
            format!("resourceRequests/{}/resource", made.resource),
            "accessPackages?$expand=resourceRoleScopes($expand=role,scope),catalog".to_owned(),
            "accessPackages?$filter=displayName eq 'On call'".to_owned(),
            format!("accessPackages?$filter=catalog/id eq '{}'", made.catalog),
            format!("accessPackages/{}?$expand=assignmentPolicies", made.package),
            format!("accessPackages/{}/assignmentPolicies", made.package),
            format!("accessPackages/{}/catalog", made.package),
            format!("accessPackages/{}/resourceRoleScopes?$expand=role,scope", made.package),
            format!("accessPackages/{}/incompatibleAccessPackages", made.package),
            format!("accessPackages/{other}/accessPackagesIncompatibleWith"),
            format!("accessPackages/{}/incompatibleGroups", made.package),
            "assignmentPolicies".to_owned(),
            format!("assignmentPolicies/{}?$expand=accessPackage,catalog", made.policy),
            format!("assignmentPolicies/{}/accessPackage", made.policy),
            format!("assignmentPolicies/{}/catalog", made.policy),
            format!("assignmentPolicies/{}/questions", made.policy),
            "assignmentRequests?$expand=requestor,accessPackage".to_owned(),
            "assignmentRequests?$filter=state eq 'PendingApproval'&$orderby=createdDateTime desc".to_owned(),
            format!("assignmentRequests/{request}"),
            format!("assignmentRequests/{request}/accessPackage"),
            format!("assignmentRequests/{request}/requestor"),
            "assignments?$expand=target,accessPackage,assignmentPolicy".to_owned(),
            format!("assignments?$filter=accessPackage/id eq '{}' and state eq 'Delivered'&$expand=target", made.package),
            format!("assignments?$filter=target/objectId eq '{}' and assignmentPolicy/id eq '{}'", world.person("bob"), made.policy),
            format!("assignments/{assignment}"),
            format!("assignments/{assignment}/accessPackage"),
            format!("assignments/{assignment}/assignmentPolicy"),
            format!("assignments/{assignment}/target"),
            format!("accessPackageAssignmentApprovals/{request}/stages"),
            "connectedOrganizations".to_owned(),
            "resourceEnvironments".to_owned(),
            "settings".to_owned(),
        ] {
            answers.push(read(rest).await);
        }
        for on in ["target", "createdBy", "approver", "targetOrRequestor", "targetManager"] {
            world.admin().get(&format!("{EM}/assignmentRequests/filterByCurrentUser(on='{on}')")).await.expect(200);
        }
        for (rest, many) in [
            ("catalogs/$count".to_owned(), "2"),
            (format!("catalogs/{}/accessPackages/$count", made.catalog), "2"),
            (format!("catalogs/{}/resources/$count", made.catalog), "1"),
            (format!("catalogs/{}/resourceRoles/$count", made.catalog), "4"),
            (format!("catalogs/{}/resourceScopes/$count", made.catalog), "1"),
            ("resources/$count".to_owned(), "1"),
            ("resourceRequests/$count".to_owned(), "1"),
            ("accessPackages/$count".to_owned(), "2"),
            (format!("accessPackages/{}/assignmentPolicies/$count", made.package), "1"),
            (format!("accessPackages/{}/resourceRoleScopes/$count", made.package), "1"),
            (format!("accessPackages/{}/incompatibleAccessPackages/$count", made.package), "1"),
            (format!("accessPackages/{other}/accessPackagesIncompatibleWith/$count"), "1"),
            (format!("accessPackages/{}/incompatibleGroups/$count", made.package), "1"),
            ("assignmentPolicies/$count".to_owned(), "1"),
            ("assignmentRequests/$count".to_owned(), "2"),
            ("assignments/$count".to_owned(), "1"),
            ("assignments/$count?$filter=state eq 'expired'".to_owned(), "0"),
        ] {
            assert_eq!(read(rest.clone()).await.text, many, "{rest}");
        }
        let both = format!("assignments/additionalAccess(accessPackageId='{}',incompatibleAccessPackageId='{other}')", made.package);
        assert!(read(both).await.rows().is_empty(), "nobody has both");
        let mut wrongs = Vec::new();
        for answer in &answers {
            let path = answer.asked.split(' ').nth(1).unwrap_or_default();
            let place = path.split('?').next().unwrap_or_default();
            let template = template(place.strip_prefix("/v1.0").unwrap_or(place));
            hold(&official, "GET", &format!("/v1.0{template}"), answer, &mut wrongs);
        }
        // Related objects stand in the description as members; they come only where they are expanded.
        let related = [
            "accessPackage", "assignment", "assignmentPolicy", "catalog", "connectedOrganization", "environment", "requestor",
            "resource", "target",
        ];
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
