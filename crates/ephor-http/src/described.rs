//! The API described as it is: `/openapi.json` (OpenAPI 3.1) and `/v1.0/$metadata` (CSDL 4.0).
//!
//! Both are made of the table of routes and of the shapes that answers are rendered by, so that they can't
//! say anything else than what is there. They are open: they tell nothing that the program's source does not.

mod csdl;
mod openapi;

use crate::answer::{Answer, Body};
use crate::call::{Call, Version};
use crate::error::HttpError;

/// `GET /openapi.json`
pub(crate) async fn openapi(call: Call) -> Result<Answer, HttpError> {
    let version = call.app.version.version.clone();
    Ok(Answer::json(openapi::document(&call.app.table, &version)))
}

/// `GET /$metadata`, of the version that is asked.
pub(crate) async fn metadata(call: Call) -> Result<Answer, HttpError> {
    let xml = csdl::document(&call.app.table, call.version == Version::Beta);
    Ok(Answer {
        body: Body::Xml(xml),
        ..Answer::done().with_status(http::StatusCode::OK)
    })
}
