//! What a sign-in has to be for what (R-I5; `directory.md` section 8): authentication contexts, the Conditional
//! Access policies that say what each asks of whom, the places those name, and authentication strengths.
//!
//! Only what an authentication context needs is there. A policy that would ask for more is refused when it is
//! made, because one that is kept and not held would be worse than none.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::context::{Context, ContextId, Frequency, Needs};
use super::strength::Strength;
use crate::id::{GroupId, PrincipalId};
use crate::text::DisplayName;
use crate::time::Instant;

/// Any of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Condition {
    /// An authentication context's name.
    Context(ContextName),
    /// A Conditional Access policy.
    Policy(AccessPolicy),
    /// A named location.
    Location(Location),
    /// An authentication strength.
    Strength(StrengthPolicy),
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConditionKind {
    /// Authentication contexts.
    Context,
    /// Conditional Access policies.
    Policy,
    /// Named locations.
    Location,
    /// Authentication strengths.
    Strength,
}

impl Condition {
    /// Which it is.
    pub const fn kind(&self) -> ConditionKind {
        match self {
            Self::Context(_) => ConditionKind::Context,
            Self::Policy(_) => ConditionKind::Policy,
            Self::Location(_) => ConditionKind::Location,
            Self::Strength(_) => ConditionKind::Strength,
        }
    }

    /// Its id, unique among its kind.
    pub fn id(&self) -> String {
        match self {
            Self::Context(context) => context.id.to_string(),
            Self::Policy(policy) => policy.id.to_string(),
            Self::Location(location) => location.id.to_string(),
            Self::Strength(strength) => strength.id.to_string(),
        }
    }

    /// What people call it.
    pub fn name(&self) -> String {
        match self {
            Self::Context(context) => context.display_name.clone().unwrap_or_default(),
            Self::Policy(policy) => policy.display_name.to_string(),
            Self::Location(location) => location.display_name.to_string(),
            Self::Strength(strength) => strength.display_name.to_string(),
        }
    }
}

/// What an authentication context is called, and whether it is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextName {
    /// Which.
    pub id: ContextId,
    /// What people call it.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is offered where one is chosen.
    pub availability: Availability,
}

/// Whether an authentication context is offered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Availability {
    /// It is not.
    #[default]
    Hidden,
    /// It is.
    Offered,
}

/// Whether a policy is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PolicyState {
    /// It is.
    Enabled,
    /// It is not.
    Disabled,
    /// It is only looked at.
    ReportOnly,
}

/// Who is meant: everybody, nobody, or these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Whom {
    /// Everybody, whoever else is named.
    pub everybody: Everybody,
    /// These people.
    pub users: BTreeSet<PrincipalId>,
    /// Whoever is in these groups.
    pub groups: BTreeSet<GroupId>,
}

/// Whether everybody is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Everybody {
    /// Only who is named.
    #[default]
    No,
    /// Everybody.
    Yes,
}

impl Whom {
    fn means(&self, who: &Who<'_>) -> bool {
        self.everybody == Everybody::Yes
            || self.users.contains(&who.user)
            || self.groups.iter().any(|group| who.groups.contains(group))
    }
}

/// Which places are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Places {
    /// Everywhere, whatever else is named.
    pub everywhere: Everybody,
    /// Every location that is trusted.
    pub all_trusted: Everybody,
    /// These locations.
    pub named: BTreeSet<Uuid>,
}

impl Places {
    fn means(&self, who: &Who<'_>, locations: &[&Location]) -> bool {
        let is_in =
            |location: &&&Location| who.address.is_some_and(|address| location.has(address));
        self.everywhere == Everybody::Yes
            || locations.iter().filter(is_in).any(|location| {
                let trusted =
                    self.all_trusted == Everybody::Yes && location.trust == Trust::Trusted;
                trusted || self.named.contains(&location.id)
            })
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A Conditional Access policy, as far as it says what an authentication context needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessPolicy {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub display_name: DisplayName,
    /// Whether it is held.
    pub state: PolicyState,
    /// For which authentication contexts.
    pub contexts: BTreeSet<ContextId>,
    /// For whom.
    pub include: Whom,
    /// For whom not.
    pub exclude: Whom,
    /// Where; nothing said is everywhere.
    pub include_places: Places,
    /// Where not.
    pub exclude_places: Places,
    /// What has to be shown.
    pub grant: Option<Grant>,
    /// How fresh it must be.
    pub frequency: Frequency,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Option<Instant>,
}

/// What a policy asks to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// Whether all of it is needed or any.
    pub operator: Operator,
    /// Nothing is enough: it is not to be had.
    pub block: Everybody,
    /// A second factor.
    pub multi_factor: Everybody,
    /// An authentication strength, by its id.
    pub strength: Option<Uuid>,
}

/// Whether all of several things are needed, or one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operator {
    /// All.
    And,
    /// One.
    Or,
}

/// Whether a location is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trust {
    /// It is.
    Trusted,
    /// It is not.
    NotTrusted,
}

/// A place on the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub display_name: DisplayName,
    /// Whether it is trusted.
    pub trust: Trust,
    /// Its networks.
    pub ranges: Vec<Network>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Option<Instant>,
}

impl Location {
    fn has(&self, address: IpAddr) -> bool {
        self.ranges.iter().any(|network| network.has(address))
    }
}

/// Addresses that share their first bits: `192.0.2.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a network; write it like 192.0.2.0/24 or 2001:db8::/32")]
pub struct BadNetwork;

impl Network {
    /// Whether an address is in it.
    pub fn has(&self, address: IpAddr) -> bool {
        let bits = |address: IpAddr| match address {
            IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
            IpAddr::V6(v6) => (v6.to_bits(), 128),
        };
        let ((own, own_len), (given, given_len)) =
            (bits(self.address), bits(address.to_canonical()));
        let shift = 128 - u32::from(self.bits);
        own_len == given_len && own.checked_shr(shift) == given.checked_shr(shift)
    }

    /// Whether it is of IPv6.
    pub const fn is_v6(&self) -> bool {
        self.address.is_ipv6()
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, bits) = text.split_once('/').ok_or(BadNetwork)?;
        let address: IpAddr = address.parse().map_err(|_| BadNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let is_plain = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
        match bits.parse() {
            Ok(bits) if is_plain && bits <= most => Ok(Self { address, bits }),
            Ok(_) | Err(_) => Err(BadNetwork),
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl TryFrom<String> for Network {
    type Error = BadNetwork;

    fn try_from(text: String) -> Result<Self, BadNetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

/// An authentication strength: the combinations of methods any of which is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StrengthPolicy {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: Option<String>,
    /// The combinations, each as it was written: `password,softwareOath`.
    pub combinations: Vec<String>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub modified_at: Option<Instant>,
}

/// The methods that a combination may name, and whether each alone is enough for two factors, and can't be handed
/// on to a false site.
const METHODS: [(&str, Strength); 17] = [
    ("password", Strength::Single),
    ("voice", Strength::Single),
    ("hardwareOath", Strength::Single),
    ("softwareOath", Strength::Single),
    ("sms", Strength::Single),
    ("federatedSingleFactor", Strength::Single),
    ("x509CertificateSingleFactor", Strength::Single),
    ("microsoftAuthenticatorPush", Strength::Single),
    ("email", Strength::Single),
    ("qrCodePin", Strength::Single),
    ("deviceBasedPush", Strength::MultiFactor),
    ("temporaryAccessPassOneTime", Strength::MultiFactor),
    ("temporaryAccessPassMultiUse", Strength::MultiFactor),
    ("federatedMultiFactor", Strength::MultiFactor),
    ("windowsHelloForBusiness", Strength::PhishingResistant),
    ("fido2", Strength::PhishingResistant),
    ("x509CertificateMultiFactor", Strength::PhishingResistant),
];

/// The strength of a combination; `None` where it names what is no method.
pub fn strength_of(combination: &str) -> Option<Strength> {
    let methods: Vec<Strength> = combination
        .split(',')
        .map(|name| {
            let known = METHODS.iter().find(|(known, _)| *known == name.trim());
            known.map(|(_, strength)| *strength)
        })
        .collect::<Option<_>>()?;
    let best = methods.iter().copied().max()?;
    Some(match (best, methods.len()) {
        (Strength::Single, 2..) => Strength::MultiFactor,
        (best, _) => best,
    })
}

impl StrengthPolicy {
    /// The ids of those that every tenant has.
    pub const MULTI_FACTOR: Uuid = Uuid::from_u128(2);
    /// No password.
    pub const PASSWORDLESS: Uuid = Uuid::from_u128(3);
    /// What can't be handed on to a false site.
    pub const PHISHING_RESISTANT: Uuid = Uuid::from_u128(4);

    /// Those that every tenant has, and nobody changes.
    pub fn built_in() -> Vec<Self> {
        let resistant = [
            "windowsHelloForBusiness",
            "fido2",
            "x509CertificateMultiFactor",
        ];
        let passwordless = ["deviceBasedPush"];
        let two = [
            "federatedMultiFactor",
            "password,softwareOath",
            "password,hardwareOath",
        ];
        let made = |id, name: &str, description: &str, lists: &[&[&str]]| {
            Some(Self {
                id,
                display_name: DisplayName::new(name).ok()?,
                description: Some(description.to_owned()),
                combinations: lists.concat().into_iter().map(str::to_owned).collect(),
                created_at: Instant::EARLIEST,
                modified_at: None,
            })
        };
        [
            made(
                Self::MULTI_FACTOR,
                "Multifactor authentication",
                "Two factors of any kind",
                &[&resistant, &passwordless, &two],
            ),
            made(
                Self::PASSWORDLESS,
                "Passwordless MFA",
                "Two factors without a password",
                &[&resistant, &passwordless],
            ),
            made(
                Self::PHISHING_RESISTANT,
                "Phishing-resistant MFA",
                "Two factors that can't be handed on to a false site",
                &[&resistant],
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What it asks at least: that of the weakest combination it takes.
    pub fn asks(&self) -> Strength {
        // What can't be read asks for the most.
        let strengths = self
            .combinations
            .iter()
            .map(|combination| strength_of(combination).unwrap_or(Strength::PhishingResistant));
        let weakest = strengths.min().unwrap_or(Strength::PhishingResistant);
        if self.id == Self::PASSWORDLESS {
            return Strength::PhishingResistant;
        }
        weakest
    }
}

/// Whose sign-in it is, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// Who.
    pub user: PrincipalId,
    /// The groups they are in now.
    pub groups: &'a BTreeSet<GroupId>,
    /// The address that they come from, where it is known.
    pub address: Option<IpAddr>,
}

/// Whether any policy names a group, so that it has to be known who is in which.
pub fn names_groups(all: &[Condition]) -> bool {
    all.iter().any(|condition| match condition {
        Condition::Policy(policy) => {
            !policy.include.groups.is_empty() || !policy.exclude.groups.is_empty()
        }
        Condition::Context(_) | Condition::Location(_) | Condition::Strength(_) => false,
    })
}

/// What a context asks of somebody. Where no policy names it, a second factor; where some do and none of them is
/// held for them, nothing (`directory.md` section 8). Of several that are held, each has to be satisfied.
pub fn asked(all: &[Condition], id: ContextId, who: &Who<'_>) -> Context {
    let policies = || {
        all.iter().filter_map(|condition| match condition {
            Condition::Policy(policy) if policy.contexts.contains(&id) => Some(policy),
            _ => None,
        })
    };
    if policies().next().is_none() {
        return Context::of(id);
    }
    let locations: Vec<&Location> = all
        .iter()
        .filter_map(|condition| match condition {
            Condition::Location(location) => Some(location),
            _ => None,
        })
        .collect();
    let mut needs = Needs::Nothing;
    for policy in policies().filter(|policy| policy.is_held_for(who, &locations)) {
        needs = needs.and(policy.needs(all));
    }
    Context { id, needs }
}

impl AccessPolicy {
    fn is_held_for(&self, who: &Who<'_>, locations: &[&Location]) -> bool {
        let is_there = self.include_places.is_empty() || self.include_places.means(who, locations);
        self.state == PolicyState::Enabled
            && self.include.means(who)
            && !self.exclude.means(who)
            && is_there
            && !self.exclude_places.means(who, locations)
    }

    fn needs(&self, all: &[Condition]) -> Needs {
        let mut strengths = Vec::new();
        if let Some(grant) = &self.grant {
            if grant.block == Everybody::Yes {
                return Needs::Never;
            }
            if grant.multi_factor == Everybody::Yes {
                strengths.push(Strength::MultiFactor);
            }
            strengths.extend(grant.strength.map(|id| strength_by_id(all, id)));
        }
        let strength = match self.grant.as_ref().map(|grant| grant.operator) {
            Some(Operator::Or) => strengths.into_iter().min(),
            Some(Operator::And) | None => strengths.into_iter().max(),
        };
        Needs::SignIn {
            strength: strength.unwrap_or(Strength::Single),
            frequency: self.frequency,
        }
    }
}

/// What an authentication strength asks; one that is gone asks for the most.
fn strength_by_id(all: &[Condition], id: Uuid) -> Strength {
    let own = all.iter().find_map(|condition| match condition {
        Condition::Strength(strength) if strength.id == id => Some(strength.asks()),
        _ => None,
    });
    let built_in = || {
        let mut all = StrengthPolicy::built_in().into_iter();
        all.find(|strength| strength.id == id)
            .map(|strength| strength.asks())
    };
    own.or_else(built_in).unwrap_or(Strength::PhishingResistant)
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;
