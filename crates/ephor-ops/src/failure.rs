//! How an operation fails: by a refusal, which is an answer, or by a fault of the store, which is ours.

use ephor_core::event::Attempt;
use ephor_core::refusal::{Code, Refusal};
use ephor_store::{Failure, StoreError};

/// What an operation gives.
pub type OpResult<T> = Result<T, OpError>;

/// Why an operation did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    /// The answer is no.
    #[error("{refusal}")]
    Refused {
        /// What was tried, where it would have changed something: then the refusal is recorded (R-I1).
        attempt: Option<Box<Attempt>>,
        /// Why not.
        refusal: Box<Refusal>,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for OpError {
    /// A refusal of something that would have changed nothing.
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            attempt: None,
            refusal: Box::new(refusal),
        }
    }
}

impl OpError {
    /// The same, as the answer to this attempt at a change.
    #[must_use]
    pub fn at(self, attempt: Attempt) -> Self {
        match self {
            Self::Refused { refusal, .. } => Self::Refused {
                attempt: Some(Box::new(attempt)),
                refusal,
            },
            Self::Store(error) => Self::Store(error),
        }
    }

    /// The refusal's code, where it is one.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal.code),
            Self::Store(_) => None,
        }
    }
}

impl Failure for OpError {
    fn refused(&self) -> Option<(&Attempt, &Refusal)> {
        match self {
            Self::Refused {
                attempt: Some(attempt),
                refusal,
            } => Some((attempt, refusal)),
            Self::Refused { attempt: None, .. } | Self::Store(_) => None,
        }
    }
}
