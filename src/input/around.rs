//! A second look at a part, for what the first reading has let go.

use std::io::Read;
use std::ops::Range;

use super::Part;
use super::chunk::Chunks;
use crate::error::Result;

/// The lines with numbers (from 1) in `range`, as they stand there, without their ends.
///
/// # Errors
/// Where the part cannot be read any more.
pub fn lines(part: &Part, range: Range<u64>) -> Result<Vec<Vec<u8>>> {
    let mut chunks = Chunks::new(part.open()?);
    let mut out = Vec::new();
    let mut number = 0;
    while number + 1 < range.end {
        // A part that breaks off gave its lines before that.
        let Ok(Some(chunk)) = chunks.next_chunk() else { break };
        let in_chunk = memchr::memchr_iter(b'\n', chunk).count() as u64;
        if number + in_chunk + 1 < range.start {
            number += in_chunk;
            continue;
        }
        for line in chunk.split_inclusive(|&b| b == b'\n') {
            number += 1;
            if range.contains(&number) {
                out.push(line.trim_ascii_end().to_vec());
            }
        }
    }
    Ok(out)
}

/// Whether a part that holds no table is no text at all: asked only then, so that damage hides nothing.
pub fn looks_binary(part: &Part) -> bool {
    let mut head = Vec::new();
    let read = part.open().map(|reader| reader.take(64 << 10).read_to_end(&mut head));
    if !matches!(read, Ok(Ok(_))) || head.is_empty() {
        return false;
    }
    let odd = head.iter().filter(|&&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)).count();
    // A tenth: text in any encoding has none of these, machine code and packed data a twelfth and more beside
    // what is no UTF-8.
    odd * 10 > head.len() || (odd * 20 > head.len() && std::str::from_utf8(&head).is_err())
}
