//! Comparing what comes back with what was sent (`plain.client-echo`).

/// An echo that is awaited. It may come in any number of deliveries.
#[derive(Clone, Debug)]
pub struct Echo<'a> {
    /// What is still to come, or `None` once something else came.
    missing: Option<&'a [u8]>,
}

/// How far an echo has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EchoProgress {
    /// So far right. An echo that stays there is late or short: a failure.
    NeedMore {
        /// How many octets are missing, at least one.
        missing: usize,
    },
    /// All of it has come, and nothing more.
    Complete,
    /// Something else came, or more than was sent: a failure, whatever comes later.
    Different,
}

impl<'a> Echo<'a> {
    /// The echo of these octets.
    #[must_use]
    pub const fn of(sent: &'a [u8]) -> Self {
        Self { missing: Some(sent) }
    }

    /// How far it has come.
    #[must_use]
    pub const fn progress(&self) -> EchoProgress {
        match self.missing {
            Some([]) => EchoProgress::Complete,
            Some(missing) => EchoProgress::NeedMore { missing: missing.len() },
            None => EchoProgress::Different,
        }
    }

    /// Takes a delivery.
    pub fn receive(&mut self, delivery: &[u8]) -> EchoProgress {
        self.missing = self.missing.and_then(|missing| missing.strip_prefix(delivery));
        self.progress()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_complete_wherever_it_is_cut() {
        let sent = b"\xC2\xBFqu\xC3\xA9 tal?";
        for cut in 1..sent.len() {
            let mut echo = Echo::of(sent);
            let missing = sent.len() - cut;
            assert_eq!(echo.receive(&sent[..cut]), EchoProgress::NeedMore { missing });
            assert_eq!(echo.receive(&sent[cut..]), EchoProgress::Complete);
        }
    }

    #[test]
    fn plain_client_echo_that_differs_stays_different() {
        let mut echo = Echo::of(b"hola");
        assert_eq!(echo.receive(b"ho"), EchoProgress::NeedMore { missing: 2 });
        assert_eq!(echo.receive(b"x"), EchoProgress::Different);
        assert_eq!(echo.receive(b"la"), EchoProgress::Different);
        assert_eq!(echo.receive(b""), EchoProgress::Different);
    }

    #[test]
    fn plain_client_echo_longer_than_sent_is_different() {
        assert_eq!(Echo::of(b"hola").receive(b"hola!"), EchoProgress::Different);
        let mut echo = Echo::of(b"hola");
        assert_eq!(echo.receive(b"hola"), EchoProgress::Complete);
        assert_eq!(echo.receive(b""), EchoProgress::Complete);
        assert_eq!(echo.receive(b"!"), EchoProgress::Different);
    }

    #[test]
    fn nothing_yet_is_a_whole_echo_missing() {
        assert_eq!(Echo::of(b"hola").progress(), EchoProgress::NeedMore { missing: 4 });
        assert_eq!(Echo::of(b"").progress(), EchoProgress::Complete);
    }
}
