//! Ogg (RFC 3533): which of its streams is audio, where streams are chained, and whether pages are missing.
//!
//! The demultiplexer gets the pages of one stream and nothing between them. Headers that it does not know or that
//! could fail it, it gets in a form of ours.

use std::io;

use super::kinds::{Container, ContainerKind};
use super::ogg_page::{Found, Page, first_packet, header_page, read_page, with_end_mark};
use super::source::Source;
use super::tags::skip_tags;
use super::walk::{Walker, big_endian};
use crate::audio::remark::Remark;

/// A capture of a live stream begins at a position far from 0.
const LIVE_START_S: i64 = 10;

/// The audio of a logical stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Audio {
    codec: &'static str,
    sample_rate_hz: u32,
    n_channels: u8,
}

impl Audio {
    /// The codec that a stream's first packet announces; `None` where it is no audio that is read.
    fn of(packet: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_le_bytes(packet.get(at..at + 4)?.try_into().ok()?));
        if packet.starts_with(b"OpusHead") {
            // Opus always decodes to one rate.
            let n_channels = *packet.get(9)?;
            return (packet.len() >= 19).then_some(Self {
                codec: "Opus",
                sample_rate_hz: 48_000,
                n_channels,
            });
        }
        if packet.starts_with(b"\x01vorbis") {
            return Some(Self { codec: "Vorbis", sample_rate_hz: number(12)?, n_channels: *packet.get(11)? });
        }
        if packet.starts_with(b"\x7FFLAC") {
            // Behind 13 bytes and a block's header, 10 bytes into STREAMINFO.
            let fields = big_endian(packet.get(27..31)?);
            let (sample_rate_hz, n_channels) = ((fields >> 12) as u32, (fields >> 9 & 7) as u8 + 1);
            return Some(Self { codec: "FLAC", sample_rate_hz, n_channels });
        }
        None
    }
}

/// One of the chained parts of a file.
struct Link {
    audio: Option<Audio>,
    source: Source,
    n_audio_tracks: u32,
    opus_head: Option<Vec<u8>>,
    has_end_mark: bool,
    is_live: bool,
    has_sound: bool,
    /// Pages that are missing before the first sound.
    loss: Option<String>,
    /// The reason to end reading before the end.
    flaw: Option<String>,
    /// Where the next one begins.
    next: Option<u64>,
}

/// The logical stream that is read, while its pages are looked through.
struct Track {
    serial: u32,
    /// Sequence number and checksum of the last page.
    last: (u32, u32),
    /// Where the last page with sound begins.
    last_start: Option<u64>,
    /// The packets of headers that have a form of ours are over.
    is_behind_tags: bool,
    /// Its pages are numbered one by one.
    is_numbered: bool,
}

/// Walks through the pages.
pub(super) fn container(mut walker: Walker, start: u64) -> Result<Container, String> {
    let mut first: Option<(Audio, Container)> = None;
    let mut position = Some(start);
    while let Some(link_start) = position {
        let link = read_link(&mut walker, link_start).map_err(|error| error.to_string())?;
        position = link.next;
        let Some(audio) = link.audio else { continue };
        let Some((first_audio, container)) = &mut first else {
            first = Some((audio, link.into_container()?));
            continue;
        };
        let last = match container.joined.last_mut() {
            Some(last) => last,
            None => &mut *container,
        };
        if last.flaw.is_some() {
            break;
        }
        if audio != *first_audio {
            let Audio { codec, sample_rate_hz, n_channels } = audio;
            last.flaw = Some(format!(
                "at byte {link_start} another stream is joined ({codec}, {sample_rate_hz} Hz, {n_channels} channels), which is not read"
            ));
            break;
        }
        // The beginning of another stream marks the end as well.
        last.lacks_end_mark = false;
        container.joined.push(link.into_container()?);
    }
    let (_, mut container) = first.ok_or("there is no audio track in the Ogg file that can be read")?;
    if !container.joined.is_empty() {
        let n_streams = container.joined.len() as u32 + 1;
        container.remarks.push(Remark::JoinedStreams { n_streams });
    }
    Ok(container)
}

impl Link {
    fn into_container(self) -> Result<Container, String> {
        if !self.has_sound
            && let Some(flaw) = self.flaw
        {
            return Err(format!("the Ogg file is corrupt or cut before its first sound: {flaw}"));
        }
        let mut container = Container {
            flaw: self.flaw.or(self.loss),
            opus_head: self.opus_head,
            lacks_end_mark: !self.has_end_mark && !self.is_live,
            ..Container::whole(ContainerKind::Ogg, self.source)
        };
        if self.n_audio_tracks > 1 {
            container.remarks.push(Remark::OtherTracks { n_tracks: self.n_audio_tracks - 1 });
        }
        Ok(container)
    }

    /// Takes the first page of a logical stream.
    fn begin(&mut self, page: &Page, packet: &[u8], track: &mut Track) {
        let Some(audio) = Audio::of(packet) else { return };
        self.n_audio_tracks += 1;
        if self.audio.is_some() {
            return;
        }
        self.audio = Some(audio);
        track.serial = page.serial;
        track.last = (page.sequence, page.crc);
        track.is_behind_tags = audio.codec != "Opus";
        if track.is_behind_tags {
            self.source.push_range(page.range.clone());
            return;
        }
        // One that the demultiplexer takes whatever the layout of the channels, and no tags that could be malformed.
        let mut head = packet[..19].to_vec();
        (head[8], head[9], head[18]) = (1, audio.n_channels.clamp(1, 2), 0);
        self.source.push_bytes(header_page(&head, page.serial, 0));
        self.source.push_bytes(header_page(b"OpusTags\0\0\0\0\0\0\0\0", page.serial, 1));
        self.opus_head = Some(packet.to_vec());
    }

    /// Takes another page of the stream that is read.
    fn add(&mut self, page: Page, track: &mut Track) {
        if (page.sequence, page.crc) == track.last {
            return;
        }
        // Some writers do not count: then only positions tell.
        let last = track.last.0;
        track.is_numbered &= page.sequence > last;
        let n_missing = page.sequence.wrapping_sub(last).wrapping_sub(1);
        let rate_hz = self.audio.map_or(1, |audio| i64::from(audio.sample_rate_hz.max(1)));
        let is_late = page.granule / rate_hz >= LIVE_START_S;
        if track.is_numbered && n_missing > 0 {
            if self.has_sound {
                self.flaw = Some(format!("{} before byte {}", missing(n_missing), page.range.start));
                return;
            }
            if !is_late {
                self.loss = Some(format!("{} before the first sound", missing(n_missing)));
            }
        }
        track.last = (page.sequence, page.crc);
        if !track.is_behind_tags && page.granule <= 0 {
            track.is_behind_tags = page.ends_packet;
            return;
        }
        if !self.has_sound && page.granule > 0 {
            self.has_sound = true;
            self.is_live = is_late;
        }
        self.has_end_mark = page.is_last;
        track.last_start = Some(page.range.start).filter(|_| page.granule > 0).or(track.last_start);
        self.source.push_range(page.range);
    }
}

/// So many pages in words.
fn missing(n_pages: u32) -> String {
    if n_pages == 1 { "a page is missing".to_owned() } else { format!("{n_pages} pages are missing") }
}

/// Reads the pages from `start` on up to the end of the chained part.
fn read_link(walker: &mut Walker, start: u64) -> io::Result<Link> {
    let mut link = Link {
        audio: None,
        source: Source::empty(walker.file()),
        n_audio_tracks: 0,
        opus_head: None,
        has_end_mark: false,
        is_live: false,
        has_sound: false,
        loss: None,
        flaw: None,
        next: None,
    };
    let mut track =
        Track { serial: 0, last: (0, 0), last_start: None, is_behind_tags: false, is_numbered: true };
    let mut has_begun = false;
    let mut buffer = Vec::new();
    let mut position = start;
    while position < walker.len() && link.flaw.is_none() {
        match read_page(walker, position, &mut buffer)? {
            Found::Page(page) => {
                position = page.range.end;
                if page.is_first && has_begun {
                    link.next = Some(page.range.start);
                    break;
                }
                if page.is_first {
                    link.begin(&page, first_packet(&buffer), &mut track);
                    continue;
                }
                has_begun = true;
                if link.audio.is_some() && page.serial == track.serial {
                    link.add(page, &mut track);
                }
            }
            Found::Cut => {
                link.flaw = Some("the file is cut within its last page".to_owned());
            }
            Found::Corrupt(serial) if link.audio.is_some() && serial == track.serial => {
                let flaw = format!("the page at byte {position} is corrupt (its checksum does not match)");
                link.flaw = Some(flaw);
            }
            Found::Corrupt(_) | Found::Else => {
                let Some(next) = find_page(walker, position + 1)? else {
                    let is_tag = skip_tags(walker, position)? >= walker.len();
                    if !is_tag && !link.has_end_mark {
                        link.flaw = Some(format!("no page follows at byte {position}"));
                    }
                    break;
                };
                position = next;
            }
        }
    }
    if !link.has_end_mark
        && let Some(last_start) = track.last_start
        && let Found::Page(page) = read_page(walker, last_start, &mut buffer)?
    {
        // The demultiplexer trims the end of a short stream only with this mark.
        link.source.replace_end(page.range.end - last_start, with_end_mark(&buffer));
    }
    Ok(link)
}

/// The next place from `start` on where a page may begin.
fn find_page(walker: &mut Walker, start: u64) -> io::Result<Option<u64>> {
    let mut block = [0; 4_096];
    let mut position = start;
    loop {
        let n_read = walker.fill(position, &mut block)?;
        if let Some(offset) = block[..n_read].windows(4).position(|mark| mark == b"OggS") {
            return Ok(Some(position + offset as u64));
        }
        if n_read < block.len() {
            return Ok(None);
        }
        position += n_read as u64 - 3;
    }
}
