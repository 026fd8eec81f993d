//! The cases in other segmentations, each with a name of its own.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::conformance::{Case, Segmentation};

/// These cases with what they send cut so: `ID@SEGMENTATION`, or the cases themselves where
/// it is the whole one.
///
/// A case that was made before is the same again, so that only as many are kept as there
/// are cases and segmentations.
#[must_use]
pub fn segmented(cases: &[&'static Case], segmentation: Segmentation) -> Vec<&'static Case> {
    static MADE: LazyLock<Mutex<HashMap<(usize, Segmentation), &'static Case>>> =
        LazyLock::new(Mutex::default);
    if segmentation == Segmentation::Whole {
        return cases.to_vec();
    }
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut named = |case: &'static Case| {
        let address = std::ptr::from_ref(case).addr();
        *made.entry((address, segmentation)).or_insert_with(|| {
            let id = format!("{}@{segmentation}", case.base_id()).leak();
            Box::leak(Box::new(Case { id, segmentation, ..*case }))
        })
    };
    cases.iter().map(|&case| named(case)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{chapter, is_case, registry};
    use crate::wire::Role;

    #[test]
    fn a_case_in_a_segmentation_has_a_name_and_a_chapter() {
        let all = registry(Role::Server);
        for segmentation in Segmentation::ALL {
            for (case, own) in segmented(&all, segmentation).iter().zip(&all) {
                assert_eq!(case.segmentation, segmentation);
                assert_eq!(case.base_id(), own.id);
                assert!(is_case(case.id), "{}", case.id);
                assert_eq!(chapter(case).map(|at| at.title), chapter(own).map(|at| at.title));
            }
        }
        assert!(!is_case("state.idle.text@bits"));
    }

    #[test]
    fn it_is_made_once() {
        let all = registry(Role::Server);
        let make = || segmented(&all[..1], Segmentation::Octets)[0];
        assert!(std::ptr::eq(make(), make()));
    }
}
