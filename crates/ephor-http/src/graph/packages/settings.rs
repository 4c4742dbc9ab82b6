//! Settings of access packages: what is done with guests who have none any more. Nothing is, so they say that.

use ephor_ops::package;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::odata::json_rows::shaped;
use crate::wire::package::members::SETTINGS;
use crate::wire::package::read::settings;

fn shown() -> Value {
    json!({
        "id": "singleton",
        "externalUserLifecycleAction": "none",
        "durationUntilExternalUserDeletedAfterBlocked": null,
    })
}

/// `GET …/settings`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&SETTINGS)?;
    super::seen(&call).await?;
    let context = format!("{}/settings/$entity", super::EM);
    Ok(call.entity(&context, shaped(shown(), &shape, &SETTINGS)))
}

/// `PATCH …/settings`: what they are can be said again; anything else is refused with the reason.
pub(crate) async fn change(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    call.body(settings)?;
    call.write(
        "package.settings.change",
        package::may_change_settings,
        |_, _| Answer::done(),
    )
    .await
}
