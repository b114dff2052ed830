//! MP4 and Matroska: files built here box by box, whose samples are known, and damage to them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use std::io::Write;

use common::{Decoded, Random, decode, fixture};
use melscope::audio::decode::{AudioReader, Ending, Length, measure};
use melscope::monitor::Silent;

const RATE_HZ: u32 = 8_000;

fn number(value: u64, n_bytes: usize) -> Vec<u8> {
    (0..n_bytes).rev().map(|byte| if byte < 8 { (value >> (8 * byte)) as u8 } else { 0 }).collect()
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    file
}

/// The samples of a file as numbers of 16 bits, its ending, and its remarks.
fn read(bytes: &[u8]) -> (Vec<i16>, Ending, Vec<String>) {
    let file = file(bytes);
    let Decoded { samples, ending, n_frames, .. } = decode(file.path()).unwrap();
    let (_, length) = measure(file.path(), &Silent).unwrap();
    if ending == Ending::Complete {
        assert_eq!(length, Length::Exact(n_frames), "measuring and reading agree");
    }
    let mut reader = AudioReader::open(file.path()).unwrap();
    while reader.next_block().unwrap().is_some() {}
    let remarks = reader.remarks().iter().map(ToString::to_string).collect();
    (samples.iter().map(|sample| (sample * 32_768.0).round() as i16).collect(), ending, remarks)
}

/// Reads a file that is whole.
fn read_whole(bytes: &[u8]) -> Vec<i16> {
    let (samples, ending, _) = read(bytes);
    assert_eq!(ending, Ending::Complete);
    samples
}

fn ramp(n_frames: u64) -> Vec<i16> {
    (0..n_frames).map(|frame| frame as i16).collect()
}

fn big_endian(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| number(*sample as u16 as u64, 2)).collect()
}

fn box_of(kind: &[u8], parts: &[Vec<u8>]) -> Vec<u8> {
    let body = parts.concat();
    [number(body.len() as u64 + 8, 4), kind.to_vec(), body].concat()
}

fn full_box(kind: &[u8], head: u64, parts: &[Vec<u8>]) -> Vec<u8> {
    box_of(kind, &[&[number(head, 4)], parts].concat())
}

/// A table of entries of equal size behind its count.
fn table(kind: &[u8], n_entries: u64, fields: &[(u64, usize)]) -> Vec<u8> {
    let fields = fields.iter().map(|(value, n_bytes)| number(*value, *n_bytes));
    full_box(kind, 0, &[vec![number(n_entries, 4)], fields.collect()].concat())
}

/// What a movie of one track of plain samples is made of.
struct Movie {
    kind: [u8; 4],
    n_bits: u64,
    rate: u64,
    children: Vec<u8>,
    edits: Vec<(u64, u64)>,
    /// Tables of sizes, chunks, offsets; the offset of the samples is put in.
    tables: fn(n_frames: u64, offset: u64) -> Vec<Vec<u8>>,
    ticks_per_s: u64,
    extension: Vec<u8>,
}

fn one_chunk(n_frames: u64, offset: u64) -> Vec<Vec<u8>> {
    vec![
        table(b"stts", 1, &[(n_frames, 4), (1, 4)]),
        table(b"stsc", 1, &[(1, 4), (n_frames, 4), (1, 4)]),
        full_box(b"stsz", 0, &[number(2, 4), number(n_frames, 4)]),
        table(b"stco", 1, &[(offset, 4)]),
    ]
}

impl Movie {
    fn new() -> Self {
        Self {
            kind: *b"twos",
            n_bits: 16,
            rate: u64::from(RATE_HZ),
            children: Vec::new(),
            edits: Vec::new(),
            tables: one_chunk,
            ticks_per_s: u64::from(RATE_HZ),
            extension: Vec::new(),
        }
    }

    fn track(&self, n_frames: u64, offset: u64, flags: u64) -> Vec<u8> {
        let entry = box_of(
            &self.kind,
            &[
                number(1, 8),
                number(0, 8),
                number(1, 2),
                number(self.n_bits, 2),
                number(0, 4),
                number((self.rate & 0xFFFF) << 16, 4),
                self.children.clone(),
            ],
        );
        let stsd = full_box(b"stsd", 0, &[number(1, 4), entry]);
        let stbl = box_of(b"stbl", &[vec![stsd], (self.tables)(n_frames, offset)].concat());
        let mdhd = full_box(
            b"mdhd",
            0,
            &[number(0, 8), number(self.ticks_per_s, 4), number(n_frames, 4), number(0, 4)],
        );
        let hdlr = full_box(b"hdlr", 0, &[number(0, 4), b"soun".to_vec(), number(0, 8), number(0, 5)]);
        let mdia = box_of(b"mdia", &[mdhd, hdlr, box_of(b"minf", &[stbl])]);
        let edits: Vec<(u64, usize)> =
            self.edits.iter().flat_map(|(length, start)| [(*length, 4), (*start, 4), (0x10000, 4)]).collect();
        let elst = table(b"elst", self.edits.len() as u64, &edits);
        let edts = if self.edits.is_empty() { Vec::new() } else { box_of(b"edts", &[elst]) };
        let tkhd = full_box(b"tkhd", flags, &[number(0, 8), number(1, 4), number(0, 68)]);
        box_of(b"trak", &[tkhd, edts, mdia])
    }

    fn moov(&self, tracks: &[Vec<u8>]) -> Vec<u8> {
        let mvhd = full_box(b"mvhd", 0, &[number(0, 8), number(u64::from(RATE_HZ), 4), number(0, 84)]);
        box_of(b"moov", &[&[mvhd][..], tracks, std::slice::from_ref(&self.extension)].concat())
    }

    /// The file, with its samples before the description.
    fn bytes(&self, samples: &[u8]) -> Vec<u8> {
        let n_frames = samples.len() as u64 / self.n_bits.div_ceil(8);
        let ftyp = box_of(b"ftyp", &[b"qt  ".to_vec(), number(0, 4)]);
        let track = self.track(n_frames, ftyp.len() as u64 + 8, 1);
        [ftyp, box_of(b"mdat", &[samples.to_vec()]), self.moov(&[track])].concat()
    }
}

#[test]
fn plain_samples_are_read_in_every_table() {
    let samples = ramp(5_000);
    let data = big_endian(&samples);
    assert_eq!(read_whole(&Movie::new().bytes(&data)), samples);
    let chunked = |n_frames: u64, offset: u64| {
        let rest = n_frames - 3_000;
        vec![
            table(b"stts", 1, &[(n_frames, 4), (1, 4)]),
            table(b"stsc", 2, &[(1, 4), (1_000, 4), (1, 4), (4, 4), (rest, 4), (1, 4)]),
            full_box(b"stsz", 0, &[number(1, 4), number(n_frames, 4)]),
            table(b"co64", 4, &[(offset, 8), (offset + 2_000, 8), (offset + 4_000, 8), (offset + 6_000, 8)]),
        ]
    };
    assert_eq!(read_whole(&Movie { tables: chunked, ..Movie::new() }.bytes(&data)), samples);
    let compact = |n_frames: u64, offset: u64| {
        let sizes: Vec<(u64, usize)> = (0..n_frames.div_ceil(2)).map(|_| (0x22, 1)).collect();
        vec![
            table(b"stts", 1, &[(n_frames, 4), (1, 4)]),
            table(b"stsc", 1, &[(1, 4), (n_frames, 4), (1, 4)]),
            full_box(
                b"stz2",
                0,
                &[number(4, 4), number(n_frames, 4), sizes.iter().map(|size| size.0 as u8).collect()],
            ),
            table(b"stco", 1, &[(offset, 4)]),
        ]
    };
    assert_eq!(read_whole(&Movie { tables: compact, ..Movie::new() }.bytes(&data)), samples);
}

#[test]
fn plain_samples_are_read_in_every_format() {
    let samples = ramp(600);
    let wide = |n_low: usize| -> Vec<u8> {
        samples
            .iter()
            .flat_map(|sample| [number(*sample as u16 as u64, 2), vec![0; n_low]].concat())
            .collect()
    };
    let little: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let single = |sample: &i16| number(u64::from((f32::from(*sample) / 32_768.0).to_bits()), 4);
    let float: Vec<u8> = samples.iter().flat_map(single).collect();
    let configured = |flags: u64, n_bits: u64| full_box(b"pcmC", 0, &[number(flags, 1), number(n_bits, 1)]);
    let movie = |kind: &[u8; 4], n_bits: u64| Movie { kind: *kind, n_bits, ..Movie::new() };
    assert_eq!(read_whole(&movie(b"sowt", 16).bytes(&little)), samples);
    assert_eq!(read_whole(&movie(b"in24", 24).bytes(&wide(1))), samples);
    assert_eq!(read_whole(&movie(b"in32", 32).bytes(&wide(2))), samples);
    assert_eq!(read_whole(&movie(b"fl32", 32).bytes(&float)), samples);
    let iso = Movie { children: configured(1, 16), ..movie(b"ipcm", 16) };
    assert_eq!(read_whole(&iso.bytes(&little)), samples);
    let iso = Movie { children: configured(0, 32), ..movie(b"fpcm", 32) };
    assert_eq!(read_whole(&iso.bytes(&float)), samples);
    // A description has 16 bits for the rate.
    let fast = Movie { rate: 96_000, ticks_per_s: 96_000, ..Movie::new() }.bytes(&wide(0));
    assert_eq!(AudioReader::open(file(&fast).path()).unwrap().info().sample_rate_hz, 96_000);
}

#[test]
fn boxes_may_come_in_any_order_and_size() {
    let samples = ramp(300);
    let data = big_endian(&samples);
    let movie = Movie::new();
    // A tag that was put before it moves all that it counts.
    let tagged = [b"ID3\x04\0\0\0\0\0\x0A".to_vec(), vec![0; 10], movie.bytes(&data)].concat();
    assert_eq!(read_whole(&tagged), samples, "behind a tag");
    let mdat = box_of(b"mdat", std::slice::from_ref(&data));
    let old = [box_of(b"wide", &[]), mdat, movie.moov(&[movie.track(300, 16, 1)])].concat();
    assert_eq!(read_whole(&old), samples, "no ftyp");
    let n_moov = movie.moov(&[movie.track(300, 0, 1)]).len() as u64;
    let moov = movie.moov(&[movie.track(300, n_moov + 16, 1)]);
    let long = [number(1, 4), b"mdat".to_vec(), number(600 + 16, 8), data.clone()].concat();
    assert_eq!(read_whole(&[moov, long].concat()), samples, "a long size");
    let moov = movie.moov(&[movie.track(300, n_moov + 8, 1)]);
    let open = [moov, number(0, 4), b"mdat".to_vec(), data].concat();
    assert_eq!(read_whole(&open), samples, "no size");
    let (cut, ending, _) = read(&open[..open.len() - 101]);
    assert_eq!(cut, samples[..249]);
    assert!(matches!(ending, Ending::Damaged { .. }));
}

#[test]
fn edits_say_what_is_played() {
    let data = big_endian(&ramp(5_000));
    let play = |edits: &[(u64, u64)]| read(&Movie { edits: edits.to_vec(), ..Movie::new() }.bytes(&data));
    let (samples, ending, _) = play(&[(1_000, 0xFFFF_FFFF), (2_000, 100)]);
    assert_eq!(
        (samples, ending),
        (ramp(2_100)[100..].to_vec(), Ending::Complete),
        "a pause before it is delay"
    );
    let (samples, _, remarks) = play(&[(10, 100), (80, 0xFFFF_FFFF), (20, 4_900), (30, 50)]);
    let parts: Vec<i16> = (100..110).chain(4_900..4_920).chain(50..80).collect();
    assert_eq!(samples, parts, "parts in their order, also backwards");
    assert!(remarks[0].contains("pause"), "{remarks:?}");
    assert_eq!(play(&[(0, 40)]).0, ramp(5_000)[40..], "no length is all of it");
    let edits = (0..100).map(|part| (10, 80_000 * (1 - part % 2))).collect();
    let back = Movie { edits, ..Movie::new() }.bytes(&big_endian(&ramp(100_000)));
    assert!(matches!(read(&back).1, Ending::Damaged { .. }), "not without end");
}

#[test]
fn the_first_enabled_track_is_read_and_the_others_are_mentioned() {
    let data = big_endian(&ramp(400));
    let movie = Movie::new();
    let mdat = box_of(b"mdat", &[data]);
    let tracks = [movie.track(100, 8, 0), movie.track(200, 208, 1)];
    let (samples, ending, remarks) = read(&[mdat, movie.moov(&tracks)].concat());
    assert_eq!((samples, ending), (ramp(300)[100..].to_vec(), Ending::Complete));
    assert_eq!(remarks.len(), 1);
}

fn nothing(_: u64, _: u64) -> Vec<Vec<u8>> {
    vec![
        table(b"stts", 0, &[]),
        table(b"stsc", 0, &[]),
        full_box(b"stsz", 0, &[number(0, 8)]),
        table(b"stco", 0, &[]),
    ]
}

/// A fragmented file of `n_fragments` of 100 frames.
fn fragmented(n_fragments: u64) -> Vec<u8> {
    let trex = full_box(b"trex", 0, &[number(1, 4), number(1, 4), number(1, 4), number(2, 4), number(0, 4)]);
    let movie = Movie { tables: nothing, extension: box_of(b"mvex", &[trex]), ..Movie::new() };
    let mut bytes = movie.moov(&[movie.track(0, 0, 1)]);
    for fragment in 0..n_fragments {
        let part = &ramp(100 * (fragment + 1))[100 * fragment as usize..];
        let build = |offset: u64| {
            let tfhd = full_box(b"tfhd", 0x2_0000, &[number(1, 4)]);
            // The first run takes its sizes from the defaults, the second has a table of them.
            let bare = full_box(b"trun", 1, &[number(60, 4), number(offset, 4)]);
            let sizes = (0..40).map(|_| number(2, 4)).collect::<Vec<_>>().concat();
            let sized = full_box(b"trun", 0x200, &[number(40, 4), sizes]);
            let traf = box_of(b"traf", &[tfhd, bare, sized]);
            box_of(b"moof", &[full_box(b"mfhd", 0, &[number(fragment, 4)]), traf])
        };
        bytes.extend(build(build(0).len() as u64 + 8));
        bytes.extend(box_of(b"mdat", &[big_endian(part)]));
    }
    bytes
}

#[test]
fn fragments_are_read_one_after_the_other() {
    let bytes = fragmented(7);
    assert_eq!(read_whole(&bytes), ramp(700));
    let (samples, ending, _) = read(&bytes[..bytes.len() - 50]);
    assert_eq!(samples, ramp(675));
    assert!(matches!(ending, Ending::Damaged { .. }), "{ending:?}");
}

fn element(id: u64, parts: &[Vec<u8>]) -> Vec<u8> {
    let body = parts.concat();
    [number_of(id), number(body.len() as u64 | 1 << 28, 4), body].concat()
}

/// The same with a size that is left open.
fn open_element(id: u64, parts: &[Vec<u8>]) -> Vec<u8> {
    [number_of(id), vec![0xFF], parts.concat()].concat()
}

fn number_of(id: u64) -> Vec<u8> {
    number(id, (8 - id.leading_zeros() as usize / 8).max(1))
}

fn header() -> Vec<u8> {
    element(0x1A45_DFA3, &[element(0x4282, &[b"matroska".to_vec()])])
}

/// A track of samples of 16 bits, with further elements.
fn track(id: u64, more: &[Vec<u8>]) -> Vec<u8> {
    let audio = element(
        0xE1,
        &[
            element(0xB5, &[number(f64::from(RATE_HZ).to_bits(), 8)]),
            element(0x9F, &[vec![1]]),
            element(0x6264, &[vec![16]]),
        ],
    );
    let fixed = [
        element(0xD7, &[number(id, 1)]),
        element(0x83, &[vec![2]]),
        element(0x86, &[b"A_PCM/INT/BIG".to_vec()]),
        audio,
    ];
    element(0xAE, &[&fixed, more].concat())
}

fn block(lacing: u8, body: &[u8]) -> Vec<u8> {
    element(0xA3, &[vec![0x81, 0, 0, lacing << 1], body.to_vec()])
}

const SEGMENT: u64 = 0x1853_8067;
const TRACKS: u64 = 0x1654_AE6B;
const CLUSTER: u64 = 0x1F43_B675;

#[test]
fn open_sizes_are_no_damage() {
    let data = big_endian(&ramp(300));
    let clusters =
        data.chunks(200).map(|part| open_element(CLUSTER, &[element(0xE7, &[vec![0]]), block(0, part)]));
    let tracks = element(TRACKS, &[track(1, &[])]);
    let segment = open_element(SEGMENT, &[vec![tracks], clusters.collect()].concat());
    let live = [header(), segment].concat();
    assert_eq!(read_whole(&live), ramp(300));
    let (samples, ending, _) = read(&live[..live.len() - 1]);
    assert_eq!(samples, ramp(200));
    assert!(matches!(ending, Ending::Damaged { .. }));
    // The last cluster's head, its time, its block's head and the samples.
    let n_last = 5 + 6 + 9 + 200;
    assert_eq!(read_whole(&live[..live.len() - n_last]).len(), 200, "cut between blocks is no damage");
}

/// A closed file of the given tracks and blocks.
fn matroska(tracks: &[Vec<u8>], blocks: &[Vec<u8>]) -> Vec<u8> {
    let segment = element(SEGMENT, &[element(TRACKS, tracks), element(CLUSTER, blocks)]);
    [header(), segment].concat()
}

#[test]
fn laced_packets_are_taken_apart() {
    let data = big_endian(&ramp(500));
    let xiph = block(1, &[vec![2, 255, 255, 90, 0], data.clone()].concat());
    assert_eq!(read_whole(&matroska(&[track(1, &[])], &[xiph])), ramp(500));
    let fixed = block(2, &[vec![4], data.clone()].concat());
    assert_eq!(read_whole(&matroska(&[track(1, &[])], &[fixed])), ramp(500));
    // 300, then 300 - 100, then 200 + 60; the rest follows.
    let sizes =
        [vec![3], number(0x4000 + 300, 2), number(0x4000 + 8_191 - 100, 2), number(0x80 + 63 + 60, 1)];
    let ebml = block(3, &[sizes.concat(), data.clone()].concat());
    assert_eq!(read_whole(&matroska(&[track(1, &[])], &[ebml])), ramp(500));
    let twice = matroska(&[track(1, &[])], &[block(0, &data)]).repeat(2);
    assert!(
        matches!(read(&twice).1, Ending::Damaged { .. }),
        "another file behind it is not passed over in silence"
    );
    let broken = block(3, &[vec![3, 0x41], data].concat());
    assert!(matches!(read(&matroska(&[track(1, &[])], &[broken])).1, Ending::Damaged { .. }));
}

#[test]
fn delay_padding_stripping_and_other_tracks() {
    let data = big_endian(&ramp(500));
    let delay = element(0x56AA, &[number(1_000_000_000 / 80, 4)]);
    let group = element(
        0xA0,
        &[
            element(0xA1, &[vec![0x81, 0, 0, 0], data.clone()]),
            element(0x75A2, &[number(1_000_000_000 / 40, 4)]),
        ],
    );
    let foreign = element(0xA3, &[vec![0x82, 0, 0, 0], vec![9; 80]]);
    let disabled = track(2, &[element(0xB9, &[vec![0]])]);
    let (samples, ending, remarks) = read(&matroska(&[disabled, track(1, &[delay])], &[foreign, group]));
    assert_eq!((samples, ending), (ramp(300)[100..].to_vec(), Ending::Complete));
    assert_eq!(remarks.len(), 1);
    let stripping = |algorithm: u8| {
        let settings = [element(0x4254, &[vec![algorithm]]), element(0x4255, &[vec![0, 7]])];
        element(0x6D80, &[element(0x6240, &[element(0x5034, &settings)])])
    };
    let bytes = matroska(&[track(1, &[stripping(3)])], &[block(0, &data[2..10]), block(0, &data[2..4])]);
    assert_eq!(read_whole(&bytes), [7, 1, 2, 3, 4, 7, 1]);
    let deflated = matroska(&[track(1, &[stripping(0)])], &[block(0, &data)]);
    assert!(decode(file(&deflated).path()).unwrap_err().to_string().contains("zlib"));
}

#[test]
fn damage_neither_hangs_nor_panics() {
    let data = big_endian(&ramp(500));
    let fixed = block(2, &[vec![4], data.clone()].concat());
    let edits = vec![(100, 0xFFFF_FFFF), (200, 100), (100, 0)];
    let mut files = vec![
        Movie { edits, ..Movie::new() }.bytes(&data),
        fragmented(4),
        matroska(&[track(1, &[])], &[fixed]),
    ];
    files.extend(["pcm.mka", "alac.m4a"].iter().map(|name| std::fs::read(fixture(name)).unwrap()));
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for whole in files {
        for _ in 0..500 {
            let mut bytes = whole.clone();
            for _ in 0..=random.below(5) {
                let position = random.below(bytes.len());
                match random.below(4) {
                    0 => bytes[position] ^= 1 << random.below(8),
                    1 => bytes[position] = 0xFF,
                    2 => bytes[position] = 0,
                    _ => bytes.truncate(position.max(64)),
                }
            }
            let file = file(&bytes);
            measure(file.path(), &Silent).ok();
            if let Ok(mut reader) = AudioReader::open(file.path()) {
                // A foreign decoder may be told anything by a track whose kind was changed: here only the walk counts.
                while reader.n_frames() < 10_000_000 && reader.next_block().unwrap().is_some() {}
                assert!(reader.n_frames() < 10_000_000, "no end of sound from {} bytes", bytes.len());
            }
        }
    }
}
