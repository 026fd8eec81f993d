//! Which generated cases a run has.

use conexion::conformance::{Case, generated, pairwise};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Generated sessions")]
pub(super) struct Generate {
    /// Run so many sessions that a seed makes up, beside the selected cases and the sessions
    /// `generated.pairs`, which are part of every whole run. One that fails is put again,
    /// smaller, until nothing can be left out
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    generate: usize,

    /// The seed: the same makes up the same sessions, `generated.SEED.NUMBER`
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
}

impl Generate {
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
        cases.extend(generated(self.seed, self.generate));
        cases
    }
}
