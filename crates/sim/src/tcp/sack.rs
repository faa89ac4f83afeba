//! What came ahead of its turn, and how the peer is told: SACK blocks (RFC 2018) and duplicates (RFC 2883).

use super::Tcb;
use crate::copy::clone_into_place;
use whyeof_trace::{SackBlocks, Seq, SeqRange, TcpOptions};

/// Ranges received beyond a gap (`out_of_order_queue`), and the list of blocks that tells of them (`selective_acks`).
#[derive(Debug, Default)]
pub struct OutOfOrder {
    /// Disjoint, in ascending order; each with the memory it is charged.
    ranges: Vec<(SeqRange, u32)>,
    /// Where a FIN stands that came early.
    fin: Option<Seq>,
    /// Blocks, the one that grew last first; at most four.
    recent: Vec<SeqRange>,
    /// What came twice; told once, before the blocks.
    duplicate: Option<SeqRange>,
}

clone_into_place!(OutOfOrder {
    ranges,
    fin,
    recent,
    duplicate
});

fn range(start: Seq, end: Seq) -> SeqRange {
    SeqRange {
        start,
        len: end.offset_from(start),
    }
}

/// Whether two ranges overlap or touch.
fn meet(a: SeqRange, b: SeqRange) -> bool {
    a.end().at_or_after(b.start) && b.end().at_or_after(a.start)
}

fn union(a: SeqRange, b: SeqRange) -> SeqRange {
    let start = if a.start.after(b.start) {
        b.start
    } else {
        a.start
    };
    let end = if a.end().after(b.end()) {
        a.end()
    } else {
        b.end()
    };
    range(start, end)
}

impl OutOfOrder {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.fin.is_none()
    }

    /// The end of the last range: a reset there is accepted (`tcp_validate_incoming`).
    pub(super) fn last_end(&self) -> Option<Seq> {
        self.ranges.last().map(|(range, _)| range.end())
    }

    /// Where a FIN stands that came early.
    pub(super) const fn fin(&self) -> Option<Seq> {
        self.fin
    }

    /// Whether all of this waits already.
    pub(super) fn holds(&self, wanted: SeqRange, fin: bool) -> bool {
        let (start, end) = (wanted.start, wanted.end());
        let within =
            |(r, _): &(SeqRange, u32)| start.at_or_after(r.start) && r.end().at_or_after(end);
        (wanted.len == 0 || self.ranges.iter().any(within)) && (!fin || self.fin == Some(end))
    }

    /// What of a new range, which is not held as a whole, is held already, in the order in which the kernel comes upon it.
    pub(super) fn overlaps(&self, new: SeqRange) -> Vec<(Seq, Seq)> {
        let common = |(held, _): &(SeqRange, u32)| {
            let start = if held.start.after(new.start) {
                held.start
            } else {
                new.start
            };
            let end = if held.end().after(new.end()) {
                new.end()
            } else {
                held.end()
            };
            end.after(start).then_some((start, end))
        };
        self.ranges.iter().filter_map(common).collect()
    }

    /// Takes in a range that is charged so much memory, and a FIN after it (`tcp_sack_new_ofo_skb`: its block comes first).
    pub(super) fn insert(&mut self, new: SeqRange, mut memory: u32, fin: bool) {
        let mut merged = new;
        if new.len > 0 {
            self.ranges.retain(|(r, m)| {
                let joins = meet(*r, merged);
                if joins {
                    merged = union(*r, merged);
                    memory += m;
                }
                !joins
            });
            let at = self
                .ranges
                .partition_point(|(r, _)| merged.start.after(r.start));
            self.ranges.insert(at, (merged, memory));
        }
        if fin {
            self.fin = Some(new.end());
        }
        let mut block = range(new.start, new.end() + u32::from(fin));
        self.recent.retain(|r| {
            let joins = meet(*r, block);
            if joins {
                block = union(*r, block);
            }
            !joins
        });
        self.recent.insert(0, block);
        self.recent.truncate(SackBlocks::MOST);
    }

    /// The first range and its memory, if the stream has reached it.
    pub(super) fn take_reached(&mut self, next: Seq) -> Option<(SeqRange, u32)> {
        let (first, memory) = *self.ranges.first()?;
        if !next.at_or_after(first.start) {
            return None;
        }
        self.ranges.remove(0);
        // `tcp_sack_remove`
        self.recent.retain(|r| r.start.after(first.end()));
        Some((first, memory))
    }

    /// Everything that waits is thrown away: it lies beyond the peer's FIN (`tcp_fin`). Returns the memory it took.
    pub(super) fn purge(&mut self) -> u32 {
        self.fin = None;
        self.recent.clear();
        self.ranges.drain(..).map(|(_, memory)| memory).sum()
    }

    /// `tcp_dsack_extend`: a duplicate that does not touch the one to be told of is left out.
    fn extend_duplicate(&mut self, new: SeqRange) {
        self.duplicate = Some(match self.duplicate {
            Some(old) if meet(old, new) => union(old, new),
            Some(old) => old,
            None => new,
        });
    }

    /// The blocks for the next segment: `most` of them.
    pub(super) fn blocks(&mut self, most: usize, next: Seq) -> SackBlocks {
        let duplicate = self.duplicate.take();
        self.recent.retain(|r| r.end().after(next));
        duplicate
            .into_iter()
            .chain(self.recent.iter().copied())
            .take(most)
            .collect()
    }

    /// How many blocks the next segment carries.
    pub(super) fn count(&self, most: usize) -> usize {
        (usize::from(self.duplicate.is_some()) + self.recent.len()).min(most)
    }
}

impl Tcb {
    /// Remembers what came twice, if the peer wants to know (`tcp_dsack_set`).
    pub(super) fn set_duplicate(&mut self, start: Seq, end: Seq) {
        if self.agreed.sack && self.sysctl.tcp_dsack {
            self.rcv.early.duplicate = Some(range(start, end));
        }
    }

    /// And this as well.
    pub(super) fn extend_duplicate(&mut self, start: Seq, end: Seq) {
        if self.agreed.sack && self.sysctl.tcp_dsack {
            self.rcv.early.extend_duplicate(range(start, end));
        }
    }

    /// The SACK option of the next segment, if there is anything to tell.
    pub(super) fn sack_option(&mut self) -> Option<TcpOptions> {
        let (most, next) = (self.most_blocks(), self.rcv.nxt);
        if self.rcv.early.count(most) == 0 {
            return None;
        }
        let blocks = self.rcv.early.blocks(most, next);
        (!blocks.as_slice().is_empty()).then_some(TcpOptions::Sack(blocks))
    }

    /// As many blocks as fit beside the other options.
    pub(super) fn most_blocks(&self) -> usize {
        match (self.agreed.sack, self.agreed.timestamps) {
            (false, _) => 0,
            (true, true) => 3,
            (true, false) => 4,
        }
    }

    /// What SACK blocks take of a segment now.
    pub(super) fn sack_len(&self) -> u32 {
        match self.rcv.early.count(self.most_blocks()) {
            0 => 0,
            // At most four blocks.
            n => 4 + 8 * n as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(queue: &mut OutOfOrder) -> String {
        queue.blocks(4, Seq(1)).to_string()
    }

    /// linux-tcp §8.3 T66; RFC 2018 §4: the block that the last segment joined comes first.
    #[test]
    fn blocks_tell_of_the_latest_first() {
        let mut queue = OutOfOrder::default();
        for (start, len, blocks) in [
            (211, 10, "211:221"),
            (231, 10, "231:241 211:221"),
            (251, 10, "251:261 231:241 211:221"),
            (221, 10, "211:241 251:261"),
            (301, 5, "301:306 211:241 251:261"),
        ] {
            queue.insert(
                SeqRange {
                    start: Seq(start),
                    len,
                },
                512,
                false,
            );
            assert_eq!(told(&mut queue), blocks);
        }
        let first = range(Seq(211), Seq(241));
        assert_eq!(queue.take_reached(Seq(211)), Some((first, 3 * 512)));
        assert_eq!(told(&mut queue), "301:306 251:261");
    }

    #[test]
    fn a_duplicate_is_told_once_and_first() {
        let mut queue = OutOfOrder::default();
        queue.insert(range(Seq(20), Seq(30)), 512, true);
        queue.extend_duplicate(range(Seq(1), Seq(5)));
        queue.extend_duplicate(range(Seq(5), Seq(9)));
        queue.extend_duplicate(range(Seq(12), Seq(15)));
        assert_eq!(told(&mut queue), "1:9 20:31");
        assert_eq!(told(&mut queue), "20:31");
        assert_eq!(queue.fin(), Some(Seq(30)));
    }
}
