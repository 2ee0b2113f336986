//! Animations through the whole pipeline: what was shown before must be shown afterwards.

#![allow(clippy::pedantic, clippy::unwrap_used)]

mod support;

use planish::{
    CancelFlag, Format, ImageSettings, OptimizationError, OptimizeContext, Optimized, ProgressSink, Stage,
    optimize,
};
use planish_ffi::webp_animation::AnimationDecoder;
use support::{Picture, contains, graphic, photo, run};

/// What a viewer shows: canvases in RGBA, how long in nanoseconds, and how often (0 is for ever).
#[derive(Debug, Clone, PartialEq)]
struct Film {
    width: u32,
    height: u32,
    plays: u32,
    frames: Vec<(Vec<u8>, u64)>,
}

impl Film {
    fn delays(&self) -> Vec<u64> {
        self.frames.iter().map(|frame| frame.1).collect()
    }

    /// Plays a file with decoders that are not the optimizer's own, but for libwebp.
    fn of(bytes: &[u8]) -> Self {
        match planish::sniff(bytes).unwrap() {
            Format::Gif => Self::of_gif(bytes),
            Format::Png => Self::of_png(bytes),
            _ => Self::of_webp(bytes),
        }
    }

    fn of_gif(bytes: &[u8]) -> Self {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes).unwrap();
        let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
        let mut canvas = vec![0u8; width * height * 4];
        let mut frames = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            let before = canvas.clone();
            let (left, top) = (usize::from(frame.left), usize::from(frame.top));
            let (w, h) = (usize::from(frame.width), usize::from(frame.height));
            assert!(left + w <= width && top + h <= height, "a frame reaches over the edge");
            for y in 0..h {
                for x in 0..w {
                    let pixel = &frame.buffer[(y * w + x) * 4..][..4];
                    if pixel[3] != 0 {
                        canvas[((top + y) * width + left + x) * 4..][..4].copy_from_slice(pixel);
                    }
                }
            }
            frames.push((canvas.clone(), u64::from(frame.delay) * 10_000_000));
            match frame.dispose {
                gif::DisposalMethod::Previous => canvas = before,
                gif::DisposalMethod::Background => {
                    for y in top..top + h {
                        canvas[(y * width + left) * 4..(y * width + left + w) * 4].fill(0);
                    }
                }
                _ => {}
            }
        }
        let plays = match decoder.repeat() {
            gif::Repeat::Infinite => 0,
            gif::Repeat::Finite(repetitions) => u32::from(repetitions) + 1,
        };
        Self { width: width as u32, height: height as u32, plays, frames }
    }

    fn of_webp(bytes: &[u8]) -> Self {
        let mut durations = Vec::new();
        let mut at = 12;
        while at + 8 <= bytes.len() {
            let size = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
            if &bytes[at..at + 4] == b"ANMF" {
                let d = &bytes[at + 20..at + 23];
                durations.push(u64::from(u32::from_le_bytes([d[0], d[1], d[2], 0])));
            }
            at += 8 + size + size % 2;
        }
        let mut decoder = AnimationDecoder::new(bytes).unwrap();
        let info = decoder.info();
        assert_eq!(info.frames as usize, durations.len());
        let frames = durations
            .iter()
            .map(|ms| {
                let mut canvas = decoder.next_frame().unwrap().unwrap().to_vec();
                for pixel in canvas.chunks_exact_mut(4).filter(|pixel| pixel[3] == 0) {
                    pixel.fill(0);
                }
                (canvas, ms * 1_000_000)
            })
            .collect();
        Self { width: info.width, height: info.height, plays: info.plays, frames }
    }

    fn of_png(bytes: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder
            .set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
        let mut reader = decoder.read_info().unwrap();
        let control = reader.info().animation_control.unwrap();
        let (width, height) = (reader.info().width as usize, reader.info().height as usize);
        let mut canvas = vec![0u8; width * height * 4];
        let mut samples = vec![0; reader.output_buffer_size().unwrap()];
        let mut frames = Vec::new();
        for _ in 0..control.num_frames {
            let output = reader.next_frame(&mut samples).unwrap();
            let frame = *reader.info().frame_control().unwrap();
            let before = canvas.clone();
            let count = output.color_type.samples();
            for y in 0..frame.height as usize {
                for x in 0..frame.width as usize {
                    let s = &samples[(y * frame.width as usize + x) * count..][..count];
                    let pixel = if count == 2 { [s[0], s[0], s[0], s[1]] } else { [s[0], s[1], s[2], s[3]] };
                    let at = ((frame.y_offset as usize + y) * width + frame.x_offset as usize + x) * 4;
                    let over = frame.blend_op == png::BlendOp::Over;
                    assert!(!over || pixel[3] == 0 || pixel[3] == 255, "tests mix nothing");
                    if !over || pixel[3] == 255 {
                        canvas[at..at + 4].copy_from_slice(&pixel);
                    }
                    if canvas[at + 3] == 0 {
                        canvas[at..at + 4].fill(0);
                    }
                }
            }
            let den = if frame.delay_den == 0 { 100 } else { u64::from(frame.delay_den) };
            frames.push((canvas.clone(), u64::from(frame.delay_num) * 1_000_000_000 / den));
            match frame.dispose_op {
                png::DisposeOp::Previous => canvas = before,
                png::DisposeOp::Background => {
                    for y in 0..frame.height as usize {
                        let at = ((frame.y_offset as usize + y) * width + frame.x_offset as usize) * 4;
                        canvas[at..at + frame.width as usize * 4].fill(0);
                    }
                }
                png::DisposeOp::None => {}
            }
        }
        Self { width: width as u32, height: height as u32, plays: control.num_plays, frames }
    }
}

const PALETTE: [u8; 12] = [255, 255, 255, 200, 30, 30, 20, 120, 220, 10, 10, 10];
const LOCAL: [u8; 12] = [0, 255, 0, 255, 255, 0, 90, 0, 90, 7, 7, 7];

/// One frame of a test GIF: rectangle, disposal, delay, palette and what its pixels are (index 3 is transparent
/// where `transparent`).
struct GifFrame {
    rect: [u16; 4],
    dispose: gif::DisposalMethod,
    delay: u16,
    local: bool,
    transparent: bool,
    index: fn(u16, u16) -> u8,
}

fn gif_of(width: u16, height: u16, repeat: Option<gif::Repeat>, frames: &[GifFrame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, &PALETTE).unwrap();
    if let Some(repeat) = repeat {
        encoder.set_repeat(repeat).unwrap();
    }
    for frame in frames {
        let [left, top, width, height] = frame.rect;
        let buffer: Vec<u8> =
            (0..height).flat_map(|y| (0..width).map(move |x| (frame.index)(x, y))).collect();
        encoder
            .write_frame(&gif::Frame {
                left,
                top,
                width,
                height,
                dispose: frame.dispose,
                delay: frame.delay,
                palette: frame.local.then(|| LOCAL.to_vec()),
                transparent: frame.transparent.then_some(3),
                buffer: buffer.into(),
                ..gif::Frame::default()
            })
            .unwrap();
    }
    drop(encoder);
    bytes
}

/// Every disposal, partial frames, transparency, local palettes, odd offsets, a delay of nothing.
fn motley(repeat: Option<gif::Repeat>) -> Vec<u8> {
    use gif::DisposalMethod::{Any, Background, Keep, Previous};
    let frame = |rect, dispose, delay, local, transparent, index| GifFrame {
        rect,
        dispose,
        delay,
        local,
        transparent,
        index,
    };
    gif_of(
        23,
        17,
        repeat,
        &[
            frame([2, 1, 20, 15], Keep, 10, false, false, |x, y| ((x / 3 + y / 4) % 3) as u8),
            frame([5, 3, 7, 9], Previous, 0, true, true, |x, y| ((x + y) % 4) as u8),
            frame([1, 1, 9, 4], Background, 7, false, true, |x, _| if x % 2 == 0 { 3 } else { 1 }),
            frame([0, 0, 23, 17], Any, 300, true, true, |x, y| if (x * y) % 5 == 0 { 2 } else { 3 }),
            frame([11, 9, 12, 8], Background, 5, false, false, |x, _| (x % 3) as u8),
            frame([3, 3, 1, 1], Keep, 1, true, false, |_, _| 1),
            frame([0, 5, 23, 5], Previous, 12, false, true, |x, y| ((x ^ y) % 4) as u8),
            frame([7, 0, 4, 17], Keep, 9, true, false, |_, y| (y % 3) as u8),
        ],
    )
}

fn pngs(pictures: &[Picture]) -> Vec<Vec<u8>> {
    pictures
        .iter()
        .map(|picture| {
            (0..picture.width * picture.height)
                .flat_map(|at| picture.rgba(at % picture.width, at / picture.width))
                .collect()
        })
        .collect()
}

/// An APNG of whole RGBA frames.
fn apng_of(width: u32, height: u32, plays: u32, delay: (u16, u16), frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(frames.len() as u32, plays).unwrap();
    encoder.set_frame_delay(delay.0, delay.1).unwrap();
    encoder.set_blend_op(png::BlendOp::Source).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for frame in frames {
        writer.write_image_data(frame).unwrap();
    }
    writer.finish().unwrap();
    bytes
}

/// A photo with a bright bar that wanders across it.
fn wandering(width: u32, height: u32, count: u32) -> Vec<Vec<u8>> {
    let scene = pngs(&[photo(width, height)]).remove(0);
    (0..count)
        .map(|step| {
            let mut frame = scene.clone();
            for y in height / 4..height / 2 {
                for x in step * 5..step * 5 + 12 {
                    let at = ((y * width + x % width) * 4) as usize;
                    frame[at] = 255 - frame[at] / 3;
                    frame[at + 1] /= 2;
                }
            }
            frame
        })
        .collect()
}

fn lossless(bytes: &[u8], format: Format) -> Optimized {
    run(bytes, &format!(r#"{{"formats": ["{format}"], "goal": "lossless"}}"#)).unwrap()
}

#[test]
fn everything_a_gif_can_do_is_shown_the_same_in_every_format() {
    let gif = motley(Some(gif::Repeat::Infinite));
    let film = Film::of(&gif);
    assert_eq!(film.frames.len(), 8);
    for format in [Format::Gif, Format::Webp, Format::Png] {
        let out = lossless(&gif, format);
        assert_eq!((out.result.format, out.result.frames, out.result.lossless), (format, 8, true));
        assert_eq!((out.result.width, out.result.height), (23, 17));
        let shown = Film::of(&out.bytes);
        for (index, (a, b)) in film.frames.iter().zip(&shown.frames).enumerate() {
            assert!(a == b, "{format}: frame {index} differs");
        }
        assert_eq!(shown, film, "{format}");
        // And back again.
        let back = lossless(&out.bytes, Format::Gif);
        assert_eq!(Film::of(&back.bytes), film, "{format} to GIF");
    }
    assert!(lossless(&gif, Format::Gif).bytes.len() < gif.len());
}

#[test]
fn loop_counts_and_delays_survive() {
    for (repeat, plays) in [
        (None, 1),
        (Some(gif::Repeat::Infinite), 0),
        (Some(gif::Repeat::Finite(1)), 2),
        (Some(gif::Repeat::Finite(300)), 301),
    ] {
        let gif = motley(repeat);
        let film = Film::of(&gif);
        assert_eq!(film.plays, plays);
        for format in [Format::Gif, Format::Webp, Format::Png] {
            let shown = Film::of(&lossless(&gif, format).bytes);
            assert_eq!((shown.plays, shown.delays()), (plays, film.delays()), "{format}");
        }
    }
}

#[test]
fn more_plays_than_a_format_counts_are_refused() {
    let gif = motley(Some(gif::Repeat::Finite(u16::MAX)));
    assert_eq!(Film::of(&lossless(&gif, Format::Gif).bytes).plays, 65_536);
    let error = run(&gif, r#"{"formats": ["webp"]}"#).unwrap_err();
    assert_eq!(error.code(), "unsupported");
    assert!(error.to_string().contains("65535 plays"), "{error}");
}

#[test]
fn equal_frames_in_a_row_become_one_that_is_shown_as_long() {
    use gif::DisposalMethod::Keep;
    let frame = |delay, index| GifFrame {
        rect: [0, 0, 12, 12],
        dispose: Keep,
        delay,
        local: false,
        transparent: false,
        index,
    };
    let flat: fn(u16, u16) -> u8 = |_, _| 0;
    let bars: fn(u16, u16) -> u8 = |x, _| (x % 3) as u8;
    let gif = gif_of(12, 12, None, &[frame(5, flat), frame(9, flat), frame(4, bars), frame(0, bars)]);
    for format in [Format::Gif, Format::Webp, Format::Png] {
        let out = lossless(&gif, format);
        let delays: Vec<u64> = Film::of(&out.bytes).delays().iter().map(|ns| ns / 10_000_000).collect();
        // A delay of 0 is shown for a tenth of a second: that frame has to stay.
        assert_eq!(delays, [14, 4, 0], "{format}");
        assert_eq!(out.result.frames, 3);
    }
}

#[test]
fn comments_go_and_frames_stay_as_they_are() {
    let gif = motley(None);
    // Behind the header and the global palette of four colours.
    let comment = b"\x21\xfe\x06secret\0";
    let with_comment = [&gif[..13 + 12], comment, &gif[13 + 12..]].concat();
    let out = run(&with_comment, "{}").unwrap();
    assert!(!contains(&out.bytes, b"secret"));
    assert_eq!(Film::of(&out.bytes), Film::of(&gif));
    assert!(out.result.candidates.iter().any(|candidate| candidate.encoder == "gif-rewrite"));
}

#[test]
fn an_apng_stays_an_apng_and_becomes_anything_else() {
    let pictures = [graphic(40, 30), graphic(40, 30).with_alpha()];
    let mut frames = pngs(&pictures);
    for pixel in frames.iter_mut().flat_map(|frame| frame.chunks_exact_mut(4)) {
        pixel[3] = if pixel[3] > 127 { 255 } else { 0 };
        if pixel[3] == 0 {
            pixel.fill(0);
        }
    }
    frames.push(frames[0].clone());
    let apng = apng_of(40, 30, 3, (1, 60), &frames);
    let film = Film::of(&apng);
    let out = run(&apng, "{}").unwrap();
    assert_eq!((out.result.format, out.result.frames), (Format::Png, 3));
    assert!(out.bytes.len() < apng.len());
    assert_eq!(Film::of(&out.bytes), film);
    for (format, delays) in [(Format::Webp, [17, 16, 17]), (Format::Gif, [20, 20, 20])] {
        let out = lossless(&apng, format);
        let shown = Film::of(&out.bytes);
        let pixels = |film: &Film| film.frames.iter().map(|frame| frame.0.clone()).collect::<Vec<_>>();
        assert!(pixels(&shown) == pixels(&film), "{format}");
        assert_eq!(shown.plays, 3);
        assert_eq!(shown.delays(), delays.map(|ms| ms * 1_000_000), "{format}");
        assert!(out.result.warnings.iter().any(|warning| warning.code == "delays_rounded"), "{format}");
    }
}

#[test]
fn lossy_webp_reaches_the_score_and_is_smaller_than_lossless() {
    let apng = apng_of(96, 64, 0, (1, 10), &wandering(96, 64, 6));
    let exact = lossless(&apng, Format::Webp);
    let out = run(&apng, r#"{"formats": ["webp"], "goal": {"score": 50}}"#).unwrap();
    assert!(out.bytes.len() < exact.bytes.len(), "{} {}", out.bytes.len(), exact.bytes.len());
    assert!(!out.result.lossless && out.result.score.get() >= 50.0, "{:?}", out.result.candidates);
    let shown = Film::of(&out.bytes);
    assert_eq!((shown.frames.len(), shown.plays), (6, 0));
    // The score is the worst frame's.
    let worst = Film::of(&apng)
        .frames
        .iter()
        .zip(&shown.frames)
        .map(|(a, b)| score(&a.0, &b.0, 96, 64))
        .fold(f64::INFINITY, f64::min);
    assert!((worst - out.result.score.get()).abs() < 1e-9, "{worst} {}", out.result.score);
}

fn score(a: &[u8], b: &[u8], width: u32, height: u32) -> f64 {
    use planish::metrics::{Reference, SrgbImage, SrgbPixels};
    let rgb = |rgba: &[u8]| rgba.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect::<Vec<u8>>();
    let (a, b) = (rgb(a), rgb(b));
    let image = |pixels| SrgbImage::new(width, height, SrgbPixels::Rgb8(pixels)).unwrap();
    Reference::new(image(&a)).score(&image(&b)).unwrap()
}

#[test]
fn fixed_qualities_and_sizes_are_met() {
    let apng = apng_of(96, 64, 0, (1, 10), &wandering(96, 64, 5));
    let size = |quality: u8| {
        let settings = format!(r#"{{"formats": ["webp"], "goal": {{"quality": {quality}}}}}"#);
        let out = run(&apng, &settings).unwrap();
        assert_eq!(out.result.frames, 5);
        out.bytes.len()
    };
    assert!(size(30) < size(90));
    let limit = size(60);
    let out = run(&apng, &format!(r#"{{"formats": ["webp"], "goal": {{"maxBytes": {limit}}}}}"#)).unwrap();
    assert!(out.bytes.len() <= limit && out.bytes.len() * 10 > limit * 7, "{} {limit}", out.bytes.len());
    let error = run(&apng, r#"{"formats": ["webp"], "goal": {"maxBytes": 200}}"#).unwrap_err();
    assert_eq!(error.code(), "goal_unreachable");
}

#[test]
fn animated_webp_is_read_and_loses_its_metadata() {
    let gif = motley(Some(gif::Repeat::Infinite));
    let film = Film::of(&gif);
    let webp = lossless(&gif, Format::Webp).bytes;
    // An EXIF chunk at the end, and its flag in the VP8X chunk.
    let mut tagged = webp.clone();
    tagged[20] |= 8;
    tagged.extend_from_slice(b"EXIF\x08\0\0\0planish!");
    let size = (tagged.len() as u32 - 8).to_le_bytes();
    tagged[4..8].copy_from_slice(&size);
    let out = run(&tagged, "{}").unwrap();
    assert!(!contains(&out.bytes, b"planish!") && out.bytes.len() <= webp.len());
    assert_eq!(Film::of(&out.bytes), film);
    let kept = run(&tagged, r#"{"metadata": "keep", "goal": "lossless"}"#).unwrap();
    assert!(contains(&kept.bytes, b"planish!"), "{:?}", kept.result.candidates);
    assert_eq!(Film::of(&lossless(&tagged, Format::Gif).bytes), film);
}

#[test]
fn formats_without_animation_are_left_out_or_refused() {
    let gif = motley(None);
    for format in [Format::Jpeg, Format::Avif, Format::Jxl, Format::Tiff] {
        let error = run(&gif, &format!(r#"{{"formats": ["{format}"]}}"#)).unwrap_err();
        assert_eq!(
            error,
            OptimizationError::Unsupported { format: format.title().into(), feature: "animation".into() }
        );
    }
    let out = run(&gif, r#"{"formats": ["jpeg", "webp"]}"#).unwrap();
    assert_eq!((out.result.format, out.result.frames), (Format::Webp, 8));
    let auto = run(&gif, r#"{"formats": "auto"}"#).unwrap();
    assert_eq!(auto.result.frames, 8);
}

#[test]
fn every_frame_is_resized() {
    let apng = apng_of(96, 64, 0, (1, 10), &wandering(96, 64, 4));
    for format in [Format::Webp, Format::Gif, Format::Png] {
        let settings =
            format!(r#"{{"formats": ["{format}"], "resize": {{"width": 48}}, "goal": {{"quality": 90}}}}"#);
        let out = run(&apng, &settings).unwrap();
        assert_eq!((out.result.width, out.result.height, out.result.frames), (48, 32, 4), "{format}");
        let shown = Film::of(&out.bytes);
        assert_eq!((shown.width, shown.height, shown.frames.len()), (48, 32, 4));
        assert!(shown.frames[0].0 != shown.frames[3].0, "the bar moves");
        if format == Format::Gif {
            assert!(!out.result.lossless && out.result.score.get() < 100.0);
        }
    }
}

#[test]
fn partial_transparency_needs_a_matte_in_a_gif() {
    let frames = pngs(&[photo(40, 30).with_alpha(), graphic(40, 30).with_alpha()]);
    let apng = apng_of(40, 30, 0, (1, 10), &frames);
    let error = run(&apng, r#"{"formats": ["gif"], "goal": {"quality": 100}}"#).unwrap_err();
    assert_eq!(error.code(), "unsupported");
    assert!(error.to_string().contains("partial transparency"), "{error}");
    let matte = r##"{"formats": ["gif"], "goal": {"quality": 100}, "background": "#00ff00"}"##;
    let out = run(&apng, matte).unwrap();
    let first = &Film::of(&out.bytes).frames[0].0;
    assert!(
        first[0] < 60 && first[1] > 200 && first[3] == 255,
        "the matte shows on the left: {:?}",
        &first[..4]
    );
    // WebP holds it.
    let webp = lossless(&apng, Format::Webp);
    assert_eq!(Film::of(&webp.bytes).frames.len(), 2);
}

#[test]
fn one_thread_and_four_give_the_same_bytes() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let gif = motley(None);
    let apng = apng_of(64, 48, 0, (1, 10), &wandering(64, 48, 5));
    for (input, settings) in [
        (&gif, "{}"),
        (&gif, r#"{"formats": "auto"}"#),
        (&apng, r#"{"formats": ["webp", "gif", "png"], "goal": {"score": 60}}"#),
    ] {
        let one = pool(1).install(|| run(input, settings)).unwrap();
        let four = pool(4).install(|| run(input, settings)).unwrap();
        assert!(one.bytes == four.bytes, "{settings}");
        assert_eq!(one.result.candidates, four.result.candidates);
    }
}

#[test]
fn an_optimized_animation_does_not_grow() {
    let gif = motley(None);
    let apng = apng_of(48, 32, 0, (1, 10), &wandering(48, 32, 3));
    let webp = run(&apng, r#"{"formats": ["webp"], "goal": {"quality": 20}}"#).unwrap().bytes;
    for input in [gif, apng, webp] {
        let once = run(&input, "{}").unwrap();
        let twice = run(&once.bytes, "{}").unwrap();
        assert!(once.bytes.len() <= input.len() && twice.bytes.len() <= once.bytes.len());
    }
}

#[test]
fn limits_come_before_frames() {
    let gif = motley(None);
    let webp = lossless(&gif, Format::Webp).bytes;
    let apng = lossless(&gif, Format::Png).bytes;
    for input in [&gif, &webp, &apng] {
        let mut context = OptimizeContext::default();
        context.limits.max_frames = 7;
        let error = optimize(input, &ImageSettings::default(), &context).unwrap_err();
        assert_eq!(error, OptimizationError::LimitExceeded { limit: "frames", allowed: 7, actual: 8 });
        let mut context = OptimizeContext::default();
        context.limits.max_animation_pixels.0 = 1000;
        let error = optimize(input, &ImageSettings::default(), &context).unwrap_err();
        assert_eq!(error.code(), "limit_exceeded");
        assert!(error.to_string().contains("pixels in all frames"), "{error}");
    }
}

#[test]
fn frames_larger_than_their_picture_count_in_full() {
    use gif::DisposalMethod::Keep;
    let frame = || GifFrame {
        rect: [0, 0, 100, 100],
        dispose: Keep,
        delay: 5,
        local: false,
        transparent: false,
        index: |x, _| (x % 3) as u8,
    };
    let mut gif = gif_of(100, 100, None, &[frame(), frame(), frame()]);
    // A screen of 2 × 2 pixels: frames are cut off at its edges.
    gif[6..10].copy_from_slice(&[2, 0, 2, 0]);
    let out = run(&gif, r#"{"formats": ["webp"], "goal": "lossless"}"#).unwrap();
    assert_eq!((out.result.width, out.result.height), (2, 2));
    let mut context = OptimizeContext::default();
    context.limits.max_animation_pixels.0 = 25_000;
    let error = optimize(&gif, &ImageSettings::default(), &context).unwrap_err();
    assert_eq!(error.code(), "limit_exceeded");
}

#[test]
fn cut_animations_are_damaged_and_a_missing_trailer_is_not() {
    let gif = motley(None);
    let webp = lossless(&gif, Format::Webp).bytes;
    let apng = lossless(&gif, Format::Png).bytes;
    for whole in [&gif, &webp, &apng] {
        let error = run(&whole[..whole.len() * 6 / 10], "{}").unwrap_err();
        assert_eq!(error.code(), "corrupt", "{error}");
    }
    let out = run(&gif[..gif.len() - 1], "{}").unwrap();
    assert_eq!(Film::of(&out.bytes), Film::of(&gif));
    assert!(out.result.warnings.iter().any(|warning| warning.code == "damaged_input"));
}

#[test]
fn a_cancelled_animation_stops() {
    struct CancelAtEncode(CancelFlag);
    impl ProgressSink for CancelAtEncode {
        fn progress(&self, stage: Stage, _fraction: f32) {
            if stage == Stage::Encode {
                self.0.cancel();
            }
        }
    }
    let cancel = CancelFlag::default();
    let sink = CancelAtEncode(cancel.clone());
    let context = OptimizeContext { cancel, progress: &sink, ..OptimizeContext::default() };
    let result = optimize(&motley(None), &ImageSettings::default(), &context);
    assert_eq!(result.unwrap_err(), OptimizationError::Cancelled);
}

#[test]
fn memory_estimates_know_that_frames_are_composed_one_at_a_time() {
    let few = planish::estimate_peak_bytes(
        &apng_of(64, 64, 0, (1, 10), &wandering(64, 64, 2)),
        &planish::ImageSettings::default(),
        2,
    );
    let many = planish::estimate_peak_bytes(
        &apng_of(64, 64, 0, (1, 10), &wandering(64, 64, 20)),
        &planish::ImageSettings::default(),
        2,
    );
    assert!(many < few * 3, "{few} {many}");
}

#[test]
fn a_still_becomes_a_gif_with_all_its_colours_where_there_are_few() {
    let picture = graphic(60, 40);
    let out = run(&picture.to_png(None), r#"{"formats": ["gif"]}"#).unwrap();
    assert_eq!((out.result.format, out.result.lossless, out.result.frames), (Format::Gif, true, 1));
    let film = Film::of(&out.bytes);
    assert_eq!(film.frames.len(), 1);
    assert_eq!(film.frames[0].0, pngs(&[picture]).remove(0));
    // As its own format, and on to others.
    let again = run(&out.bytes, "{}").unwrap();
    assert_eq!(again.result.format, Format::Gif);
    assert!(again.bytes.len() <= out.bytes.len());
    assert_eq!(Picture::from_any(&out.bytes).rgba(7, 9), graphic(60, 40).rgba(7, 9));
}

#[test]
fn a_still_with_many_colours_becomes_a_gif_that_says_it_is_lossy() {
    let png = photo(80, 60).to_png(None);
    let out = run(&png, r#"{"formats": ["gif"], "goal": {"quality": 100}}"#).unwrap();
    assert!(!out.result.lossless && out.result.score.get() < 100.0);
    let fewer = run(&png, r#"{"formats": ["gif"], "goal": {"quality": 10}}"#).unwrap();
    assert!(fewer.bytes.len() < out.bytes.len() && fewer.result.score < out.result.score);
    let error = run(&png, r#"{"formats": ["gif"], "goal": "lossless"}"#).unwrap_err();
    assert_eq!(error.code(), "unsupported");
    let transparent = photo(40, 30).with_alpha().to_png(None);
    let error = run(&transparent, r#"{"formats": ["gif"], "goal": {"quality": 90}}"#).unwrap_err();
    assert!(error.to_string().contains("partial transparency"), "{error}");
    let matte = r##"{"formats": ["gif"], "goal": {"quality": 90}, "background": "#fff"}"##;
    assert_eq!(run(&transparent, matte).unwrap().result.format, Format::Gif);
}

#[test]
fn a_still_gif_with_a_comment_loses_it() {
    let gif = run(&graphic(30, 20).to_png(None), r#"{"formats": ["gif"]}"#).unwrap().bytes;
    let trailer = gif.len() - 1;
    let tagged = [&gif[..trailer], b"\x21\xfe\x06secret\0", &gif[trailer..]].concat();
    let out = run(&tagged, "{}").unwrap();
    assert!(out.bytes.len() <= gif.len() && !contains(&out.bytes, b"secret"));
}

/// A folder of real files beside the repository, where there is one.
fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .filter(|(name, _)| {
            name.ends_with(".gif") || name.ends_with(".webp") || name.contains("apng") || name == "rgba16.png"
        })
        .collect();
    files.sort();
    files
}

#[test]
fn real_files_come_out_no_larger_and_show_the_same() {
    for (name, bytes) in corpus("edge") {
        let settings = r#"{"goal": "lossless", "effort": 3}"#;
        let out = run(&bytes, settings).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(out.bytes.len() <= bytes.len(), "{name}: {} {}", bytes.len(), out.bytes.len());
        eprintln!(
            "{name}: {} -> {} bytes, {} frames, {:?}",
            bytes.len(),
            out.bytes.len(),
            out.result.frames,
            out.result.candidates.iter().map(|c| (c.encoder.as_str(), c.size)).collect::<Vec<_>>()
        );
        if out.result.frames > 1 && name.ends_with(".gif") {
            let (before, after) = (Film::of(&bytes), Film::of(&out.bytes));
            assert_eq!((before.plays, before.width, before.height), (after.plays, after.width, after.height));
            let total = |film: &Film| film.delays().iter().sum::<u64>();
            assert_eq!(total(&before), total(&after), "{name}");
        }
    }
}

#[test]
fn hostile_files_end_in_an_error_or_a_checked_result() {
    let expected = [
        ("apng_num_frames_4294967295.png", "limit_exceeded"),
        ("bomb_gif_20000x20000.gif", "limit_exceeded"),
        ("bomb_gif_3000_frames_4000x4000.gif", "limit_exceeded"),
        ("bomb_webp_16383x16383.webp", "limit_exceeded"),
        ("gif_frame_outside_screen.gif", "corrupt"),
        ("gif_lzw_min_code_size_12.gif", "corrupt"),
        ("trunc_gif.gif", "corrupt"),
        ("trunc_webp_lossy.webp", "corrupt"),
        ("zero-loop-count.gif", "corrupt"),
        ("issue-101-infinite-empty-loop.gif", "limit_exceeded"),
        ("issue-96-small-codesize-2.gif", "limit_exceeded"),
        ("apng_frame_outside_canvas.png", "corrupt"),
    ];
    for (name, bytes) in corpus("hostile") {
        let code = match run(&bytes, r#"{"effort": 2}"#) {
            Ok(out) => {
                assert!(out.bytes.len() <= bytes.len(), "{name}");
                "fine"
            }
            Err(error) => error.code(),
        };
        eprintln!("{name}: {code}");
        if let Some((_, expected)) = expected.iter().find(|(other, _)| *other == name) {
            assert_eq!(code, *expected, "{name}");
        }
        assert_ne!(code, "internal", "{name}");
    }
}
