//! All cases, a folder for the side under test and in it a file per chapter of the spec.

mod client;
mod segmented;
mod server;

pub use self::segmented::segmented;
use super::{Case, Segmentation, current_id, generated};
use crate::wire::Role;

/// The cases about a chapter.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// What the chapter is about.
    pub title: &'static str,
    /// Its cases, in the order of the text.
    pub cases: &'static [Case],
}

/// The chapters whose cases examine this side, in the order of the text.
#[must_use]
pub const fn chapters(side: Role) -> &'static [Chapter] {
    match side {
        Role::Server => server::CHAPTERS,
        Role::Client => client::CHAPTERS,
    }
}

/// Every case that examines this side, in the order of the text.
#[must_use]
pub fn registry(side: Role) -> Vec<&'static Case> {
    chapters(side).iter().flat_map(|chapter| chapter.cases).collect()
}

/// The chapter that a case belongs to.
#[must_use]
pub fn chapter(case: &Case) -> Option<&'static Chapter> {
    if case.topic() == generated::TOPIC {
        return Some(&generated::CHAPTER);
    }
    let mut all = [Role::Server, Role::Client].into_iter().flat_map(chapters);
    all.find(|chapter| chapter.cases.iter().any(|own| own.id == case.base_id()))
}

/// Whether a case has this id.
#[must_use]
pub fn is_case(id: &str) -> bool {
    let (id, segmentation) = segmentation_of(id);
    let generated = || generated::named(id).iter().any(|case| case.id == id);
    let stands =
        || [Role::Server, Role::Client].into_iter().flat_map(registry).any(|case| case.id == id);
    segmentation.is_some() && (stands() || generated())
}

/// The cases that these selectors name, in the order of the text; without a selector all.
///
/// A selector is the id of a case, a former one too, or its beginning up to a dot or a
/// hyphen, or the id of a requirement that a case cites; with `@` and the word of a
/// segmentation behind it, these cases in that segmentation. `generated` and
/// `generated.pairs` name the generated cases that are always the same, and
/// `generated.SEED.N` one of the others.
///
/// # Errors
///
/// The first selector that names no case.
pub fn select<S: AsRef<str>>(side: Role, selectors: &[S]) -> Result<Vec<&'static Case>, &str> {
    let all = registry(side);
    let made_up = |name: &str| match side {
        Role::Server => generated::named(name),
        Role::Client => Vec::new(),
    };
    if selectors.is_empty() {
        return Ok(all);
    }
    let mut idle = selectors.iter().map(AsRef::as_ref);
    let idle = idle.find(|selector| {
        let (name, segmentation) = segmentation_of(selector);
        let nothing = || !all.iter().any(|case| names(name, case));
        segmentation.is_none() || (nothing() && made_up(name).is_empty())
    });
    if let Some(selector) = idle {
        return Err(selector);
    }
    let selectors: Vec<_> = selectors.iter().map(|text| segmentation_of(text.as_ref())).collect();
    let cases = Segmentation::ALL.into_iter().flat_map(|segmentation| {
        let names: Vec<&str> = selectors
            .iter()
            .filter(|(_, asked)| *asked == Some(segmentation))
            .map(|(name, _)| *name)
            .collect();
        let wanted = all.iter().filter(|case| names.iter().any(|name| self::names(name, case)));
        let generated = names.iter().flat_map(|name| made_up(name));
        segmented(&wanted.copied().chain(generated).collect::<Vec<_>>(), segmentation)
    });
    Ok(cases.collect())
}

/// What stands before the `@` of an id or a selector, and the segmentation that stands
/// behind it, if it is one.
fn segmentation_of(text: &str) -> (&str, Option<Segmentation>) {
    match text.split_once('@') {
        None => (text, Some(Segmentation::Whole)),
        Some((name, word)) => (name, word.parse().ok()),
    }
}

fn names(selector: &str, case: &Case) -> bool {
    let selector = current_id(selector);
    let begins = match case.id.strip_prefix(selector) {
        Some(rest) => rest.is_empty() || rest.starts_with(['.', '-']) || selector.ends_with('.'),
        None => false,
    };
    !selector.is_empty() && (begins || case.requirements.contains(&selector))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::conformance::{Level, Side, requirement};

    fn everything() -> impl Iterator<Item = (Role, &'static Case)> {
        let sides = [Role::Server, Role::Client].into_iter();
        sides.flat_map(|side| registry(side).into_iter().map(move |case| (side, case)))
    }

    #[test]
    fn every_id_is_unique() {
        let ids: HashSet<_> = everything().map(|(_, case)| case.id).collect();
        assert_eq!(ids.len(), everything().count());
    }

    #[test]
    fn no_case_repeats_another_with_other_numbers_only() {
        let mut titles = HashSet::new();
        for (side, case) in everything() {
            let words = case.title.split(' ').filter(|word| word.parse::<u64>().is_err());
            let title = words.collect::<Vec<_>>().join(" ");
            assert!(titles.insert((side == Role::Server, title)), "{}: {}", case.id, case.title);
        }
    }

    #[test]
    fn every_citation_is_a_requirement_that_binds_the_side_under_test() {
        for (side, case) in everything() {
            let other = if side == Role::Server { Side::Client } else { Side::Server };
            assert!(!case.requirements.is_empty(), "{} cites nothing", case.id);
            for id in case.requirements {
                let requirement = requirement(id);
                let requirement = requirement.unwrap_or_else(|| panic!("{}: no `{id}`", case.id));
                assert_ne!(requirement.side, other, "{}: `{id}`", case.id);
            }
        }
    }

    #[test]
    fn the_level_is_the_word_of_the_first_requirement() {
        for (_, case) in everything().filter(|(_, case)| case.requirements[0] != "state.table") {
            let requirement = requirement(case.requirements[0]).expect("checked above");
            if requirement.parent.is_none() {
                let word = case.level.to_string();
                assert!(requirement.sentence.contains(&word), "{} is no {word}", case.id);
            } else {
                assert_eq!(case.level, Level::Must, "{}", case.id);
            }
        }
    }

    #[test]
    fn selectors_name_a_case_a_beginning_or_a_requirement() {
        let ids = |selector: &'static str| {
            let cases = select(Role::Server, std::slice::from_ref(&selector));
            cases.map(|cases| cases.len()).map_err(str::to_owned)
        };
        assert_eq!(ids("state.idle.text"), Ok(1));
        assert_eq!(ids("state.idle"), Ok(7));
        assert_eq!(ids("state."), Ok(21));
        assert!(ids("preface.grammar").expect("a beginning") > 5);
        assert!(ids("held.none").expect("a requirement") > 0);
        assert_eq!(ids("upload.1025"), Ok(1), "a former name");
        assert_eq!(ids("state.id"), Err("state.id".to_owned()));
        assert_eq!(ids(""), Err(String::new()));
        assert_eq!(ids("state.idle@octets"), Ok(7));
        assert_eq!(ids("state.idle@bits"), Err("state.idle@bits".to_owned()));
        let all = select::<&str>(Role::Server, &[]).map(|cases| cases.len());
        assert_eq!(all, Ok(registry(Role::Server).len()));
    }
}
