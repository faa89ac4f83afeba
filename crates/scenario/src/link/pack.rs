//! A whole scenario in a link: deflate, then base64url without padding.

use super::LinkError;
use crate::check::MAX_BYTES;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

/// Written without padding; some programs add it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// zlib's "best"; a scenario packs in well under a millisecond.
const LEVEL: u8 = 9;

/// A scenario's JSON as a link carries it.
pub fn pack(json: &str) -> String {
    BASE64.encode(compress_to_vec(json.as_bytes(), LEVEL))
}

/// What [`pack`] packed: at most as many bytes as a scenario may have, however much the text claims to hold.
///
/// # Errors
/// [`LinkError::Damaged`], or [`LinkError::TooLong`] if it holds more.
pub(super) fn unpack(packed: &str) -> Result<String, LinkError> {
    let damaged = || LinkError::Damaged {
        key: "s".to_owned(),
    };
    let deflated = BASE64.decode(packed).map_err(|_| damaged())?;
    let json = decompress_to_vec_with_limit(&deflated, MAX_BYTES).map_err(|error| {
        if error.status == TINFLStatus::HasMoreOutput {
            LinkError::TooLong
        } else {
            damaged()
        }
    })?;
    String::from_utf8(json).map_err(|_| damaged())
}
