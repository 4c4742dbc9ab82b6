//! The tenant's settings: read them and change them (`GET settings`).

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::event::{Attempt, Event};
use ephor_core::refusal::{Code, Refusal};
use ephor_core::tenant::{Settings, Tenant, WithoutEligibility};
use ephor_core::time::Length;
use ephor_store::{ReadTx, Tx};

use crate::authorise::{About, authorise};
use crate::{OpError, OpResult, tenant};

/// What of the settings is to be changed; what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// How long an assignment stands before a PIM request may remove it (R-D3).
    pub removal_floor: Option<Length>,
    /// How many role-assignable groups there may be (R-A2).
    pub role_assignable_groups_max: Option<u32>,
    /// What becomes of an activation whose eligibility is taken away (R-E7).
    pub without_eligibility: Option<WithoutEligibility>,
}

/// The settings.
pub fn get(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<Settings> {
    authorise(tx, caller, Operation::ReadSettings, About::NOTHING)?;
    Ok(tenant::get(tx)?.settings)
}

/// The tenant, as anybody in it may know it.
pub fn organization(tx: &ReadTx<'_>, caller: &Caller) -> OpResult<Tenant> {
    authorise(tx, caller, Operation::ReadOrganization, About::NOTHING)?;
    tenant::get(tx)
}

/// Changes settings: for requests that are decided from now on.
pub fn change(tx: &mut Tx<'_>, change: SettingsChange) -> OpResult<Settings> {
    let attempt = Attempt {
        operation: Operation::ChangeSettings.name().to_owned(),
        group: None,
        access: None,
        definition: None,
        principal: None,
        detail: None,
    };
    changed(tx, change).map_err(|error: OpError| error.at(attempt))
}

fn changed(tx: &mut Tx<'_>, change: SettingsChange) -> OpResult<Settings> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::ChangeSettings, About::NOTHING)?;
    let before = tenant::get(tx)?.settings;
    let after = Settings {
        removal_floor: change.removal_floor.unwrap_or(before.removal_floor),
        role_assignable_groups_max: change
            .role_assignable_groups_max
            .unwrap_or(before.role_assignable_groups_max),
        without_eligibility: change
            .without_eligibility
            .unwrap_or(before.without_eligibility),
    };
    if after.removal_floor > Settings::REMOVAL_FLOOR_MAX {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "removalFloor is {}, but it can be at most {}",
                after.removal_floor,
                Settings::REMOVAL_FLOOR_MAX
            ),
        )
        .about("removalFloor")
        .into());
    }
    if after.role_assignable_groups_max > Settings::ROLE_ASSIGNABLE_GROUPS_MAX {
        return Err(Refusal::new(
            Code::BadRequest,
            format!(
                "roleAssignableGroupsMax is {}, but it can be at most {}",
                after.role_assignable_groups_max,
                Settings::ROLE_ASSIGNABLE_GROUPS_MAX
            ),
        )
        .about("roleAssignableGroupsMax")
        .into());
    }
    if after != before {
        tx.record(&[Event::SettingsChanged {
            at: tx.now(),
            before,
            after: after.clone(),
        }])?;
    }
    Ok(after)
}
