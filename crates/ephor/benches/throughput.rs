//! Durable activations per second, beside a raw loop (to come).

fn main() {}
