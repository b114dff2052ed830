//! Streams as people have them: joined, chained, tagged in odd places, with headers that are wrong. Nothing of the sound
//! is lost for it, and nothing is called damaged that is not.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail and speak as tests do")]

mod common;

use std::cell::RefCell;
use std::io::Write;
use std::panic::catch_unwind;
use std::sync::Once;

use common::{Decoded, decode, fixture};
use melscope::audio::decode::{AudioReader, Ending, Length, Remark, measure};
use melscope::monitor::Silent;

fn stored(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

fn write_temp(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

/// What is read of a file of `bytes`, and its remarks; that measuring agrees with it is asserted.
fn read(what: &str, bytes: &[u8]) -> (Decoded, Vec<Remark>) {
    let file = write_temp(bytes);
    let decoded = decode(file.path()).unwrap_or_else(|error| panic!("{what}: {error}"));
    let length = measure(file.path(), &Silent).unwrap().1;
    if decoded.ending == Ending::Complete {
        assert_eq!(length, Length::Exact(decoded.n_frames), "{what}");
    }
    let mut reader = AudioReader::open(file.path()).unwrap();
    while reader.next_block().unwrap().is_some() {}
    (decoded, reader.remarks().to_vec())
}

/// Asserts that `bytes` sound like the stored file `name` and are called whole; gives the remarks.
fn assert_same(what: &str, bytes: &[u8], name: &str) -> Vec<Remark> {
    let (found, remarks) = read(what, bytes);
    let whole = decode(&fixture(name)).unwrap();
    assert_eq!(found.ending, Ending::Complete, "{what}");
    assert_eq!(found.n_frames, whole.n_frames, "{what}");
    assert!(found.samples == whole.samples, "{what}: other samples");
    remarks
}

fn reason(decoded: &Decoded) -> &str {
    match &decoded.ending {
        Ending::Damaged { reason, .. } => reason,
        Ending::Complete => "",
    }
}

fn id3(n_body: usize) -> Vec<u8> {
    let size = [21, 14, 7, 0].map(|shift| (n_body >> shift & 0x7F) as u8);
    [b"ID3\x03\0\0".as_slice(), &size, &vec![0x55; n_body]].concat()
}

fn id3v1() -> Vec<u8> {
    [b"TAG".as_slice(), &[b' '; 125]].concat()
}

/// An `APE` tag of one item; without a header, only its end tells where it begins.
fn ape(has_header: bool) -> Vec<u8> {
    let end = |flags: u32| {
        let numbers = [2_000, 32 + 40, 1, flags, 0, 0].map(u32::to_le_bytes).concat();
        [b"APETAGEX".as_slice(), &numbers].concat()
    };
    let head = if has_header { end(0xA000_0000) } else { Vec::new() };
    [head, vec![0x11; 40], end(if has_header { 0x8000_0000 } else { 0 })].concat()
}

// ---------------------------------------------------------------- FLAC

/// A FLAC file's STREAMINFO block and its frames.
fn flac_parts(name: &str) -> (Vec<u8>, Vec<u8>) {
    let bytes = stored(name);
    let mut position = 4;
    loop {
        let n_body = usize::from(bytes[position + 1]) << 16
            | usize::from(bytes[position + 2]) << 8
            | usize::from(bytes[position + 3]);
        let is_last = bytes[position] & 0x80 != 0;
        position += 4 + n_body;
        if is_last {
            return (bytes[8..42].to_vec(), bytes[position..].to_vec());
        }
    }
}

/// The kind, the length that is written, and the content of a metadata block.
type Block<'a> = (u8, usize, &'a [u8]);

/// A file of STREAMINFO, blocks as they come, and frames.
fn flac(info: &[u8], blocks: &[Block], frames: &[u8]) -> Vec<u8> {
    let mut bytes = b"fLaC".to_vec();
    let mut block = |kind: u8, n_body: usize, body: &[u8]| {
        bytes.extend([kind, (n_body >> 16) as u8, (n_body >> 8) as u8, n_body as u8]);
        bytes.extend(body);
    };
    block(if blocks.is_empty() { 0x80 } else { 0 }, info.len(), info);
    for (index, (kind, n_body, body)) in blocks.iter().enumerate() {
        block(if index + 1 == blocks.len() { kind | 0x80 } else { *kind }, *n_body, body);
    }
    bytes.extend(frames);
    bytes
}

/// STREAMINFO with another number of samples.
fn with_total(info: &[u8], n_samples: u64) -> Vec<u8> {
    let mut info = info.to_vec();
    info[13] = info[13] & 0xF0 | (n_samples >> 32) as u8;
    info[14..18].copy_from_slice(&[24, 16, 8, 0].map(|shift| (n_samples >> shift) as u8));
    info
}

#[test]
fn no_block_of_metadata_costs_the_sound() {
    let (info, frames) = flac_parts("stereo.flac");
    let random: Vec<u8> = (0..90_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases: [(&str, &[Block]); 9] = [
        ("none", &[]),
        ("a picture that is none", &[(6, 9, b"not a pic")]),
        ("a comment whose lengths lead away", &[(4, 8, &[0xFF; 8])]),
        ("a table of half a point", &[(3, 7, &[1; 7])]),
        ("two tables", &[(3, 18, &[0; 18]), (3, 18, &[0; 18])]),
        ("a kind that is not known", &[(77, 3, b"abc")]),
        ("a picture longer than its length", &[(6, 100, &random)]),
        ("padding shorter than its length", &[(1, 60_000, &[0; 40])]),
        ("a cue sheet of rubbish", &[(5, 400, &random[..400])]),
    ];
    for (what, blocks) in cases {
        assert_same(what, &flac(&info, blocks, &frames), "stereo.flac");
    }
    // The number of a block before the last is marked as the last, and none is.
    let mut unmarked = flac(&info, &[(1, 10, &[0; 10])], &frames);
    unmarked[42] &= 0x7F;
    assert_same("no block is the last", &unmarked, "stereo.flac");
    assert_same("a tag in front", &[id3(500), id3(20), flac(&info, &[], &frames)].concat(), "stereo.flac");
    let mut wrong = id3(500);
    wrong[9] += 7;
    assert_same("a tag of a wrong length", &[wrong, flac(&info, &[], &frames)].concat(), "stereo.flac");
}

#[test]
fn the_sizes_in_streaminfo_are_only_hints() {
    for name in ["stereo.flac", "blocks.flac", "piped.flac"] {
        let (info, frames) = flac_parts(name);
        for (what, range, value) in
            [("no smallest block", 0..2, 0), ("no blocks", 0..4, 0), ("frames of a byte", 4..10, 1)]
        {
            let mut info = info.clone();
            info[range].fill(value);
            assert_same(&format!("{name}: {what}"), &flac(&info, &[], &frames), name);
        }
    }
}

#[test]
fn the_number_of_samples_in_streaminfo_is_only_a_hint() {
    let (info, frames) = flac_parts("blocks.flac");
    let whole = decode(&fixture("blocks.flac")).unwrap();
    let n_frames = whole.n_frames;
    assert_eq!(assert_same("open", &flac(&with_total(&info, 0), &[], &frames), "blocks.flac"), []);
    let remarks = assert_same("too small", &flac(&with_total(&info, 1_000), &[], &frames), "blocks.flac");
    let Some(Remark::BeyondHeader { header_s, read_s }) = remarks.first() else { panic!("{remarks:?}") };
    assert!(*header_s < *read_s, "{remarks:?}");
    let (large, _) = read("too large", &flac(&with_total(&info, 3 * n_frames), &[], &frames));
    assert!(reason(&large).contains(&format!("{n_frames} of the {}", 3 * n_frames)), "{large:?}");
    assert_eq!(large.n_frames, n_frames);
    // The encoder counted whole blocks: only the last frame, which is shorter, tells.
    let block = u64::from(info[2]) << 8 | u64::from(info[3]);
    assert!(!n_frames.is_multiple_of(block) && frames.len() > 2, "the last block is shorter");
    let rounded = with_total(&info, n_frames.next_multiple_of(block));
    assert_same("rounded", &flac(&rounded, &[], &frames), "blocks.flac");
}

#[test]
fn what_stands_behind_the_last_frame_loses_none() {
    for (name, is_open) in [("stereo.flac", false), ("stereo.flac", true), ("blocks.flac", false)] {
        let (info, frames) = flac_parts(name);
        let info = if is_open { with_total(&info, 0) } else { info };
        let base = flac(&info, &[], &frames);
        let lyrics = b"LYRICSBEGININD0000200000LYRICSEND".to_vec();
        for (what, tail) in [
            ("ID3v1", id3v1()),
            ("APE", ape(true)),
            ("APE without a header", ape(false)),
            ("APE and ID3v1", [ape(true), id3v1()].concat()),
            ("ID3v2", id3(700)),
            ("zeros", vec![0; 5_000]),
            ("lyrics", lyrics),
        ] {
            assert_same(&format!("{name}: {what}"), &[base.clone(), tail].concat(), name);
        }
        let (junk, _) = read("junk", &[base.clone(), vec![0x55; 1_000]].concat());
        let whole = decode(&fixture(name)).unwrap();
        assert!(
            junk.samples == whole.samples && reason(&junk).contains("1000 bytes"),
            "{name}: {}",
            reason(&junk)
        );
        let (cut, _) = read("cut", &base[..base.len() - 9]);
        assert!(cut.n_frames < whole.n_frames && !reason(&cut).is_empty(), "{name}: {}", reason(&cut));
    }
}

#[test]
fn a_second_stream_of_flac_is_said_and_costs_the_first_no_frame() {
    for name in ["stereo.flac", "blocks.flac", "piped.flac"] {
        let (found, _) = read(name, &[stored(name), stored("stereo.flac")].concat());
        assert_eq!(found.samples, decode(&fixture(name)).unwrap().samples, "{name}");
        assert!(!reason(&found).is_empty(), "{name}");
    }
}

#[test]
fn a_wrong_checksum_of_the_sound_is_remarked() {
    let (info, frames) = flac_parts("stereo.flac");
    let remarks = |info: &[u8], frames: &[u8]| {
        let file = write_temp(&flac(info, &[], frames));
        let mut reader = AudioReader::open_checked(file.path(), melscope::settings::FfmpegUse::Off).unwrap();
        while reader.next_block().unwrap().is_some() {}
        reader.remarks().to_vec()
    };
    assert_eq!(remarks(&info, &frames), []);
    let with_sum = |value: u8| [&info[..18], &[value; 16]].concat();
    assert_eq!(remarks(&with_sum(1), &frames), [Remark::WrongMd5]);
    assert_eq!(remarks(&with_sum(0), &frames), [], "there is none");
    assert_eq!(remarks(&with_sum(1), &frames[..frames.len() - 9]), [], "damage is said instead");
    let (_, plain) = read("unchecked", &flac(&with_sum(1), &[], &frames));
    assert_eq!(plain, []);
}

// ---------------------------------------------------------------- MP3

/// The first frame of an MP3 file that has no tag, or one of 2.3.
fn mp3_audio(name: &str) -> Vec<u8> {
    let bytes = stored(name);
    if !bytes.starts_with(b"ID3") {
        return bytes;
    }
    let n_body = bytes[6..10].iter().fold(0, |size, byte| size << 7 | usize::from(*byte));
    bytes[10 + n_body..].to_vec()
}

/// The samples of a mono file as `n_channels`.
fn widened(decoded: &Decoded, n_channels: usize) -> Vec<f32> {
    let frames = decoded.samples.chunks_exact(decoded.n_channels);
    let means = frames.map(|frame| frame.iter().sum::<f32>() / frame.len() as f32);
    means.flat_map(|mean| std::iter::repeat_n(mean, n_channels)).collect()
}

#[test]
fn joined_streams_of_mp3_are_read_and_trimmed_each() {
    let (stereo, mono) = ("lame_vbr.mp3", "lame_cbr.mp3");
    let (first, second) = (decode(&fixture(stereo)).unwrap(), decode(&fixture(mono)).unwrap());
    assert_eq!((first.n_channels, second.n_channels), (2, 1));
    let gaps = [
        ("nothing", Vec::new()),
        ("ID3v2", id3(300)),
        ("ID3v1 and ID3v2", [id3v1(), id3(40)].concat()),
        ("APE", ape(true)),
        ("zeros", vec![0; 3_000]),
        ("a tag that is longer than it says", [id3(40), vec![0x21; 100_000]].concat()),
    ];
    for (what, gap) in gaps {
        for (a, b, names) in [
            (&first, &first, [stereo, stereo]),
            (&first, &second, [stereo, mono]),
            (&second, &first, [mono, stereo]),
        ] {
            let bytes = [mp3_audio(names[0]), gap.clone(), mp3_audio(names[1]), id3v1()].concat();
            let what = format!("{names:?} with {what} between");
            let (found, remarks) = read(&what, &bytes);
            assert_eq!(found.ending, Ending::Complete, "{what}");
            assert_eq!(found.n_frames, a.n_frames + b.n_frames, "{what}");
            let n_first = a.samples.len();
            assert!(found.samples[..n_first] == a.samples, "{what}: the first");
            let b_samples =
                if a.n_channels == b.n_channels { b.samples.clone() } else { widened(b, a.n_channels) };
            assert!(found.samples[n_first..] == b_samples, "{what}: the second");
            assert_eq!(remarks, [Remark::JoinedStreams { n_streams: 2 }], "{what}");
        }
    }
}

#[test]
fn a_joint_of_another_rate_is_said() {
    let bytes = [mp3_audio("lame_vbr.mp3"), id3(20), mp3_audio("mpeg2.mp3")].concat();
    let (found, _) = read("another rate", &bytes);
    assert_eq!(found.samples, decode(&fixture("lame_vbr.mp3")).unwrap().samples);
    assert!(reason(&found).contains("22050 Hz"), "{}", reason(&found));
}

#[test]
fn the_sound_of_an_mp3_is_found_behind_anything() {
    let audio = mp3_audio("lame_cbr.mp3");
    let random: Vec<u8> = (0..300_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (what, front) in [
        ("zeros", vec![0; 100_000]),
        ("a tag and zeros", [id3(200), vec![0; 200_000]].concat()),
        ("a tag that is shorter than its picture", [id3(70), random].concat()),
        ("two tags", [id3(200), id3(3_000)].concat()),
        ("an old tag", id3v1()),
    ] {
        assert_same(what, &[front, audio.clone()].concat(), "lame_cbr.mp3");
    }
    let damaged = [&audio[..audio.len() / 2], b"<!-- advertisement -->", &audio[audio.len() / 2..]].concat();
    assert!(!reason(&read("bytes within a frame", &damaged).0).is_empty());
}

// ---------------------------------------------------------------- Ogg

fn ogg_pages(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut pages = Vec::new();
    let mut position = 0;
    while position < bytes.len() {
        let n_segments = usize::from(bytes[position + 26]);
        let segments = &bytes[position + 27..position + 27 + n_segments];
        let n_page = 27 + n_segments + segments.iter().map(|n_bytes| usize::from(*n_bytes)).sum::<usize>();
        pages.push(bytes[position..position + n_page].to_vec());
        position += n_page;
    }
    pages
}

/// Joins pages of which each had its checksum put right.
fn ogg(pages: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for page in pages {
        let mut page = page.clone();
        page[22..26].fill(0);
        let crc = page.iter().fold(0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
                if crc >> 31 == 1 { crc << 1 ^ 0x04C1_1DB7 } else { crc << 1 }
            })
        });
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        bytes.extend(page);
    }
    bytes
}

/// The pages of a stored file after `edit`, which gets each with its number.
fn ogg_edited(name: &str, edit: impl Fn(usize, &mut Vec<u8>)) -> Vec<u8> {
    let mut pages = ogg_pages(&stored(name));
    for (index, page) in pages.iter_mut().enumerate() {
        edit(index, page);
    }
    ogg(&pages)
}

fn with_serial(name: &str, serial: u32) -> Vec<u8> {
    ogg_edited(name, |_, page| page[14..18].copy_from_slice(&serial.to_le_bytes()))
}

#[test]
fn chained_streams_of_ogg_are_read_whole() {
    for name in ["vorbis.ogg", "stereo.opus", "flac.ogg"] {
        let whole = decode(&fixture(name)).unwrap();
        for serial in [None, Some(0xABCD)] {
            let second = serial.map_or_else(|| stored(name), |serial| with_serial(name, serial));
            let (found, remarks) = read(name, &[stored(name), second.clone(), second].concat());
            assert_eq!((&found.ending, found.n_frames), (&Ending::Complete, 3 * whole.n_frames), "{name}");
            assert!(found.samples == whole.samples.repeat(3), "{name}");
            assert_eq!(remarks, [Remark::JoinedStreams { n_streams: 3 }], "{name}");
        }
    }
    let (found, _) = read("other channels", &[stored("stereo.opus"), stored("voice.opus")].concat());
    assert!(reason(&found).contains("1 channels"), "{}", reason(&found));
    assert_eq!(found.samples, decode(&fixture("stereo.opus")).unwrap().samples);
}

#[test]
fn marks_and_positions_of_ogg_are_only_hints() {
    for name in ["vorbis.ogg", "stereo.opus", "flac.ogg"] {
        let no_end = ogg_edited(name, |_, page| page[5] &= !4);
        assert_same(&format!("{name} without a mark at its end"), &no_end, name);
        let bytes = stored(name);
        let tailed = [bytes.clone(), id3v1(), vec![0; 999]].concat();
        assert_same(&format!("{name} and a tag"), &tailed, name);
        assert_same(&format!("{name} behind other bytes"), &[b"\r\n\r\n".repeat(30), bytes].concat(), name);
        let unnumbered = ogg_edited(name, |_, page| page[18..22].fill(0));
        assert_same(&format!("{name} without numbers"), &unnumbered, name);
        let pages = ogg_pages(&stored(name));
        let spaced: Vec<u8> = pages.iter().flat_map(|page| [page.clone(), vec![0; 100]].concat()).collect();
        assert_same(&format!("{name} with zeros between pages"), &spaced, name);
        let twice: Vec<u8> = pages
            .iter()
            .enumerate()
            .flat_map(|(index, page)| page.repeat(if index > 0 { 2 } else { 1 }))
            .collect();
        assert_same(&format!("{name} with every page twice"), &twice, name);
    }
}

#[test]
fn audio_is_found_beside_other_streams() {
    // A stream of a kind that is not known, as a video or a skeleton is: its first page in front of the audio's or
    // behind it, one of its pages between all of the audio's.
    let other = |flags: u8, number: u32| {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend([0; 8]);
        page.extend(0x7777u32.to_le_bytes());
        page.extend(number.to_le_bytes());
        page.extend([0, 0, 0, 0, 1, 9]);
        page.extend(b"\x80theora\x03\x02");
        page
    };
    for name in ["vorbis.ogg", "stereo.opus", "flac.ogg"] {
        let pages = ogg_pages(&stored(name));
        for is_first in [true, false] {
            let mut mixed = vec![pages[0].clone()];
            mixed.insert(usize::from(!is_first), other(2, 0));
            for (index, page) in pages[1..].iter().enumerate() {
                mixed.extend([other(0, index as u32 + 1), page.clone()]);
            }
            assert_same(&format!("{name} with a video"), &ogg(&mixed), name);
        }
    }
}

#[test]
fn missing_and_corrupt_pages_of_ogg_are_said() {
    // The last page goes twice, the second time as the one behind a page that is not there.
    for name in ["vorbis.ogg", "stereo.opus", "flac.ogg"] {
        let mut pages = ogg_pages(&stored(name));
        let mut late = pages.last().unwrap().clone();
        late[18] += 2;
        let n_pages = pages.len();
        pages[n_pages - 1][5] &= !4;
        pages.push(late);
        let (found, _) = read(name, &ogg(&pages));
        assert!(reason(&found).contains("missing"), "{name}: {}", reason(&found));
    }
    let mut bytes = stored("vorbis.ogg");
    let n_bytes = bytes.len();
    bytes[n_bytes - 40] ^= 1;
    let error = decode(write_temp(&bytes).path()).map(|decoded| format!("{:?}", decoded.ending));
    let said = error.unwrap_or_else(|error| error.to_string());
    assert!(said.contains("corrupt"), "{said}");
    let (cut, _) = read("cut", &ogg(&ogg_pages(&stored("surround.opus"))[..3]));
    assert!(cut.ending != Ending::Complete || cut.n_frames > 0, "{cut:?}");
}

#[test]
fn opus_of_any_table_of_channels_is_decoded() {
    // The same streams under the family that says nothing of what its channels are.
    let discrete = ogg_edited("surround.opus", |index, page| {
        if index == 0 {
            let head = page.windows(8).position(|mark| mark == b"OpusHead").unwrap();
            page[head + 18] = 255;
        }
    });
    assert_same("family 255", &discrete, "surround.opus");
    // Channels that are swapped in the table are swapped in the sound.
    let swapped = ogg_edited("surround.opus", |index, page| {
        if index == 0 {
            let table = page.windows(8).position(|mark| mark == b"OpusHead").unwrap() + 21;
            page.swap(table, table + 3);
            page[table + 5] = 255;
        }
    });
    let (found, _) = read("swapped", &swapped);
    let whole = decode(&fixture("surround.opus")).unwrap();
    for (found, whole) in found.samples.chunks_exact(6).zip(whole.samples.chunks_exact(6)) {
        assert_eq!((found[0], found[3], found[1], found[5]), (whole[3], whole[0], whole[1], 0.0));
    }
    // Tags that are none.
    let tagless = ogg_edited("stereo.opus", |index, page| {
        if index == 1 {
            let tags = page.windows(8).position(|mark| mark == b"OpusTags").unwrap();
            page[tags + 8..tags + 12].fill(0xFF);
        }
    });
    assert_same("broken tags", &tagless, "stereo.opus");
}

// ---------------------------------------------------------------- AAC

#[test]
fn tags_between_frames_of_aac_are_passed_over() {
    let bytes = stored("adts.aac");
    let n_first = usize::from(bytes[3] & 3) << 11 | usize::from(bytes[4]) << 3 | usize::from(bytes[5]) >> 5;
    let (first, rest) = bytes.split_at(n_first);
    assert_same("a tag", &[first, &id3(73), rest].concat(), "adts.aac");
    assert_same("zeros", &[first, &[0; 64], rest].concat(), "adts.aac");
    assert_same("other bytes in front", &[b"junk".repeat(500), bytes.clone()].concat(), "adts.aac");
    assert_same("tags behind", &[bytes.clone(), ape(false), id3v1()].concat(), "adts.aac");
    let (junk, _) = read("junk", &[first, rest, b"unknown bytes"].concat());
    assert!(!reason(&junk).is_empty());
}

// ---------------------------------------------------------------- robustness

thread_local! {
    /// Where the thread's last panic came from.
    static PANICKED_AT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Reads `bytes`. A panic of a foreign decoder is caught where files are worked on; one of our own is a failure.
fn survive(bytes: &[u8], what: &str) {
    static HOOK: Once = Once::new();
    let is_foreign = |place: &str| ["symphonia", "opus-pure"].iter().any(|part| place.contains(part));
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            PANICKED_AT.set(panic.to_string());
        }));
    });
    let file = write_temp(bytes);
    let path = file.path().to_path_buf();
    let result = catch_unwind(|| {
        measure(&path, &Silent).ok();
        decode(&path).map_or(0, |decoded| decoded.n_frames)
    });
    if let Ok(n_frames) = result {
        assert!(n_frames < 50_000_000, "{what}: {n_frames} frames");
    } else {
        let place = PANICKED_AT.take();
        assert!(is_foreign(&place), "{what}: {place}");
        println!("{what}: the decoder panicked: {place}");
    }
}

#[test]
fn no_change_of_a_few_bytes_does_harm() {
    let mut random = common::Random(0x2545_F491_4F6C_DD1D);
    let mut below = |limit: usize| random.below(limit);
    let joined = [mp3_audio("lame_vbr.mp3"), id3(40), mp3_audio("lame_cbr.mp3")].concat();
    let chained = [stored("stereo.opus"), with_serial("stereo.opus", 9)].concat();
    let cases = [
        ("flac", stored("stereo.flac")),
        ("blocks", flac(&flac_parts("blocks.flac").0, &[(6, 50, &[7; 50])], &flac_parts("blocks.flac").1)),
        ("joined", joined),
        ("chained", chained),
        ("vorbis", stored("vorbis.ogg")),
        ("oggflac", stored("flac.ogg")),
        ("surround", stored("surround.opus")),
        ("adts", [id3(20), stored("adts.aac"), ape(true)].concat()),
    ];
    for (name, bytes) in cases {
        for round in 0..500 {
            let mut bytes = bytes.clone();
            let reach = if round % 3 == 0 { bytes.len() } else { bytes.len().min(400) };
            for _ in 0..=below(5) {
                let position = below(reach);
                match below(4) {
                    0 => bytes[position] = below(256) as u8,
                    1 => bytes[position] ^= 1 << below(8),
                    2 => {
                        bytes.remove(position);
                    }
                    _ => bytes.insert(position, below(256) as u8),
                }
            }
            if round % 7 == 0 {
                bytes.truncate(below(bytes.len()).max(1));
            }
            // With the right checksum, what is within a page is reached.
            let is_ogg = bytes.starts_with(b"OggS") && round % 2 == 0;
            let bytes = if is_ogg {
                std::panic::catch_unwind(|| ogg(&ogg_pages(&bytes))).unwrap_or(bytes.clone())
            } else {
                bytes
            };
            survive(&bytes, &format!("{name}, round {round}"));
        }
    }
}
