//! Which generated cases a run has.

use std::time::Duration;

use conexion::conformance::{Case, Settings, generated, pairwise};

use super::positive_time;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Generated sessions")]
pub(super) struct Generate {
    /// Run so many sessions that a seed makes up, beside the selected cases and the sessions
    /// `generated.pairs`, which are part of every whole run. One that fails is put again,
    /// smaller, until nothing can be left out
    #[arg(long = "generate", value_name = "NUMBER", default_value_t = 0)]
    number: usize,

    /// The seed: the same makes up the same sessions, `generated.SEED.N`
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,

    /// Most time of a run for making sessions that fail smaller
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = positive_time)]
    shrink: Duration,
}

impl Generate {
    pub(super) const fn apply(&self, settings: &mut Settings) {
        settings.shrink = self.shrink;
    }

    /// The selected cases and the generated ones. A run of all cases has those that are
    /// always the same.
    pub(super) fn cases(
        &self,
        selected: Vec<&'static Case>,
        selectors: &[String],
    ) -> Vec<&'static Case> {
        let mut cases = selected;
        if selectors.is_empty() {
            cases.extend(pairwise());
        }
        cases.extend(generated(self.seed, self.number));
        cases
    }
}
