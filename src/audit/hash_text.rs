//! BLAKE3 as hexadecimal text, for serde.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(hash: &blake3::Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hash.to_hex())
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<blake3::Hash, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    blake3::Hash::from_hex(text.as_bytes()).map_err(D::Error::custom)
}
