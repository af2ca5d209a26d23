//! One picture and one matte to one composite, to look at what the passes do.
//!
//! `cargo run -p scrim-compositor --example still -- FRAME.png MATTE.png OUT.png [color:RRGGBB | gradient:RRGGBB,RRGGBB |
//! blur:0.5 | transparent | BACKGROUND.png] [bilinear] [raw-edges] [mirror] [matte] [fit] [tile]`

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use scrim_compositor::{
    Backdrop, Compositor, Decontamination, Deliver, Fit, Gpu, Look, Rgb, Upsampling,
};
use scrim_frame::{Frame, Matte, MattedFrame, PixelBuffer, PixelFormat, PixelLayout, Size};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [frame_path, matte_path, out_path, words @ ..] = args.as_slice() else {
        return Err("usage: still FRAME MATTE OUT [BACKDROP] [WORDS]".into());
    };
    let frame = frame_from_file(Path::new(frame_path))?;
    let grey = image::open(matte_path)?.into_luma16();
    let samples = grey.pixels().map(|p| f32::from(p.0[0]) / 65535.0).collect();
    let matte = Matte::new(frame.id(), Size::new(grey.width(), grey.height())?, samples)?;
    let look = look(words)?;
    let gpu = Gpu::headless()?;
    println!("{:?}", gpu.facts());
    let mut compositor = Compositor::new(&gpu, 1)?;
    let started = Instant::now();
    let composite = compositor.composite(&MattedFrame::new(frame, matte)?, &look)?;
    println!("{:?}, shaders compiled on the way", started.elapsed());
    let size = composite.size();
    image::save_buffer(
        out_path,
        composite.plane(0).bytes,
        size.width(),
        size.height(),
        image::ColorType::Rgba8,
    )?;
    Ok(())
}

fn frame_from_file(path: &Path) -> Result<Frame, Box<dyn Error>> {
    let picture = image::open(path)?.into_rgb8();
    let size = Size::new(picture.width(), picture.height())?;
    let layout = PixelLayout::packed(PixelFormat::Rgb8, size);
    let buffer = PixelBuffer::new(layout, picture.into_raw())?;
    Ok(Frame::new(buffer, Instant::now()))
}

fn look(words: &[String]) -> Result<Look, Box<dyn Error>> {
    let has = |word: &str| words.iter().any(|w| w == word);
    let fit = match () {
        () if has("fit") => Fit::Fit,
        () if has("tile") => Fit::Tile,
        () => Fit::Fill,
    };
    let backdrop = match words.first().map(String::as_str) {
        None => Backdrop::Color(Rgb(0, 177, 64)),
        Some("transparent") => Backdrop::Transparent,
        Some(word) => match word.split_once(':') {
            Some(("color", hex)) => Backdrop::Color(rgb(hex)?),
            Some(("gradient", pair)) => {
                let (top, bottom) = pair.split_once(',').ok_or("gradient:TOP,BOTTOM")?;
                Backdrop::Gradient(rgb(top)?, rgb(bottom)?)
            }
            Some(("blur", strength)) => Backdrop::Blur(strength.parse()?),
            _ => Backdrop::Picture(frame_from_file(Path::new(word))?, fit),
        },
    };
    Ok(Look {
        mirror: has("mirror"),
        upsampling: if has("bilinear") {
            Upsampling::Bilinear
        } else {
            Upsampling::Guided
        },
        decontamination: if has("raw-edges") {
            Decontamination::Off
        } else {
            Decontamination::On
        },
        deliver: if has("matte") {
            Deliver::Matte
        } else {
            Deliver::Composite
        },
        ..Look::over(backdrop)
    })
}

fn rgb(hex: &str) -> Result<Rgb, Box<dyn Error>> {
    let code = u32::from_str_radix(hex, 16)?;
    Ok(Rgb((code >> 16) as u8, (code >> 8) as u8, code as u8))
}
