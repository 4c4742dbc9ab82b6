//! References to objects by their addresses: `{"@odata.id":"https://…/directoryObjects/{id}"}`.

use ephor_core::id::PrincipalId;

use crate::fields::{Fields, Read};
use crate::json::clipped;
use crate::odata::shape::{Members, Usual};
use crate::types::Type;

/// What is sent.
pub(crate) const REFERENCE: Members = Members {
    name: "reference",
    properties: &[("@odata.id", Type::Text)],
    usual: Usual::All,
    related: &[],
};

/// The collections whose objects can be members or owners.
const COLLECTIONS: [&str; 4] = ["directoryObjects", "users", "groups", "servicePrincipals"];

/// Reads the body of `POST …/$ref`.
pub(crate) fn reference(fields: &Fields<'_>) -> Read<PrincipalId> {
    let address = fields
        .text("@odata.id")?
        .ok_or_else(|| fields.missing("@odata.id"))?;
    principal_of_address(address).map_err(|wrong| fields.wrong("@odata.id", wrong))
}

/// The object at an address, whatever host stands in front (`directory.md` 4.2); otherwise a phrase that
/// says what is wrong with the address.
pub(crate) fn principal_of_address(address: &str) -> Result<PrincipalId, String> {
    let wrong = || {
        format!(
            "is `{}`, but it must be an address like https://…/v1.0/directoryObjects/{{id}}",
            clipped(address)
        )
    };
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let path = path.trim_end_matches('/');
    let (front, id) = match path.strip_suffix("')") {
        Some(open) => open.rsplit_once("('").ok_or_else(wrong)?,
        None => path.rsplit_once('/').ok_or_else(wrong)?,
    };
    let collection = front.rsplit('/').next().unwrap_or(front);
    let known = COLLECTIONS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(collection));
    if !known {
        return Err(wrong());
    }
    id.parse().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_clients_send_is_read() {
        let id = "6aacaee8-4089-4048-9510-3119367fc943";
        for address in [
            format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}"),
            format!("http://localhost:8080/beta/users/{id}/"),
            format!("https://x.example/v1.0/directoryObjects('{id}')"),
            format!("directoryObjects/{id}"),
            format!("/v1.0/Groups/{id}"),
        ] {
            let read = principal_of_address(&address).map(|id| id.to_string());
            assert_eq!(read, Ok(id.to_owned()), "{address}");
        }
        let bare = format!("https://x.example/{id}");
        for address in [
            "",
            id,
            "https://x.example/v1.0/users/ada@x.example",
            &bare,
            "')",
        ] {
            assert!(principal_of_address(address).is_err(), "{address}");
        }
    }
}
