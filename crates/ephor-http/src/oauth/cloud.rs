//! `/metadata/endpoints`: the description of a cloud by which infrastructure tools find where to sign in and what
//! to call (`infrastructure-clients.md` 1.1).

use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;

/// `GET /metadata/endpoints`. Clients put their paths right behind `loginEndpoint`, so nothing ends in a slash
/// that need not.
pub(crate) async fn endpoints(call: Call) -> Result<Answer, HttpError> {
    let url = &call.app.public_url;
    Ok(Answer::json(json!({
        "name": "Ephor",
        "portal": url,
        "resourceManager": format!("{url}/"),
        "microsoftGraphResourceId": format!("{url}/"),
        "authentication": {
            "loginEndpoint": url,
            "audiences": [url],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {},
    })))
}
