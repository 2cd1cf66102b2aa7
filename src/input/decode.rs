//! Bytes as they lie in a file come in, the log's text goes out: compression and UTF-16, told by the first bytes and
//! not by a file's name, so that it works on standard input, too.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::ahead::Ahead;

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Tar,
    Zip,
}

/// Enough of a file's beginning to tell its packing (tar has its mark at byte 257) and its encoding.
pub(super) const HEAD: usize = 512;

/// Packed bytes read at a time.
const PACKED: usize = 64 << 10;

/// How the bytes that begin with `head` are packed.
pub(super) fn packing(head: &[u8]) -> Packing {
    match head {
        [0x1f, 0x8b, 8, ..] => Packing::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Packing::Zstd,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Packing::Xz,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Packing::Bzip2,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, 0x45, 0x38, ..] => Packing::Bzip2,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Packing::Zip,
        _ if head.get(257..262) == Some(b"ustar") => Packing::Tar,
        _ => Packing::Plain,
    }
}

/// Reads up to `n` bytes and gives them back with a reader that begins with them again.
pub(super) fn peek<R: Read + Send>(mut reader: R, n: usize) -> io::Result<(Vec<u8>, impl Read + Send)> {
    let mut head = Vec::new();
    reader.by_ref().take(n as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

/// What is below compression.
pub(super) struct Unpacked {
    pub(super) reader: Box<dyn Read + Send>,
    /// How the innermost bytes are packed: `Plain`, or an archive.
    pub(super) inner: Packing,
    /// Whether there was any compression.
    was_packed: bool,
}

/// What is below compression, and what lies below that, as `x.tar.gz` or a file packed twice has it.
pub(super) fn unpack(reader: Box<dyn Read + Send>) -> io::Result<Unpacked> {
    let mut reader = reader;
    // Nobody packs a log more often; the bound stops a file made to pack itself.
    for layer in 0..4 {
        let (head, again) = peek(reader, HEAD)?;
        let buffered = BufReader::with_capacity(PACKED, again);
        reader = match packing(&head) {
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered)),
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(buffered)?),
            Packing::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(buffered)),
            Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(buffered)),
            inner => return Ok(Unpacked { reader: Box::new(buffered), inner, was_packed: layer > 0 }),
        };
    }
    Ok(Unpacked { reader, inner: Packing::Plain, was_packed: true })
}

/// The text in a file's bytes, as UTF-8: compression and a byte order mark are taken off, UTF-16 is read as such with or
/// without one.
pub(super) fn text(raw: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let Unpacked { reader, was_packed, .. } = unpack(raw)?;
    let (head, mut again) = peek(reader, HEAD)?;
    let encoding = match encoding(&head) {
        Encoding::Utf16(encoding) => encoding,
        Encoding::Utf8 { mark } => {
            io::copy(&mut again.by_ref().take(mark), &mut io::sink())?;
            return Ok(if was_packed { Box::new(Ahead::new(Box::new(again))) } else { Box::new(again) });
        }
    };
    let decoder = encoding.new_decoder_with_bom_removal();
    let reader = BufReader::with_capacity(PACKED, again);
    Ok(Box::new(Ahead::new(Box::new(Utf16 { reader, decoder, ready: Vec::new(), from: 0, ended: false }))))
}

/// How text is written.
enum Encoding {
    /// As it is read, behind a byte order mark of so many bytes.
    Utf8 {
        mark: u64,
    },
    Utf16(&'static encoding_rs::Encoding),
}

fn encoding(head: &[u8]) -> Encoding {
    match head {
        [0xef, 0xbb, 0xbf, ..] => Encoding::Utf8 { mark: 3 },
        [0xff, 0xfe, ..] => Encoding::Utf16(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] => Encoding::Utf16(encoding_rs::UTF_16BE),
        _ => utf16_without_mark(head).map_or(Encoding::Utf8 { mark: 0 }, Encoding::Utf16),
    }
}

/// Where bytes that begin with `head` are text as it is read, the length of the byte order mark before it.
pub(super) fn mark_of_plain_text(head: &[u8]) -> Option<u64> {
    match (packing(head), encoding(head)) {
        (Packing::Plain, Encoding::Utf8 { mark }) => Some(mark),
        _ => None,
    }
}

/// Latin text in UTF-16 has a NUL in every second byte; logs in UTF-8 have none there, and a hole of NULs has them in
/// both.
fn utf16_without_mark(head: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let pairs = head.chunks_exact(2);
    let n = pairs.len();
    if n < 8 {
        return None;
    }
    let (mut low, mut high) = (0, 0);
    for pair in pairs {
        if let [a, b] = *pair {
            low += usize::from(a != 0 && b == 0);
            high += usize::from(a == 0 && b != 0);
        }
    }
    if low * 10 > n * 9 {
        Some(encoding_rs::UTF_16LE)
    } else if high * 10 > n * 9 {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    }
}

/// A reader of UTF-16 that gives UTF-8.
struct Utf16<R> {
    reader: R,
    decoder: encoding_rs::Decoder,
    ready: Vec<u8>,
    from: usize,
    ended: bool,
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.from == self.ready.len() && !self.ended {
            let input = self.reader.fill_buf()?;
            self.ended = input.is_empty();
            let room = self.decoder.max_utf8_buffer_length(input.len()).unwrap_or(input.len() * 3 + 16);
            self.ready.resize(room, 0);
            let (_, read, written, _) = self.decoder.decode_to_utf8(input, &mut self.ready, self.ended);
            self.ready.truncate(written);
            self.from = 0;
            self.reader.consume(read);
        }
        let ready = self.ready.get(self.from..).unwrap_or_default();
        let n = ready.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..n), ready.get(..n)) {
            to.copy_from_slice(from);
        }
        self.from += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn decoded(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        text(Box::new(Cursor::new(bytes.to_vec()))).unwrap().read_to_end(&mut out).unwrap();
        out
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_packing_is_told_by_its_first_bytes() {
        let log = b"function 2370\ndict     1100\n".as_slice();
        let utf16 = |le: bool, mark: bool| -> Vec<u8> {
            let units = mark.then_some(0xfeffu16).into_iter().chain(log.iter().map(|&b| u16::from(b)));
            units.flat_map(|u| if le { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
        };
        let xz = {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
            encoder.write_all(log).unwrap();
            encoder.finish().unwrap()
        };
        let bz2 = {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(log).unwrap();
            encoder.finish().unwrap()
        };
        let halves = [gzip(&log[..9]), gzip(&log[9..])].concat();
        let cases: [(&str, Vec<u8>); 12] = [
            ("plain", log.to_vec()),
            ("byte order mark", [b"\xef\xbb\xbf", log].concat()),
            ("gzip", gzip(log)),
            ("gzip in two members", halves),
            ("gzip in gzip", gzip(&gzip(log))),
            ("zstd", zstd::encode_all(log, 1).unwrap()),
            ("xz", xz),
            ("bzip2", bz2),
            ("UTF-16 LE with mark", utf16(true, true)),
            ("UTF-16 BE with mark", utf16(false, true)),
            ("UTF-16 LE", utf16(true, false)),
            ("UTF-16 BE, packed", gzip(&utf16(false, false))),
        ];
        for (name, bytes) in cases {
            assert_eq!(decoded(&bytes), log, "{name}");
        }
    }

    /// Long enough for the thread that unpacks ahead.
    fn long_log() -> Vec<u8> {
        let mut log = String::new();
        for n in 0..40_000 {
            log += &format!("2026-03-02 10:00:00 snapshot {n}\nfunction {}\nMessage  {n}\n", 50_000 + n % 7);
        }
        log.into_bytes()
    }

    #[test]
    fn what_is_long_is_the_same_behind_the_thread() {
        let log = long_log();
        let utf16: Vec<u8> = log.iter().flat_map(|&b| u16::from(b).to_le_bytes()).collect();
        for packed in [gzip(&log), zstd::encode_all(&log[..], 1).unwrap(), utf16.clone(), gzip(&utf16)] {
            assert!(decoded(&packed) == log);
        }
    }

    #[test]
    fn an_archive_cut_short_gives_what_it_holds_and_then_the_fault() {
        let log = long_log();
        for packed in [gzip(&log), zstd::encode_all(&log[..], 1).unwrap()] {
            for part in [packed.len() / 9, packed.len() / 2, packed.len() - 1] {
                let mut out = Vec::new();
                let cut = Cursor::new(packed[..part].to_vec());
                let mut reader = text(Box::new(cut)).unwrap();
                assert!(reader.read_to_end(&mut out).is_err(), "{part} of {} bytes", packed.len());
                assert!(log.starts_with(&out));
                // A decoder may hold back the block that it is in.
                let lost = log.len() * (packed.len() - part) / packed.len() + (256 << 10);
                assert!(out.len() + lost >= log.len(), "{} of {} bytes", out.len(), log.len());
            }
        }
    }
}
