//! Liveness, readiness and the version: open to anybody, and telling nothing that matters.

use http::StatusCode;
use serde_json::json;

use crate::answer::Answer;
use crate::call::Call;
use crate::error::HttpError;

/// A clock that is this far behind grants nothing (T-17), so the server is not ready.
const CLOCK_BEHIND_MAX: ephor_core::time::Length = ephor_core::time::Length::seconds(2);

/// `GET /healthz`: the process answers.
pub(crate) async fn live(_call: Call) -> Result<Answer, HttpError> {
    Ok(Answer::json(json!({"status": "ok"})))
}

/// `GET /readyz`: the database answers, its schema is the program's (or it would not have been opened), and
/// the clock is not behind.
pub(crate) async fn ready(call: Call) -> Result<Answer, HttpError> {
    let unready = |reason: String| {
        Answer::json(json!({"status": "unready", "reason": reason}))
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
    };
    match call.app.store.health().await {
        Ok(health) if health.clock_behind > CLOCK_BEHIND_MAX => Ok(unready(format!(
            "the clock is {} behind the time already used",
            health.clock_behind
        ))),
        Ok(health) => Ok(Answer::json(json!({
            "status": "ready",
            "schema": health.schema,
            "now": health.now,
        }))),
        Err(error) => {
            tracing::warn!(request = %call.request_id, %error, "not ready");
            Ok(unready("the database can't be reached".into()))
        }
    }
}

/// `GET /version`: what is running.
pub(crate) async fn version(call: Call) -> Result<Answer, HttpError> {
    Ok(Answer::json(json!({
        "version": call.app.version.version,
        "commit": call.app.version.commit,
    })))
}
