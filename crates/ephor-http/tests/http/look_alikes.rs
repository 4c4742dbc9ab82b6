//! T-44: nobody gets a name that people take for another's.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::on_every_engine;

/// Characters that look like each letter of `admin`, from other scripts and other forms of the same.
const LIKE: [(char, &[&str]); 5] = [
    (
        'a',
        &[
            "\u{430}",
            "\u{251}",
            "\u{3b1}",
            "\u{ff41}",
            "\u{1d41a}",
            "\u{237a}",
        ],
    ),
    (
        'd',
        &[
            "\u{501}",
            "\u{217e}",
            "\u{ff44}",
            "\u{1d41d}",
            "\u{13e7}",
            "\u{1d45}\u{200d}",
        ],
    ),
    (
        'm',
        &[
            "rn",
            "\u{ff4d}",
            "\u{217f}",
            "\u{1d426}",
            "r\u{578}",
            "\u{1d5c6}",
        ],
    ),
    (
        'i',
        &[
            "\u{456}", "\u{131}", "\u{269}", "\u{2170}", "\u{ff49}", "\u{a647}",
        ],
    ),
    (
        'n',
        &[
            "\u{578}",
            "\u{ff4e}",
            "\u{1d427}",
            "\u{1d62f}",
            "\u{1d697}",
            "\u{1d5fb}",
        ],
    ),
];

/// What can't be seen, and may stand anywhere.
const UNSEEN: [char; 12] = [
    '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}', '\u{202e}', '\u{2066}',
    '\u{200f}', '\u{fe0f}', '\u{34f}', '\u{61c}',
];

/// Names that look like `admin`, none of them the same.
fn look_alikes() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let letters: Vec<char> = "admin".chars().collect();
    for (at, (letter, likes)) in LIKE.iter().enumerate() {
        assert_eq!(letters[at], *letter);
        for like in *likes {
            let mut name: Vec<String> = letters.iter().map(char::to_string).collect();
            name[at] = (*like).to_owned();
            all.insert(name.concat());
            // And with one of those for each later letter.
            for (later, (_, others)) in LIKE.iter().enumerate().skip(at + 1) {
                let mut name = name.clone();
                name[later] = others[0].to_owned();
                all.insert(name.concat());
                name[later] = others[1].to_owned();
                all.insert(name.concat());
            }
        }
    }
    for at in 0..=letters.len() {
        for unseen in UNSEEN {
            let (before, after) = letters.split_at(at);
            all.insert(before.iter().chain([&unseen]).chain(after).collect());
        }
    }
    all
}

fn person(name: &str) -> Value {
    json!({
        "accountEnabled": true, "displayName": "Admin", "mailNickname": "somebody",
        "userPrincipalName": format!("{name}@contoso.example"),
        "passwordProfile": {"password": "correct horse battery staple 7"},
    })
}

on_every_engine! {
    /// T-44: two hundred look-alikes of an administrator: none is made, and nobody comes to be called so.
    t44_nobody_gets_a_name_that_looks_like_an_administrators, |world| {
        let all = look_alikes();
        assert!(all.len() >= 200, "{}", all.len());
        let bob = format!("/v1.0/users/{}", world.person("bob"));
        for (at, name) in all.iter().enumerate() {
            let change = json!({"userPrincipalName": format!("{name}@contoso.example")});
            let told = world.admin().patch(&bob, &change).await.expect(400);
            assert!(told.message().contains("userPrincipalName"), "{name:?}: {}", told.message());
            if at % 20 == 0 {
                world.admin().post("/v1.0/users", &person(name)).await.expect(400);
            }
        }
        let told = world.admin().post("/v1.0/users", &person("adrnin")).await;
        let told = told.refused(400, "Request_MultipleObjectsWithSameKeyValue");
        assert!(told.message().contains("looks like `admin@contoso.example`"), "{}", told.message());

        world.tell("What looks like nobody else may be had in any script, and one's own name spelt otherwise.");
        for name in ["Renée.O'Neill", "иванов", "דוד", "山田", "admins"] {
            world.admin().post("/v1.0/users", &person(name)).await.expect(201);
        }
        world.admin().patch(&bob, &json!({"userPrincipalName": "Bob@contoso.example"})).await.expect(204);
        world.admin().patch(&bob, &json!({"userPrincipalName": "b0b@contoso.example"})).await.expect(204);
        world.admin().post("/v1.0/users", &person("bob")).await.refused(400, "Request_MultipleObjectsWithSameKeyValue");
    }
}

on_every_engine! {
    /// T-44: a name that was given away while somebody was deleted does not come back beside one that looks like it,
    /// and Microsoft 365 groups, whose nicknames are addresses, do not look like each other.
    t44_nor_by_restoring_nor_as_a_group, |world| {
        let bob = world.person("bob");
        world.admin().delete(&format!("/v1.0/users/{bob}")).await.expect(204);
        world.admin().post("/v1.0/users", &person("b0b")).await.expect(201);
        let restore = format!("/v1.0/directory/deletedItems/{bob}/restore");
        world.admin().post(&restore, &json!({})).await.refused(400, "Request_MultipleObjectsWithSameKeyValue");

        let group = |nickname: &str, types: Value| json!({
            "displayName": "Corner", "mailNickname": nickname, "mailEnabled": types != json!([]),
            "securityEnabled": true, "groupTypes": types,
        });
        let unified = json!(["Unified"]);
        let made = world.admin().post("/v1.0/groups", &group("corner", unified.clone())).await.expect(201).json();
        let told = world.admin().post("/v1.0/groups", &group("comer", unified.clone())).await;
        let told = told.refused(400, "Request_MultipleObjectsWithSameKeyValue");
        assert!(told.message().contains("looks like `corner`"), "{}", told.message());
        world.admin().post("/v1.0/groups", &group("comer", json!([]))).await.expect(201);
        let path = format!("/v1.0/groups/{}", made["id"].as_str().unwrap());
        world.admin().patch(&path, &json!({"mailNickname": "Corner"})).await.expect(204);
    }
}
