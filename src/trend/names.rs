//! What a type's name says of where it comes from. Evidence, never the verdict: it only weighs between types that grow
//! together.

use std::sync::OnceLock;

type Families = std::collections::HashMap<&'static str, Vec<&'static str>, foldhash::fast::FixedState>;

type HashSet<T> = std::collections::HashSet<T, foldhash::fast::FixedState>;

/// Where a type comes from, as far as its name tells; the later, the less is a person likely to have to repair it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Origin {
    /// The program's own package, by the module in front of the name.
    Program,
    /// A name that neither Python nor, as far as is known, a library has.
    Unknown,
    /// A plain noun that programs call their own classes by as often as Python or a library does: `Message`, `Request`.
    Noun,
    /// A library's, or a name made the way that libraries make theirs: `CIMultiDict`, `ClientSession`.
    Library,
    /// Of the standard library: `StreamReader`, `Logger`.
    Standard,
    /// What others are made of: queues, locks, buffers, and all that the standard library keeps to itself.
    Part,
    /// The interpreter's: `dict`, `function`, `cell`.
    Interpreter,
}

impl Origin {
    /// How much the name speaks for a root, in the unit in which a companion that comes twice as often loses one.
    pub(super) fn mark(self) -> f64 {
        match self {
            Self::Program => 4.0,
            Self::Unknown => 0.0,
            Self::Noun => -0.7,
            Self::Library => -1.6,
            Self::Standard => -3.5,
            Self::Part => -5.5,
            Self::Interpreter => -8.0,
        }
    }
}

/// Names of Python's own types; how it was made stands on its top.
static PYTHON: &str = include_str!("python_types.txt");

/// Names of libraries' types; how it was made stands on its top.
static LIBRARIES: &str = include_str!("library_types.txt");

/// Names of Python's types that are as often a program's own.
const NOUNS: &str = "Message Request Response Session Document Element Node Event Task Job Address Group Record Entry Item \
    Connection Client Server Process Worker Token Context Transaction Cursor Row Table Column Book Page Cell Chunk Block Frame \
    Action Command Call Module Package Match Class Field Option Section Profile Policy Header Packet Snapshot Trace \
    Report Result Statistic Stats Store Account User Shape Point Path Tree Graph Query Filter Rule Template \
    Container Pipe Channel Handle Handler Scheduler Timer Manager Pool Cookie Cache Calendar Queue Buffer Resource \
    Statement Expression Function Scope Binding Cycle Bucket Spec Mailbox Entity Terminal";

/// Python's types that are parts of whatever holds them.
const PARTS: &str = "deque OrderedDict defaultdict Counter ChainMap WeakSet WeakValueDictionary WeakKeyDictionary KeyedRef \
    WeakMethod finalize Lock RLock Condition Semaphore BoundedSemaphore Barrier LifoQueue PriorityQueue SimpleQueue Future \
    StringIO BytesIO TextIOWrapper BufferedReader BufferedWriter BufferedRandom BufferedRWPair FileIO SelectorKey Decimal \
    Fraction UUID Pattern Match ModuleSpec SourceFileLoader SimpleNamespace FutureIter Context ContextVar TimerHandle \
    Formatter PercentStyle StrFormatStyle NullHandler StreamHandler PlaceHolder Compat32 EmailPolicy HTTPMessage Random Struct \
    ExitStack CodeType Signature TypeVar ForwardRef GenericAlias NodeList Text Attr NamedNodeMap DefaultCookiePolicy CookieJar \
    FrameSummary StackSummary StreamReaderProtocol SocketKind AddressFamily Token";

/// Container and code types of the interpreter, which any object brings along.
const INTERPRETER: &str = "dict list tuple set frozenset cell function method builtin_function_or_method builtin_method \
    method_descriptor wrapper_descriptor getset_descriptor member_descriptor classmethod_descriptor method-wrapper type module \
    property staticmethod classmethod weakref ReferenceType slice generator frame traceback code bytearray coroutine \
    async_generator object super mappingproxy filter map zip enumerate range memoryview ABCMeta _abc_data EnumType EnumMeta int \
    str bytes float complex bool NoneType list_iterator tuple_iterator dict_keyiterator dict_valueiterator dict_itemiterator \
    set_iterator callable_iterator instancemethod cython_function_or_method coroutine_wrapper dict_keys dict_values dict_items \
    unicode weakproxy weakcallableproxy CallableProxyType ProxyType partial _lru_list_elem _tuplegetter moduledef \
    async_generator_asend dictproxy instance classobj";

/// Last words of names that say how a thing works, not what it is of: the way in which libraries name.
const TECHNICAL: [&str; 62] = [
    "Adapter",
    "Base",
    "Bucket",
    "Builder",
    "Cache",
    "Callback",
    "Client",
    "Codec",
    "Column",
    "Config",
    "Connection",
    "Connector",
    "Context",
    "Cursor",
    "Decoder",
    "Descriptor",
    "Dict",
    "Dispatcher",
    "Element",
    "Encoder",
    "Environ",
    "Executor",
    "Factory",
    "Field",
    "Formatter",
    "Future",
    "Handle",
    "Handler",
    "Headers",
    "Hook",
    "Info",
    "Iter",
    "Iterator",
    "Key",
    "List",
    "Loader",
    "Lock",
    "Manager",
    "Map",
    "Mapper",
    "Mapping",
    "Meta",
    "Mixin",
    "Options",
    "Parser",
    "Pool",
    "Protocol",
    "Proxy",
    "Reader",
    "Ref",
    "Reference",
    "Registry",
    "Resolver",
    "Response",
    "Set",
    "Socket",
    "State",
    "Stream",
    "Style",
    "Transport",
    "Wrapper",
    "Writer",
];

/// Modules of the standard library and of the interpreter, for logs that print them in front of the name.
const STANDARD_MODULES: &str = "builtins collections asyncio logging threading weakref functools _io io re types abc enum \
    datetime decimal email http html xml json urllib socket ssl select selectors queue random operator itertools inspect \
    importlib _frozen_importlib _frozen_importlib_external contextlib contextvars concurrent multiprocessing subprocess \
    sqlite3 unittest traceback typing uuid copyreg string struct pathlib os os.path tempfile _thread _weakref _weakrefset \
    _functools _collections _asyncio _contextvars _random _struct _ctypes ctypes ast zlib gzip zipfile csv argparse warnings \
    dataclasses heapq bisect array mmap signal codecs encodings locale tokenize token dis opcode gc sys site zipimport";

/// Packages whose types are a library's, for logs that print modules.
const LIBRARY_MODULES: &str = "flask werkzeug jinja2 django sqlalchemy aiohttp multidict yarl requests urllib3 celery kombu \
    redis pymongo bson psycopg2 psycopg asyncpg pydantic fastapi starlette uvicorn gunicorn tornado twisted zope gevent greenlet \
    numpy pandas scipy lxml bs4 boto3 botocore grpc google attr attrs marshmallow blinker click rich PIL pytest \
    setuptools pkg_resources six dateutil pytz certifi idna charset_normalizer cryptography OpenSSL websockets httpx httpcore \
    anyio h11 h2 objgraph prometheus_client opentelemetry sentry_sdk torch tensorflow peewee mako simplejson orjson msgpack";

fn words(list: &'static str) -> HashSet<&'static str> {
    list.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace).collect()
}

fn set(cell: &'static OnceLock<HashSet<&'static str>>, list: &'static str) -> &'static HashSet<&'static str> {
    cell.get_or_init(|| words(list))
}

/// The families of Python's modules that have a type of the name.
fn python() -> &'static Families {
    static P: OnceLock<Families> = OnceLock::new();
    P.get_or_init(|| {
        let mut out = Families::default();
        for (family, names) in PYTHON.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once(": ")) {
            names.split_whitespace().for_each(|n| out.entry(n).or_default().push(family));
        }
        out
    })
}

/// Whether both are names of types of one family of Python's modules, other than its core.
pub(super) fn same_family(a: &str, b: &str) -> bool {
    let families = |n: &str| python().get(n).map_or(&[][..], Vec::as_slice);
    families(a).iter().any(|f| *f != "builtins" && families(b).contains(f))
}

/// Where the type called `name` comes from.
pub(super) fn origin(name: &str) -> Origin {
    static I: OnceLock<HashSet<&'static str>> = OnceLock::new();
    static L: OnceLock<HashSet<&'static str>> = OnceLock::new();
    static N: OnceLock<HashSet<&'static str>> = OnceLock::new();
    static A: OnceLock<HashSet<&'static str>> = OnceLock::new();
    static S: OnceLock<HashSet<&'static str>> = OnceLock::new();
    static M: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let interpreter = set(&I, INTERPRETER);
    if let Some((module, short)) = name.rsplit_once('.') {
        let package = module.split('.').next().unwrap_or(module);
        if interpreter.contains(short) && (package == "builtins" || set(&S, STANDARD_MODULES).contains(package)) {
            return Origin::Interpreter;
        }
        if set(&S, STANDARD_MODULES).contains(package) || set(&S, STANDARD_MODULES).contains(module) {
            return Origin::Standard;
        }
        if set(&M, LIBRARY_MODULES).contains(package) || package.starts_with('_') && package != "__main__" {
            return Origin::Library;
        }
        return Origin::Program;
    }
    if interpreter.contains(name) {
        return Origin::Interpreter;
    }
    let first_upper = name.chars().next().is_some_and(char::is_uppercase);
    let humps = humps(name);
    if set(&A, PARTS).contains(name) {
        // `Context`, `Match`: a part when Python's, a program's as often.
        return if set(&N, NOUNS).contains(name) { Origin::Standard } else { Origin::Part };
    }
    if set(&N, NOUNS).contains(name) {
        return Origin::Noun;
    }
    if let Some(families) = python().get(name) {
        let private = families.iter().all(|f| f.split('.').any(|m| m.starts_with('_')));
        return if first_upper && !private { Origin::Standard } else { Origin::Part };
    }
    // A leading underscore or a small letter: internal, or made in C.
    if !first_upper {
        return if name.starts_with('_') { Origin::Part } else { Origin::Library };
    }
    if set(&L, LIBRARIES).contains(name) {
        return Origin::Library;
    }
    let last = humps.last().copied().unwrap_or(name);
    let technical = humps.len() > 1 && TECHNICAL.contains(&last);
    let acronym = name.chars().take(3).all(char::is_uppercase);
    if technical || acronym { Origin::Library } else { Origin::Unknown }
}

/// A type's name without its module.
pub(super) fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether the name is that of an exception: said outright, or what went wrong as a participle (`PaymentDeclined`).
pub(super) fn is_exception(name: &str) -> bool {
    let words = humps(short(name));
    let (first, last) = (words.first().copied().unwrap_or(""), words.last().copied().unwrap_or(""));
    let outright =
        ["Error", "Exception", "Failure", "Warning", "Timeout", "Interrupt", "Conflict", "Violation", "Fault"];
    let begins = ["Invalid", "Missing", "Bad", "No", "Not", "Too", "Unknown", "Illegal"];
    outright.contains(&last) || words.len() > 1 && (begins.contains(&first) || last == "Found" || last.ends_with("ed"))
}

/// The words of a compound name: `HTTPHeaderDict` has `HTTP`, `Header`, `Dict`.
fn humps(name: &str) -> Vec<&str> {
    let c: Vec<(usize, char)> = name.char_indices().collect();
    let mut out = Vec::new();
    let mut from = 0;
    for i in 1..c.len() {
        let (before, here) = (c[i - 1].1, c[i].1);
        let next_lower = c.get(i + 1).is_some_and(|n| n.1.is_lowercase());
        let starts = here.is_uppercase() && (!before.is_uppercase() || next_lower) || before == '_';
        if starts {
            out.push(name[from..c[i].0].trim_matches('_'));
            from = c[i].0;
        }
    }
    out.push(name[from..].trim_matches('_'));
    out.retain(|w| !w.is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_where_they_come_from() {
        let cases = [
            ("dict", Origin::Interpreter),
            ("builtins.dict", Origin::Interpreter),
            ("Ticket", Origin::Unknown),
            ("AuditEntry", Origin::Unknown),
            ("Message", Origin::Noun),
            ("StreamReader", Origin::Standard),
            ("CIMultiDict", Origin::Library),
            ("ImmutableMultiDict", Origin::Library),
            ("_RequestGlobals", Origin::Part),
            ("deque", Origin::Part),
            ("AddrSpec", Origin::Part),
            ("Logger", Origin::Standard),
            ("BeautifulSoup", Origin::Library),
            ("shop.models.Request", Origin::Program),
            ("flask.wrappers.Request", Origin::Library),
            ("logging.Logger", Origin::Standard),
            ("", Origin::Library),
        ];
        for (name, want) in cases {
            assert_eq!(origin(name), want, "{name}");
        }
    }

    #[test]
    fn compound_names_fall_into_words() {
        assert_eq!(humps("HTTPHeaderDict"), ["HTTP", "Header", "Dict"]);
        assert_eq!(humps("_abc_data"), ["abc", "data"]);
        assert_eq!(humps("Ticket"), ["Ticket"]);
        assert_eq!(humps("Ünïcode"), ["Ünïcode"]);
    }
}
