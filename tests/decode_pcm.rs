//! Files of samples: every container and format of them, tags that are broken, and sizes that are wrong.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;
#[path = "decode_pcm/files.rs"]
mod files;

use std::io::Write;
use std::time::Instant;

use common::{Decoded, Random, decode, fixture};
use files::Order::{Big, Little};
use files::{
    Order, aiff, au, caf, chunk, comm, fmt, fmt_extended, number, riff, sized_chunk, sphere, ssnd, wav16,
    wave64,
};
use melscope::Error;
use melscope::audio::decode::{AudioReader, Ending, Length, Remark, measure};
use melscope::monitor::Silent;

/// Samples that every format of at least 16 bits holds exactly.
fn sound(n: usize) -> Vec<f32> {
    (0..n).map(|n| ((n as f64 * 0.37).sin() * 12_000.0).round() as f32 / 32_768.0).collect()
}

/// Samples as integers of `width` bytes, the sound in the uppermost.
fn integers(samples: &[f32], width: usize, order: Order) -> Vec<u8> {
    let full_scale = f64::from(8 * width as u32 - 1).exp2();
    let bytes = |sample: &f32| number((f64::from(*sample) * full_scale) as i64 as u64, width, order);
    samples.iter().flat_map(bytes).collect()
}

fn floats(samples: &[f32], width: usize, order: Order) -> Vec<u8> {
    let bits =
        |sample: &f32| if width == 4 { u64::from(sample.to_bits()) } else { f64::from(*sample).to_bits() };
    samples.iter().flat_map(|sample| number(bits(sample), width, order)).collect()
}

fn write_temp(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

fn read(bytes: &[u8]) -> Decoded {
    let file = write_temp(bytes);
    let decoded = decode(file.path()).unwrap();
    assert_eq!(measure(file.path(), &Silent).unwrap().1, Length::Exact(decoded.n_frames));
    decoded
}

fn refusal(bytes: &[u8]) -> String {
    match decode(write_temp(bytes).path()) {
        Err(Error::Audio { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

/// Asserts that the file holds exactly these samples, and that nothing is wrong with it.
fn assert_holds(what: &str, bytes: &[u8], samples: &[f32]) {
    let decoded = read(bytes);
    assert_eq!(decoded.ending, Ending::Complete, "{what}");
    assert_eq!(decoded.n_frames, (samples.len() / decoded.n_channels) as u64, "{what}");
    assert!(decoded.samples == samples, "{what}: other samples");
}

fn remarks(bytes: &[u8]) -> Vec<Remark> {
    let mut reader = AudioReader::open(write_temp(bytes).path()).unwrap();
    while reader.next_block().unwrap().is_some() {}
    reader.remarks().to_vec()
}

fn info(bytes: &[u8]) -> (String, String) {
    let reader = AudioReader::open(write_temp(bytes).path()).unwrap();
    (reader.info().container.clone(), reader.info().codec.clone())
}

#[test]
fn wav_is_read_in_every_format_and_order() {
    let samples = sound(3_000);
    for (magic, order) in [(b"RIFF", Little), (b"RIFX", Big)] {
        let file = |tag, width: u64, data: Vec<u8>| {
            let fmt = chunk(*b"fmt ", &fmt(tag, 2, 8_000, 2 * width, 8 * width, order), order);
            riff(*magic, &[fmt, chunk(*b"data", &data, order)], order)
        };
        for width in 2..=8 {
            let bytes = file(1, width as u64, integers(&samples, width, order));
            assert_holds(&format!("integers of {width} bytes"), &bytes, &samples);
        }
        for width in [4, 8] {
            let bytes = file(3, width as u64, floats(&samples, width, order));
            assert_holds(&format!("floats of {width} bytes"), &bytes, &samples);
        }
        assert_holds("8 bits", &file(1, 1, vec![0, 64, 128, 192]), &[-1.0, -0.5, 0.0, 0.5]);
        assert_holds("A-law", &file(6, 1, vec![0xAA, 0x2A]), &[0.984_375, -0.984_375]);
        assert_holds("µ-law", &file(7, 1, vec![0x80, 0xFF]), &[32_124.0 / 32_768.0, 0.0]);
    }
}

#[test]
fn narrow_samples_lie_where_their_container_has_them() {
    let samples = sound(2_000);
    let file = |fmt: Vec<u8>, data: Vec<u8>| {
        riff(*b"RIFF", &[chunk(*b"fmt ", &fmt, Little), chunk(*b"data", &data, Little)], Little)
    };
    // 12 and 20 bits, in the upper bits of two and three bytes.
    let twelve: Vec<f32> = samples.iter().map(|sample| (sample * 2_048.0).round() / 2_048.0).collect();
    assert_holds("12", &file(fmt(1, 1, 8_000, 2, 12, Little), integers(&twelve, 2, Little)), &twelve);
    assert_holds("20", &file(fmt(1, 1, 8_000, 3, 20, Little), integers(&samples, 3, Little)), &samples);
    let extended = file(fmt_extended(1, 1, 8_000, 32, 24), integers(&samples, 4, Little));
    assert_holds("24 of 32, said", &extended, &samples);
    assert_eq!(info(&extended).1, "PCM 24 bit");
    // 24 bits in four bytes, at either end.
    let upper = file(fmt(1, 1, 8_000, 4, 24, Little), integers(&samples, 4, Little));
    assert_holds("24 in the upper bytes", &upper, &samples);
    let words = integers(&samples, 4, Little);
    let shifted = |word: &[u8]| (i32::from_le_bytes(word.try_into().unwrap()) >> 8).to_le_bytes();
    let mut lower: Vec<u8> = words.chunks_exact(4).flat_map(shifted).collect();
    // A lowest bit, as a recording has.
    lower[0] |= 1;
    let mut expected = samples.clone();
    expected[0] += 1.0 / 8_388_608.0;
    assert_holds("24 in the lower", &file(fmt(1, 1, 8_000, 4, 24, Little), lower), &expected);
}

#[test]
fn fmt_may_have_any_size() {
    let samples = sound(500);
    for n_more in [0, 2, 4, 12, 24, 34, 48] {
        let mut body = fmt(1, 1, 8_000, 2, 16, Little);
        body.resize(16 + n_more, 0);
        let data = chunk(*b"data", &integers(&samples, 2, Little), Little);
        let bytes = riff(*b"RIFF", &[chunk(*b"fmt ", &body, Little), data], Little);
        assert_holds(&format!("{n_more} more bytes"), &bytes, &samples);
    }
}

#[test]
fn up_to_255_channels_are_read_and_more_refused_in_words() {
    let file = |n_channels: u64| {
        let fmt = chunk(*b"fmt ", &fmt(1, n_channels, 8_000, 2 * n_channels, 16, Little), Little);
        let data = integers(&sound(3 * n_channels as usize), 2, Little);
        riff(*b"RIFF", &[fmt, chunk(*b"data", &data, Little)], Little)
    };
    for n_channels in [3, 12, 36, 64, 255] {
        assert_holds("channels", &file(n_channels), &sound(3 * n_channels as usize));
    }
    assert!(refusal(&file(256)).contains("256 channels"));
    assert!(refusal(&file(0)).contains("number of channels"));
}

#[test]
fn tags_never_cost_the_sound() {
    let samples = sound(4_000);
    let data = integers(&samples, 2, Little);
    let tags: Vec<(&str, Vec<u8>)> = vec![
        ("odd, padded", chunk(*b"bext", &[b'd'; 603], Little)),
        ("odd, unpadded", sized_chunk(*b"LIST", b"INFOISFT\x05\0\0\0Logic", 17, Little)),
        ("empty", chunk(*b"LIST", b"", Little)),
        ("too long", sized_chunk(*b"LIST", b"INFOICMT\x88\x13\0\0abcd", 500_000, Little)),
        ("the largest", sized_chunk(*b"junk", b"abcd", u64::from(u32::MAX), Little)),
        ("too short", sized_chunk(*b"LIST", b"INFOISFT\x08\0\0\0abcdefgh", 6, Little)),
        ("without a name", chunk([0; 4], &[0; 12], Little)),
        ("zeros", vec![0; 4_096]),
        ("the word data", chunk(*b"LIST", b"INFOICMT\x0C\0\0\0some data ok", Little)),
        ("foreign letters", chunk([0xFF, b'N', b'A', b'M'], b"ab", Little)),
    ];
    for (what, tag) in &tags {
        assert_holds(&format!("{what}, before"), &wav16(tag, &data, b""), &samples);
        if *what != "zeros" && *what != "without a name" && *what != "foreign letters" {
            assert_holds(&format!("{what}, after"), &wav16(b"", &data, tag), &samples);
        }
    }
    let fmt = chunk(*b"fmt ", &fmt(1, 1, 8_000, 2, 16, Little), Little);
    let last = riff(*b"RIFF", &[chunk(*b"data", &data, Little), fmt], Little);
    assert_holds("fmt behind data", &last, &samples);
    let big = integers(&samples, 2, Big);
    let (comm, ssnd) = (comm(1, 4_000, 16, None), ssnd(&big, 12));
    assert_holds("AIFF", &aiff(*b"AIFF", &[comm.clone(), ssnd.clone()]), &samples);
    let odd = sized_chunk(*b"NAME", b"odd", 3, Big);
    assert_holds("SSND first", &aiff(*b"AIFF", &[ssnd.clone(), odd.clone(), comm.clone()]), &samples);
    assert_holds("unpadded", &aiff(*b"AIFF", &[odd, comm, ssnd]), &samples);
}

#[test]
fn tags_do_not_cost_compressed_sound_either() {
    for name in ["adpcm_ima_wav.wav", "adpcm_ms.wav"] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let data = bytes.windows(4).position(|window| window == b"data").unwrap();
        let broken = sized_chunk(*b"LIST", b"INFOISFT\x05\0\0\0Logic", 17, Little);
        let tagged = [&bytes[..data], &broken, &bytes[data..], &broken].concat();
        assert_eq!(read(&tagged), read(&bytes), "{name}");
    }
}

#[test]
fn aiff_c_is_read_by_its_types() {
    let samples = sound(1_000);
    for (codec, n_bits, width, order) in [
        (b"NONE", 24, 3, Big),
        (b"twos", 16, 2, Big),
        (b"in24", 16, 3, Big),
        (b"in32", 32, 4, Big),
        (b"sowt", 16, 2, Little),
        (b"sowt", 24, 3, Little),
        (b"42ni", 24, 3, Little),
    ] {
        let bytes =
            aiff(*b"AIFC", &[comm(2, 500, n_bits, Some(*codec)), ssnd(&integers(&samples, width, order), 0)]);
        assert_holds(&codec.escape_ascii().to_string(), &bytes, &samples);
    }
    for (codec, width) in [(b"fl32", 4), (b"FL32", 4), (b"fl64", 8)] {
        let bytes =
            aiff(*b"AIFC", &[comm(1, 1_000, 32, Some(*codec)), ssnd(&floats(&samples, width, Big), 0)]);
        assert_holds(&codec.escape_ascii().to_string(), &bytes, &samples);
    }
    let unknown = aiff(*b"AIFC", &[comm(1, 10, 16, Some(*b"Qclp")), ssnd(&[0; 20], 0)]);
    assert!(refusal(&unknown).contains("PureVoice"));
}

#[test]
fn caf_au_sphere_and_wave64_are_read() {
    let samples = sound(1_000);
    let (little, big) = (integers(&samples, 2, Little), integers(&samples, 2, Big));
    assert_holds("CAF", &caf(*b"lpcm", 0, 2, 2, 16, &big, 2_004), &samples);
    assert_holds("CAF, open", &caf(*b"lpcm", 2, 2, 2, 16, &little, u64::MAX), &samples);
    assert_holds("CAF of floats", &caf(*b"lpcm", 1, 8, 1, 64, &floats(&samples, 8, Big), 8_004), &samples);
    for (encoding, width) in [(3, 2), (4, 3), (5, 4)] {
        for order in [Big, Little] {
            let bytes = au(encoding, 1, 1_000 * width as u64, &integers(&samples, width, order), order);
            assert_holds("AU", &bytes, &samples);
        }
    }
    assert_holds("AU, open", &au(6, 1, u64::from(u32::MAX), &floats(&samples, 4, Big), Big), &samples);
    assert!(refusal(&au(23, 1, 10, &[0; 10], Big)).contains("G.721"));
    let lines = "sample_count -i 1000\nsample_n_bytes -i 2\nsample_byte_format -s2 01\n";
    assert_holds("SPHERE", &sphere(lines, &little), &samples);
    assert_holds("SPHERE, big-endian", &sphere(&lines.replace("01\n", "10\n"), &big), &samples);
    let shortened = format!("{lines}sample_coding -s26 pcm,embedded-shorten-v2.00\n");
    assert!(refusal(&sphere(&shortened, &little)).contains("shorten"));
    assert_holds("Wave64", &wave64(&little, 2_000, b""), &samples);
    let named = [info(&wave64(&little, 2_000, b"")).0, info(&sphere(lines, &little)).0];
    assert_eq!(named, ["Wave64", "NIST SPHERE"]);
    assert!(refusal(&wav_of_tag(0x31)).contains("GSM 6.10"));
}

fn wav_of_tag(tag: u64) -> Vec<u8> {
    let fmt = chunk(*b"fmt ", &fmt(tag, 1, 8_000, 65, 0, Little), Little);
    riff(*b"RIFF", &[fmt, chunk(*b"data", &[0xD0; 650], Little)], Little)
}

/// A WAV file of 16 bits whose sizes are `riff_size` and `size`, followed by `after`.
fn wav_claiming(riff_size: u64, size: u64, data: &[u8], after: &[u8]) -> Vec<u8> {
    let fmt = chunk(*b"fmt ", &fmt(1, 1, 8_000, 2, 16, Little), Little);
    let body = [b"WAVE".to_vec(), fmt, sized_chunk(*b"data", data, size, Little), after.to_vec()].concat();
    sized_chunk(*b"RIFF", &body, riff_size, Little)
}

#[test]
fn sizes_that_were_never_filled_in_are_no_lie() {
    let samples = sound(5_000);
    let data = integers(&samples, 2, Little);
    for size in [0, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FF9B, 0xFFFF_FFFF] {
        for (riff_size, after) in [(size, vec![]), (36, chunk(*b"LIST", b"INFO", Little))] {
            let bytes = wav_claiming(riff_size, size, &data, &after);
            assert_holds(&format!("{size:#x}"), &bytes, &samples);
            assert_eq!(remarks(&bytes), [], "{size:#x}");
        }
    }
    let big = integers(&samples, 2, Big);
    let unfinished = aiff(*b"AIFF", &[comm(1, 0, 16, None), ssnd(&big, 0)]);
    assert_holds("no frames", &unfinished, &samples);
}

#[test]
fn sound_beyond_the_header_is_read_and_said() {
    let samples = sound(48_000);
    let data = integers(&samples, 2, Little);
    let said = [Remark::BeyondHeader { header_s: 0.5, read_s: 6.0 }];
    let list = chunk(*b"LIST", b"INFOICMT\x04\0\0\0abc\0", Little);
    for after in [vec![], list] {
        let stale = wav_claiming(36 + 8_000, 8_000, &data, &after);
        assert_holds("stale", &stale, &samples);
        assert_eq!(remarks(&stale), said);
    }
    assert_eq!(said[0].to_string(), "the header says 0.5 s; 6 s were read");
    let stale = au(3, 1, 8_000, &integers(&samples, 2, Big), Big);
    assert_holds("AU", &stale, &samples);
    assert_eq!(remarks(&stale), said);
    let stale = aiff(*b"AIFF", &[comm(1, 4_000, 16, None), ssnd(&integers(&samples, 2, Big), 0)]);
    assert_holds("AIFF", &stale, &samples);
    assert_eq!(remarks(&stale), said);
    let stale = wave64(&data, 8_000, b"");
    assert_holds("Wave64", &stale, &samples);
    assert_eq!(remarks(&stale), said);
    let stale = caf(*b"lpcm", 2, 2, 1, 16, &data, 8_004);
    assert_holds("CAF", &stale, &samples);
    assert_eq!(remarks(&stale), said);
}

#[test]
fn what_follows_the_samples_is_not_sound() {
    let samples = sound(4_000);
    let data = integers(&samples, 2, Little);
    let mut tag = b"TAG".to_vec();
    tag.resize(128, b'x');
    let id3 = b"id3 \x11\0\0\0ID3\x03\0\0\0\0\0\x07unpadded".to_vec();
    for after in [
        tag,
        vec![0; 5_000],
        vec![0x55; 40],
        id3,
        chunk(*b"LIST", b"INFO", Little),
        chunk(*b"zzzz", &[9; 70], Little),
    ] {
        let bytes = wav16(b"", &data, &after);
        assert_holds(&after[..4].escape_ascii().to_string(), &bytes, &samples);
        assert_eq!(remarks(&bytes), []);
    }
    let twice = [wav16(b"", &data, b""), wav16(b"", &data, b"")].concat();
    assert_holds("two files", &twice, &samples);
    assert!(matches!(remarks(&twice)[..], [Remark::LeftOut { at_s: 0.5, .. }]));
}

#[test]
fn a_header_that_counts_itself_is_no_damage_and_a_cut_file_is() {
    let samples = sound(4_000);
    let data = integers(&samples, 2, Little);
    for extra in [8, 36, 44, 64] {
        assert_holds("counted in", &wav_claiming(8_036 + extra, 8_000 + extra, &data, b""), &samples);
    }
    for n_lost in [66, 2_000, 7_000] {
        let whole = wav16(b"", &data, b"");
        let decoded = read(&whole[..whole.len() - n_lost]);
        let good_s = (4_000 - n_lost / 2) as f64 / 8_000.0;
        let Ending::Damaged { good_s: found_s, reason } = decoded.ending else { panic!("{n_lost}") };
        assert_eq!(found_s, good_s);
        assert!(reason.contains("8000 bytes"), "{reason}");
    }
    // The file is as long as its header says: the samples' own size is wrong, and nothing is missing.
    let wrong = wav_claiming(36 + 8_000, 9_000, &data, b"");
    assert_holds("whole", &wrong, &samples);
    let promised = aiff(*b"AIFF", &[comm(1, 9_000, 16, None), ssnd(&integers(&samples, 2, Big), 0)]);
    assert!(matches!(read(&promised).ending, Ending::Damaged { good_s: 0.5, .. }));
}

#[test]
fn rf64_is_read_whatever_its_long_sizes_say() {
    let samples = sound(4_000);
    let data = integers(&samples, 2, Little);
    let fmt = chunk(*b"fmt ", &fmt(1, 1, 8_000, 2, 16, Little), Little);
    let list = chunk(*b"LIST", b"INFO", Little);
    for magic in [b"RF64", b"BW64", b"RIFF"] {
        for long in [8_000, 0, 4_000, u64::MAX] {
            for short in [u64::from(u32::MAX), 8_000] {
                let ds64 = [number(8_090, 8, Little), number(long, 8, Little), vec![0; 12]].concat();
                let data = sized_chunk(*b"data", &data, short, Little);
                let chunks = [chunk(*b"ds64", &ds64, Little), fmt.clone(), data, list.clone()];
                assert_holds(&format!("{long} and {short}"), &riff(*magic, &chunks, Little), &samples);
            }
        }
    }
}

/// Files with a hole, of which the system keeps no more than the header.
#[test]
fn sizes_that_ran_over_32_bits_are_continued() {
    let n_bytes: u64 = (1 << 32) + 8_000;
    let mut bytes = wav_claiming(8_036, 8_000, b"", b"");
    let file = write_temp(&bytes);
    file.as_file().set_len(44 + n_bytes).unwrap();
    let (_, length) = measure(file.path(), &Silent).unwrap();
    assert_eq!(length, Length::Exact(n_bytes / 2));
    let reader = AudioReader::open(file.path()).unwrap();
    assert!(matches!(reader.remarks(), [Remark::BeyondHeader { header_s: 0.5, .. }]));
    // Twice over, with a tag behind.
    file.as_file().set_len(44 + n_bytes + (1 << 32)).unwrap();
    bytes = chunk(*b"LIST", b"INFO", Little);
    let mut writer = file.reopen().unwrap();
    std::io::Seek::seek(&mut writer, std::io::SeekFrom::End(0)).unwrap();
    writer.write_all(&bytes).unwrap();
    assert_eq!(measure(file.path(), &Silent).unwrap().1, Length::Exact(n_bytes / 2 + (1 << 31)));
}

/// Two thousand headers a container with random bytes and numbers of every extreme: none may panic, hang, or yield more
/// than the file can hold.
#[test]
fn damaged_headers_are_read_or_refused() {
    let data = integers(&sound(1_000), 2, Little);
    let lines = "sample_count -i 1000\nsample_n_bytes -i 2\nsample_byte_format -s2 01\n";
    let ds64 = [number(2_090, 8, Little), number(2_000, 8, Little), vec![0; 12]].concat();
    let rifx = [chunk(*b"fmt ", &fmt(3, 2, 8_000, 8, 32, Big), Big), chunk(*b"data", &data, Big)];
    let tags = [chunk(*b"LIST", b"INFOICMT\x04\0\0\0abc\0", Little), chunk(*b"id3 ", &[0; 30], Little)];
    let whole: [(usize, Vec<u8>); 11] = [
        (1_000, wav16(&tags[0], &data, &tags[1])),
        (500, wav16(&chunk(*b"ds64", &ds64, Little), &data, b"")),
        (500, riff(*b"RIFX", &rifx, Big)),
        (500, wav_of_tag(0x11)),
        (2_000, wave64(&data, 2_000, b"")),
        (1_000, aiff(*b"AIFF", &[comm(1, 1_000, 16, None), ssnd(&data, 8), chunk(*b"NAME", b"abc", Big)])),
        (500, aiff(*b"AIFC", &[comm(2, 250, 24, Some(*b"in24")), ssnd(&data, 0)])),
        (500, aiff(*b"AIFC", &[comm(1, 900, 16, Some(*b"ima4")), ssnd(&data, 0)])),
        (2_000, caf(*b"lpcm", 2, 2, 1, 16, &data, 2_004)),
        (2_000, au(3, 1, 2_000, &data, Big)),
        (2_000, sphere(lines, &data)),
    ];
    let started = Instant::now();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for (n_rounds, bytes) in &whole {
        for round in 0..*n_rounds {
            let mut bytes = bytes.clone();
            let reach = bytes.len().min(120 + random.below(60));
            for _ in 0..=random.below(4) {
                let position = random.below(reach);
                let extremes = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF, random.below(256) as u8];
                let n_bytes = [1, 1, 2, 4, 8][random.below(5)].min(reach - position);
                bytes[position..position + n_bytes].fill(extremes[random.below(8)]);
            }
            if round % 5 == 0 {
                bytes.truncate(random.below(bytes.len()));
            }
            file.as_file_mut().set_len(0).unwrap();
            std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(0)).unwrap();
            file.write_all(&bytes).unwrap();
            if let Ok(decoded) = decode(file.path()) {
                assert!(
                    decoded.samples.len() <= 40 * bytes.len(),
                    "round {round}: {}",
                    decoded.samples.len()
                );
            }
        }
    }
    let elapsed_s = started.elapsed().as_secs();
    assert!(elapsed_s < 300, "{elapsed_s} s");
}
