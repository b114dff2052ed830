"""Writes audio files over containers, sample formats, channels and header faults, and what two judges read of each.

Usage: variants.py OUT    (needs numpy, soundfile and ffmpeg; writes OUT/NAME.EXT, OUT/JUDGE/NAME.f32 and OUT/index.json)

The judges are libsndfile (through soundfile) and ffmpeg. An entry of the index: file, lossless, fault (how the header or the
file was changed after writing), frames (those that were written), is_exact (the file holds as many, no padding), and per judge its
channels and frames; a judge that cannot read the file is missing.
"""
import json, pathlib, struct, subprocess, sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import soundfile as sf

OUT = pathlib.Path(sys.argv[1])
# An even number: some writers count the byte that pads an odd one as a sample.
RATE, N_FRAMES, N_FRAMES_ODD = 44100, 13006, 13007
RANDOM = np.random.default_rng(20)
ENTRIES = []


def sound(n_channels, n_frames=N_FRAMES, rate=RATE):
    """Tones of another pitch in each channel, with some noise: no two samples are likely to be equal."""
    t = np.arange(n_frames) / rate
    tones = [0.5 * np.sin(2 * np.pi * 220 * (1 + channel) * t + channel) for channel in range(n_channels)]
    return np.stack(tones, axis=1) + RANDOM.normal(0, 0.05, (n_frames, n_channels))


def add(name, frames=N_FRAMES, lossless=True, fault=None, is_exact=True):
    ENTRIES.append({"file": name, "lossless": lossless, "fault": fault, "frames": frames, "is_exact": is_exact})


# 1. Every sample format that libsndfile writes into a container of PCM, at three channel counts, in both byte orders.
FORMATS = {
    "WAV": ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"],
    "WAVEX": ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"],
    "RF64": ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"],
    "W64": ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"],
    "AIFF": ["PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"],
    "AU": ["PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"],
    "CAF": ["PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"],
    "NIST": ["PCM_S8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW"],
    "FLAC": ["PCM_S8", "PCM_16", "PCM_24"],
}
EXTENSION = {"WAV": "wav", "WAVEX": "wav", "RF64": "rf64.wav", "W64": "w64", "AIFF": "aiff", "AU": "au", "CAF": "caf", "NIST": "sph", "FLAC": "flac"}
OTHER_ORDER = {"WAV": "BIG", "AIFF": "LITTLE", "AU": "LITTLE", "CAF": "LITTLE", "NIST": "BIG"}

for container, subtypes in FORMATS.items():
    for subtype in subtypes:
        for n_channels in (1, 2, 5):
            for order in ["FILE"] + ([OTHER_ORDER[container]] if container in OTHER_ORDER else []):
                if not sf.check_format(container, subtype, order):
                    continue
                name = f"{container}_{subtype}_{n_channels}_{order}.{EXTENSION[container]}".lower()
                try:
                    sf.write(OUT / name, sound(n_channels), RATE, format=container, subtype=subtype, endian=order)
                except sf.LibsndfileError:
                    continue
                add(name, N_FRAMES)
for subtype in ("PCM_U8", "PCM_24"):
    name = f"wav_odd_{subtype}.wav".lower()
    sf.write(OUT / name, sound(1, N_FRAMES_ODD), RATE, subtype=subtype)
    add(name, N_FRAMES_ODD)

# 2. Faults of the headers: the sound is all there, and what the file says of it is wrong.
def chunk_at(data, name, big, start=12):
    """The offset of a chunk's header in a RIFF or an AIFF file."""
    at = start
    while at + 8 <= len(data):
        size = struct.unpack_from(">I" if big else "<I", data, at + 4)[0]
        if data[at:at + 4] == name:
            return at
        at += 8 + size + size % 2
    raise ValueError(name)


def tag(name, body, big, pad=True, size=None):
    head = name + struct.pack(">I" if big else "<I", len(body) if size is None else size)
    return head + body + (b"\0" if pad and len(body) % 2 else b"")


def riff_faults(data, big):
    """Changed copies of a RIFF or AIFF file by name of the fault."""
    samples_name = b"SSND" if data[:4] == b"FORM" else b"data"
    at = chunk_at(data, samples_name, big)
    size_at = at + 4
    size = struct.unpack_from(">I" if big else "<I", data, size_at)[0]

    def with_size(value):
        return data[:size_at] + struct.pack(">I" if big else "<I", value) + data[size_at + 4:]

    end = at + 8 + size + size % 2
    before, after = data[:at], data[at:end]
    yield "size_0", with_size(0)
    yield "size_2e31", with_size(1 << 31)
    yield "size_2e32", with_size((1 << 32) - 1)
    yield "size_half", with_size(size // 2 // 24 * 24 + (8 if samples_name == b"SSND" else 0))
    yield "size_plus_8", with_size(size + 8)
    yield "size_plus_44", with_size(size + 44)
    yield "whole_0", data[:4] + b"\0\0\0\0" + data[8:]
    yield "whole_half", data[:4] + struct.pack(">I" if big else "<I", len(data) // 2) + data[8:]
    yield "whole_max", data[:4] + b"\xff\xff\xff\xff" + data[8:]
    yield "tag_before", before + tag(b"JUNK", b"x" * 200, big) + after
    yield "tag_before_empty", before + tag(b"LIST", b"", big) + after
    yield "tag_before_odd", before + tag(b"bext", b"x" * 601, big) + after
    yield "tag_before_unpadded", before + tag(b"bext", b"x" * 601, big, pad=False) + after
    yield "tag_after", before + after + tag(b"id3 ", b"ID3\3\0\0\0\0\0\x40" + b"x" * 64, big)
    yield "tag_after_unpadded", before + after + tag(b"LIST", b"INFO" + b"x" * 33, big, pad=False)
    yield "tag_after_too_long", before + after + tag(b"LIST", b"INFO" + b"x" * 32, big, size=70000)
    yield "cut", data[:at + 8 + size * 6 // 10 // 24 * 24]


FAULTY = [("wav_pcm_16_2_file.wav", False), ("wav_pcm_24_1_file.wav", False), ("wav_float_5_file.wav", False), ("wavex_pcm_24_5_file.wav", False),
          ("wav_pcm_16_2_big.wav", True), ("wav_pcm_32_1_big.wav", True), ("aiff_pcm_16_2_file.aiff", True), ("aiff_pcm_24_1_file.aiff", True),
          ("aiff_float_2_file.aiff", True), ("wav_pcm_u8_1_file.wav", False)]
for name, big in FAULTY:
    data = (OUT / name).read_bytes()
    stem, extension = name.split(".", 1)
    for fault, changed in riff_faults(data, big):
        target = f"{stem}_{fault}.{extension}"
        (OUT / target).write_bytes(changed)
        add(target, fault=fault, is_exact=fault != "cut")

# 3. Codecs and containers that ffmpeg writes.
ENCODED = {
    "mp3": ("mp3", ["-c:a", "libmp3lame", "-b:a", "160k"], False), "mp3_vbr": ("mp3", ["-c:a", "libmp3lame", "-q:a", "3"], False),
    "mp3_no_tag": ("mp3", ["-c:a", "libmp3lame", "-write_xing", "0", "-id3v2_version", "0"], False), "mp2": ("mp2", ["-c:a", "mp2", "-b:a", "160k"], False),
    "aac": ("m4a", ["-c:a", "aac", "-aac_pns", "0"], False), "aac_adts": ("aac", ["-c:a", "aac", "-aac_pns", "0"], False),
    "aac_fast": ("m4a", ["-c:a", "aac", "-aac_pns", "0", "-movflags", "+faststart"], False),
    "vorbis": ("ogg", ["-c:a", "libvorbis"], False), "vorbis_webm": ("webm", ["-c:a", "libvorbis"], False), "vorbis_mka": ("mka", ["-c:a", "libvorbis"], False),
    "alac": ("m4a", ["-c:a", "alac"], True), "alac_caf": ("caf", ["-c:a", "alac"], True), "alac_mka": ("mka", ["-c:a", "alac"], True),
    "flac_ogg": ("ogg", ["-c:a", "flac"], True), "flac_mp4": ("mp4", ["-c:a", "flac", "-strict", "-2"], True), "flac_mka": ("mka", ["-c:a", "flac"], True),
    "flac_24": ("flac", ["-c:a", "flac", "-sample_fmt", "s32"], True),
    "pcm_mka": ("mka", ["-c:a", "pcm_s16le"], True), "pcm24_mka": ("mka", ["-c:a", "pcm_s24le"], True), "float_mka": ("mka", ["-c:a", "pcm_f32le"], True),
    "pcm_be_mka": ("mka", ["-c:a", "pcm_s16be"], True),
    "pcm_mov": ("mov", ["-c:a", "pcm_s16le"], True), "pcm_be_mov": ("mov", ["-c:a", "pcm_s16be"], True), "pcm24_mov": ("mov", ["-c:a", "pcm_s24le"], True),
    "pcm24_be_mov": ("mov", ["-c:a", "pcm_s24be"], True), "pcm32_mov": ("mov", ["-c:a", "pcm_s32le"], True), "float_mov": ("mov", ["-c:a", "pcm_f32le"], True),
    "float64_be_mov": ("mov", ["-c:a", "pcm_f64be"], True), "ulaw_mov": ("mov", ["-c:a", "pcm_mulaw"], True), "alaw_mov": ("mov", ["-c:a", "pcm_alaw"], True),
    "pcm_wav_pipe": ("wav", ["-c:a", "pcm_s16le"], True), "w64": ("w64", ["-c:a", "pcm_s24le"], True), "caf_be": ("caf", ["-c:a", "pcm_s24be"], True),
    "au_float": ("au", ["-c:a", "pcm_f32be"], True), "mp3_mka": ("mka", ["-c:a", "libmp3lame"], False), "mp3_mp4": ("mp4", ["-c:a", "libmp3lame"], False),
}
OPUS = {"opus": ("opus", []), "opus_webm": ("webm", []), "opus_mka": ("mka", []), "opus_mp4": ("mp4", ["-strict", "-2"]), "opus_live": ("webm", ["-live", "1"])}


def encode(job):
    name, source, options, lossless, through_pipe = job
    target = OUT / name
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(source), *options]
    if through_pipe:
        done = subprocess.run([*command, "-f", name.rsplit(".", 1)[1], "pipe:1"], capture_output=True)
        target.write_bytes(done.stdout)
    else:
        done = subprocess.run([*command, str(target)], capture_output=True)
    return name if done.returncode == 0 and target.stat().st_size else None


JOBS = []
for n_channels in (1, 2):
    for rate in (44100, 32000):
        source = OUT / f"source_{n_channels}_{rate}.wav"
        sf.write(source, sound(n_channels, N_FRAMES, rate), rate, subtype="PCM_16")
        for name, (extension, options, lossless) in ENCODED.items():
            JOBS.append((f"{name}_{n_channels}_{rate}.{extension}", source, options, lossless, name.endswith("_pipe")))
    source = OUT / f"source_{n_channels}_48000.wav"
    sf.write(source, sound(n_channels, N_FRAMES, 48000), 48000, subtype="PCM_16")
    for name, (extension, options) in OPUS.items():
        JOBS.append((f"{name}_{n_channels}.{extension}", source, ["-c:a", "libopus", *options], False, name == "opus_live"))
with ThreadPoolExecutor(2) as pool:
    for job, name in zip(JOBS, pool.map(encode, JOBS)):
        if name:
            # Wave64's sizes are padded to eight bytes, which ffmpeg counts as sound.
            add(name, lossless=job[3], is_exact=job[3] and not name.endswith(".w64"))


# The judges.
def by_libsndfile(name):
    # libsndfile decides by content; what it cannot read it says.
    try:
        samples, _ = sf.read(OUT / name, dtype="float32", always_2d=True)
    except sf.LibsndfileError:
        return None
    return samples


def by_ffmpeg(name):
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", str(OUT / name), "-map", "0:a:0", "-c:a", "pcm_f32le", "-bitexact",
                           "-f", "wav", "pipe:1"], capture_output=True)
    data = done.stdout
    at = data.find(b"data")
    if at < 0:
        return None
    n_channels = struct.unpack_from("<H", data, 22)[0]
    samples = np.frombuffer(data[at + 8:], "<f4")
    return samples[:len(samples) // n_channels * n_channels].reshape(-1, n_channels)


def judge(entry):
    for judge_name, read in (("libsndfile", by_libsndfile), ("ffmpeg", by_ffmpeg)):
        samples = read(entry["file"])
        if samples is not None and len(samples):
            path = OUT / judge_name / f"{entry['file']}.f32"
            samples.astype("<f4").tofile(path)
            entry[judge_name] = {"channels": samples.shape[1], "frames": len(samples)}


for judge_name in ("libsndfile", "ffmpeg"):
    (OUT / judge_name).mkdir(exist_ok=True)
with ThreadPoolExecutor(2) as pool:
    list(pool.map(judge, ENTRIES))
(OUT / "index.json").write_text(json.dumps(ENTRIES, indent=1))
print(len(ENTRIES), "files")
