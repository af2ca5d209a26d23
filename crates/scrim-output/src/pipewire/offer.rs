//! What the node says of its pictures, in PipeWire's own words.

use std::io::Cursor;

use ::pipewire::spa::param::ParamType;
use ::pipewire::spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use ::pipewire::spa::param::video::{VideoFormat, VideoInfoRaw};
use ::pipewire::spa::pod::serialize::PodSerializer;
use ::pipewire::spa::pod::{self, ChoiceValue, Object, Pod, Property, Value};
use ::pipewire::spa::sys;
use ::pipewire::spa::utils::{Choice, ChoiceEnum, ChoiceFlags, Fraction, Rectangle, SpaTypes};
use scrim_frame::Size;

use super::PipeWireError;
use crate::camera::CameraFormat;

/// Pictures a second that are promised. Chosen: what most cameras do, and what call programs send on.
pub(super) const RATE: u32 = 30;

/// How many buffers are asked for: two are the least that PipeWire passes around, four leave two for slow readers.
const BUFFERS: [i32; 3] = [4, 2, 16];

/// The layouts, in the order in which they are offered, with PipeWire's names.
const LAYOUTS: [(CameraFormat, VideoFormat); 3] = [
    (CameraFormat::Yuyv, VideoFormat::YUY2),
    (CameraFormat::I420, VideoFormat::I420),
    (CameraFormat::Nv12, VideoFormat::NV12),
];

/// A message to PipeWire.
#[derive(Debug)]
pub(super) struct Message(Vec<u8>);

impl Message {
    fn new(object: Object) -> Result<Self, PipeWireError> {
        let written = PodSerializer::serialize(Cursor::new(Vec::new()), &Value::Object(object));
        match written {
            Ok((cursor, _)) => Ok(Self(cursor.into_inner())),
            Err(error) => Err(refused(&error)),
        }
    }

    /// As PipeWire reads it.
    pub(super) fn pod(&self) -> Result<&Pod, PipeWireError> {
        Pod::from_bytes(&self.0).ok_or_else(|| refused(&"a message came out too short"))
    }
}

fn refused(error: &dyn std::fmt::Display) -> PipeWireError {
    PipeWireError::Refused {
        reason: error.to_string(),
    }
}

/// Whether all programs lay such a picture out alike. Rows stand close together here; GStreamer and what is built on it
/// pads those of each plane to four bytes.
fn is_unpadded(format: CameraFormat, size: Size) -> bool {
    let pixels = format.pixel_format();
    let mut planes = 0..pixels.plane_count();
    format.takes(size)
        && planes.all(|plane| pixels.row_bytes(plane, size.width()).is_multiple_of(4))
}

/// One message for each layout. A single one with a choice in it would do for GStreamer, but libwebrtc, which browsers
/// look for cameras with, passes over every value that is not fixed.
pub(super) fn formats(size: Size) -> Result<Vec<Message>, PipeWireError> {
    LAYOUTS
        .into_iter()
        .filter(|(format, _)| is_unpadded(*format, size))
        .map(|(_, name)| {
            Message::new(pod::object!(
                SpaTypes::ObjectParamFormat,
                ParamType::EnumFormat,
                pod::property!(FormatProperties::MediaType, Id, MediaType::Video),
                pod::property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Raw),
                pod::property!(FormatProperties::VideoFormat, Id, name),
                pod::property!(
                    FormatProperties::VideoSize,
                    Rectangle,
                    Rectangle {
                        width: size.width(),
                        height: size.height(),
                    }
                ),
                pod::property!(
                    FormatProperties::VideoFramerate,
                    Fraction,
                    Fraction {
                        num: RATE,
                        denom: 1,
                    }
                ),
            ))
        })
        .collect()
}

/// The layout that was agreed on. `None`: none of those that were offered.
pub(super) fn agreed(param: &Pod, size: Size) -> Option<CameraFormat> {
    let mut info = VideoInfoRaw::new();
    info.parse(param).ok()?;
    let is_ours = info.size().width == size.width() && info.size().height == size.height();
    LAYOUTS
        .into_iter()
        .find(|(_, name)| is_ours && *name == info.format())
        .map(|(format, _)| format)
}

/// The stride of the first plane; those of the others follow from it.
pub(super) fn stride(format: CameraFormat, size: Size) -> i32 {
    format.pixel_format().row_bytes(0, size.width()) as i32
}

/// The memory that pictures of this layout lie in.
pub(super) fn buffers(format: CameraFormat, size: Size) -> Result<Message, PipeWireError> {
    let [default, min, max] = BUFFERS;
    let count = ChoiceEnum::Range { default, min, max };
    let kinds = ChoiceEnum::Flags {
        default: (1 << sys::SPA_DATA_MemFd) | (1 << sys::SPA_DATA_MemPtr),
        flags: Vec::new(),
    };
    let choice = |of| Value::Choice(ChoiceValue::Int(Choice(ChoiceFlags::empty(), of)));
    Message::new(Object {
        type_: sys::SPA_TYPE_OBJECT_ParamBuffers,
        id: sys::SPA_PARAM_Buffers,
        properties: vec![
            Property::new(sys::SPA_PARAM_BUFFERS_buffers, choice(count)),
            Property::new(sys::SPA_PARAM_BUFFERS_blocks, Value::Int(1)),
            Property::new(
                sys::SPA_PARAM_BUFFERS_size,
                Value::Int(format.bytes(size) as i32),
            ),
            Property::new(
                sys::SPA_PARAM_BUFFERS_stride,
                Value::Int(stride(format, size)),
            ),
            Property::new(sys::SPA_PARAM_BUFFERS_dataType, choice(kinds)),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    #[test]
    fn each_layout_is_offered_by_itself_and_read_back() {
        let size = size(1280, 720);
        let offered = formats(size).unwrap();
        let read: Vec<_> = offered
            .iter()
            .map(|message| agreed(message.pod().unwrap(), size).unwrap())
            .collect();
        assert_eq!(
            read,
            [CameraFormat::Yuyv, CameraFormat::I420, CameraFormat::Nv12]
        );
        let other = Size::new(640, 480).unwrap();
        assert_eq!(agreed(offered[0].pod().unwrap(), other), None);
    }

    #[test]
    fn what_others_would_pad_is_not_offered() {
        let offered = |width, height| {
            formats(size(width, height))
                .unwrap()
                .iter()
                .filter_map(|message| agreed(message.pod().unwrap(), size(width, height)))
                .collect::<Vec<_>>()
        };
        // 636 / 2 = 318 bytes of U in a row, which GStreamer makes 320.
        assert_eq!(offered(636, 480), [CameraFormat::Yuyv, CameraFormat::Nv12]);
        assert_eq!(offered(638, 480), [CameraFormat::Yuyv]);
    }

    #[test]
    fn the_memory_is_that_of_one_picture() {
        let size = size(640, 480);
        assert_eq!(stride(CameraFormat::Yuyv, size), 1280);
        assert_eq!(stride(CameraFormat::I420, size), 640);
        for format in CameraFormat::ALL {
            assert!(buffers(format, size).unwrap().pod().is_ok());
        }
    }
}
