//! Animated WebP, decoded frame by frame through libwebp's demuxer.

use crate::FfiError;
use libwebp_sys as sys;
use std::ffi::c_int;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::{NonNull, null_mut};

/// An open animation. Holds two canvases of four bytes a pixel.
pub struct AnimationDecoder<'a> {
    raw: NonNull<sys::WebPAnimDecoder>,
    info: Info,
    /// libwebp reads from the file as long as the decoder lives.
    file: PhantomData<&'a [u8]>,
}

/// What the file says about the animation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Width of the canvas in pixels.
    pub width: u32,
    /// Height of the canvas in pixels.
    pub height: u32,
    /// Number of frames.
    pub frames: u32,
    /// How often it plays; 0 is for ever.
    pub plays: u32,
}

impl<'a> AnimationDecoder<'a> {
    /// Opens a file. The canvases are allocated here: check the size against limits first, through
    /// [`features`](crate::webp::features).
    ///
    /// # Errors
    /// [`FfiError::Codec`] when the file is damaged or cut short, or memory ran out: libwebp does not say which.
    pub fn new(file: &'a [u8]) -> Result<Self, FfiError> {
        let mut options = MaybeUninit::<sys::WebPAnimDecoderOptions>::zeroed();
        // SAFETY: the pointer is valid for writes; zeroes are valid for all fields (MODE_RGB is 0), and the function
        // fills them in: RGBA with straight alpha, no threads.
        let options = unsafe {
            let done = sys::WebPAnimDecoderOptionsInitInternal(
                options.as_mut_ptr(),
                sys::WEBP_DEMUX_ABI_VERSION as c_int,
            );
            if done == 0 {
                return Err(failure("the animation decoder could not be initialised"));
            }
            options.assume_init()
        };
        let data = sys::WebPData { bytes: file.as_ptr(), size: file.len() };
        // SAFETY: data and options are valid for the call. libwebp keeps the pointer to the file's bytes, which
        // outlive the decoder by `'a`; it copies the two structs.
        let raw = unsafe {
            sys::WebPAnimDecoderNewInternal(
                &raw const data,
                &raw const options,
                sys::WEBP_DEMUX_ABI_VERSION as c_int,
            )
        };
        let raw = NonNull::new(raw)
            .ok_or_else(|| failure("the animation is damaged, cut short, or too large for memory"))?;
        let empty = Info { width: 0, height: 0, frames: 0, plays: 0 };
        let mut decoder = Self { raw, info: empty, file: PhantomData };
        let mut info = MaybeUninit::<sys::WebPAnimInfo>::zeroed();
        // SAFETY: the decoder is valid; `info` is valid for writes and made of integers, so it is initialised by
        // being zeroed.
        let (done, info) = unsafe {
            let done = sys::WebPAnimDecoderGetInfo(raw.as_ptr(), info.as_mut_ptr());
            (done, info.assume_init())
        };
        if done == 0 {
            return Err(failure("the animation's header could not be read"));
        }
        decoder.info = Info {
            width: info.canvas_width,
            height: info.canvas_height,
            frames: info.frame_count,
            plays: info.loop_count,
        };
        Ok(decoder)
    }

    /// What the file says.
    pub fn info(&self) -> Info {
        self.info
    }

    /// The whole canvas with the next frame on it: RGBA, 8 bits, straight alpha, rows contiguous. `None` behind the
    /// last frame.
    ///
    /// # Errors
    /// [`FfiError::Codec`] when the frame is damaged.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, FfiError> {
        // SAFETY: the decoder is valid.
        if unsafe { sys::WebPAnimDecoderHasMoreFrames(self.raw.as_ptr()) } == 0 {
            return Ok(None);
        }
        let mut canvas = null_mut();
        let mut timestamp: c_int = 0;
        // SAFETY: the decoder is valid, and both pointers are valid for writes.
        let done =
            unsafe { sys::WebPAnimDecoderGetNext(self.raw.as_ptr(), &raw mut canvas, &raw mut timestamp) };
        if done == 0 || canvas.is_null() {
            return Err(failure("a frame is damaged"));
        }
        let length = self.info.width as usize * self.info.height as usize * 4;
        // SAFETY: libwebp allocated width × height × 4 bytes for the canvas, zeroed, and owns them until the decoder
        // is freed. It writes to them only in the next call, which needs `&mut self` and so ends this borrow.
        Ok(Some(unsafe { std::slice::from_raw_parts(canvas, length) }))
    }
}

impl Drop for AnimationDecoder<'_> {
    fn drop(&mut self) {
        // SAFETY: the decoder came from WebPAnimDecoderNew and is freed once.
        unsafe { sys::WebPAnimDecoderDelete(self.raw.as_ptr()) }
    }
}

fn failure(message: &str) -> FfiError {
    FfiError::Codec { codec: "libwebp", message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webp::{Config, encode};

    fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
        let mut out = kind.to_vec();
        out.extend_from_slice(&(data.len() as u32).to_le_bytes());
        out.extend_from_slice(data);
        if data.len() % 2 == 1 {
            out.push(0);
        }
        out
    }

    /// Two frames on 4 × 2 pixels: all red, then two green pixels at the right of the first row.
    fn animation() -> Result<Vec<u8>, FfiError> {
        let config = Config { lossless: true, ..Config::default() };
        let still = |color: [u8; 3], width: u32, height: u32| {
            let pixels = color.repeat((width * height) as usize);
            encode(&pixels, width, height, false, &config, &|| true).map(|file| file[12..].to_vec())
        };
        let frame = |x: u8, width: u8, height: u8, image: Vec<u8>| {
            let header = [x / 2, 0, 0, 0, 0, 0, width - 1, 0, 0, height - 1, 0, 0, 50, 0, 0, 2];
            chunk(*b"ANMF", &[header.to_vec(), image].concat())
        };
        let chunks = [
            chunk(*b"VP8X", &[2, 0, 0, 0, 3, 0, 0, 1, 0, 0]),
            chunk(*b"ANIM", &[0, 0, 0, 0, 5, 0]),
            frame(0, 4, 2, still([255, 0, 0], 4, 2)?),
            frame(2, 2, 1, still([0, 255, 0], 2, 1)?),
        ]
        .concat();
        let size = (chunks.len() as u32 + 4).to_le_bytes();
        Ok([b"RIFF", size.as_slice(), b"WEBP", &chunks].concat())
    }

    #[test]
    fn frames_come_composed_on_the_canvas() -> Result<(), FfiError> {
        let file = animation()?;
        let mut decoder = AnimationDecoder::new(&file)?;
        assert_eq!(decoder.info(), Info { width: 4, height: 2, frames: 2, plays: 5 });
        let red = [255, 0, 0, 255];
        assert_eq!(decoder.next_frame()?, Some(red.repeat(8).as_slice()));
        let second = decoder.next_frame()?.map(<[u8]>::to_vec).unwrap_or_default();
        assert_eq!(second[..8], red.repeat(2));
        assert_eq!(second[8..16], [0, 255, 0, 255].repeat(2));
        assert_eq!(second[16..], red.repeat(4));
        assert_eq!(decoder.next_frame()?, None);
        Ok(())
    }

    #[test]
    fn damaged_files_are_errors() -> Result<(), FfiError> {
        let file = animation()?;
        assert!(AnimationDecoder::new(&file[..file.len() - 4]).is_err());
        assert!(AnimationDecoder::new(b"").is_err());
        assert!(AnimationDecoder::new(b"RIFF\x04\0\0\0WEBP").is_err());
        Ok(())
    }
}
