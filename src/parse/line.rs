//! One line comes in, what it holds seen alone goes out. No memory: whether a row-like line is a row is for `table`
//! to say, from the lines around it.

pub(super) mod list;

use nom::bytes::complete::{take_till1, take_while1};
use nom::character::complete::{char, digit1};
use nom::combinator::{eof, map_res, opt, recognize};
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// The right end of a line that looks like a row: a last word, a gap, a count, and for growth a gap and a delta.
/// Where the type's name begins is not known yet: names may hold blanks, and what stands before may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail {
    /// Where the name ends and the gap begins.
    pub(super) name_end: usize,
    /// Where the count begins.
    pub(super) count_at: usize,
    /// Where the count ends.
    pub(super) count_end: usize,
    /// Where the row ends: after the count, or after the delta.
    pub(super) end: usize,
    pub(super) count: u64,
    pub(super) delta: Option<i64>,
}

fn is_blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

/// Counts up to what fits; a number that does not is no count.
fn number(input: &[u8]) -> IResult<&[u8], u64> {
    map_res(digit1, |digits: &[u8]| std::str::from_utf8(digits).unwrap_or_default().parse()).parse(input)
}

/// The last word of the name, a gap, a count, perhaps a delta: objgraph prints `"%-*s %i"` and `"%-*s%9d %+9d"`.
/// Written out, the deltas are never zero and never negative, since only what rose is shown.
fn tail_words(input: &[u8]) -> IResult<&[u8], (&[u8], &[u8], u64, Option<(&[u8], u64)>)> {
    let gap = || take_while1(is_blank);
    let delta = (recognize(gap()), preceded(char('+'), number));
    let (rest, (name, gap, count, delta, _)) = (take_till1(is_blank), gap(), number, opt(delta), eof).parse(input)?;
    Ok((rest, (name, gap, count, delta)))
}

/// Reads the right end of `text`, which has no trailing blanks.
pub(super) fn tail(text: &[u8]) -> Option<Tail> {
    // A word begins after the third-last gap at the most; nom then has three words to look at, however long the line.
    let from = tail_from(text)?;
    let (_, (name, gap, count, delta)) = tail_words(text.get(from..)?).ok()?;
    let name_end = from + name.len();
    let count_at = name_end + gap.len();
    let count_end = match delta {
        Some((gap, _)) => text.len().checked_sub(digits_at_end(text) + 1 + gap.len())?,
        None => text.len(),
    };
    let delta = match delta {
        Some((_, delta)) => Some(i64::try_from(delta).ok()?),
        None => None,
    };
    Some(Tail { name_end, count_at, count_end, end: text.len(), count, delta })
}

/// Where the name ends in `text` if that ends as a row does: what [`tail`] finds, mostly at a glance.
pub(super) fn name_end(text: &[u8]) -> Option<usize> {
    let Some(count_at) = count_at_end(text) else { return tail(text).map(|tail| tail.name_end) };
    back_blank(text, count_at).filter(|&end| end > 0)
}

/// Where the number begins that `text` ends in, if it has no sign and any digits make a count: then it hangs on no digit
/// what [`name_end`] is.
pub(super) fn count_at_end(text: &[u8]) -> Option<usize> {
    let digits = digits_at_end(text);
    let at = text.len() - digits;
    ((1..20).contains(&digits) && text.get(..at)?.last() != Some(&b'+')).then_some(at)
}

/// Whether `text` has a number of so many digits that others of them may be too large to be one.
pub(super) fn has_long_number(text: &[u8]) -> bool {
    let mut digits = 0;
    text.iter().any(|b| {
        digits = if b.is_ascii_digit() { digits + 1 } else { 0 };
        digits > 18
    })
}

/// Where a row ends in `text`, before what a logger may write after it: closing quotes and brackets, `key=value` pairs,
/// its own name in brackets, further columns of a table of comma-separated values. The length of `text` where nothing of that kind stands there.
pub(super) fn row_end(text: &[u8]) -> usize {
    let mut end = text.len();
    // Pairs, from the end.
    loop {
        let rest = text.get(..end).unwrap_or_default().trim_ascii_end();
        let word = last_word(rest);
        let pair = rest.get(word..).unwrap_or_default();
        if word == 0 || !is_pair(pair) || holds_row(pair) {
            end = rest.len();
            break;
        }
        end = word;
    }
    // The logger's name before them, or the place in the program.
    let rest = text.get(..end).unwrap_or_default();
    let word = last_word(rest);
    let name = rest.get(word..).unwrap_or_default();
    if is_name_in_brackets(name) || is_source(name) {
        end = rest.get(..word).unwrap_or_default().trim_ascii_end().len();
    }
    let rest = text.get(..end).unwrap_or_default();
    // A quote that closes after a digit, and columns behind it.
    let quoted = memchr::memrchr_iter(b'"', rest).take(6).find(|&at| {
        at.checked_sub(1).and_then(|i| rest.get(i)).is_some_and(u8::is_ascii_digit)
            && rest.get(at + 1).is_none_or(|b| matches!(b, b',' | b';' | b'\t' | b' ' | b'"' | b'}' | b']' | b')'))
    });
    let end = quoted.unwrap_or(rest.len());
    let rest = rest.get(..end).unwrap_or_default();
    let closers = rest.iter().rev().take_while(|b| is_closer(**b)).count();
    let end = end - closers.min(6);
    if text.get(..end).is_some_and(|row| row.last().is_some_and(u8::is_ascii_digit)) { end } else { text.len() }
}

/// Whether a logger may have written something behind a row in `text`, which holds no double quote. Says yes wrongly at
/// times, never no.
pub(super) fn may_end_before(text: &[u8]) -> bool {
    let in_word = || text.iter().rev().take_while(|b| !is_blank(**b)).any(|&b| b == b'=' || b == b':');
    text.last().is_some_and(|&b| is_closer(b)) || in_word()
}

/// What may close something that was opened before a row.
fn is_closer(b: u8) -> bool {
    matches!(b, b'"' | b'\'' | b'`' | b')' | b']' | b'}' | b',' | b';')
}

/// Where the last word begins; a quote that a pair's value ends with belongs to it from where it opened.
fn last_word(text: &[u8]) -> usize {
    let quoted = text.last().filter(|b| matches!(b, b'"' | b'\'')).and_then(|&quote| {
        let inner = text.get(..text.len() - 1)?;
        let opens = memchr::memrchr(quote, inner)?;
        (opens.checked_sub(1).and_then(|i| text.get(i)) == Some(&b'=')).then_some(opens)
    });
    let before = text.get(..quoted.unwrap_or(text.len())).unwrap_or_default();
    before.iter().rposition(|&b| is_blank(b)).map_or(0, |at| at + 1)
}

/// `[app.memory]`.
fn is_name_in_brackets(word: &[u8]) -> bool {
    let inner = word.strip_prefix(b"[").and_then(|w| w.strip_suffix(b"]")).unwrap_or_default();
    inner.first().is_some_and(|&b| b.is_ascii_alphabetic() || b == b'_')
        && inner.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b':'))
}

/// `app.py:42`.
fn is_source(word: &[u8]) -> bool {
    let line = digits_at_end(word);
    line > 0 && word.get(..word.len() - line).is_some_and(|file| file.ends_with(b".py:"))
}

/// `msg="dict  1234"`: the pair's value is what the program wrote.
fn holds_row(pair: &[u8]) -> bool {
    const MESSAGE: [&[u8]; 4] = [b"msg", b"message", b"event", b"text"];
    let parts = memchr::memchr(b'=', pair).and_then(|at| pair.split_at_checked(at));
    parts.is_some_and(|(key, value)| {
        MESSAGE.contains(&key) && value.strip_suffix(b"\"").is_some_and(|text| tail(text).is_some())
    })
}

/// `key=value`.
fn is_pair(word: &[u8]) -> bool {
    memchr::memchr(b'=', word).is_some_and(|at| {
        let key = word.get(..at).unwrap_or_default();
        !key.is_empty() && key.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'@'))
    })
}

fn digits_at_end(text: &[u8]) -> usize {
    text.iter().rev().take_while(|b| b.is_ascii_digit()).count()
}

/// Where the word before the last number, or the last two where the last has a sign, begins.
fn tail_from(text: &[u8]) -> Option<usize> {
    let digits = digits_at_end(text);
    if digits == 0 {
        return None;
    }
    let mut at = text.len() - digits;
    if at > 0 && text.get(at - 1) == Some(&b'+') {
        at = back_blank(text, at - 1)?;
        let count = text.get(..at)?.iter().rev().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        at -= count;
    }
    let name_end = back_blank(text, at)?;
    let name = text.get(..name_end)?.iter().rev().take_while(|&&b| !is_blank(b)).count();
    (name > 0).then_some(name_end - name)
}

/// Steps back over at least one blank that ends before `at`.
fn back_blank(text: &[u8], at: usize) -> Option<usize> {
    let blanks = text.get(..at)?.iter().rev().take_while(|&&b| is_blank(b)).count();
    (blanks > 0).then_some(at - blanks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_logger_writes_after_a_row_is_no_part_of_it() {
        for (text, row) in [
            ("dict  1234", "dict  1234"),
            ("dict  1234\"\"\"", "dict  1234"),
            ("dict  1234 pid=7 logger=app.memory", "dict  1234"),
            ("dict  1234       [app.mem] pid=12", "dict  1234"),
            ("dict  1234       [app.mem]", "dict  1234"),
            ("dict  1234 pid=7 user='Jane Doe' [x] n=1", "dict  1234 pid=7 user='Jane Doe' [x] n=1"),
            ("dict  1234 pid=7 user='Jane Doe' n=1", "dict  1234"),
            ("2024-03-01,INFO,\"dict  1234\",web-1", "2024-03-01,INFO,\"dict  1234"),
            ("msg=\"dict  1234\" level=info", "msg=\"dict  1234"),
            ("level=info msg=\"dict  1234\" pid=12", "level=info msg=\"dict  1234"),
            ("level=info msg=\"dict  1234\"", "level=info msg=\"dict  1234"),
            ("INFO     dict  1234         app.py:42", "INFO     dict  1234"),
            ("dict  1234 at app.py:42", "dict  1234 at app.py:42"),
            ("dict  1234 thread=\"worker 3\"", "dict  1234"),
            ("no row here", "no row here"),
            ("", ""),
        ] {
            assert_eq!(&text[..row_end(text.as_bytes())], row, "{text}");
        }
    }
}
