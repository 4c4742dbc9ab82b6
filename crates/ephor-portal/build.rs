//! The portal is built by its own tools into `portal/dist`; when that changes, this crate is built again.

fn main() {
    println!("cargo::rerun-if-changed=../../portal/dist");
}
