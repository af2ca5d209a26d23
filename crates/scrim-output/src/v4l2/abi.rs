//! The structures of `linux/videodev2.h` that a writer needs, as 64-bit and 32-bit kernels lay them out, and the numbers
//! of the calls that take them.

use rustix::ioctl::{Opcode, opcode};

/// `V4L2_BUF_TYPE_VIDEO_OUTPUT`.
pub(super) const VIDEO_OUTPUT: u32 = 2;

/// `V4L2_CAP_VIDEO_CAPTURE`.
pub(super) const CAN_CAPTURE: u32 = 0x1;
/// `V4L2_CAP_VIDEO_OUTPUT`.
pub(super) const CAN_OUTPUT: u32 = 0x2;
/// `V4L2_CAP_DEVICE_CAPS`: `device_caps` says what this node can do.
pub(super) const HAS_DEVICE_CAPS: u32 = 0x8000_0000;

/// `V4L2_FIELD_NONE`: whole pictures, no halves.
pub(super) const FIELD_NONE: u32 = 1;
/// `V4L2_COLORSPACE_SMPTE170M`.
pub(super) const COLORSPACE_601: u32 = 1;
/// `V4L2_PIX_FMT_PRIV_MAGIC`: the fields behind `priv` hold something.
pub(super) const PRIV_MAGIC: u32 = 0xfeed_cafe;
/// `V4L2_YCBCR_ENC_601`.
pub(super) const YCBCR_ENC_601: u32 = 1;
/// `V4L2_QUANTIZATION_LIM_RANGE`.
pub(super) const LIMITED_RANGE: u32 = 2;
/// `V4L2_XFER_FUNC_709`.
pub(super) const TRANSFER_709: u32 = 1;

/// `V4L2_EVENT_PRI_CLIENT_USAGE` of v4l2loopback 0.13 and later (its `v4l2loopback.c`): `V4L2_EVENT_PRIVATE_START`, its
/// offset, and 1.
pub(super) const CLIENT_USAGE: u32 = 0x0800_0000 + 0x08e0_0000 + 1;
/// `V4L2_EVENT_SUB_FL_SEND_INITIAL`: tell at once how it is now.
pub(super) const SEND_INITIAL: u32 = 1;

/// `v4l2_capability`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Capability {
    pub(super) driver: [u8; 16],
    pub(super) card: [u8; 32],
    pub(super) bus_info: [u8; 32],
    pub(super) version: u32,
    pub(super) capabilities: u32,
    pub(super) device_caps: u32,
    pub(super) reserved: [u32; 3],
}

/// `v4l2_pix_format`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub(super) struct PixFormat {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixelformat: u32,
    pub(super) field: u32,
    pub(super) bytesperline: u32,
    pub(super) sizeimage: u32,
    pub(super) colorspace: u32,
    pub(super) private: u32,
    pub(super) flags: u32,
    pub(super) ycbcr_enc: u32,
    pub(super) quantization: u32,
    pub(super) xfer_func: u32,
}

/// `v4l2_format`, whose union is as large as 200 bytes and aligned like a pointer.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Format {
    pub(super) kind: u32,
    #[cfg(target_pointer_width = "64")]
    pub(super) padding: u32,
    pub(super) pix: PixFormat,
    pub(super) rest: [u8; 152],
}

/// `v4l2_streamparm` with `v4l2_outputparm` in its union.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct StreamParm {
    pub(super) kind: u32,
    pub(super) capability: u32,
    pub(super) mode: u32,
    /// Seconds from one picture to the next: numerator, denominator.
    pub(super) time_per_frame: [u32; 2],
    pub(super) rest: [u8; 184],
}

/// `v4l2_event_subscription`.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Subscription {
    pub(super) kind: u32,
    pub(super) id: u32,
    pub(super) flags: u32,
    pub(super) reserved: [u32; 5],
}

/// `v4l2_event`, whose union of 64 bytes is aligned to 8.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct Event {
    pub(super) kind: u32,
    pub(super) padding: u32,
    pub(super) data: [u8; 64],
    pub(super) pending: u32,
    pub(super) sequence: u32,
    pub(super) timestamp: [i64; 2],
    pub(super) id: u32,
    pub(super) reserved: [u32; 8],
}

pub(super) const QUERYCAP: Opcode = opcode::read::<Capability>(b'V', 0);
pub(super) const S_FMT: Opcode = opcode::read_write::<Format>(b'V', 5);
pub(super) const STREAMON: Opcode = opcode::write::<u32>(b'V', 18);
pub(super) const S_PARM: Opcode = opcode::read_write::<StreamParm>(b'V', 22);
pub(super) const DQEVENT: Opcode = opcode::read::<Event>(b'V', 89);
pub(super) const SUBSCRIBE_EVENT: Opcode = opcode::write::<Subscription>(b'V', 90);

// The numbers hold the structures' sizes: a wrong layout is another call.
#[cfg(target_arch = "x86_64")]
const _: () = {
    assert!(QUERYCAP == 0x8068_5600);
    assert!(S_FMT == 0xc0d0_5605);
    assert!(STREAMON == 0x4004_5612);
    assert!(S_PARM == 0xc0cc_5616);
    assert!(DQEVENT == 0x8088_5659);
    assert!(SUBSCRIBE_EVENT == 0x4020_565a);
};
