//! Whether somebody watches a device.

use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use super::abi;
use super::node::Node;
use super::system::System;

/// How often those who have a node open are counted at most, until nobody comes or goes meanwhile. Chosen: who opens it at
/// once when it appears, as udev does, has gone by then.
const COUNTED_AT_MOST: usize = 5;

/// How it is learnt.
#[derive(Debug)]
pub(super) enum Usage {
    /// The driver tells when a stream begins and ends (0.13 and later).
    Told(Cell<bool>),
    /// The node is opened and closed by others.
    Opens(Opens),
    /// Not at all: it counts as watched, so that nobody sees a picture that stands still.
    Unknown,
}

impl Usage {
    /// The best way that this device and system offer.
    pub(super) fn of(node: &Node, path: &Path, system: &System) -> Self {
        match node.subscribe_to_usage() {
            Ok(()) => return Self::Told(Cell::new(false)),
            Err(error) => tracing::debug!(%error, "this version does not tell who watches"),
        }
        match Opens::new(path, system) {
            Ok(opens) => Self::Opens(opens),
            Err(error) => {
                tracing::warn!(%error, "who opens the device cannot be told; it counts as watched");
                Self::Unknown
            }
        }
    }

    /// Whether somebody watches now. Waits for nothing and allocates nothing.
    pub(super) fn is_watched(&self, node: &Node) -> bool {
        match self {
            Self::Told(is_watched) => {
                while let Ok(Some(event)) = node.next_event() {
                    if let Some(now) = usage_of(&event) {
                        is_watched.set(now);
                    }
                }
                is_watched.get()
            }
            Self::Opens(opens) => opens.is_any(),
            Self::Unknown => true,
        }
    }
}

/// What an event says: whether there is any client. `None`: it is about something else.
fn usage_of(event: &abi::Event) -> Option<bool> {
    let (count, _) = event.data.split_first_chunk::<4>()?;
    (event.kind == abi::CLIENT_USAGE).then(|| u32::from_ne_bytes(*count) > 0)
}

/// How often a node is open beside this program's own.
#[derive(Debug)]
pub(super) struct Opens {
    inotify: OwnedFd,
    count: Cell<i64>,
}

impl Opens {
    /// To be made after this program has opened the node itself.
    fn new(path: &Path, system: &System) -> io::Result<Self> {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let watched = WatchFlags::OPEN | WatchFlags::CLOSE_WRITE | WatchFlags::CLOSE_NOWRITE;
        inotify::add_watch(&inotify, path, watched)?;
        let me = std::process::id();
        let opens = Self {
            inotify,
            count: Cell::new(0),
        };
        opens.begin(|| {
            let others = system.holders(path).into_iter().filter(|h| h.pid != me);
            others.count() as i64
        });
        Ok(opens)
    }

    /// Starts from how many have the node open. Whoever opens it while they are counted is counted by its event too, and
    /// would count for good after it has gone: what was counted holds only where nothing happened meanwhile.
    fn begin(&self, mut holders: impl FnMut() -> i64) {
        for _ in 0..COUNTED_AT_MOST {
            let mut is_still = true;
            self.take_events(|_| {});
            self.count.set(holders());
            self.take_events(|_| is_still = false);
            if is_still {
                return;
            }
        }
    }

    fn is_any(&self) -> bool {
        self.take_events(|event| self.count.set(counted(self.count.get(), event)));
        self.count.get() > 0
    }

    fn take_events(&self, mut take: impl FnMut(ReadFlags)) {
        // Room for some sixty events; the rest comes with the next read.
        let mut buffer = [MaybeUninit::uninit(); 1024];
        let mut events = Reader::new(&self.inotify, &mut buffer);
        loop {
            match events.next() {
                Ok(event) => take(event.events()),
                Err(Errno::INTR) => {}
                Err(_) => break,
            }
        }
    }
}

/// The count after an event. Where events were lost, somebody may watch: one open stays until it is closed.
fn counted(count: i64, event: ReadFlags) -> i64 {
    if event.contains(ReadFlags::QUEUE_OVERFLOW) {
        count.max(1)
    } else if event.contains(ReadFlags::OPEN) {
        count + 1
    } else if event.intersects(ReadFlags::CLOSE_WRITE | ReadFlags::CLOSE_NOWRITE) {
        // Whoever had it open before the watch began, and could not be seen, closes it below zero.
        (count - 1).max(0)
    } else {
        count
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    fn event(kind: u32, count: u32) -> abi::Event {
        let mut data = [0xaa; 64];
        data[..4].copy_from_slice(&count.to_ne_bytes());
        abi::Event {
            kind,
            padding: 0,
            data,
            pending: 0,
            sequence: 1,
            timestamp: [0; 2],
            id: 0,
            reserved: [0; 8],
        }
    }

    #[test]
    fn the_drivers_events_are_read() {
        assert_eq!(abi::CLIENT_USAGE, 0x10e0_0001);
        assert_eq!(usage_of(&event(abi::CLIENT_USAGE, 1)), Some(true));
        assert_eq!(usage_of(&event(abi::CLIENT_USAGE, 3)), Some(true));
        assert_eq!(usage_of(&event(abi::CLIENT_USAGE, 0)), Some(false));
        // V4L2_EVENT_CTRL.
        assert_eq!(usage_of(&event(3, 1)), None);
    }

    #[test]
    fn opening_and_closing_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("video10");
        fs::write(&path, b"").unwrap();
        let nowhere = System::at(folder.path());
        let opens = Opens::new(&path, &nowhere).unwrap();
        assert!(!opens.is_any());
        let first = File::open(&path).unwrap();
        assert!(opens.is_any());
        let second = File::options().write(true).open(&path).unwrap();
        drop(first);
        assert!(opens.is_any());
        drop(second);
        assert!(!opens.is_any());
        for _ in 0..500 {
            drop(File::open(&path).unwrap());
        }
        assert!(!opens.is_any());
        let _third = File::open(&path).unwrap();
        assert!(opens.is_any());
    }

    #[test]
    fn who_comes_while_holders_are_counted_is_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("video10");
        fs::write(&path, b"").unwrap();
        let opens = Opens::new(&path, &System::at(folder.path())).unwrap();
        let mut watcher = None;
        let mut scans = 0;
        opens.begin(|| {
            scans += 1;
            watcher.get_or_insert_with(|| File::open(&path).unwrap());
            1
        });
        assert_eq!(scans, 2);
        assert!(opens.is_any());
        drop(watcher);
        assert!(!opens.is_any());
        // Somebody who never rests ends neither the counting nor what follows it.
        opens.begin(|| {
            drop(File::open(&path).unwrap());
            0
        });
        assert!(!opens.is_any());
    }

    #[test]
    fn lost_events_do_not_lose_a_watcher() {
        assert_eq!(counted(0, ReadFlags::QUEUE_OVERFLOW), 1);
        assert_eq!(counted(0, ReadFlags::CLOSE_NOWRITE), 0);
        assert_eq!(counted(2, ReadFlags::CLOSE_WRITE), 1);
        assert_eq!(counted(2, ReadFlags::ATTRIB), 2);
    }

    #[test]
    fn a_node_that_is_gone_cannot_be_counted() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Opens::new(&folder.path().join("video10"), &System::at(folder.path())).is_err());
    }
}
