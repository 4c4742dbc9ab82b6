//! What the clock drives. A job writes down, sends and cleans up; it changes no answer: whoever stops all
//! jobs sees the same access at every instant (house rule 13). Each may run twice, or not at all.

mod lapse;

use std::sync::Arc;

use ephor_store::Store;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The jobs that run, until they are dropped.
pub(crate) struct Jobs {
    running: Vec<JoinHandle<()>>,
}

impl Jobs {
    /// Starts every job. `woken` is told when the clock was moved.
    pub(crate) fn start(store: &Store, woken: &Arc<Notify>) -> Self {
        Self {
            running: vec![tokio::spawn(lapse::run(store.clone(), woken.clone()))],
        }
    }

    /// No job at all.
    pub(crate) const fn none() -> Self {
        Self {
            running: Vec::new(),
        }
    }
}

impl Drop for Jobs {
    /// A job is stopped only while it waits: what runs in the store there finishes by itself.
    fn drop(&mut self) {
        for job in &self.running {
            job.abort();
        }
    }
}
