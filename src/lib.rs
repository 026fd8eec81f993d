//! Conexión: text messages and files over TCP.
//!
//! The protocol is decided in [`wire`], [`session`] and [`plain`] alone: functions of
//! octets and state, with no socket, file, clock, thread or allocation.
#![cfg_attr(not(any(test, feature = "std")), no_std)]

#[cfg(feature = "std")]
pub mod server;
pub mod wire;
