//! A session: what a client does, on one connection after the other.

use std::fmt;

use super::axis::{
    Axis, Chunking, Ending, Finish, Flag, Kind, Known, Meta, Order, Padding, Preface, Rest, Size,
    There, Words, Wrong,
};
use super::dice::Dice;

/// What a client does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) strands: Vec<Strand>,
}

/// What it does on one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Strand {
    pub(super) preface: Preface,
    pub(super) order: Order,
    pub(super) steps: Vec<Step>,
    pub(super) ending: Ending,
}

/// One thing that it does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Text(Words),
    Ignorable(Padding),
    Refused(Wrong, Rest),
    Upload(Sending),
}

/// An upload to a destination of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sending {
    pub(super) size: Size,
    pub(super) chunking: Chunking,
    pub(super) kind: Kind,
    pub(super) known: Known,
    pub(super) flag: Flag,
    pub(super) there: There,
    pub(super) finish: Finish,
    pub(super) meta: Meta,
}

impl Session {
    /// A text and an upload on one connection, each as simple as can be: all parameters
    /// that belong to an upload, and those of what is around it.
    pub(super) fn around_an_upload() -> Self {
        let steps = vec![Step::Text(Words::default()), Step::Upload(Sending::default())];
        Self { strands: vec![Strand { steps, ..Strand::default() }] }
    }

    /// A session that these dice make up.
    pub(super) fn random(dice: &mut Dice) -> Self {
        let strands = (0..=dice.roll(3)).map(|_| Strand {
            steps: (0..dice.roll(5)).map(|_| Step::random(dice)).collect(),
            ..Strand::default()
        });
        let mut session = Self { strands: strands.collect() };
        for axis in session.axes() {
            axis.set(dice.roll(axis.words().len()));
        }
        session
    }

    /// All of its parameters.
    pub(super) fn axes(&mut self) -> Vec<&mut dyn Axis> {
        self.strands.iter_mut().flat_map(Strand::axes).collect()
    }
}

impl Strand {
    fn axes(&mut self) -> Vec<&mut dyn Axis> {
        let mut axes: Vec<&mut dyn Axis> = vec![&mut self.preface, &mut self.order];
        axes.extend(self.steps.iter_mut().flat_map(Step::axes));
        axes.push(&mut self.ending);
        axes
    }
}

impl Step {
    fn random(dice: &mut Dice) -> Self {
        match dice.roll(6) {
            0 => Self::Text(Words::default()),
            1 => Self::Ignorable(Padding::default()),
            2 => Self::Refused(Wrong::default(), Rest::default()),
            _ => Self::Upload(Sending::default()),
        }
    }

    fn axes(&mut self) -> Vec<&mut dyn Axis> {
        match self {
            Self::Text(words) => vec![words],
            Self::Ignorable(padding) => vec![padding],
            Self::Refused(wrong, rest) => vec![wrong, rest],
            Self::Upload(Sending { size, chunking, kind, known, flag, there, finish, meta }) => {
                vec![size, chunking, kind, known, flag, there, finish, meta]
            }
        }
    }
}

/// The parameters that are not the simplest, connection by connection.
impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, strand) in self.strands.iter().enumerate() {
            if number > 0 {
                f.write_str("; then ")?;
            }
            write!(f, "{}, {}", strand.preface.word(), strand.order.word())?;
            for step in &strand.steps {
                let mut step = *step;
                let upload = matches!(step, Step::Upload(_));
                // Of an upload the size, and what else is not the simplest.
                let axes = step.axes().into_iter().enumerate();
                let told = axes.filter(|(at, axis)| !upload || *at == 0 || axis.index() > 0);
                let words: Vec<_> = told.map(|(_, axis)| axis.word()).collect();
                if upload {
                    write!(f, ", an upload ({})", words.join(", "))?;
                } else {
                    write!(f, ", {}", words.join(" "))?;
                }
            }
            write!(f, ", {}", strand.ending.word())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_dice_make_the_same_session() {
        let sessions = |seed| {
            let mut dice = Dice::new(seed);
            (0..50).map(|_| Session::random(&mut dice)).collect::<Vec<_>>()
        };
        assert_eq!(sessions(1), sessions(1));
        assert_ne!(sessions(1), sessions(2));
    }

    #[test]
    fn a_session_is_told_by_what_is_not_simple() {
        let mut session = Session::around_an_upload();
        let axes = session.axes();
        for axis in axes {
            if matches!(axis.title(), "size" | "digest") {
                axis.set(1);
            }
        }
        let told = "the shortest line, each answer awaited, a text, \
                    an upload (size 1, digest sha256), BYE";
        assert_eq!(session.to_string(), told);
    }

    #[test]
    fn every_value_of_every_parameter_can_be_set() {
        let mut session = Session::around_an_upload();
        for axis in session.axes() {
            for index in 0..axis.words().len() {
                axis.set(index);
                assert_eq!(axis.index(), index, "{}", axis.title());
            }
            axis.set(usize::MAX);
            assert_eq!(axis.index(), axis.words().len() - 1);
        }
    }
}
