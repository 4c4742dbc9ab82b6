//! What the clock drives. A job writes down, sends and cleans up; it changes no answer: whoever stops all
//! jobs sees the same access at every instant (house rule 13). Each may run twice, or not at all.

mod lapse;
mod mail;
#[cfg(test)]
mod mail_tests;

use std::sync::Arc;

use ephor_connect::Courier;
use ephor_core::notice::Portal;
use ephor_store::Store;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// How letters are written and sent.
#[derive(Clone)]
pub(crate) struct Letters {
    /// Where their links lead, and in which zone they tell the time.
    pub(crate) portal: Portal,
    /// Who takes them; without anybody they are kept.
    pub(crate) courier: Option<Arc<dyn Courier>>,
}

/// The jobs that run, until they are dropped.
pub(crate) struct Jobs {
    running: Vec<JoinHandle<()>>,
}

impl Jobs {
    /// Starts every job. `woken` is told when the clock was moved.
    pub(crate) fn start(store: &Store, woken: &Arc<Notify>, letters: &Letters) -> Self {
        let post = mail::Post::new(store.clone(), letters.clone());
        Self {
            running: vec![
                tokio::spawn(lapse::run(store.clone(), woken.clone())),
                tokio::spawn(mail::run(post)),
            ],
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
