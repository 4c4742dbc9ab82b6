//! How somebody showed who they are, and how strong that is (`security.md` section 3, R-C2, R-I5).

use serde::{Deserialize, Serialize};

use crate::caller::Factor;

/// One thing that was shown at a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Method {
    /// A password.
    Password,
    /// A one-time password by the clock (RFC 6238).
    Totp,
    /// A passkey, with the person verified by it.
    Passkey,
    /// One of the recovery codes.
    RecoveryCode,
    /// A one-time code that an administrator had made: it stands for the password alone.
    ResetCode,
    /// The word of another identity provider.
    Upstream,
    /// The word of another identity provider, which says that a second factor was shown there.
    UpstreamMultiFactor,
    /// The word of another identity provider, which says that what was shown there can't be handed on to a false
    /// site.
    UpstreamPhishingResistant,
    /// In a demonstration only: somebody chose whom to be. It stands for a passkey.
    Demonstration,
}

impl Method {
    /// Its name in `amr` (RFC 8176, and `fido` as known clients spell it).
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password | Self::ResetCode => "pwd",
            Self::Totp | Self::RecoveryCode => "otp",
            Self::Passkey => "fido",
            Self::Upstream | Self::UpstreamMultiFactor | Self::UpstreamPhishingResistant => "fed",
            Self::Demonstration => "user",
        }
    }
}

/// How strong a sign-in is: each includes the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Strength {
    /// One factor.
    Single,
    /// Two factors.
    MultiFactor,
    /// Two factors that can't be handed on to a false site.
    PhishingResistant,
}

impl Strength {
    /// Every strength, weakest first.
    pub const ALL: [Self; 3] = [Self::Single, Self::MultiFactor, Self::PhishingResistant];

    /// What these methods come to together; nothing shown is nothing more than [`Strength::Single`].
    pub fn of(methods: &[Method]) -> Self {
        let shown = |method| methods.contains(&method);
        if shown(Method::Passkey)
            || shown(Method::UpstreamPhishingResistant)
            || shown(Method::Demonstration)
        {
            return Self::PhishingResistant;
        }
        let known = shown(Method::Password) || shown(Method::ResetCode);
        let held = shown(Method::Totp) || shown(Method::RecoveryCode);
        let upstream = shown(Method::Upstream) && held;
        if (known && held) || upstream || shown(Method::UpstreamMultiFactor) {
            return Self::MultiFactor;
        }
        Self::Single
    }

    /// Its name in `acr`.
    pub const fn acr(self) -> &'static str {
        match self {
            Self::Single => "aal1",
            Self::MultiFactor => "aal2",
            Self::PhishingResistant => "phr",
        }
    }

    /// The strength of this name.
    pub fn parse(acr: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strength| strength.acr() == acr)
    }

    /// Whether a second factor was shown.
    pub const fn factor(self) -> Factor {
        match self {
            Self::Single => Factor::Single,
            Self::MultiFactor | Self::PhishingResistant => Factor::Multi,
        }
    }
}

/// What tokens say in `amr` of these methods: each once, `mfa` last where it was.
pub fn amr(methods: &[Method]) -> Vec<&'static str> {
    let mut amr: Vec<&str> = Vec::new();
    for method in methods {
        if !amr.contains(&method.amr()) {
            amr.push(method.amr());
        }
    }
    if Strength::of(methods).factor() == Factor::Multi {
        amr.push("mfa");
    }
    amr
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_things_of_one_kind_are_one_factor() {
        use Method::{Passkey, Password, RecoveryCode, ResetCode, Totp, Upstream};
        for (methods, strength) in [
            (&[][..], Strength::Single),
            (&[Password][..], Strength::Single),
            (&[Totp], Strength::Single),
            (&[Password, ResetCode], Strength::Single),
            (&[Totp, RecoveryCode], Strength::Single),
            (&[Upstream], Strength::Single),
            (&[Password, Totp], Strength::MultiFactor),
            (&[ResetCode, RecoveryCode], Strength::MultiFactor),
            (&[Upstream, Totp], Strength::MultiFactor),
            (&[Method::UpstreamMultiFactor], Strength::MultiFactor),
            (&[Passkey], Strength::PhishingResistant),
            (
                &[Method::UpstreamPhishingResistant],
                Strength::PhishingResistant,
            ),
            (&[Password, Passkey], Strength::PhishingResistant),
        ] {
            assert_eq!(Strength::of(methods), strength, "{methods:?}");
        }
    }

    #[test]
    fn amr_names_each_method_once_and_mfa_where_it_was() {
        assert_eq!(amr(&[Method::Password]), ["pwd"]);
        assert_eq!(
            amr(&[Method::Password, Method::Totp]),
            ["pwd", "otp", "mfa"]
        );
        assert_eq!(amr(&[Method::Passkey]), ["fido", "mfa"]);
        assert_eq!(amr(&[Method::Password, Method::ResetCode]), ["pwd"]);
    }
}
