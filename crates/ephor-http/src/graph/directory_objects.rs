//! `/directoryObjects/{id}`: a user, group or service principal by its id alone.

use ephor_core::id::PrincipalId;
use ephor_ops::directory;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;
use crate::wire::object::{OBJECT, principal};

/// `GET /directoryObjects/{id}`
pub(crate) async fn get(call: Call) -> Result<Answer, HttpError> {
    let shape = call.shape(&OBJECT)?;
    let id: PrincipalId = call.id(0)?;
    let found = call
        .read("principal.read", move |tx, caller| {
            directory::principal(tx, caller, id)
        })
        .await?;
    Ok(call.entity(
        "directoryObjects/$entity",
        shape.apply(principal(&found.value), &OBJECT),
    ))
}
