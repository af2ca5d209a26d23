//! The rules of the repository that neither the compiler nor clippy knows. Each failure says what to do.
//!
//! They read files and Cargo's metadata only: no GPU, no runtime, no network. That documents name commands which exist is
//! checked in xtask, which knows its commands; licences are `cargo xtask test --step licences`.

#[cfg(test)]
mod checkout;
#[cfg(test)]
mod dependencies;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod links;
#[cfg(test)]
mod sources;
