//! A program's connections by their sockets. A run numbers its connections, so finding one is an index, however many there are.

use crate::copy::clone_into_place;
use whyeof_trace::{FlowId, Side, SocketId};

/// What a program keeps about each of its ends of connections; all of them are ends of the same side.
#[derive(Debug)]
pub(super) struct Connections<T> {
    side: Side,
    /// The lowest number that there was.
    first: u32,
    /// By number, from the first on: one more than the place in `all`; 0: none.
    places: Vec<u32>,
    all: Vec<Option<T>>,
    free: Vec<u32>,
}

clone_into_place!(Connections<T> { side, first, places, all, free });

impl<T> Connections<T> {
    /// None yet.
    pub(super) const fn new(side: Side) -> Self {
        Self {
            side,
            first: 0,
            places: Vec::new(),
            all: Vec::new(),
            free: Vec::new(),
        }
    }

    /// The place of a connection in `all`, if it is there; else some number beyond it.
    fn place(&self, id: &SocketId) -> usize {
        let at = id.flow.0.wrapping_sub(self.first) as usize;
        let place = self.places.get(at).copied().unwrap_or(0);
        if id.side == self.side {
            (place as usize).wrapping_sub(1)
        } else {
            usize::MAX
        }
    }

    pub(super) fn get(&self, id: &SocketId) -> Option<&T> {
        self.all.get(self.place(id))?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: &SocketId) -> Option<&mut T> {
        let place = self.place(id);
        self.all.get_mut(place)?.as_mut()
    }

    pub(super) fn contains_key(&self, id: &SocketId) -> bool {
        self.get(id).is_some()
    }

    pub(super) fn insert(&mut self, id: SocketId, connection: T) {
        debug_assert_eq!(id.side, self.side);
        if let Some(known) = self.get_mut(&id) {
            *known = connection;
            return;
        }
        let place = self.free.pop().unwrap_or_else(|| {
            self.all.push(None);
            u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX)
        });
        self.all[place as usize] = Some(connection);
        let at = self.room_for(id.flow);
        self.places[at] = place + 1;
    }

    /// Where in `places` this number is.
    fn room_for(&mut self, flow: FlowId) -> usize {
        if self.places.is_empty() {
            self.first = flow.0;
        }
        // As a rule numbers rise; a server may get to know two connections the other way round.
        let lower = self.first.saturating_sub(flow.0);
        self.places.splice(0..0, (0..lower).map(|_| 0));
        self.first -= lower;
        let at = (flow.0 - self.first) as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, 0);
        }
        at
    }

    pub(super) fn remove(&mut self, id: &SocketId) -> Option<T> {
        let place = self.place(id);
        let connection = self.all.get_mut(place)?.take()?;
        self.places[(id.flow.0 - self.first) as usize] = 0;
        self.free.push(u32::try_from(place).unwrap_or(u32::MAX));
        Some(connection)
    }

    /// All of them, in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SocketId, &T)> {
        let ids = (self.first..).map(|flow| SocketId {
            flow: FlowId(flow),
            side: self.side,
        });
        let places = self.places.iter().zip(ids);
        places.filter_map(|(place, id)| {
            let place = (*place as usize).checked_sub(1)?;
            Some((id, self.all[place].as_ref()?))
        })
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = SocketId> {
        self.iter().map(|(id, _)| id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.free.len() == self.all.len()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::new(self.side);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_come_in_any_order() {
        let id = |flow| SocketId {
            flow: FlowId(flow),
            side: Side::Listener,
        };
        let mut all = Connections::new(Side::Listener);
        for flow in [70, 72, 69, 75, 72] {
            all.insert(id(flow), flow);
        }
        assert_eq!(all.remove(&id(70)), Some(70));
        assert_eq!(all.remove(&id(70)), None);
        assert_eq!(all.remove(&id(1_000)), None);
        all.insert(id(3), 3);
        *all.get_mut(&id(75)).expect("it is there") += 1;
        let all_of_them: Vec<_> = all.iter().map(|(id, n)| (id.flow.0, *n)).collect();
        assert_eq!(all_of_them, [(3, 3), (69, 69), (72, 72), (75, 76)]);
        // The other end of one of them is nobody here.
        assert!(!all.contains_key(&id(72).peer()));
        for flow in [3, 69, 72, 75] {
            assert!(!all.is_empty());
            assert!(all.remove(&id(flow)).is_some());
        }
        assert!(all.is_empty());
    }
}
