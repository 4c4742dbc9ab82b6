//! A demonstration's people, each one click away. Their passwords are printed where it runs, so nothing is
//! opened by this that was closed; what is no demonstration has none of it (T-43).

use ephor_core::principal::UserPrincipalName;
use ephor_core::signin::strength::Method;
use ephor_ops::{OpError, demonstration};
use http::StatusCode;

use super::Demand;
use super::finish::{self, Flow, Secrets};
use super::pages::{self, PersonRow};
use super::visitor::Cookie;
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::oauth::store_fault;

/// Whom a visitor can be: nobody where this is no demonstration, or where they come from another machine.
pub(super) async fn people(visit: &Visit) -> Result<Vec<PersonRow>, HttpError> {
    let Some(names) = offered(visit) else {
        return Ok(Vec::new());
    };
    let names = names.to_vec();
    visit
        .app
        .store
        .read("demo.people", move |tx| {
            let mut rows = Vec::new();
            for name in names {
                if let Some(user) = tx.user_by_name(&name)? {
                    rows.push(PersonRow {
                        name: name.to_string(),
                        shown: user.display_name.to_string(),
                        title: user
                            .job_title
                            .map_or_else(String::new, |title| title.to_string()),
                    });
                }
            }
            Ok::<_, OpError>(rows)
        })
        .await
        .map_err(store_fault)
}

fn offered(visit: &Visit) -> Option<&[UserPrincipalName]> {
    let demonstration = visit.app.demonstration.as_ref()?;
    let here = visit.address().is_some_and(|address| address.is_loopback());
    here.then_some(demonstration.people.as_slice())
}

/// Signs the visitor in as the one they chose.
pub(super) async fn judge(visit: &Visit) -> Result<Reply, HttpError> {
    let Some(names) = offered(visit) else {
        return Ok(
            pages::message("There is nothing here", "See that the address is right.")
                .with_status(StatusCode::NOT_FOUND),
        );
    };
    visit.is_ours(visit.cookie(Cookie::Flow).as_deref())?;
    let chosen = visit.form.text("person");
    let Some(name) = names.iter().find(|name| name.as_str() == chosen).cloned() else {
        return Err(HttpError::bad_request(
            "There is nobody of that name in this demonstration.",
        ));
    };
    let demand = Demand::read(&visit.form);
    let secrets = Secrets::for_visit(visit);
    let own = secrets.clone();
    let next = visit
        .app
        .store
        .write("sign-in.demonstration", visit.caller(None), move |tx| {
            let flow = Flow {
                user: demonstration::person(tx, &name)?,
                methods: vec![Method::Demonstration],
                enrolled_at: None,
                at: None,
                provider: None,
                demand,
            };
            finish::shown(tx, flow, None, &own)
        })
        .await
        .map_err(|error| HttpError::operation(&error, crate::error::Family::Ephor))?;
    Ok(finish::reply(&visit.app, &next, &secrets))
}
