//! The octets of one direction of a conversation, with the gaps that the record leaves.

use crate::conformance::record::{Conversation, Party, What, unhex};

/// What was written or read at once.
struct Piece {
    /// The event that it is.
    event: usize,
    at_us: u64,
    /// Where in the direction it begins, and where it ends.
    start: u64,
    end: u64,
    /// Its beginning, as far as the record keeps it.
    kept: Vec<u8>,
}

/// The octets of one direction.
pub(super) struct Stream(Vec<Piece>);

impl Stream {
    pub(super) fn of(conversation: &Conversation, by: Party) -> Self {
        let mut end = 0_u64;
        let events = conversation.events.iter().enumerate().filter(|(_, event)| event.by == by);
        let pieces = events.filter_map(|(number, event)| {
            let What::Octets { hex, length } = &event.what else { return None };
            let mut kept = unhex(hex);
            kept.truncate(usize::try_from(*length).unwrap_or(usize::MAX));
            let start = end;
            end = end.saturating_add(*length);
            (start < end).then_some(Piece { event: number, at_us: event.at_us, start, end, kept })
        });
        Self(pieces.collect())
    }

    pub(super) fn len(&self) -> u64 {
        self.0.last().map_or(0, |piece| piece.end)
    }

    /// The number of the event that the octet at this offset went by in, and its time.
    pub(super) fn event(&self, offset: u64) -> (usize, u64) {
        let piece = self.0.get(self.0.partition_point(|piece| piece.end <= offset));
        piece.map_or((0, 0), |piece| (piece.event, piece.at_us))
    }

    /// The octets from an offset on up to another, or up to the first that is not kept.
    pub(super) fn octets(&self, from: u64, to: u64) -> Vec<u8> {
        let first = self.0.partition_point(|piece| piece.end <= from);
        let mut octets = Vec::new();
        for piece in self.0.iter().skip(first).take_while(|piece| piece.start < to) {
            let within = |offset: u64| usize::try_from(offset.saturating_sub(piece.start));
            let (Ok(start), Ok(end)) = (within(from), within(to.min(piece.end))) else { break };
            let Some(kept) = piece.kept.get(start..end.min(piece.kept.len())) else { break };
            octets.extend_from_slice(kept);
            if end > piece.kept.len() {
                break;
            }
        }
        octets
    }

    /// Where the next run of octets ends that went by without a pause and without a word
    /// of the other side, which are at least those of one event.
    pub(super) fn burst(&self, from: u64, pause_us: u64) -> u64 {
        let first = self.0.partition_point(|piece| piece.end <= from);
        let pieces = self.0.get(first..).unwrap_or_default();
        let follows = |pair: &&[Piece]| {
            let [earlier, later] = pair else { return false };
            later.event == earlier.event + 1 && later.at_us.saturating_sub(earlier.at_us) < pause_us
        };
        let more = pieces.windows(2).take_while(follows).count();
        pieces.get(more).map_or(from, |piece| piece.end)
    }
}
