//! The bytes of one direction of a connection in their order: what came twice once, what came early when its turn is, what the capture has not as a gap.

/// Pieces that came early, and their bytes, that are kept; with more, what is missing is taken as lost to the capture.
const MOST_PIECES: usize = 256;
const MOST_BYTES: usize = 1 << 20;

/// What comes next.
pub(super) enum Next<'a> {
    /// Bytes, and whether they begin a segment.
    Bytes(&'a [u8], Begins),
    /// So many bytes that the capture has not.
    Gap(u32),
}

/// Whether bytes stand at the beginning of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// They do.
    Segment,
    /// In its midst.
    Midst,
}

/// A piece that came early.
struct Early {
    offset: u32,
    len: u32,
    data: Vec<u8>,
}

/// One direction.
#[derive(Default)]
pub(super) struct Stream {
    /// The first byte that has not come.
    next: Option<u32>,
    early: Vec<Early>,
    kept: usize,
    /// Where its FIN stands.
    end: Option<u32>,
}

/// How far `a` lies behind `b`, on a ring.
const fn ahead(a: u32, b: u32) -> i32 {
    a.wrapping_sub(b).cast_signed()
}

impl Stream {
    /// That the stream begins here; without it the first piece tells.
    pub(super) fn begins(&mut self, offset: u32) {
        self.next.get_or_insert(offset);
    }

    /// That it ends here.
    pub(super) fn ends(&mut self, offset: u32) {
        self.end.get_or_insert(offset);
    }

    /// A segment's data, of which not all need be kept.
    pub(super) fn push(
        &mut self,
        offset: u32,
        len: u32,
        data: &[u8],
        each: &mut dyn FnMut(u32, Next<'_>),
    ) {
        let next = *self.next.get_or_insert(offset);
        if ahead(offset, next) > 0 {
            self.kept += data.len();
            self.early.push(Early {
                offset,
                len,
                data: data.to_vec(),
            });
            if self.early.len() > MOST_PIECES || self.kept > MOST_BYTES {
                self.skip(each);
            }
            return;
        }
        self.deliver(offset, len, data, each);
        self.drain(each);
    }

    /// The peer has everything before this.
    pub(super) fn acknowledged(&mut self, offset: u32, each: &mut dyn FnMut(u32, Next<'_>)) {
        let Some(mut next) = self.next else { return };
        let limit = match self.end {
            Some(end) if ahead(offset, end) > 0 => end,
            _ => offset,
        };
        while ahead(limit, next) > 0 {
            let first = self.first_early().filter(|it| ahead(limit, *it) > 0);
            let to = first.unwrap_or(limit);
            each(next, Next::Gap(to.wrapping_sub(next)));
            self.next = Some(to);
            self.drain(each);
            next = self.next.unwrap_or(limit);
        }
    }

    /// What is missing will not come any more.
    fn skip(&mut self, each: &mut dyn FnMut(u32, Next<'_>)) {
        if let (Some(next), Some(first)) = (self.next, self.first_early()) {
            each(next, Next::Gap(first.wrapping_sub(next)));
            self.next = Some(first);
            self.drain(each);
        }
    }

    fn first_early(&self) -> Option<u32> {
        let next = self.next?;
        let offsets = self.early.iter().map(|it| it.offset);
        offsets.min_by_key(|offset| ahead(*offset, next))
    }

    /// What came early and is due now.
    fn drain(&mut self, each: &mut dyn FnMut(u32, Next<'_>)) {
        while let Some(next) = self.next
            && let Some(at) = (self.early.iter()).position(|it| ahead(it.offset, next) <= 0)
        {
            let early = self.early.swap_remove(at);
            self.kept -= early.data.len();
            self.deliver(early.offset, early.len, &early.data, each);
        }
    }

    fn deliver(&mut self, offset: u32, len: u32, data: &[u8], each: &mut dyn FnMut(u32, Next<'_>)) {
        let Some(next) = self.next else { return };
        let old = next.wrapping_sub(offset);
        if old >= len {
            return;
        }
        let fresh = data.get(old as usize..).unwrap_or_default();
        let begins = if old == 0 {
            Begins::Segment
        } else {
            Begins::Midst
        };
        if !fresh.is_empty() {
            each(next, Next::Bytes(fresh, begins));
        }
        // A piece of the packet is no longer than the packet says.
        let kept = u32::try_from(fresh.len()).unwrap_or(u32::MAX);
        let cut = (len - old).saturating_sub(kept);
        if cut > 0 {
            each(next.wrapping_add(kept), Next::Gap(cut));
        }
        self.next = Some(offset.wrapping_add(len));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of pieces `offset:text`, with `?n` for a gap.
    fn check(pieces: &[(u32, &str)], acknowledged: Option<u32>, expected: &str) {
        let mut stream = Stream::default();
        stream.begins(0);
        let mut out = String::new();
        let mut each = |_: u32, next: Next<'_>| match next {
            Next::Bytes(bytes, _) => out.push_str(&String::from_utf8_lossy(bytes)),
            Next::Gap(gap) => out.push_str(&format!("?{gap}")),
        };
        for (offset, text) in pieces {
            let len = u32::try_from(text.len()).expect("short");
            stream.push(*offset, len, text.as_bytes(), &mut each);
        }
        if let Some(offset) = acknowledged {
            stream.acknowledged(offset, &mut each);
        }
        assert_eq!(out, expected, "{pieces:?}");
    }

    #[test]
    fn bytes_come_in_order_and_once() {
        check(&[(0, "abc"), (3, "def")], None, "abcdef");
        check(&[(3, "def"), (0, "abc")], None, "abcdef");
        check(&[(0, "abc"), (0, "abc"), (1, "bcdef")], None, "abcdef");
        check(&[(6, "ghi"), (3, "def"), (0, "abc")], None, "abcdefghi");
    }

    #[test]
    fn what_the_peer_has_and_the_capture_has_not_is_a_gap() {
        check(&[(0, "abc"), (5, "fgh")], None, "abc");
        check(&[(0, "abc"), (5, "fgh")], Some(8), "abc?2fgh");
        check(&[(0, "abc")], Some(9), "abc?6");
        check(&[(0, "abc"), (5, "fgh"), (9, "j")], Some(8), "abc?2fgh");
    }
}
