//! The laws, held over octets that are likely to lead far.

#[expect(dead_code, reason = "seeds use more of it")]
#[path = "laws/mod.rs"]
mod laws;
#[path = "laws/likely.rs"]
mod likely;

use proptest::prelude::*;

/// Whatever octets there are.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn lines(octets in likely::line()) {
        laws::hold("preface", &octets);
    }

    #[test]
    fn frames(octets in likely::frame()) {
        laws::hold("frame", &octets);
    }

    #[test]
    fn paths(octets in likely::path()) {
        laws::hold("path", &octets);
    }
}

proptest! {
    #![proptest_config(cases(2500))]

    #[test]
    fn server_sessions(octets in likely::to_server()) {
        laws::hold("server_session", &octets);
    }

    #[test]
    fn the_naive_server_agrees(octets in likely::to_server()) {
        laws::hold("differential", &octets);
    }

    #[test]
    fn client_sessions(octets in likely::to_client()) {
        laws::hold("client_session", &octets);
    }

    #[test]
    fn pairs(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        laws::hold("pair", &octets);
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_naive_server_agrees_on_structured_sessions(
        octets in prop::collection::vec(any::<u8>(), 0..900)
    ) {
        laws::hold("structured", &octets);
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn laws_hold_over_noise(octets in noise()) {
        for (name, _) in laws::ALL {
            laws::hold(name, &octets);
        }
    }
}
