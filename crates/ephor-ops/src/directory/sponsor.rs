//! Who answers for somebody who is here, above all for a guest: users and groups, who may be asked to decide on
//! what the guest asks for (`governance.md` 1.4, `targetUserSponsors`).

use ephor_core::authority::Operation;
use ephor_core::caller::Caller;
use ephor_core::event::Event;
use ephor_core::id::PrincipalId;
use ephor_core::principal::{Principal, PrincipalKind, User};
use ephor_core::refusal::{Code, Refusal};
use ephor_store::{ReadTx, Tx};

use super::{UserKey, attempt, user};
use crate::authorise::{About, authorise};
use crate::{OpError, OpResult};

/// How many sponsors somebody can have: as many as at Microsoft.
const SPONSORS_MAX: usize = 5;

/// What becomes of a sponsor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SponsorChange {
    /// They answer for the user from now on.
    Add(PrincipalId),
    /// They do not any more.
    Remove(PrincipalId),
}

/// Those who answer for somebody; whoever was deleted is not among them.
pub fn sponsors(tx: &ReadTx<'_>, caller: &Caller, key: &UserKey) -> OpResult<Vec<Principal>> {
    let of = user(tx, caller, key)?;
    authorise(tx, caller, Operation::ReadUsers, About::NOTHING)?;
    Ok(tx.principals(&of.sponsors)?)
}

/// Says that somebody answers for a user, or does no more.
pub fn change_sponsor(tx: &mut Tx<'_>, key: &UserKey, change: SponsorChange) -> OpResult<()> {
    let caller = tx.caller().clone();
    let named = |id| {
        let detail = match change {
            SponsorChange::Add(sponsor) => format!("sponsor {sponsor}"),
            SponsorChange::Remove(sponsor) => format!("no sponsor {sponsor}"),
        };
        attempt(Operation::UpdateUser, None, None, id, Some(detail))
    };
    let of = match key {
        UserKey::Id(id) => *id,
        UserKey::Name(_) | UserKey::Me => {
            user(tx, &caller, key)
                .map_err(|error| error.at(named(None)))?
                .id
        }
    };
    changed(tx, of, change).map_err(|error| error.at(named(Some(of))))
}

fn changed(tx: &mut Tx<'_>, id: PrincipalId, change: SponsorChange) -> OpResult<()> {
    let caller = tx.caller().clone();
    authorise(tx, &caller, Operation::UpdateUser, About::NOTHING)?;
    let before = tx.user(id)?.ok_or_else(|| Refusal::not_found(id))?;
    // Whoever was deleted for good makes room for others.
    let mut sponsors = before.sponsors.clone();
    match change {
        SponsorChange::Add(sponsor) => {
            may_be_sponsor(tx, sponsor, id)?;
            if sponsors.contains(&sponsor) {
                return Err(Refusal::new(
                    Code::BadRequest,
                    "one or more added object references already exist for the following modified properties: 'sponsors'",
                )
                .into());
            }
            let there = tx.principals(&sponsors)?;
            sponsors.retain(|id| there.iter().any(|one| one.reference.id == *id));
            if sponsors.len() >= SPONSORS_MAX {
                return Err(Refusal::new(
                    Code::BadRequest,
                    format!("somebody can have {SPONSORS_MAX} sponsors at most"),
                )
                .about("sponsors")
                .into());
            }
            sponsors.push(sponsor);
        }
        SponsorChange::Remove(sponsor) => {
            let count = sponsors.len();
            sponsors.retain(|id| *id != sponsor);
            if sponsors.len() == count {
                return Err(Refusal::not_found(sponsor).into());
            }
        }
    }
    let after = User {
        sponsors,
        ..before.clone()
    };
    let at = tx.now();
    tx.record(&[Event::UserChanged {
        at,
        before: Box::new(before),
        after: Box::new(after),
    }])?;
    Ok(())
}

fn may_be_sponsor(tx: &ReadTx<'_>, sponsor: PrincipalId, of: PrincipalId) -> OpResult<()> {
    let found = tx.principals(&[sponsor])?.into_iter().next();
    let kind = found.map(|found| found.reference.kind);
    let wrong = |text: &str| OpError::from(Refusal::new(Code::BadRequest, text).about("sponsors"));
    match kind {
        None => Err(Refusal::not_found(sponsor).into()),
        Some(PrincipalKind::User) if sponsor == of => Err(wrong("nobody can be their own sponsor")),
        Some(PrincipalKind::User | PrincipalKind::Group) => Ok(()),
        Some(PrincipalKind::ServicePrincipal) => Err(wrong(
            "only users and groups can be sponsors, not service principals",
        )),
    }
}
