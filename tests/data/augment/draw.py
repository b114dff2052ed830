"""What is drawn for one variant, computed from the definitions alone: BLAKE3 (its paper, one chunk of data) and ChaCha with
8 rounds (D. J. Bernstein, "ChaCha, a variant of Salsa20"). Prints the vectors of the tests in src/augment/draw.rs."""

import struct


def rotated_left(value, n):
    return ((value << n) | (value >> (32 - n))) & 0xFFFFFFFF


def chacha8(key):
    """The first 64 bytes: counter 0, nonce 0."""
    start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key)) + [0] * 4
    x = start[:]

    def quarter(a, b, c, d):
        for first, second, changed, n in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)]:
            x[first] = (x[first] + x[second]) & 0xFFFFFFFF
            x[changed] = rotated_left(x[changed] ^ x[first], n)

    for _ in range(4):
        for column in range(4):
            quarter(column, column + 4, column + 8, column + 12)
        for column in range(4):
            quarter(column, (column + 1) % 4 + 4, (column + 2) % 4 + 8, (column + 3) % 4 + 12)
    return struct.pack("<16I", *[(a + b) & 0xFFFFFFFF for a, b in zip(x, start)])


IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
CHUNK_START, CHUNK_END, ROOT, DERIVE_CONTEXT, DERIVE_MATERIAL = 1, 2, 8, 32, 64


def compressed(chaining, block, flags):
    m = struct.unpack("<16I", block.ljust(64, b"\0"))
    v = chaining + IV[:4] + [0, 0, len(block), flags]

    def mix(a, b, c, d, x, y):
        # To the right by 16, 12, 8 and 7, which is to the left by 16, 20, 24 and 25.
        for word, n_d, n_b in [(x, 16, 20), (y, 24, 25)]:
            v[a] = (v[a] + v[b] + word) & 0xFFFFFFFF
            v[d] = rotated_left(v[d] ^ v[a], n_d)
            v[c] = (v[c] + v[d]) & 0xFFFFFFFF
            v[b] = rotated_left(v[b] ^ v[c], n_b)

    for _ in range(7):
        for i in range(4):
            mix(i, i + 4, i + 8, i + 12, m[2 * i], m[2 * i + 1])
        for i in range(4):
            mix(i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12, m[2 * i + 8], m[2 * i + 9])
        m = [m[i] for i in [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]]
    return [v[i] ^ v[i + 8] for i in range(8)]


def blake3(data, key, flags):
    """The hash of at most 1024 bytes."""
    blocks = [data[i : i + 64] for i in range(0, len(data), 64)] or [b""]
    for i, block in enumerate(blocks):
        first = CHUNK_START if i == 0 else 0
        last = CHUNK_END | ROOT if i == len(blocks) - 1 else 0
        key = compressed(key, block, flags | first | last)
    return struct.pack("<8I", *key)


assert blake3(b"", IV, 0).hex().startswith("af1349b9f5f9a1a6")

context = blake3(b"melscope 1 augmentation of a chunk", IV, DERIVE_CONTEXT)
seed, chunk, variant, source = 42, 7, 3, b"drums/kick.wav"
material = struct.pack("<QII", seed, chunk, variant) + source
key = blake3(material, list(struct.unpack("<8I", context)), DERIVE_MATERIAL)
words = struct.unpack("<8Q", chacha8(key))
pitch, semitones, speed, factor, noise, snr_db, volume, gain = [(word >> 11) * 2.0**-53 for word in words]
print(f"first word {words[0]:#018x}")
print("semitones", -2.0 + semitones * 4.0 if pitch < 0.5 else None)
print("speed", [0.9, 0.95, 1.0, 1.0, 1.05, 1.1][int(factor * 6)] if speed < 0.5 else None)
print("snr_db", 15.0 + snr_db * 25.0 if noise < 0.3 else None)
print("gain", 0.7 + gain * (1.3 - 0.7) if volume < 0.5 else None)
