//! `POST /ephor/v1/activations`: several activations in one action, each judged by itself (R-E8).

use ephor_core::request::ScheduleRequest;
use ephor_ops::schedule_request as requests;
use serde_json::{Value, json};

use crate::answer::{Answer, Body};
use crate::call::{At, Call};
use crate::error::HttpError;
use crate::limits::TOGETHER_MAX;
use crate::odata::shape::{Members, Usual};
use crate::types::{Complex, Type};
use crate::wire::request::{ACTIVATION, Posted, activation, request, tried};

/// What is sent.
pub(crate) const ACTIVATIONS: Members = Members {
    name: "ephorActivations",
    properties: &[(
        "activations",
        Type::List(&Type::Object(&Complex {
            name: "ephorActivation",
            properties: ACTIVATION,
        })),
    )],
    usual: Usual::All,
    related: &[],
};
/// What came of one of them: its status as it would have had alone, and the request or why not.
pub(crate) const ACTIVATED: Members = Members {
    name: "ephorActivationResult",
    properties: &[
        ("status", Type::Int),
        ("request", Type::Document),
        ("error", Type::Document),
    ],
    usual: Usual::All,
    related: &[],
};

/// `POST /ephor/v1/activations`
pub(crate) async fn make(call: Call) -> Result<Answer, HttpError> {
    call.no_options()?;
    call.is_signed_in().await?;
    let me = call
        .signed
        .as_ref()
        .and_then(|signed| signed.caller.user())
        .ok_or_else(|| HttpError::not_signed_in("no person asks"))?;
    let asked: Vec<Result<Posted, HttpError>> = call.body(|fields| {
        fields.only(&["activations"])?;
        let items = fields
            .list("activations")?
            .ok_or_else(|| fields.missing("activations"))?;
        if items.is_empty() || items.len() > TOGETHER_MAX {
            return Err(fields.wrong(
                "activations",
                format!(
                    "holds {}, but it must hold 1 to {TOGETHER_MAX}",
                    items.len()
                ),
            ));
        }
        let read = items.iter().enumerate().map(|(index, item)| {
            fields
                .item("activations", index, item)
                .and_then(|fields| activation(&fields, me))
                .map_err(|wrong| HttpError::field(&wrong, call.family))
        });
        Ok(read.collect())
    })?;
    let mut results = Vec::with_capacity(asked.len());
    for (index, one) in asked.into_iter().enumerate() {
        let made = match one {
            Ok(posted) => activate(&call.part(index), posted).await,
            Err(error) => Err(error),
        };
        results.push(result(made));
    }
    Ok(Answer::json(json!({"value": results})))
}

async fn activate(call: &Call, posted: Posted) -> Result<Answer, HttpError> {
    let ask = posted.ask;
    if posted.only_try {
        let tried_out = call
            .read("schedule.try", move |tx, caller| {
                requests::try_out(tx, caller, &ask)
            })
            .await?;
        let body = Answer::json(tried(&tried_out.value, tried_out.now).into());
        return Ok(body.with_status(http::StatusCode::CREATED));
    }
    let made = |_: &Call, made: At<ScheduleRequest>| {
        let body = Answer::json(request(&made.value, made.now).into());
        body.with_status(http::StatusCode::CREATED)
    };
    call.write(
        "schedule.request",
        move |tx| requests::create(tx, &ask),
        made,
    )
    .await
}

/// One result among several.
fn result(made: Result<Answer, HttpError>) -> Value {
    match made {
        Ok(answer) => {
            let request = match answer.body {
                Body::Json(body) => body,
                Body::Text(_) | Body::Xml(_) | Body::File(_) | Body::Nothing => Value::Null,
            };
            json!({"status": answer.status.as_u16(), "request": request, "error": null})
        }
        Err(error) => {
            json!({"status": error.status.as_u16(), "request": null, "error": error.shown()})
        }
    }
}
