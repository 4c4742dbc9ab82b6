//! The store's tests: one contract on both engines, and what each promises by itself.

mod contract;
mod world;
