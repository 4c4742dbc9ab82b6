//! Other identity providers: `[provider.NAME]`, as many as there are, or `EPHOR_PROVIDER_NAME_KEY`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ephor_http::{ProviderOptions, Provisioning, Strengths};

use super::Given;
use crate::failure::Failure;
use crate::secret_file;

/// What stands in front of their names.
pub(super) const SECTION: &str = "provider";

/// What is said of each, and whether it is a list.
const KEYS: [(&str, bool); 9] = [
    ("issuer", false),
    ("name", false),
    ("client_id", false),
    ("client_secret_file", false),
    ("scopes", true),
    ("multi_factor", true),
    ("phishing_resistant", true),
    ("acr_values", false),
    ("provisioning", false),
];

/// Whether a key is a list; `None` where there is none of that name.
pub(super) fn is_list(key: &str) -> Option<bool> {
    KEYS.iter()
        .find(|(name, _)| *name == key)
        .map(|(_, list)| *list)
}

/// The keys there are, for whoever misspelt one.
pub(super) fn there_is() -> String {
    let names = KEYS.map(|(name, _)| name);
    format!("there is {}", names.join(", "))
}

/// Why a name is none: a phrase that follows it.
pub(super) fn check_id(id: &str) -> Result<(), &'static str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !id.is_empty() && id.len() <= 32 && id.bytes().all(plain) {
        Ok(())
    } else {
        Err("must be named by 1 to 32 small letters, digits and hyphens")
    }
}

/// The setting that a variable of the environment stands for, and whether it is a list.
pub(super) fn of_variable(variable: &str) -> Option<(String, bool)> {
    let rest = variable.strip_prefix("EPHOR_PROVIDER_")?.to_lowercase();
    KEYS.iter().find_map(|(key, list)| {
        let id = rest.strip_suffix(&format!("_{key}"))?.replace('_', "-");
        check_id(&id).ok()?;
        Some((format!("{SECTION}.{id}.{key}"), *list))
    })
}

/// Every provider, checked.
pub(super) fn check(settings: &BTreeMap<String, Given>) -> Result<Vec<ProviderOptions>, Failure> {
    let ids: BTreeSet<&str> = settings
        .keys()
        .filter_map(|name| name.strip_prefix("provider."))
        .filter_map(|rest| rest.split('.').next())
        .collect();
    ids.into_iter().map(|id| one(settings, id)).collect()
}

fn one(settings: &BTreeMap<String, Given>, id: &str) -> Result<ProviderOptions, Failure> {
    let given = |key: &str| settings.get(&format!("{SECTION}.{id}.{key}"));
    let needed = |key: &str| {
        given(key).ok_or_else(|| {
            Failure::usage(format!("the provider `{id}` lacks {SECTION}.{id}.{key}"))
        })
    };
    let list = |key: &str| given(key).map(|given| given.values.clone());
    let issuer = needed("issuer")?;
    let is_address = reqwest::Url::parse(issuer.text()).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if !is_address {
        return Err(issuer.wrong("is not an issuer; write it as the provider does, https://…"));
    }
    Ok(ProviderOptions {
        id: id.to_owned(),
        name: given("name").map_or(id, Given::text).to_owned(),
        issuer: issuer.text().to_owned(),
        client_id: needed("client_id")?.text().to_owned(),
        client_secret: given("client_secret_file")
            .map(|given| secret_file::line(Path::new(given.text()), "client secret"))
            .transpose()?,
        scopes: list("scopes").unwrap_or_else(|| vec!["profile".into(), "email".into()]),
        strengths: Strengths {
            multi_factor: list("multi_factor").unwrap_or_else(|| vec!["mfa".into()]),
            phishing_resistant: list("phishing_resistant").unwrap_or_default(),
        },
        acr_values: given("acr_values").map(|given| given.text().to_owned()),
        provisioning: match given("provisioning").map(|given| (given, given.text())) {
            None | Some((_, "off")) => Provisioning::Off,
            Some((_, "first_sign_in")) => Provisioning::FirstSignIn,
            Some((given, _)) => return Err(given.wrong("is not one of off and first_sign_in")),
        },
    })
}
