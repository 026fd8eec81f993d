//! Conexión: text messages and files over TCP.
//!
//! The protocol is decided in [`wire`], [`session`] and [`plain`] alone: functions of
//! octets and state, with no socket, file, clock, thread or allocation. Without any
//! feature the crate is these three, `no_std` and without a dependency.
#![cfg_attr(not(any(test, feature = "std")), no_std)]

#[cfg(feature = "std")]
pub mod client;
#[cfg(feature = "std")]
pub mod conformance;
#[cfg(feature = "std")]
mod digest;
pub mod plain;
#[cfg(feature = "std")]
pub mod server;
pub mod session;
pub mod wire;

// The examples of the README are compiled and run with the documentation's.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;
