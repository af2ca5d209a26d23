//! The calls on a device's node. All that is `unsafe` about this output stands here.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::ioctl::{Getter, Setter, Updater, ioctl};
use scrim_frame::Size;

use super::abi;
use crate::camera::CameraFormat;

/// An open node. Dropping closes it, which ends the stream.
#[derive(Debug)]
pub(super) struct Node(File);

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Capabilities {
    pub(super) driver: String,
    pub(super) card: String,
    pub(super) bus_info: String,
    pub(super) can_capture: bool,
    pub(super) can_output: bool,
}

/// The format that the driver set, which need not be the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) code: [u8; 4],
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bytes from one row of the first plane to the next.
    pub(super) stride: u32,
}

/// Why a picture was not taken.
#[derive(Debug)]
pub(super) enum WriteFault {
    /// Nothing was taken for so long.
    Stuck,
    /// The driver refused.
    Refused(io::Error),
}

impl Node {
    /// Opens without waiting for anything, and without changing anything on the device.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
            .open(path)
            .map(Self)
    }

    pub(super) fn capabilities(&self) -> io::Result<Capabilities> {
        // SAFETY: VIDIOC_QUERYCAP fills one `v4l2_capability`, every bit pattern of which is valid.
        let said: abi::Capability =
            unsafe { ioctl(&self.0, Getter::<{ abi::QUERYCAP }, abi::Capability>::new())? };
        let flags = if said.capabilities & abi::HAS_DEVICE_CAPS == 0 {
            said.capabilities
        } else {
            said.device_caps
        };
        Ok(Capabilities {
            driver: text(&said.driver),
            card: text(&said.card),
            bus_info: text(&said.bus_info),
            can_capture: flags & abi::CAN_CAPTURE != 0,
            can_output: flags & abi::CAN_OUTPUT != 0,
        })
    }

    /// Asks for a format; says what the driver made of it.
    pub(super) fn set_format(&self, format: CameraFormat, size: Size) -> io::Result<Given> {
        let mut wanted = abi::Format {
            kind: abi::VIDEO_OUTPUT,
            #[cfg(target_pointer_width = "64")]
            padding: 0,
            pix: abi::PixFormat {
                width: size.width(),
                height: size.height(),
                pixelformat: u32::from_le_bytes(format.fourcc()),
                field: abi::FIELD_NONE,
                bytesperline: format.pixel_format().row_bytes(0, size.width()) as u32,
                sizeimage: format.bytes(size) as u32,
                colorspace: abi::COLORSPACE_601,
                private: abi::PRIV_MAGIC,
                flags: 0,
                ycbcr_enc: abi::YCBCR_ENC_601,
                quantization: abi::LIMITED_RANGE,
                xfer_func: abi::TRANSFER_709,
            },
            rest: [0; 152],
        };
        // SAFETY: VIDIOC_S_FMT reads and writes one `v4l2_format`, every bit pattern of which is valid, and keeps no
        // pointer to it.
        unsafe {
            ioctl(
                &self.0,
                Updater::<{ abi::S_FMT }, abi::Format>::new(&mut wanted),
            )?;
        }
        Ok(Given {
            code: wanted.pix.pixelformat.to_le_bytes(),
            width: wanted.pix.width,
            height: wanted.pix.height,
            stride: wanted.pix.bytesperline,
        })
    }

    /// States how far apart pictures will come.
    pub(super) fn set_interval(&self, interval: Duration) -> io::Result<()> {
        let mut parameters = abi::StreamParm {
            kind: abi::VIDEO_OUTPUT,
            capability: 0,
            mode: 0,
            time_per_frame: fraction(interval),
            rest: [0; 184],
        };
        // SAFETY: VIDIOC_S_PARM reads and writes one `v4l2_streamparm`, every bit pattern of which is valid, and keeps no
        // pointer to it.
        unsafe {
            ioctl(
                &self.0,
                Updater::<{ abi::S_PARM }, abi::StreamParm>::new(&mut parameters),
            )?;
        }
        Ok(())
    }

    pub(super) fn start_stream(&self) -> io::Result<()> {
        // SAFETY: VIDIOC_STREAMON reads one integer, the buffer type.
        unsafe {
            ioctl(
                &self.0,
                Setter::<{ abi::STREAMON }, u32>::new(abi::VIDEO_OUTPUT),
            )?;
        }
        Ok(())
    }

    /// Asks to be told who watches; refused before v4l2loopback 0.13.
    pub(super) fn subscribe_to_usage(&self) -> io::Result<()> {
        let subscription = abi::Subscription {
            kind: abi::CLIENT_USAGE,
            id: 0,
            flags: abi::SEND_INITIAL,
            reserved: [0; 5],
        };
        // SAFETY: VIDIOC_SUBSCRIBE_EVENT reads one `v4l2_event_subscription`.
        unsafe {
            ioctl(
                &self.0,
                Setter::<{ abi::SUBSCRIBE_EVENT }, abi::Subscription>::new(subscription),
            )?;
        }
        Ok(())
    }

    /// The next event that waits; does not wait for one.
    pub(super) fn next_event(&self) -> io::Result<Option<abi::Event>> {
        // SAFETY: VIDIOC_DQEVENT fills one `v4l2_event`, every bit pattern of which is valid.
        let event = unsafe { ioctl(&self.0, Getter::<{ abi::DQEVENT }, abi::Event>::new()) };
        match event {
            Ok(event) => Ok(Some(event)),
            // ENOENT: none. EAGAIN: the same, from drivers that go by the open flags.
            Err(Errno::NOENT | Errno::AGAIN) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Hands one picture over.
    pub(super) fn write(&self, picture: &[u8], limit: Duration) -> Result<(), WriteFault> {
        write_within(&self.0, picture, limit)
    }
}

/// Writes first and waits only when told to: some versions answer `poll` with nothing before the first picture.
fn write_within(mut file: &File, picture: &[u8], limit: Duration) -> Result<(), WriteFault> {
    let deadline = Instant::now() + limit;
    loop {
        match file.write(picture) {
            Ok(taken) if taken == picture.len() => return Ok(()),
            Ok(taken) => {
                let words = format!("it took {taken} of {} bytes", picture.len());
                return Err(WriteFault::Refused(io::Error::other(words)));
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(WriteFault::Stuck);
                }
                let mut ready = [PollFd::new(file, PollFlags::OUT)];
                let left = Timespec::try_from(left).map_err(|e| refused(io::Error::other(e)))?;
                match poll(&mut ready, Some(&left)) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(refused(error.into())),
                }
            }
            Err(error) => return Err(refused(error)),
        }
    }
}

fn refused(error: io::Error) -> WriteFault {
    WriteFault::Refused(error)
}

/// A name from the kernel, up to its zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// Seconds as a fraction: 1/30 and the like exactly, others in microseconds.
fn fraction(interval: Duration) -> [u32; 2] {
    let seconds = interval.as_secs_f64();
    let rate = (1.0 / seconds).round();
    if seconds > 0.0 && rate >= 1.0 && (seconds * rate - 1.0).abs() < 1e-4 {
        return [1, rate as u32];
    }
    let microseconds = u32::try_from(interval.as_micros()).unwrap_or(u32::MAX);
    [microseconds.max(1), 1_000_000]
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::OwnedFd;

    use super::*;

    #[test]
    fn intervals_become_the_fractions_that_programs_know() {
        assert_eq!(fraction(Duration::from_nanos(33_333_333)), [1, 30]);
        assert_eq!(fraction(Duration::from_millis(40)), [1, 25]);
        assert_eq!(fraction(Duration::from_millis(80)), [80_000, 1_000_000]);
        assert_eq!(
            fraction(Duration::from_nanos(33_366_700)),
            [33_366, 1_000_000]
        );
        assert_eq!(fraction(Duration::ZERO), [1, 1_000_000]);
        assert_eq!(fraction(Duration::MAX), [u32::MAX, 1_000_000]);
    }

    #[test]
    fn names_end_at_their_zero() {
        assert_eq!(text(b"v4l2 loopback\0\0\0"), "v4l2 loopback");
        assert_eq!(text(b"full"), "full");
    }

    /// A pipe stands in for a device: it too takes what there is room for, and says so when there is none.
    fn pipe() -> (File, File) {
        let (from, to) = io::pipe().unwrap();
        rustix::fs::fcntl_setfl(&to, OFlags::NONBLOCK).unwrap();
        (OwnedFd::from(from).into(), OwnedFd::from(to).into())
    }

    #[test]
    fn a_device_that_takes_nothing_is_given_up_in_time() {
        let (_from, to) = pipe();
        let picture = vec![7; 4096];
        let start = Instant::now();
        let limit = Duration::from_millis(50);
        let fault = loop {
            if let Err(fault) = write_within(&to, &picture, limit) {
                break fault;
            }
        };
        assert!(matches!(fault, WriteFault::Stuck), "{fault:?}");
        assert!(start.elapsed() >= limit && start.elapsed() < limit * 40);
    }

    #[test]
    fn a_device_that_takes_it_late_gets_it() {
        let (mut from, to) = pipe();
        let picture = vec![7; 4096];
        while write_within(&to, &picture, Duration::ZERO).is_ok() {}
        let reader = std::thread::Builder::new()
            .name("reader".into())
            .spawn(move || {
                let mut taken = vec![0; 1 << 16];
                let first = from.read(&mut taken).unwrap();
                (from, first)
            })
            .unwrap();
        assert!(write_within(&to, &picture, Duration::from_secs(20)).is_ok());
        assert!(reader.join().unwrap().1 > 0);
    }

    #[test]
    fn half_a_picture_is_a_fault() {
        let (_from, to) = pipe();
        let fault = write_within(&to, &vec![7; 1 << 20], Duration::from_secs(1)).unwrap_err();
        assert!(
            matches!(fault, WriteFault::Refused(ref e) if e.to_string().contains("of 1048576"))
        );
    }

    #[test]
    fn a_file_that_is_no_device_says_so() {
        let node = Node(File::open("/dev/null").unwrap());
        assert!(node.capabilities().is_err());
        assert!(node.next_event().is_err());
        assert!(node.subscribe_to_usage().is_err());
        let size = Size::new(4, 2).unwrap();
        assert!(node.set_format(CameraFormat::Yuyv, size).is_err());
    }
}
