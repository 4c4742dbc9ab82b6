//! `azuread_domains` and `azuread_directory_object` (`infrastructure-clients.md` 2.8).

use super::Tool;
use crate::support::on_every_engine;

on_every_engine! {
    /// Trap 21: one verified, initial, default and root domain; objects tell their kind.
    domains_and_objects_are_looked_up, |world| {
        let tool = Tool::of(&world).await;
        let domains = tool.rows("/v1.0/domains", &[]).await;
        let has = |name: &str| domains.iter().any(|domain| domain[name] == true);
        assert!(["isVerified", "isDefault", "isInitial", "isRoot", "isAdminManaged"].iter().all(|name| has(name)), "{domains:?}");
        assert!(domains.iter().all(|domain| domain["id"].is_string() && domain["authenticationType"].is_string() && domain["supportedServices"].is_array()));
        for (id, kind) in [
            (world.person("ada"), "#microsoft.graph.user"),
            (world.group("readers"), "#microsoft.graph.group"),
            (tool.id.clone(), "#microsoft.graph.servicePrincipal"),
        ] {
            let told = tool.get(&format!("/v1.0/directoryObjects/{id}"), &[]).await.expect(200).json();
            assert_eq!((told["id"].as_str().unwrap(), &told["@odata.type"]), (id.as_str(), &kind.into()));
        }
        let missing = "/v1.0/directoryObjects/00000000-0000-4000-8000-000000000000";
        assert_eq!(tool.get(missing, &[]).await.status, 404);
    }
}
