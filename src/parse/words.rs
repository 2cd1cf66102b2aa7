//! Names that tell a table of Python objects from any other list of words and numbers: evidence, never a condition.

/// Types that CPython itself and its standard library bring, by the names that objgraph prints, over all versions
/// from 2.5 on. Plain English words among them are in [`ENGLISH`].
const PYTHON: &[&str] = &[
    "ABCMeta",
    "AddressFamily",
    "BuiltinImporter",
    "CodeType",
    "Condition",
    "DType",
    "DeferredConfigString",
    "EnumMeta",
    "EnumType",
    "ExtensionFileLoader",
    "FileFinder",
    "FileIO",
    "FrozenImporter",
    "Future",
    "GenericAlias",
    "IncrementalDecoder",
    "KeyedRef",
    "Lock",
    "Logger",
    "MemoryError",
    "ModuleSpec",
    "NoneType",
    "OrderedDict",
    "Pattern",
    "PlaceHolder",
    "Pool",
    "RLock",
    "ReferenceType",
    "RegexFlag",
    "RuntimeError",
    "SRE_Pattern",
    "Signals",
    "SimpleNamespace",
    "SourceFileLoader",
    "StgDict",
    "Struct",
    "TextIOWrapper",
    "WeakKeyDictionary",
    "WeakMethod",
    "WeakSet",
    "WeakValueDictionary",
    "_Condition",
    "_Environ",
    "_Feature",
    "_NamedIntConstant",
    "_Precedence",
    "_RLock",
    "_SpecialForm",
    "_SpecialGenericAlias",
    "_TLSAlertType",
    "_TLSMessageType",
    "_abc_data",
    "_socketobject",
    "_tuplegetter",
    "abstractproperty",
    "async_generator",
    "builtin_function_or_method",
    "bytearray",
    "cached_property",
    "classmethod",
    "classmethod_descriptor",
    "classobj",
    "coroutine",
    "cython_function_or_method",
    "datetime",
    "defaultdict",
    "deque",
    "dict",
    "dict_items",
    "dict_itemiterator",
    "dict_keys",
    "dict_values",
    "ellipsis",
    "frozenset",
    "function",
    "functools.partial",
    "generator",
    "getset_descriptor",
    "instancemethod",
    "itemgetter",
    "itertools.chain",
    "list_iterator",
    "listiterator",
    "lru_cache_wrapper",
    "_lru_cache_wrapper",
    "managedbuffer",
    "mappingproxy",
    "member_descriptor",
    "memoryview",
    "method-wrapper",
    "method_descriptor",
    "module",
    "namedtuple",
    "nt.stat_result",
    "odict_iterator",
    "partial",
    "property",
    "proxy",
    "staticmethod",
    "str_iterator",
    "timedelta",
    "traceback",
    "tuple",
    "tuple_iterator",
    "weakproxy",
    "weakref",
    "wrapper_descriptor",
];

/// Types whose names are words that any log may end a line with, before a number.
const ENGLISH: &[&str] = &[
    "array",
    "bool",
    "bytes",
    "cell",
    "code",
    "complex",
    "cycle",
    "enumerate",
    "field",
    "file",
    "filter",
    "float",
    "frame",
    "instance",
    "int",
    "list",
    "local",
    "lock",
    "long",
    "map",
    "method",
    "object",
    "partialmethod",
    "path",
    "range",
    "reversed",
    "set",
    "slice",
    "socket",
    "str",
    "super",
    "thread",
    "type",
    "unicode",
    "zip",
];

/// Python's keywords in all its versions: no class can be called so, and any list of words holds some.
const KEYWORDS: &[&[u8]] = &[
    b"False",
    b"None",
    b"True",
    b"and",
    b"as",
    b"assert",
    b"break",
    b"class",
    b"continue",
    b"def",
    b"del",
    b"elif",
    b"else",
    b"except",
    b"finally",
    b"for",
    b"from",
    b"global",
    b"if",
    b"import",
    b"in",
    b"is",
    b"lambda",
    b"not",
    b"or",
    b"pass",
    b"raise",
    b"return",
    b"try",
    b"while",
    b"with",
    b"yield",
];

/// Whether `name` is a word that can name no class.
pub(super) fn is_keyword(name: &[u8]) -> bool {
    KEYWORDS.contains(&name)
}

/// How much a type's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    /// Any name.
    No,
    /// Python's own, and an English word.
    English,
    /// Python's own, and hardly anything else.
    Python,
}

/// Looks at the last part of a name, so that `builtins.dict` is known, too.
pub(super) fn known(name: &str) -> Known {
    let short = match name.strip_prefix("builtins.").or_else(|| name.strip_prefix("__builtin__.")) {
        Some(short) => short,
        None if PYTHON.contains(&name) => return Known::Python,
        None => name.rsplit('.').next().unwrap_or(name),
    };
    if PYTHON.contains(&short) || short != name && ENGLISH.contains(&short) {
        Known::Python
    } else if ENGLISH.contains(&short) {
        Known::English
    } else {
        Known::No
    }
}

/// Whether `name` can be the name of a type, as far as one line shows. What ends in a colon is a label, what begins
/// with a digit a number, and quotes are around something that was quoted.
pub(super) fn plausible(name: &[u8]) -> bool {
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else { return false };
    let begins = first.is_ascii_alphabetic() || first == b'_' || first == b'<' || first >= 0x80;
    let ends = last.is_ascii_alphanumeric() || matches!(last, b'_' | b'>' | b')' | b']') || last >= 0x80;
    let foreign = |b: &u8| matches!(b, b'"' | b'\'' | b'=' | b'`' | b'{' | b'}' | b';' | b'\\') || b.is_ascii_control();
    begins && ends && name.len() <= 400 && !name.iter().any(foreign)
}

/// What a name that is none of Python's says by how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Written {
    /// As any word, or as what programs measure and count.
    AsAny,
    /// As a class or as the first word of a sentence: `Message`.
    Capital,
    /// As a class, and as hardly anything else: `UserSession`, `_Entry`, `app.models.Order`.
    AsClass,
}

/// Last words of names that programs give to what they measure.
const MEASURES: &[&str] = &[
    "total",
    "free",
    "count",
    "size",
    "max",
    "min",
    "avg",
    "mean",
    "median",
    "sum",
    "rss",
    "vms",
    "time",
    "ms",
    "id",
    "index",
    "num",
    "number",
    "rate",
    "ratio",
    "limit",
    "peak",
    "current",
    "usage",
    "level",
    "code",
    "status",
    "port",
    "percent",
    "memory",
    "heap",
    "swap",
    "load",
    "length",
    "len",
    "depth",
    "width",
    "height",
    "offset",
    "position",
    "duration",
    "latency",
    "timeout",
    "delay",
    "interval",
    "uptime",
    "version",
    "sent",
    "read",
    "step",
    "epoch",
    "iteration",
    "iter",
    "round",
    "attempt",
    "retry",
    "chapter",
    "section",
    "phase",
    "stage",
    "year",
    "day",
    "hour",
    "minute",
    "second",
    "progress",
    "seed",
    "loss",
    "score",
    "temperature",
    "speed",
    "age",
];

/// Looks at how a name is written.
pub(super) fn written(name: &[u8]) -> Written {
    let Ok(name) = std::str::from_utf8(name) else { return Written::AsAny };
    let last = name.rsplit('.').next().unwrap_or(name);
    let humps = || {
        let begins = |(i, c): (usize, char)| {
            let before = last.get(..i).and_then(|s| s.chars().next_back());
            // `HTTPRequest` has two.
            let after = last.get(i + c.len_utf8()..).and_then(|s| s.chars().next());
            c.is_uppercase() && (before.is_none_or(|b| !b.is_uppercase()) || after.is_some_and(char::is_lowercase))
        };
        last.char_indices().filter(move |&at| begins(at)).map(|(i, _)| i)
    };
    let Some(from) = humps().next_back() else { return Written::AsAny };
    if !last.chars().any(char::is_lowercase) || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')) {
        return Written::AsAny;
    }
    let ends = last.get(from..).unwrap_or_default().to_lowercase();
    let plural = ends.ends_with('s') && !ends.ends_with("ss");
    if plural || ends.ends_with("ed") || ends.ends_with("ing") || MEASURES.contains(&ends.as_str()) {
        return Written::AsAny;
    }
    let begins = last.get(..last.char_indices().nth(3).map_or(last.len(), |(i, _)| i)).unwrap_or_default();
    if matches!(begins, "Max" | "Min" | "Avg" | "Num") {
        return Written::AsAny;
    }
    let dotted = name.split('.').count() > 1 && name.split('.').all(|part| !part.is_empty());
    if dotted || last.starts_with('_') || humps().count() > 1 { Written::AsClass } else { Written::Capital }
}

/// Whether what stands before a row tells that objects are counted.
pub(super) fn speaks_of_objects(prefix: &[u8]) -> bool {
    let lower = prefix.to_ascii_lowercase();
    ["objgraph", "leak", "mem", "types", "objects", "most_common", "most common"]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// Whether `name` can be the name of a type where the lines around it show that it is one: Python lets a class have
/// any name.
pub(super) fn possible(name: &[u8]) -> bool {
    (1..=400).contains(&name.len()) && !name.iter().any(u8::is_ascii_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_by_how_they_are_written() {
        for name in ["UserSession", "_Entry", "app.models.Order", "HTTPRequest", "Größe2Maß"] {
            assert_eq!(written(name.as_bytes()), Written::AsClass, "{name}");
        }
        for name in ["Message", "Order", "Address", "Größe"] {
            assert_eq!(written(name.as_bytes()), Written::Capital, "{name}");
        }
        for name in
            ["queue_size", "GET", "Processed", "HeapUsed", "RequestCount", "OpenFiles", "MaxRss", "Epoch", "été"]
        {
            assert_eq!(written(name.as_bytes()), Written::AsAny, "{name}");
        }
    }
}
