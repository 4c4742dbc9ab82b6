//! `GET` and `PATCH /ephor/v1/settings`: the tenant's settings.

use ephor_core::tenant::{Settings, WithoutEligibility};
use ephor_core::time::IsoDuration;
use ephor_ops::settings::{self, SettingsChange};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::fields::{Fields, Read};
use crate::odata::shape::{Members, Usual};
use crate::types::Type;

/// What there is to set.
pub(crate) const SETTINGS: Members = Members {
    name: "ephorSettings",
    properties: &[
        ("activationOutlivesEligibility", Type::Bool),
        ("removalFloor", Type::Duration),
        ("roleAssignableGroupsMax", Type::Int),
    ],
    usual: Usual::All,
    related: &[],
};

fn shown(settings: &Settings) -> Value {
    json!({
        "activationOutlivesEligibility":
            settings.without_eligibility == WithoutEligibility::RunsOut,
        "removalFloor": IsoDuration::of(settings.removal_floor).as_str(),
        "roleAssignableGroupsMax": settings.role_assignable_groups_max,
    })
}

fn change_of(fields: &Fields<'_>) -> Read<SettingsChange> {
    let names: Vec<&str> = SETTINGS.properties.iter().map(|(name, _)| *name).collect();
    fields.only(&names)?;
    let outlives = fields.bool("activationOutlivesEligibility")?;
    let floor: Option<IsoDuration> = fields.parsed("removalFloor")?;
    Ok(SettingsChange {
        removal_floor: floor.map(|floor| floor.length()),
        role_assignable_groups_max: fields.whole_number("roleAssignableGroupsMax")?,
        without_eligibility: outlives.map(|outlives| {
            if outlives {
                WithoutEligibility::RunsOut
            } else {
                WithoutEligibility::Ends
            }
        }),
    })
}

/// `GET /ephor/v1/settings`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let found = call.read("settings.read", settings::get).await?;
    Ok(Answer::json(shown(&found.value)))
}

/// `PATCH /ephor/v1/settings`: what is not named stays.
pub(crate) async fn change(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    let change = call.body(change_of)?;
    call.write(
        "settings.change",
        move |tx| settings::change(tx, change),
        |_, changed: At<Settings>| Answer::json(shown(&changed.value)),
    )
    .await
}
