//! The second factor: six digits of an authenticator, each once (T-35), or a recovery code.

use std::sync::Arc;

use ephor_core::id::PrincipalId;
use ephor_core::signin::event::RefusedSignIn;
use ephor_core::signin::strength::Method;
use ephor_core::time::Instant;
use ephor_ops::signin::attempt::{self, Begun};
use ephor_ops::signin::method::{self, Methods};
use ephor_ops::{OpError, OpResult};
use ephor_store::{Credential, CredentialKind, StoreError, TicketKind, Tx};
use http::StatusCode;
use totp_rs::{Builder, Totp};

use super::finish::{self, Flow, Next, Secrets};
use super::pages::{self, SecondFactor};
use super::visitor::{Cookie, hash};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::oauth::store_fault;
use crate::rate::Turn;
use crate::state::App;

/// Where it is asked for.
pub(super) const ADDRESS: &str = "/sign-in/factor";

const WRONG: &str = "The code is wrong, is over, or was used before.";

/// An authenticator with this secret.
pub(super) fn authenticator(secret: &[u8], account: &str) -> Option<Totp> {
    Builder::new()
        .with_secret(secret.to_vec())
        .with_account_name(account.to_owned())
        .with_issuer(Some("Ephor".to_owned()))
        .build()
        .ok()
}

/// Where an authenticator's secret is kept, for sealing.
pub(super) fn place_of(user: PrincipalId) -> String {
    format!("credentials.secret/{user}")
}

pub(super) async fn show(visit: &Visit) -> Result<Reply, HttpError> {
    match flow_of(visit).await? {
        Some((_, name, methods)) => Ok(form(visit, &name, &methods, None)),
        None => Ok(Reply::redirect("/sign-in")),
    }
}

async fn flow_of(visit: &Visit) -> Result<Option<(Flow, String, Methods)>, HttpError> {
    let Some(cookie) = visit.cookie(Cookie::Flow).map(|cookie| hash(&cookie)) else {
        return Ok(None);
    };
    visit
        .app
        .store
        .read("sign-in.flow", move |tx| {
            let Some(flow) = Flow::read(tx, &cookie)? else {
                return Ok(None);
            };
            let name = tx
                .user(flow.user)?
                .map(|user| user.user_principal_name.to_string())
                .unwrap_or_default();
            let methods = method::list(tx, flow.user)?;
            Ok::<_, OpError>(Some((flow, name, methods)))
        })
        .await
        .map_err(store_fault)
}

fn form(visit: &Visit, name: &str, methods: &Methods, told: Option<&str>) -> Reply {
    let flow = visit.cookie(Cookie::Flow).unwrap_or_default();
    pages::page(&SecondFactor {
        mark: &visit.mark(&flow),
        name,
        told,
        totp: methods.of(CredentialKind::Totp).next().is_some(),
        passkeys: visit.app.webauthn.is_some()
            && methods.of(CredentialKind::Passkey).next().is_some(),
    })
}

/// What came of a code.
enum Judged {
    Next(Next),
    Wrong,
    Refused(Begun),
    NoFlow,
}

/// Judges a code: counted, compared and used up in one transaction, so that nobody learns what came of it
/// before that is written down.
pub(super) async fn judge(visit: &Visit) -> Result<Reply, HttpError> {
    let cookie = visit.cookie(Cookie::Flow);
    visit.is_ours(cookie.as_deref())?;
    let Some(cookie) = cookie.map(|cookie| hash(&cookie)) else {
        return Ok(Reply::redirect("/sign-in"));
    };
    visit.take_turn(Turn::SignIn, &hex::encode(cookie))?;
    let secrets = Secrets::for_visit(visit);
    let (own, app) = (secrets.clone(), Arc::clone(&visit.app));
    let (code, network) = (visit.form.text("code").to_owned(), visit.network());
    let (now, judged) = visit
        .app
        .store
        .write("sign-in.factor", visit.caller(None), move |tx| {
            let now = tx.now();
            let Some(mut flow) = Flow::read(tx, &cookie)? else {
                return Ok((now, Judged::NoFlow));
            };
            let network = network.as_deref();
            if let Some(refused) = attempt::begin_code(tx, flow.user, network)? {
                return Ok((now, Judged::Refused(refused)));
            }
            let Some(shown) = code_fits(tx, &app, flow.user, &code)? else {
                attempt::failed(tx, Some(flow.user), RefusedSignIn::WrongCode)?;
                return Ok((now, Judged::Wrong));
            };
            flow.add(shown.0, shown.1);
            tx.drop_ticket(TicketKind::Flow, &cookie)?;
            let next = finish::shown(tx, flow, network, &own)?;
            Ok::<_, OpError>((now, Judged::Next(next)))
        })
        .await
        .map_err(store_fault)?;
    let told = match judged {
        Judged::Next(next) => return Ok(finish::reply(&visit.app, &next, &secrets)),
        Judged::NoFlow => return Ok(Reply::redirect("/sign-in")),
        Judged::Wrong => (WRONG.to_owned(), StatusCode::UNAUTHORIZED),
        Judged::Refused(Begun::Later(until)) => (
            finish::later(until.since(now).as_seconds()),
            StatusCode::TOO_MANY_REQUESTS,
        ),
        Judged::Refused(Begun::Closed | Begun::Counted(_)) => {
            (finish::CLOSED.to_owned(), StatusCode::TOO_MANY_REQUESTS)
        }
    };
    match flow_of(visit).await? {
        Some((_, name, methods)) => {
            Ok(form(visit, &name, &methods, Some(&told.0)).with_status(told.1))
        }
        None => Ok(Reply::redirect("/sign-in")),
    }
}

/// Which method a code is of, used up, and since when that is theirs; `None` where it fits none.
fn code_fits(
    tx: &mut Tx<'_>,
    app: &App,
    user: PrincipalId,
    code: &str,
) -> OpResult<Option<(Method, Instant)>> {
    let six = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    if six {
        let authenticators = method::list(tx, user)?;
        for credential in authenticators.of(CredentialKind::Totp) {
            let Some(step) = step_of(app, credential, code, tx.now())? else {
                continue;
            };
            if method::take_step(tx, credential.id, step)? {
                return Ok(Some((Method::Totp, credential.created_at)));
            }
        }
        return Ok(None);
    }
    let used = method::use_recovery_code(tx, user, &recovery_hash(code))?;
    Ok(used.map(|since| (Method::RecoveryCode, since)))
}

/// The step of the clock that six digits are of.
pub(super) fn step_of(
    app: &App,
    credential: &Credential,
    code: &str,
    now: Instant,
) -> OpResult<Option<i64>> {
    let secret = app
        .master
        .open(&place_of(credential.user), &credential.secret)
        .map_err(|wrong| StoreError::Damaged(wrong.to_string()))?;
    let seconds = u64::try_from(now.micros().div_euclid(1_000_000)).unwrap_or(0);
    let totp = authenticator(&secret, "account");
    let step = totp.and_then(|totp| totp.check(code, seconds));
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// A recovery code as it is kept, however its groups were divided.
pub(super) fn recovery_hash(code: &str) -> [u8; 32] {
    let bare: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    hash(&format!("recovery {bare}"))
}
