//! The words inside an opaque signature (CMS SignedData, RFC 8551): a person's mail program shows them, so do we.
//! The signature itself is not judged here.

/// The object identifier of plain data, as it stands before the signed content.
const DATA: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
/// The object identifier of signed data.
const SIGNED: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];

/// The content that was signed; `None` when there is none in the open.
pub(super) fn content(octets: &[u8]) -> Option<Vec<u8>> {
    let signed = memchr::memmem::find(octets, SIGNED)?;
    let data = signed + memchr::memmem::find(&octets[signed..], DATA)? + DATA.len();
    let (tag, _, inner) = element(&octets[data..])?;
    if tag != 0xA0 {
        return None;
    }
    let (tag, length, mut rest) = element(inner)?;
    match tag {
        0x04 => rest.get(..length?).map(<[u8]>::to_vec),
        // in pieces, as programs write that stream
        0x24 => {
            let mut out = Vec::new();
            while let Some((0x04, Some(length), piece)) = element(rest) {
                let Some((piece, after)) = piece.split_at_checked(length) else { break };
                out.extend_from_slice(piece);
                rest = after;
            }
            (!out.is_empty()).then_some(out)
        }
        _ => None,
    }
}

/// Tag, length (`None` for "until the end mark") and what follows them.
fn element(octets: &[u8]) -> Option<(u8, Option<usize>, &[u8])> {
    let (tag, rest) = octets.split_first()?;
    let (first, rest) = rest.split_first()?;
    match *first {
        0x80 => Some((*tag, None, rest)),
        short @ 0..=0x7F => Some((*tag, Some(usize::from(short)), rest)),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7F))?;
            if digits.len() > 4 {
                return None;
            }
            let length = digits.iter().fold(0usize, |n, d| n << 8 | usize::from(*d));
            Some((*tag, Some(length), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_words_come_out_whole_and_in_pieces() {
        let whole = [SIGNED, DATA, &[0xA0, 0x07, 0x04, 0x05], b"hello"].concat();
        assert_eq!(content(&whole).expect("content"), b"hello");
        let pieces =
            [SIGNED, DATA, &[0xA0, 0x80, 0x24, 0x80, 0x04, 0x02], b"he", &[0x04, 0x03], b"llo", &[0, 0]]
                .concat();
        assert_eq!(content(&pieces).expect("content"), b"hello");
        assert_eq!(content(&[DATA, &[0xA0, 0x07, 0x04, 0x05], b"hello"].concat()), None);
        assert_eq!(
            content(&[SIGNED, DATA, &[0xA0, 0x07, 0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]].concat()),
            None
        );
    }
}
