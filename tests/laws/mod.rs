//! Laws of the core: functions of octets that panic when a law does not hold.
//!
//! Each law has one body, which property tests, fuzz targets and the replay of seeds
//! call alike. To add one: a function here, its name in [`ALL`], a target in `fuzz/`, and
//! a folder of seeds.

pub(crate) mod client;
pub(crate) mod dice;
pub(crate) mod differential;
pub(crate) mod naive;
mod pair;
pub(crate) mod plain;
pub(crate) mod server;
pub(crate) mod structured;
mod wire;

/// A law over octets, whatever they are.
pub(crate) type Law = fn(&[u8]);

/// Every law by the name of its fuzz target.
pub(crate) const ALL: [(&str, Law); 11] = [
    ("client_session", client::client_session),
    ("differential", differential::differential),
    ("frame", wire::frame),
    ("pair", pair::pair),
    ("path", wire::path),
    ("plain", plain::plain_laws),
    ("plain_detection", plain::detection_laws),
    ("plain_upload", plain::upload_laws),
    ("preface", wire::preface),
    ("server_session", server::server_session),
    ("structured", structured::structured),
];

/// Holds octets against the law of this name.
pub(crate) fn hold(name: &str, octets: &[u8]) {
    let (_, law) = ALL.iter().find(|(known, _)| *known == name).expect("the name of a law");
    law(octets);
}
