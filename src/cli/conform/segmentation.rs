//! How what the cases send is cut into writes, as the user asks for it.

use std::time::Duration;

use conexion::conformance::{Case, Segmentation, Settings, segmented};

use super::positive_time;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How octets are cut into writes")]
pub(super) struct Cut {
    /// Put each case with its octets sent `whole`, one by one as `octets`, cut at `fields`,
    /// `joined` until it waits for something, or `paused` between the fields; `all` is each
    /// of these. A case in one of them is `ID@SEGMENTATION`
    #[arg(long, value_name = "HOW", default_value = "whole", value_parser = how)]
    segmentation: How,

    /// What time passes between the pieces of `paused`, and the first of `octets`
    #[arg(long, value_name = "TIME", default_value = "1ms", value_parser = positive_time)]
    pause: Duration,
}

#[derive(Clone, Debug)]
struct How(Vec<Segmentation>);

fn how(word: &str) -> Result<How, String> {
    if word == "all" {
        return Ok(How(Segmentation::ALL.to_vec()));
    }
    word.parse().map(|one| How(vec![one])).map_err(|()| {
        let words = Segmentation::ALL.map(Segmentation::word).join(", ");
        format!("write one of {words}, or all")
    })
}

impl Cut {
    pub(super) const fn apply(&self, settings: &mut Settings) {
        settings.pause = self.pause();
    }

    pub(super) const fn pause(&self) -> Duration {
        self.pause
    }

    /// The cases in each segmentation that was asked for. One that was selected in a
    /// segmentation of its own stays in that.
    pub(super) fn cases(&self, selected: &[&'static Case]) -> Vec<&'static Case> {
        let (whole, own): (Vec<_>, Vec<_>) =
            selected.iter().partition(|case| case.segmentation == Segmentation::Whole);
        let cut = self.segmentation.0.iter().flat_map(|&how| segmented(&whole, how));
        cut.chain(own).collect()
    }
}

#[cfg(test)]
mod tests {
    use conexion::conformance::select;
    use conexion::wire::Role;

    use super::*;

    #[test]
    fn all_is_each_and_a_case_with_a_segmentation_of_its_own_keeps_it() {
        let selectors = ["state.idle.text", "state.idle.bye@octets"];
        let selected = select(Role::Server, &selectors).expect("cases");
        let cut = |word| Cut { segmentation: how(word).expect("a word"), pause: Duration::ZERO };
        let ids = |word| cut(word).cases(&selected).iter().map(|case| case.id).collect::<Vec<_>>();
        assert_eq!(ids("whole"), ["state.idle.text", "state.idle.bye@octets"]);
        assert_eq!(ids("paused"), ["state.idle.text@paused", "state.idle.bye@octets"]);
        assert_eq!(ids("all").len(), 6);
        assert!(how("bits").expect_err("no word").contains("whole, octets, fields"));
    }
}
