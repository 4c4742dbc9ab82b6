//! Writes down what the clock has already ended.
//!
//! It changes no answer: whatever is noted here was over before, for every reader. It lets the record show
//! the end, and tells others of it. Safe to run twice, or never.

use ephor_core::event::Event;
use ephor_core::time::Instant;
use ephor_store::Tx;

use crate::{OpResult, package};

/// What one round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lapsed {
    /// How many ends were written down.
    pub noted: usize,
    /// Whether more may be waiting: then run again at once.
    pub more: bool,
    /// When the clock ends something next.
    pub next_end: Option<Instant>,
}

/// How many ends one transaction writes down: larger rounds would keep the writer from others.
pub const ROUND: u32 = 128;

/// Writes down up to [`ROUND`] ends.
pub fn run(tx: &mut Tx<'_>) -> OpResult<Lapsed> {
    let over = tx.unlapsed(ROUND)?;
    let events: Vec<Event> = over
        .iter()
        .filter_map(|schedule| {
            schedule
                .span
                .ends_at()
                .map(|ended_at| Event::ScheduleLapsed {
                    id: schedule.id,
                    kind: schedule.kind,
                    principal: schedule.principal,
                    ended_at,
                })
        })
        .collect();
    let waited = tx.unlapsed_requests(ROUND)?;
    let denied = waited.iter().filter_map(|request| {
        request
            .completed_at(tx.now())
            .map(|at| Event::RequestLapsed {
                request: request.id,
                group: request.role.group(),
                definition: request.role.definition(),
                principal: request.principal,
                at,
            })
    });
    let packages = package::lapse::ends(tx, ROUND)?;
    let more_packages = packages.len() >= ROUND as usize;
    let events: Vec<Event> = events.into_iter().chain(denied).chain(packages).collect();
    tx.record(&events)?;
    Ok(Lapsed {
        noted: events.len(),
        more: over.len().max(waited.len()) == ROUND as usize || more_packages,
        next_end: tx.next_end()?,
    })
}
