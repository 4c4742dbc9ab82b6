//! `devicecode`: two codes, one for the device and one to be typed into a browser (RFC 8628).

use ephor_ops::OpError;
use ephor_ops::signin::oauth::{self, DEVICE_INTERVAL, DEVICE_LIFETIME, Device};
use ephor_store::ambient::random_bytes;
use serde_json::json;

use super::{client, store_fault};
use crate::door::{Reply, Visit};
use crate::error::HttpError;
use crate::signin::visitor::{hash, secret};

/// Letters that are hard to mistake and make no words (RFC 8628 section 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A code of eight letters to be typed.
fn user_code() -> String {
    let mut code = String::new();
    while code.len() < 9 {
        if code.len() == 4 {
            code.push('-');
        }
        // 240 is the last multiple of 20 in a byte: what lies beyond would favour some letters.
        if let [byte @ 0..240] = random_bytes::<1>() {
            code.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        }
    }
    code
}

/// A code as it is kept, however it was typed.
pub(crate) fn kept(typed: &str) -> [u8; 32] {
    let letters: String = typed
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    hash(&letters)
}

pub(super) async fn start(visit: &Visit) -> Result<Reply, HttpError> {
    let application = match client::proven(visit).await? {
        Ok(application) => application,
        Err(fault) => return Ok(fault.reply()),
    };
    let (device_code, typed) = (secret(), user_code());
    let (device_hash, typed_hash) = (hash(&device_code), kept(&typed));
    let device = Device {
        application: application.id,
        scopes: oauth::scopes(&application, visit.form.text("scope")),
        address: visit.address().map(|address| address.to_string()),
        answer: None,
        session: None,
        asked_at: None,
    };
    visit
        .app
        .store
        .write("oauth.device.start", visit.caller(None), move |tx| {
            oauth::start_device(tx, &device, device_hash, typed_hash)?;
            Ok::<_, OpError>(())
        })
        .await
        .map_err(store_fault)?;
    let at = format!("{}/sign-in/device", visit.app.public_url);
    Ok(Reply::json(json!({
        "device_code": device_code,
        "user_code": typed,
        "verification_uri": at,
        "verification_url": at,
        "expires_in": DEVICE_LIFETIME.as_seconds(),
        "interval": DEVICE_INTERVAL.as_seconds(),
        "message": format!("To sign in, open {at} in a browser and type the code {typed}."),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_code_has_eight_of_twenty_letters() {
        for _ in 0..100 {
            let code = user_code();
            assert_eq!((code.len(), &code[4..5]), (9, "-"), "{code}");
            let letters = code.bytes().filter(|b| LETTERS.contains(b)).count();
            assert_eq!(letters, 8, "{code}");
        }
        assert_eq!(kept("bcdf ghjk"), kept("BCDF-GHJK"));
        assert_ne!(kept("BCDF-GHJK"), kept("BCDF-GHJL"));
    }
}
