//! My sign-in methods: see them, add and remove them. What changes them takes a sign-in that is fresh.

use std::sync::Arc;

use ephor_core::id::CredentialId;
use ephor_core::signin::event::PasswordChangedBy;
use ephor_core::signin::session::Session;
use ephor_core::signin::strength::Strength;
use ephor_core::time::{Instant, Length};
use ephor_ops::OpError;
use ephor_ops::signin::attempt::{self, Begun, Trying};
use ephor_ops::signin::identity;
use ephor_ops::signin::method::{self, NewMethod, RECOVERY_CODES};
use ephor_ops::signin::session::SignedIn;
use ephor_store::ambient::random_bytes;
use ephor_store::{Credential, CredentialKind, Ticket, TicketKind};
use http::StatusCode;
use qrcode::QrCode;
use qrcode::render::svg;

use super::factor::{place_of, recovery_hash, step_of};
use super::pages::{self, Link, MethodRow, Methods, Recovery, Totp};
use super::sessions::{minute, sign_in_first};
use super::visitor::{Cookie, hash};
use super::{Demand, METHODS, finish, passkey, sign_in_address, start, upstream};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::oauth::store_fault;
use crate::password;

/// An authenticator that is being added is confirmed within this time.
const ENROLMENT: Length = Length::minutes(15);

pub(super) async fn show(visit: &Visit) -> Result<Reply, HttpError> {
    match visit.signed_in().await? {
        Some(signed_in) => list(visit, &signed_in, None).await,
        None => Ok(sign_in_first(visit)),
    }
}

async fn list(visit: &Visit, signed_in: &SignedIn, told: Option<&str>) -> Result<Reply, HttpError> {
    let user = signed_in.user.id;
    let (methods, linked) = visit
        .app
        .store
        .read("method.list", move |tx| {
            Ok::<_, OpError>((method::list(tx, user)?, identity::list(tx, user)?))
        })
        .await
        .map_err(store_fault)?;
    let links: Vec<Link> = linked
        .into_iter()
        .map(|link| Link {
            name: upstream::name_of(&visit.app, &link.issuer),
            told: format!("linked {} UTC", minute(link.linked_at)),
            issuer: link.issuer,
            subject: link.subject,
        })
        .collect();
    let mut rows: Vec<MethodRow> = Vec::new();
    rows.extend(methods.password.map(|set_at| MethodRow {
        title: "Password",
        name: String::new(),
        told: if set_at == Instant::from_micros(0) {
            "set by an administrator".to_owned()
        } else {
            format!("set {} UTC", minute(set_at))
        },
        id: None,
    }));
    let titled = [
        (CredentialKind::Passkey, "Passkey"),
        (CredentialKind::Totp, "Authenticator"),
    ];
    for (kind, title) in titled {
        rows.extend(methods.of(kind).map(|credential| MethodRow {
            title,
            name: credential.name.clone(),
            told: used(credential),
            id: Some(credential.id.to_string()),
        }));
    }
    let left = methods.of(CredentialKind::Recovery).count();
    let recovery_told = match left {
        0 => "You have none. They let you in when your phone or key is lost.".to_owned(),
        left => format!("You have {left} left. New ones take the place of the old."),
    };
    let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
    Ok(pages::page(&Methods {
        mark: &visit.mark(&cookie),
        name: signed_in.user.user_principal_name.as_str(),
        told,
        second_factor: methods.has_second_factor(),
        methods: &rows,
        passkeys: visit.app.webauthn.is_some(),
        recovery_told: &recovery_told,
        providers: &upstream::names(&visit.app),
        links: &links,
    }))
}

fn used(credential: &Credential) -> String {
    let added = minute(credential.created_at);
    match credential.used_at {
        Some(used) => format!("added {added} UTC, last used {} UTC", minute(used)),
        None => format!("added {added} UTC, not used yet"),
    }
}

/// Somebody who is signed in, freshly enough to change how they sign in.
pub(super) enum Fresh {
    Yes(Box<SignedIn>),
    /// Where they show it.
    No(String),
}

/// Who asks for a change, sent from our own page.
pub(super) async fn fresh(visit: &Visit) -> Result<Fresh, HttpError> {
    let cookie = visit.cookie(Cookie::Session);
    visit.is_ours(cookie.as_deref())?;
    let mut demand = Demand {
        return_to: METHODS.to_owned(),
        ..Demand::read(&crate::form::Form::default())
    };
    let Some(signed_in) = visit.signed_in().await? else {
        return Ok(Fresh::No(sign_in_address(&demand)));
    };
    let user = signed_in.user.id;
    let (now, has_second) = visit
        .app
        .store
        .read("method.list", move |tx| {
            Ok::<_, OpError>((tx.now(), method::list(tx, user)?.has_second_factor()))
        })
        .await
        .map_err(store_fault)?;
    let needed = if has_second {
        Strength::MultiFactor
    } else {
        Strength::Single
    };
    if signed_in.session.is_strong(needed, Session::FRESH, now) {
        return Ok(Fresh::Yes(Box::new(signed_in)));
    }
    demand.strength = needed;
    demand.not_before = Some(now.minus(Session::FRESH));
    Ok(Fresh::No(sign_in_address(&demand)))
}

/// Changes something about them.
pub(super) async fn change(visit: &Visit, what: &[&str]) -> Result<Reply, HttpError> {
    match what {
        ["passkey", "start"] => return passkey::start_adding(visit).await,
        ["passkey"] => return passkey::add(visit).await,
        ["link", provider] => return upstream::link(visit, provider).await,
        ["unlink"] => return upstream::unlink(visit).await,
        _ => {}
    }
    let signed_in = match fresh(visit).await? {
        Fresh::Yes(signed_in) => signed_in,
        Fresh::No(address) => return Ok(Reply::redirect(address)),
    };
    match what {
        ["remove"] => remove(visit, &signed_in).await,
        ["totp", "start"] => start_authenticator(visit, &signed_in).await,
        ["totp"] => add_authenticator(visit, &signed_in).await,
        ["recovery"] => renew_recovery(visit, &signed_in).await,
        ["password"] => change_password(visit, &signed_in).await,
        _ => Ok(
            pages::message("There is nothing here", "See that the address is right.")
                .with_status(StatusCode::NOT_FOUND),
        ),
    }
}

async fn remove(visit: &Visit, signed_in: &SignedIn) -> Result<Reply, HttpError> {
    let (user, here) = (signed_in.user.id, signed_in.session.id);
    let Ok(id) = visit.form.text("id").parse::<CredentialId>() else {
        return list(visit, signed_in, Some("There is no such sign-in method.")).await;
    };
    visit
        .app
        .store
        .write("method.remove", visit.caller(Some(user)), move |tx| {
            method::remove(tx, user, Some(here), id)
        })
        .await
        .map_err(store_fault)?;
    Ok(Reply::redirect(METHODS))
}

/// Where an authenticator's secret waits for its first code.
fn enrolment_of(cookie: &str) -> [u8; 32] {
    hash(&format!("enrolment {cookie}"))
}

async fn start_authenticator(visit: &Visit, signed_in: &SignedIn) -> Result<Reply, HttpError> {
    let secret = random_bytes::<20>();
    let user = signed_in.user.id;
    let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
    let kept = enrolment_of(&cookie);
    let sealed = hex::encode(visit.app.master.seal(&place_of(user), &secret));
    visit
        .app
        .store
        .write("method.start", visit.caller(Some(user)), move |tx| {
            let until = tx.now().plus(ENROLMENT).unwrap_or(tx.now());
            tx.keep_ticket(&Ticket {
                kind: TicketKind::Challenge,
                hash: kept,
                other: None,
                user: Some(user),
                session: None,
                until,
                used_at: None,
                document: sealed,
            })?;
            Ok::<_, OpError>(())
        })
        .await
        .map_err(store_fault)?;
    Ok(enrolment(visit, signed_in, &secret, None))
}

fn enrolment(visit: &Visit, signed_in: &SignedIn, secret: &[u8], told: Option<&str>) -> Reply {
    let account = signed_in.user.user_principal_name.as_str();
    let key = base32(secret);
    let address = format!(
        "otpauth://totp/Ephor:{account}?secret={key}&issuer=Ephor&algorithm=SHA1&digits=6&period=30"
    );
    let qr = QrCode::new(address.as_bytes())
        .map(|code| {
            code.render::<svg::Color<'_>>()
                .min_dimensions(200, 200)
                .build()
        })
        .unwrap_or_default();
    // Only the drawing goes into the page, not the document around it.
    let drawing = qr.find("<svg").map_or("", |at| &qr[at..]);
    let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
    let spaced: Vec<&str> = key
        .as_bytes()
        .chunks(4)
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    pages::page(&Totp {
        mark: &visit.mark(&cookie),
        told,
        qr: drawing,
        key: &spaced.join(" "),
    })
}

/// RFC 4648 base32, as authenticators want their keys.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for group in bytes.chunks(5) {
        let mut padded = [0_u8; 8];
        padded[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(padded);
        let count = (group.len() * 8).div_ceil(5);
        text.extend(
            (0..count).map(|at| char::from(LETTERS[(bits >> (35 - 5 * at) & 31) as usize])),
        );
    }
    text
}

/// What came of the first code.
enum Enrolled {
    Yes,
    Wrong(Vec<u8>),
    Over,
}

async fn add_authenticator(visit: &Visit, signed_in: &SignedIn) -> Result<Reply, HttpError> {
    let (user, here) = (signed_in.user.id, signed_in.session.id);
    let cookie = visit.cookie(Cookie::Session).unwrap_or_default();
    let kept = enrolment_of(&cookie);
    let code = visit.form.text("code").to_owned();
    let name = shown_name(visit.form.text("name"), "Authenticator");
    let app = Arc::clone(&visit.app);
    let enrolled = visit
        .app
        .store
        .write("method.add", visit.caller(Some(user)), move |tx| {
            let Some(ticket) = tx.ticket(TicketKind::Challenge, &kept)? else {
                return Ok(Enrolled::Over);
            };
            let sealed = hex::decode(&ticket.document).unwrap_or_default();
            let Ok(secret) = app.master.open(&place_of(user), &sealed) else {
                return Ok(Enrolled::Over);
            };
            let candidate = Credential {
                id: CredentialId::from_uuid(user.uuid()),
                user,
                kind: CredentialKind::Totp,
                name: name.clone(),
                created_at: tx.now(),
                used_at: None,
                last_step: 0,
                handle: None,
                secret: sealed,
            };
            let six = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
            let step = match six {
                true => step_of(&app, &candidate, &code, tx.now())?,
                false => None,
            };
            let Some(step) = step else {
                return Ok(Enrolled::Wrong(secret));
            };
            tx.drop_ticket(TicketKind::Challenge, &kept)?;
            let new = NewMethod {
                kind: CredentialKind::Totp,
                name,
                handle: None,
                secret: candidate.secret,
                step,
            };
            method::add(tx, user, here, new)?;
            Ok::<_, OpError>(Enrolled::Yes)
        })
        .await
        .map_err(store_fault)?;
    match enrolled {
        Enrolled::Yes => Ok(Reply::redirect(METHODS)),
        Enrolled::Wrong(secret) => Ok(enrolment(
            visit,
            signed_in,
            &secret,
            Some(
                "These are not the digits that it shows now. See that your phone's clock is right.",
            ),
        )
        .with_status(StatusCode::BAD_REQUEST)),
        Enrolled::Over => {
            list(
                visit,
                signed_in,
                Some("Adding it took too long. Start again."),
            )
            .await
        }
    }
}

/// What somebody calls a sign-in method: short, on one line.
pub(super) fn shown_name(text: &str, otherwise: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
    match plain.trim() {
        "" => otherwise.to_owned(),
        name => name.to_owned(),
    }
}

async fn renew_recovery(visit: &Visit, signed_in: &SignedIn) -> Result<Reply, HttpError> {
    let user = signed_in.user.id;
    let codes: Vec<String> = (0..RECOVERY_CODES)
        .map(|_| {
            let code = hex::encode(random_bytes::<10>());
            let groups: Vec<&str> = (0..4).map(|at| &code[at * 5..at * 5 + 5]).collect();
            groups.join("-")
        })
        .collect();
    let hashes: Vec<[u8; 32]> = codes.iter().map(|code| recovery_hash(code)).collect();
    visit
        .app
        .store
        .write("method.recovery", visit.caller(Some(user)), move |tx| {
            method::renew_recovery_codes(tx, user, &hashes)
        })
        .await
        .map_err(store_fault)?;
    Ok(pages::page(&Recovery { codes: &codes }))
}

async fn change_password(visit: &Visit, signed_in: &SignedIn) -> Result<Reply, HttpError> {
    let (user, here) = (signed_in.user.id, signed_in.session.id);
    let name = signed_in.user.user_principal_name.clone();
    let new = visit.form.text("password").to_owned();
    let words = [
        name.as_str(),
        signed_in.user.display_name.as_str(),
        visit.app.tenant.domain.as_str(),
    ];
    let checked = password::check_password_rules(&new)
        .and_then(|()| password::check_is_uncommon(&new, &words));
    if let Err(wrong) = checked {
        let told = format!("The new password {wrong}.");
        return list(visit, signed_in, Some(&told)).await;
    }
    let trying = Trying {
        nameless: attempt::subject_of(user),
        name: Some(name),
        network: visit.network(),
    };
    let (now, begun, has_second) = visit
        .app
        .store
        .write(
            "method.password.begin",
            visit.caller(Some(user)),
            move |tx| {
                let begun = attempt::begin(tx, &trying)?;
                let has_second = method::list(tx, user)?.has_second_factor();
                Ok::<_, OpError>((tx.now(), begun, has_second))
            },
        )
        .await
        .map_err(store_fault)?;
    let counted = match begun {
        Begun::Counted(counted) => counted,
        Begun::Later(until) => {
            let told = finish::later(until.since(now).as_seconds());
            return list(visit, signed_in, Some(&told)).await;
        }
        Begun::Closed => return list(visit, signed_in, Some(finish::CLOSED)).await,
    };
    if !has_second && password::is_short_as_only_factor(&new) {
        let told = "Without a second factor the password needs at least 15 characters.";
        return list(visit, signed_in, Some(told)).await;
    }
    if !start::compared(&counted, visit.form.text("old").to_owned()).await? {
        return list(visit, signed_in, Some("The password until now is wrong.")).await;
    }
    let hashed = password::hash_password(new)
        .await
        .map_err(|wrong| HttpError::fault(wrong.to_string()))?;
    let done = visit
        .app
        .store
        .write("method.password", visit.caller(Some(user)), move |tx| {
            if !attempt::still_holds(tx, &counted)? {
                return Ok(false);
            }
            attempt::forgive(tx, &counted.subject, counted.network.as_deref())?;
            method::set_password(tx, user, &hashed, PasswordChangedBy::Owner, Some(here))?;
            Ok::<_, OpError>(true)
        })
        .await
        .map_err(store_fault)?;
    if !done {
        return list(visit, signed_in, Some("The password until now is wrong.")).await;
    }
    Ok(Reply::redirect(METHODS))
}

#[cfg(test)]
mod tests {
    use super::base32;

    #[test]
    fn keys_are_written_as_authenticators_want_them() {
        for (plain, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), text);
        }
    }
}
