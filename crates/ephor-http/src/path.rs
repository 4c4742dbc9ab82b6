//! The path of an address, brought to one form before it is looked up: decoded once, without empty
//! segments, and with OData's ways of writing keys, functions and types taken apart.
//!
//! `/v1.0//Groups('x')/microsoft.graph.members/` becomes `v1.0`, `Groups`, `x`, `members`. Which words are
//! names is for the table of routes to say; everything else is somebody's id and stays as it was sent.

use crate::error::HttpError;
use crate::json::clipped;

/// The functions and keys that may be written with a name: `filterByCurrentUser(on='principal')`.
const NAMED_ARGUMENTS: [(&str, &str); 9] = [
    ("additionalAccess", "accessPackageId"),
    ("additionalAccess", "incompatibleAccessPackageId"),
    ("filterByCurrentUser", "on"),
    ("users", "userPrincipalName"),
    ("users", "id"),
    ("groups", "id"),
    ("directoryRoles", "roleTemplateId"),
    ("applications", "appId"),
    ("servicePrincipals", "appId"),
];

/// Splits and decodes a path. `is_name` says which words stand in the table of routes.
pub(crate) fn segments(
    raw: &str,
    is_name: impl Fn(&str) -> bool,
) -> Result<Vec<String>, HttpError> {
    let mut segments = Vec::new();
    for piece in raw.split('/').filter(|piece| !piece.is_empty()) {
        let segment = decoded(piece)?;
        let segment = without_namespace(&segment, &is_name);
        match call(segment, &is_name) {
            Some(Call { name, arguments }) => {
                segments.push(name.to_owned());
                segments.extend(arguments);
            }
            None => segments.push(segment.to_owned()),
        }
    }
    Ok(segments)
}

/// One decoding. A slash or NUL that was hidden by it, and steps upwards, are refused.
fn decoded(piece: &str) -> Result<String, HttpError> {
    let refuse = |wrong: &str| {
        HttpError::bad_request(format!("The path holds `{}`, {wrong}.", clipped(piece)))
    };
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(piece).collect();
    let text =
        String::from_utf8(bytes).map_err(|_| refuse("which is not percent-encoded UTF-8"))?;
    if text.contains(['/', '\\', '\0']) {
        return Err(refuse("in which a slash or NUL is hidden"));
    }
    if text == "." || text == ".." {
        return Err(refuse("and paths are not walked up here"));
    }
    Ok(text)
}

/// `microsoft.graph.user` and `graph.user` are `user`, where that is a name.
fn without_namespace<'a>(segment: &'a str, is_name: &impl Fn(&str) -> bool) -> &'a str {
    ["microsoft.graph.", "graph."]
        .into_iter()
        .find_map(|prefix| {
            let (front, rest) = segment.split_at_checked(prefix.len())?;
            let name = rest.split('(').next().unwrap_or(rest);
            (front.eq_ignore_ascii_case(prefix) && is_name(name)).then_some(rest)
        })
        .unwrap_or(segment)
}

/// `name(…)`: a function or a collection with its key. Several arguments are in the order in which they are known.
struct Call<'a> {
    name: &'a str,
    arguments: Vec<String>,
}

fn call<'a>(segment: &'a str, is_name: &impl Fn(&str) -> bool) -> Option<Call<'a>> {
    let (name, rest) = segment.split_once('(')?;
    let inside = rest.strip_suffix(')')?.trim();
    if !is_name(name) {
        return None;
    }
    if inside.starts_with('\'') || !inside.contains('=') {
        let arguments = match inside {
            "" => Vec::new(),
            value => vec![unquoted(value)?],
        };
        return Some(Call { name, arguments });
    }
    let mut known: Vec<_> = NAMED_ARGUMENTS
        .iter()
        .filter(|(owner, _)| owner.eq_ignore_ascii_case(name))
        .map(|(_, argument)| (*argument, None))
        .collect();
    // What has one argument may hold a comma in it; what has several, only ids.
    let pieces: Vec<_> = if known.len() > 1 && inside.contains(',') {
        inside.split(',').collect()
    } else {
        vec![inside]
    };
    for piece in pieces {
        let (key, value) = piece.split_once('=')?;
        let place = known
            .iter_mut()
            .find(|(argument, _)| argument.eq_ignore_ascii_case(key.trim()))?;
        place.1 = Some(unquoted(value.trim())?);
    }
    let arguments = known.into_iter().filter_map(|(_, value)| value).collect();
    Some(Call { name, arguments })
}

/// A value without its quotes, where it has some.
fn unquoted(value: &str) -> Option<String> {
    if value.starts_with('\'') {
        let text = value.strip_prefix('\'')?.strip_suffix('\'')?;
        return Some(text.replace("''", "'"));
    }
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<Vec<String>, HttpError> {
        let names = [
            "users",
            "groups",
            "members",
            "user",
            "filterByCurrentUser",
            "additionalAccess",
            "delta",
        ];
        segments(raw, |word| {
            names.iter().any(|name| name.eq_ignore_ascii_case(word))
        })
    }

    #[test]
    fn known_clients_ways_of_writing_come_to_one() {
        for (raw, wanted) in [
            ("/v1.0//Groups/", vec!["v1.0", "Groups"]),
            (
                "/users/ada%40contoso.example",
                vec!["users", "ada@contoso.example"],
            ),
            (
                "/users(userPrincipalName='ada@x.example')",
                vec!["users", "ada@x.example"],
            ),
            (
                "/users('o''hara@x.example')",
                vec!["users", "o'hara@x.example"],
            ),
            ("/groups(id='x')/members", vec!["groups", "x", "members"]),
            (
                "/groups/x/members/microsoft.graph.user",
                vec!["groups", "x", "members", "user"],
            ),
            (
                "/groups/x/members/Graph.User/$count",
                vec!["groups", "x", "members", "User", "$count"],
            ),
            (
                "/a/filterByCurrentUser(on='principal')",
                vec!["a", "filterByCurrentUser", "principal"],
            ),
            (
                "/a/microsoft.graph.filterByCurrentUser%28on%3D%27principal%27%29",
                vec!["a", "filterByCurrentUser", "principal"],
            ),
            (
                "/a/additionalAccess(incompatibleAccessPackageId='y',accessPackageId='x')",
                vec!["a", "additionalAccess", "x", "y"],
            ),
            ("/groups/microsoft.graph.delta()", vec!["groups", "delta"]),
            (
                "/groups/x/members/%24ref",
                vec!["groups", "x", "members", "$ref"],
            ),
        ] {
            assert_eq!(read(raw).unwrap(), wanted, "{raw}");
        }
    }

    #[test]
    fn ids_and_names_of_people_stay_as_they_were_sent() {
        for raw in [
            "/users/graph.ada@x.example",
            "/users/a(b)",
            "/groups/X(y='z')",
        ] {
            let last = raw.rsplit('/').next().unwrap();
            assert_eq!(read(raw).unwrap()[1], last, "{raw}");
        }
        assert_eq!(
            read("/users/%2527").unwrap()[1],
            "%27",
            "one decoding, not two"
        );
    }

    #[test]
    fn hidden_slashes_steps_upwards_and_bad_text_are_refused() {
        for raw in [
            "/users/a%2Fb",
            "/users/a%5cb",
            "/users/..",
            "/users/%2e%2e",
            "/users/%00",
            "/users/%ff",
            "/./users",
        ] {
            assert_eq!(read(raw).unwrap_err().status.as_u16(), 400, "{raw}");
        }
    }
}
