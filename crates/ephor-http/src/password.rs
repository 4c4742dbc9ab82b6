//! Passwords: what is taken as one, and their hashes (`security.md` section 3, T-48).
//!
//! A hash is slow and large on purpose, so it runs on a blocking thread, a few at once, and those who wait
//! are counted: beyond that the answer is "later", not more memory.

use std::collections::HashSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::limits::HASH_QUEUE_MAX;

/// The fewest characters a password may have.
pub const PASSWORD_MIN: usize = 12;
/// The fewest characters that a password has which is all that somebody signs in by.
pub const PASSWORD_MIN_ALONE: usize = 15;
/// The most characters a password may have; none is cut.
pub const PASSWORD_MAX: usize = 256;
/// The most bytes a password may have.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// Memory for one hash, in KiB.
const MEMORY_KIB: u32 = 46 * 1024;

static TURNS: LazyLock<Semaphore> = LazyLock::new(|| {
    Semaphore::new(2 * std::thread::available_parallelism().map_or(1, usize::from))
});
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Why a text is not taken as a password: a phrase that follows "the password". It never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Too few characters.
    #[error("has {0} characters; give at least {PASSWORD_MIN}")]
    TooShort(usize),
    /// Too many characters or bytes.
    #[error("is too long; give at most {PASSWORD_MAX} characters")]
    TooLong,
    /// Many people use it.
    #[error("is one that many people use; give something that is hard to guess")]
    Common,
    /// It is made of the names of its account, the tenant or the product.
    #[error("is made of names that others would try first; give something that is hard to guess")]
    Names,
    /// Nothing but one character over and over.
    #[error("is one character over and over; give something that is hard to guess")]
    Repeated,
}

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many wait already: come again a little later.
    #[error("too many passwords are being checked at the moment")]
    Busy,
    /// It can't be done on this machine.
    #[error("the password can't be hashed: {0}")]
    Failed(String),
}

/// Refuses what is too short, too long, or one character over and over. Any character is taken.
pub fn check_password_rules(password: &str) -> Result<(), BadPassword> {
    let normal: String = password.nfc().collect();
    let count = normal.chars().count();
    if count < PASSWORD_MIN {
        return Err(BadPassword::TooShort(count));
    }
    if count > PASSWORD_MAX || normal.len() > PASSWORD_BYTES_MAX {
        return Err(BadPassword::TooLong);
    }
    let first = normal.chars().next();
    if normal.chars().all(|c| Some(c) == first) {
        return Err(BadPassword::Repeated);
    }
    Ok(())
}

/// The Argon2id hash of a password as a PHC string, with a salt of its own.
pub async fn hash_password(password: String) -> Result<String, HashError> {
    let _place = Place::take()?;
    let _turn = TURNS
        .acquire()
        .await
        .map_err(|error| HashError::Failed(error.to_string()))?;
    tokio::task::spawn_blocking(move || hash(&password))
        .await
        .map_err(|error| HashError::Failed(error.to_string()))?
}

/// As [`hash_password`], for a command that has no runtime.
pub fn hash_password_blocking(password: &str) -> Result<String, HashError> {
    hash(password)
}

/// Whether `password` is the one that was hashed; where there is none, the same work is done for nothing, so
/// that nobody learns by the time it takes whether an account exists (T-34).
pub(crate) async fn verify(password: String, hash: Option<String>) -> Result<bool, HashError> {
    let _place = Place::take()?;
    let _turn = TURNS
        .acquire()
        .await
        .map_err(|error| HashError::Failed(error.to_string()))?;
    tokio::task::spawn_blocking(move || match hash {
        Some(hash) => is_password(&password, &hash),
        None => {
            is_password(&password, &DUMMY);
            false
        }
    })
    .await
    .map_err(|error| HashError::Failed(error.to_string()))
}

/// A hash that no password fits, for names that nobody has.
static DUMMY: LazyLock<String> = LazyLock::new(|| {
    hash(&hex::encode(ephor_store::ambient::random_bytes::<32>())).unwrap_or_default()
});

/// Makes the hash that unknown names are compared with, so that the first of them takes no longer.
pub(crate) fn get_ready() {
    LazyLock::force(&DUMMY);
}

/// Passwords that many people use and that are long enough to be taken: shorter ones are refused anyway.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("password_common.txt").lines().collect());

/// Words of the product, which are the first that are tried.
const OWN_WORDS: [&str; 3] = ["ephor", "password", "passwort"];

/// Refuses what is on the list of the most used passwords, or is little more than `words`: the account's
/// and the tenant's names.
pub fn check_is_uncommon(password: &str, words: &[&str]) -> Result<(), BadPassword> {
    let plain: String = password.nfkc().flat_map(char::to_lowercase).collect();
    if COMMON.contains(plain.as_str()) {
        return Err(BadPassword::Common);
    }
    let pieces = words
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase);
    let mut rest = plain.clone();
    let mut names = false;
    for word in pieces.chain(OWN_WORDS.map(str::to_owned)) {
        if word.chars().count() >= 3 && rest.contains(&word) {
            rest = rest.replace(&word, "");
            names = true;
        }
    }
    // What is left beside the names has to be a password by itself.
    if names && rest.chars().filter(|c| c.is_alphanumeric()).count() < 8 {
        return Err(BadPassword::Names);
    }
    Ok(())
}

/// Whether a password is too short to be all that somebody signs in by.
pub(crate) fn is_short_as_only_factor(password: &str) -> bool {
    password.nfc().count() < PASSWORD_MIN_ALONE
}

/// Whether `password` is the one that was hashed.
pub fn is_password(password: &str, hash: &str) -> bool {
    let normal: String = password.nfc().collect();
    PasswordHash::new(hash).is_ok_and(|parsed| {
        Argon2::default()
            .verify_password(normal.as_bytes(), &parsed)
            .is_ok()
    })
}

fn hash(password: &str) -> Result<String, HashError> {
    let normal: String = password.nfc().collect();
    let failed = |error: &dyn std::fmt::Display| HashError::Failed(error.to_string());
    let params = Params::new(MEMORY_KIB, 1, 1, Some(32)).map_err(|error| failed(&error))?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(normal.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| failed(&error))
}

/// A place among those who hash or wait for it.
struct Place;

impl Place {
    fn take() -> Result<Self, HashError> {
        let before = WAITING.fetch_add(1, Ordering::SeqCst);
        let place = Self;
        // The place is given back as it is dropped, also here.
        if before >= HASH_QUEUE_MAX + TURNS.available_permits() {
            return Err(HashError::Busy);
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_12_to_256_characters_of_any_kind() {
        assert!(check_password_rules("correct horse").is_ok());
        assert!(check_password_rules("пароль-пароль").is_ok());
        assert_eq!(
            check_password_rules("eleven char"),
            Err(BadPassword::TooShort(11))
        );
        assert!(check_password_rules(&"ab".repeat(128)).is_ok());
        assert_eq!(
            check_password_rules(&"ab".repeat(129)),
            Err(BadPassword::TooLong)
        );
        assert_eq!(
            check_password_rules(&"a".repeat(20)),
            Err(BadPassword::Repeated)
        );
        let told = check_password_rules("s3cret").unwrap_err().to_string();
        assert!(!told.contains("s3cret"));
    }

    #[test]
    fn what_many_use_and_what_is_made_of_names_is_no_password() {
        assert_eq!(
            check_is_uncommon("QwertyUiop123", &[]),
            Err(BadPassword::Common)
        );
        let words = ["ada@contoso.example", "Ada Lovelace"];
        for names in [
            "contoso-2026!",
            "Lovelace12345",
            "ephor-password",
            "LOVELACE.contoso",
        ] {
            assert_eq!(
                check_is_uncommon(names, &words),
                Err(BadPassword::Names),
                "{names}"
            );
        }
        for good in ["correct horse battery", "lovelace eats thirty plums"] {
            assert_eq!(check_is_uncommon(good, &words), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_hash_is_argon2id_at_46_mib_and_fits_only_its_password() {
        let hash = hash_password_blocking("correct horse battery").unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"),
            "{hash}"
        );
        assert!(is_password("correct horse battery", &hash));
        assert!(!is_password("correct horse batterz", &hash));
        assert_ne!(
            hash,
            hash_password_blocking("correct horse battery").unwrap()
        );
    }

    /// Whoever comes to a full queue is told to come again, at once; whoever is in it is judged.
    #[tokio::test]
    async fn t48_of_500_sign_ins_at_once_those_beyond_the_queue_come_again() {
        const AT_ONCE: usize = 500;
        let cheap = Params::new(8, 1, 1, Some(32)).unwrap();
        let hash = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap)
            .hash_password(b"correct horse battery")
            .unwrap()
            .to_string();
        let turns = u32::try_from(TURNS.available_permits()).unwrap();
        let held = TURNS.acquire_many(turns).await.unwrap();
        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            asked.spawn(verify("correct horse battery".into(), Some(hash.clone())));
        }
        for _ in 0..AT_ONCE - HASH_QUEUE_MAX {
            let done = asked.join_next().await.unwrap().unwrap();
            assert!(matches!(done, Err(HashError::Busy)), "{done:?}");
        }
        drop(held);
        assert_eq!(asked.len(), HASH_QUEUE_MAX);
        while let Some(done) = asked.join_next().await {
            assert!(done.unwrap().unwrap());
        }
        assert!(
            verify("correct horse battery".into(), Some(hash))
                .await
                .unwrap()
        );
    }

    #[test]
    fn two_spellings_of_the_same_characters_are_one_password() {
        let hash = hash_password_blocking("re\u{301}mi re\u{301}mi re\u{301}mi").unwrap();
        assert!(is_password("r\u{e9}mi r\u{e9}mi r\u{e9}mi", &hash));
    }
}
