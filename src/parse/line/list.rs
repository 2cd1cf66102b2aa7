//! A list or dict as Python prints it comes in, its rows go out: `most_common_types()`, `growth()`, `typestats()`.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while};
use nom::character::complete::{char, digit1, one_of};
use nom::combinator::{map, map_opt, map_res, opt, recognize};
use nom::multi::separated_list0;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

/// What a list says of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::parse) struct Item {
    pub(in crate::parse) name: String,
    pub(in crate::parse) count: u64,
    /// Only in lists of triples.
    pub(in crate::parse) delta: Option<i64>,
}

/// A printed list or dict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::parse) struct List {
    pub(in crate::parse) items: Vec<Item>,
    /// `{'dict': 1234, …}`: in no order.
    pub(in crate::parse) unordered: bool,
}

/// White space, and the ends of lines where a list was wrapped.
fn blank(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while(|b: u8| b.is_ascii_whitespace()).parse(input)
}

/// A string literal; the escapes that `repr` writes are taken back.
fn string(input: &[u8]) -> IResult<&[u8], String> {
    let (rest, quote) = preceded(opt(one_of("ub")), one_of("'\"")).parse(input)?;
    let mut text = Vec::new();
    let mut at = 0;
    loop {
        match rest.get(at) {
            Some(&b) if char::from(b) == quote => break,
            Some(b'\\') => {
                let escaped = rest.get(at + 1).copied();
                match escaped {
                    Some(b @ (b'\\' | b'\'' | b'"')) => text.push(b),
                    Some(b'n') => text.push(b'\n'),
                    Some(b't') => text.push(b'\t'),
                    Some(b) => text.extend([b'\\', b]),
                    None => return fail(input),
                }
                at += 2;
            }
            Some(&b) if b != b'\n' => {
                text.push(b);
                at += 1;
            }
            _ => return fail(input),
        }
    }
    let rest = rest.get(at + 1..).unwrap_or_default();
    Ok((rest, String::from_utf8_lossy(&text).into_owned()))
}

fn fail<T>(input: &[u8]) -> IResult<&[u8], T> {
    Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Verify)))
}

/// A count, as Python 2 prints it, too.
fn count(input: &[u8]) -> IResult<&[u8], u64> {
    let number = map_res(digit1, |d: &[u8]| std::str::from_utf8(d).unwrap_or_default().parse());
    terminated(number, opt(char('L'))).parse(input)
}

fn signed(input: &[u8]) -> IResult<&[u8], i64> {
    let digits = recognize((opt(one_of("+-")), digit1));
    map_res(digits, |d: &[u8]| std::str::from_utf8(d).unwrap_or_default().parse()).parse(input)
}

fn comma(input: &[u8]) -> IResult<&[u8], ()> {
    map((blank, char(','), blank), |_| ()).parse(input)
}

/// `('dict', 1234)` or `('dict', 1234, 5)`, in brackets of either kind.
fn tuple(input: &[u8]) -> IResult<&[u8], Item> {
    let body = (string, preceded(comma, count), opt(preceded(comma, signed)));
    let (rest, (name, count, delta)) = alt((
        delimited((char('('), blank), body, (blank, opt(char(',')), blank, char(')'))),
        delimited(
            (char('['), blank),
            (string, preceded(comma, count), opt(preceded(comma, signed))),
            (blank, opt(char(',')), blank, char(']')),
        ),
    ))
    .parse(input)?;
    Ok((rest, Item { name, count, delta }))
}

fn pair(input: &[u8]) -> IResult<&[u8], Item> {
    let (rest, (name, _, count)) = (string, (blank, char(':'), blank), count).parse(input)?;
    Ok((rest, Item { name, count, delta: None }))
}

/// `, ...` where somebody cut the list.
fn dots(input: &[u8]) -> IResult<&[u8], ()> {
    map((opt(comma), blank, alt((tag("..."), tag("…".as_bytes())))), |_| ()).parse(input)
}

fn end(close: char) -> impl Fn(&[u8]) -> IResult<&[u8], ()> {
    move |input| map((opt(comma), opt(dots), blank, char(close)), |_| ()).parse(input)
}

/// A whole list at the beginning of `input`; `None` where it is none, or not closed yet. The second value is how many
/// bytes it takes.
pub(in crate::parse) fn list(input: &[u8]) -> Option<(List, usize)> {
    let of_tuples = delimited((char('['), blank), separated_list0(comma, tuple), end(']'));
    let of_pairs = delimited((char('{'), blank), separated_list0(comma, pair), end('}'));
    let ordered = map(of_tuples, |items| List { items, unordered: false });
    let unordered =
        map_opt(of_pairs, |items: Vec<Item>| (!items.is_empty()).then_some(List { items, unordered: true }));
    let (rest, list) = alt((ordered, unordered)).parse(input).ok()?;
    // Pairs and triples do not stand in one list.
    let with_delta = list.items.iter().filter(|i| i.delta.is_some()).count();
    (with_delta == 0 || with_delta == list.items.len()).then_some((list, input.len() - rest.len()))
}

/// Where in `line` a list may begin: at a bracket with a tuple or a string in it, or at an empty list. Says yes
/// wrongly at times, never no.
pub(in crate::parse) fn begins(line: &[u8]) -> Option<usize> {
    memchr::memchr2_iter(b'[', b'{', line).find(|&at| {
        let inner = line.get(at + 1..).unwrap_or_default().trim_ascii_start();
        let quoted = |b: Option<&u8>| matches!(b, Some(b'\'' | b'"' | b'u' | b'b'));
        match (line.get(at), inner.first()) {
            (Some(b'['), Some(b'(' | b'[')) => quoted(inner.get(1..).unwrap_or_default().trim_ascii_start().first()),
            (Some(b'['), Some(b']')) => true,
            (Some(b'{'), Some(b'\'' | b'"')) => true,
            _ => false,
        }
    })
}

/// How deep in its brackets a list is that comes line by line.
#[derive(Debug, Clone, Default)]
pub(in crate::parse) struct Depth {
    open: usize,
    /// The string that goes on in the next line, since this one ends in a backslash.
    quote: Option<u8>,
    closed: bool,
}

impl Depth {
    /// Takes the next line. Whether the list's own bracket closes in it, for the first time.
    pub(in crate::parse) fn closes(&mut self, line: &[u8]) -> bool {
        let before = self.closed;
        let mut bytes = line.iter();
        while let Some(&b) = bytes.next() {
            match (self.quote, b) {
                // What is behind it belongs to the string, a line's end, too.
                (Some(_), b'\\') if bytes.next().is_none() => return self.closed && !before,
                (Some(quote), b) if b == quote => self.quote = None,
                (None, b'\'' | b'"') => self.quote = Some(b),
                (None, b'[' | b'(' | b'{') => self.open += 1,
                (None, b']' | b')' | b'}') => {
                    self.open = self.open.saturating_sub(1);
                    self.closed |= self.open == 0;
                }
                _ => {}
            }
        }
        self.quote = None;
        self.closed && !before
    }
}

/// Whether a list is in `line`, or begins there and goes on in the next one.
pub(in crate::parse) fn may_be_in(line: &[u8]) -> bool {
    let Some(rest) = begins(line).and_then(|at| line.get(at..)) else { return false };
    list(rest).is_some() || is_wrapped(rest)
}

/// Whether what stands after a list's beginning, which is no whole list, may go on in the next line: whoever prints
/// it breaks it behind a comma, or behind its opening bracket.
pub(in crate::parse) fn is_wrapped(rest: &[u8]) -> bool {
    matches!(rest.last(), Some(b',' | b'[' | b'('))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<(String, u64, Option<i64>)>> {
        let at = begins(text.as_bytes())?;
        let (list, _) = list(&text.as_bytes()[at..])?;
        Some(list.items.into_iter().map(|i| (i.name, i.count, i.delta)).collect())
    }

    #[test]
    fn lists_as_python_prints_them() {
        let row = |n: &str, c, d| (n.to_owned(), c, d);
        for (text, rows) in [
            ("[('dict', 1234), ('list', 5)]", vec![row("dict", 1234, None), row("list", 5, None)]),
            ("x: [('dict', 1234, 5)] end", vec![row("dict", 1234, Some(5))]),
            ("[(\"a'b\", 1), ('c\\'d', 0)]", vec![row("a'b", 1, None), row("c'd", 0, None)]),
            ("[('dict', 3),\n ('list', 2)]", vec![row("dict", 3, None), row("list", 2, None)]),
            ("{'dict': 3, 'list': 2}", vec![row("dict", 3, None), row("list", 2, None)]),
            ("[(u'dict', 3L), ...]", vec![row("dict", 3, None)]),
            ("Memory Growth: []", vec![]),
        ] {
            assert_eq!(read(text), Some(rows), "{text}");
        }
        let closes = |lines: &[&str]| {
            let mut depth = Depth::default();
            lines.iter().map(|line| depth.closes(line.as_bytes())).collect::<Vec<_>>()
        };
        assert_eq!(
            closes(&["[('dict', 3),", " ('a]b', 2),", " (\"it's\", 1)", "]", "]"]),
            [false, false, false, true, false]
        );
        assert_eq!(closes(&["{'a\\'}': 3,", "'b\\", "}': 2,", "'c': 1} end"]), [false, false, false, true]);
        for text in
            ["[('dict', 1234), ('list', 5", "[(1, 2)]", "['a', 'b']", "[('a', 1), ('b', 2, 3)]", "{}", "no list"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
