//! The calls on a node that controls take. The `v4l` crate panics on a type of control that it does not know, and would lose
//! the whole list.

use std::io;
use std::mem;

use v4l::v4l_sys::{v4l2_ext_control, v4l2_ext_controls, v4l2_query_ext_ctrl, v4l2_querymenu};
use v4l::v4l2::{self, vidioc};

use super::super::driver::Node;

/// `V4L2_CTRL_FLAG_NEXT_CTRL`: the one after this, arrays left out.
const NEXT: u32 = 0x8000_0000;

/// What a driver says of one control; numbers as in `linux/videodev2.h`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) id: u32,
    /// `v4l2_ctrl_type`.
    pub(super) kind: u32,
    pub(super) name: String,
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) step: u64,
    pub(super) default: i64,
    /// `V4L2_CTRL_FLAG_*`.
    pub(super) flags: u32,
}

/// The type of a control whose values take 64 bits (`V4L2_CTRL_TYPE_INTEGER64`).
pub(super) const INTEGER64: u32 = 5;

/// What the kernel is asked for; tests answer in its place.
pub(super) trait ControlCalls {
    /// The control with the lowest number above `id`; `None` past the last one.
    fn after(&self, id: u32) -> io::Result<Option<Described>>;
    /// The name of a menu's entry, or its value where it stands for one; `None` where the menu leaves it out.
    fn entry(&self, id: u32, index: i64, is_number: bool) -> io::Result<Option<String>>;
    fn get(&self, id: u32, kind: u32) -> io::Result<i64>;
    fn set(&self, id: u32, kind: u32, value: i64) -> io::Result<()>;
}

/// Linux's EINVAL: there is no such control or entry.
const EINVAL: i32 = 22;

impl ControlCalls for Node {
    fn after(&self, id: u32) -> io::Result<Option<Described>> {
        // SAFETY: the struct is made of integers and arrays of these, of all of which zero is a value.
        let mut query: v4l2_query_ext_ctrl = unsafe { mem::zeroed() };
        query.id = id | NEXT;
        // SAFETY: VIDIOC_QUERY_EXT_CTRL reads and writes one `v4l2_query_ext_ctrl`, which `query` is, and keeps no pointer
        // to it.
        let answer = unsafe {
            v4l2::ioctl(
                self.device().handle().fd(),
                vidioc::VIDIOC_QUERY_EXT_CTRL,
                (&raw mut query).cast(),
            )
        };
        match answer {
            Err(e) if e.raw_os_error() == Some(EINVAL) => Ok(None),
            Err(e) => Err(e),
            Ok(()) => Ok(Some(Described {
                id: query.id,
                kind: query.type_,
                name: text(&query.name.map(|byte| byte as u8)),
                min: query.minimum,
                max: query.maximum,
                step: query.step,
                default: query.default_value,
                flags: query.flags,
            })),
        }
    }

    fn entry(&self, id: u32, index: i64, is_number: bool) -> io::Result<Option<String>> {
        // SAFETY: the struct is made of integers and a union of these, of all of which zero is a value.
        let mut query: v4l2_querymenu = unsafe { mem::zeroed() };
        query.id = id;
        query.index = u32::try_from(index).map_err(io::Error::other)?;
        // SAFETY: VIDIOC_QUERYMENU reads and writes one `v4l2_querymenu`, which `query` is, and keeps no pointer to it.
        let answer = unsafe {
            v4l2::ioctl(
                self.device().handle().fd(),
                vidioc::VIDIOC_QUERYMENU,
                (&raw mut query).cast(),
            )
        };
        match answer {
            Err(e) if e.raw_os_error() == Some(EINVAL) => Ok(None),
            Err(e) => Err(e),
            Ok(()) => {
                // SAFETY: the type of the menu says which member the kernel has filled, and every bit pattern is a value of
                // either.
                let name = unsafe {
                    if is_number {
                        let value = query.__bindgen_anon_1.value;
                        value.to_string()
                    } else {
                        text(&query.__bindgen_anon_1.name)
                    }
                };
                Ok(Some(name))
            }
        }
    }

    fn get(&self, id: u32, kind: u32) -> io::Result<i64> {
        exchange(self, vidioc::VIDIOC_G_EXT_CTRLS, id, kind, 0)
    }

    fn set(&self, id: u32, kind: u32, value: i64) -> io::Result<()> {
        exchange(self, vidioc::VIDIOC_S_EXT_CTRLS, id, kind, value).map(drop)
    }
}

/// Hands one value over by a call on `v4l2_ext_controls`, and takes back what the driver left there.
fn exchange(
    node: &Node,
    call: vidioc::_IOC_TYPE,
    id: u32,
    kind: u32,
    value: i64,
) -> io::Result<i64> {
    // SAFETY: both structs are made of integers, pointers and unions of these, of all of which zero is a value; `which`
    // is then V4L2_CTRL_WHICH_CUR_VAL.
    let (mut control, mut controls): (v4l2_ext_control, v4l2_ext_controls) =
        unsafe { mem::zeroed() };
    control.id = id;
    if kind == INTEGER64 {
        control.__bindgen_anon_1.value64 = value;
    } else {
        control.__bindgen_anon_1.value =
            i32::try_from(value).map_err(|_| io::Error::from_raw_os_error(ERANGE))?;
    }
    controls.count = 1;
    controls.controls = &raw mut control;
    // SAFETY: both calls read and write one `v4l2_ext_controls` and the one control that it points to, which outlive the
    // call, and keep no pointer to either.
    unsafe {
        v4l2::ioctl(
            node.device().handle().fd(),
            call,
            (&raw mut controls).cast(),
        )?;
    }
    // SAFETY: the type of the control says which member the kernel has filled, and every bit pattern is a value of either.
    Ok(unsafe {
        if kind == INTEGER64 {
            control.__bindgen_anon_1.value64
        } else {
            i64::from(control.__bindgen_anon_1.value)
        }
    })
}

/// Linux's ERANGE: the value is outside what the control takes.
const ERANGE: i32 = 34;

/// The text before the first zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
}
