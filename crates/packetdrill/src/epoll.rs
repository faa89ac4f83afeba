//! epoll: which sockets it watches, and which of them have something to say.

use crate::call::{EPOLL_BITS, EpollEvent, EpollOperation, Outcome};

/// One epoll instance (`fs/eventpoll.c`).
#[derive(Clone, Debug, Default)]
pub(crate) struct Epoll {
    items: Vec<Item>,
    /// Descriptors in the order in which they became ready.
    ready: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Item {
    fd: u32,
    events: u32,
}

impl Epoll {
    /// epoll_ctl(2); `now` is what can be said of the descriptor at once.
    pub(crate) fn control(
        &mut self,
        operation: EpollOperation,
        fd: u32,
        events: u32,
        now: u32,
    ) -> Outcome {
        let known = self.items.iter().position(|item| item.fd == fd);
        match (operation, known) {
            (EpollOperation::Add, Some(_)) => return Outcome::errno("EEXIST"),
            (EpollOperation::Add, None) => self.items.push(Item { fd, events }),
            (_, None) => return Outcome::errno("ENOENT"),
            (EpollOperation::Modify, Some(at)) => self.items[at].events = events,
            (EpollOperation::Delete, Some(_)) => {
                self.forget(fd);
                return Outcome::DONE;
            }
        }
        self.wake(fd, now);
        Outcome::DONE
    }

    /// A descriptor was closed.
    pub(crate) fn forget(&mut self, fd: u32) {
        self.items.retain(|item| item.fd != fd);
        self.ready.retain(|ready| *ready != fd);
    }

    /// Something of these events happened to a descriptor (`ep_poll_callback`).
    pub(crate) fn wake(&mut self, fd: u32, events: u32) {
        let watched = self.items.iter().find(|item| item.fd == fd);
        if watched.is_some_and(|item| asked(item.events) & events != 0) && !self.ready.contains(&fd)
        {
            self.ready.push(fd);
        }
    }

    /// The next event (`ep_send_events`). One that is edge-triggered is said once, others as long as they last.
    pub(crate) fn next(&mut self, mut now: impl FnMut(u32) -> u32) -> Option<EpollEvent> {
        while !self.ready.is_empty() {
            let fd = self.ready.remove(0);
            let Some(item) = self.items.iter_mut().find(|item| item.fd == fd) else {
                continue;
            };
            let events = now(fd) & asked(item.events);
            if events == 0 {
                continue;
            }
            if item.events & ONESHOT != 0 {
                item.events &= ONESHOT | EDGE;
            } else if item.events & EDGE == 0 {
                self.ready.push(fd);
            }
            return Some(EpollEvent { events, fd });
        }
        None
    }
}

const ONESHOT: u32 = EPOLL_BITS[8].1;
const EDGE: u32 = EPOLL_BITS[9].1;

/// What is looked for: EPOLLERR and EPOLLHUP always.
const fn asked(events: u32) -> u32 {
    if events & !(ONESHOT | EDGE) == 0 {
        0
    } else {
        events | EPOLL_BITS[3].1 | EPOLL_BITS[4].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN: u32 = EPOLL_BITS[0].1;
    const OUT: u32 = EPOLL_BITS[2].1;
    const HUP: u32 = EPOLL_BITS[4].1;

    fn add(events: u32, now: u32) -> Epoll {
        let mut epoll = Epoll::default();
        let added = epoll.control(EpollOperation::Add, 4, events, now);
        assert_eq!(added, Outcome::DONE);
        epoll
    }

    fn said(epoll: &mut Epoll, now: u32) -> u32 {
        epoll.next(|_| now).map_or(0, |event| event.events)
    }

    #[test]
    fn an_edge_is_said_once_until_something_happens_again() {
        let mut epoll = add(IN | OUT | EDGE, OUT);
        assert_eq!((said(&mut epoll, OUT), said(&mut epoll, OUT)), (OUT, 0));
        epoll.wake(4, IN);
        assert_eq!(
            (said(&mut epoll, IN | OUT), said(&mut epoll, IN | OUT)),
            (IN | OUT, 0)
        );
    }

    #[test]
    fn a_level_is_said_as_long_as_it_lasts() {
        let mut epoll = add(IN, IN);
        assert_eq!((said(&mut epoll, IN), said(&mut epoll, IN)), (IN, IN));
        assert_eq!((said(&mut epoll, 0), said(&mut epoll, IN)), (0, 0));
    }

    #[test]
    fn once_is_once() {
        let mut epoll = add(IN | ONESHOT, IN);
        assert_eq!(said(&mut epoll, IN), IN);
        epoll.wake(4, IN | HUP);
        assert_eq!(said(&mut epoll, IN | HUP), 0);
        epoll.control(EpollOperation::Modify, 4, IN | ONESHOT, IN);
        assert_eq!(said(&mut epoll, IN), IN);
    }

    #[test]
    fn what_is_not_asked_for_is_not_said_except_errors_and_hang_ups() {
        let mut epoll = add(OUT, 0);
        epoll.wake(4, IN);
        assert_eq!(said(&mut epoll, IN | OUT), 0);
        epoll.wake(4, HUP);
        assert_eq!(said(&mut epoll, IN | HUP), HUP);
        for (operation, fd, errno) in [
            (EpollOperation::Add, 4, "EEXIST"),
            (EpollOperation::Modify, 5, "ENOENT"),
            (EpollOperation::Delete, 5, "ENOENT"),
        ] {
            assert_eq!(epoll.control(operation, fd, IN, IN), Outcome::errno(errno));
        }
    }
}
