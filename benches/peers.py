#!/usr/bin/env python3
"""How long objtrend takes beside what is on this machine anyway: counters of lines, unpackers, and the scripts that
people write in its place. Makes its own logs, runs both in alternation, and prints a Markdown table.

    python3 benches/peers.py [--size 1G] [--pairs 5] [--only REGEX]

Times are of whole processes with their output thrown away and the logs in the page cache; a ratio is the median of those
of neighbours. Before a log is timed, the report must have counted its lines, tables and rows right. What is missing on
this machine is named. Standard library only.
"""
import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FILE = 512 << 10

# A line fitted to each type: what a person does with such a log when there is no tool.
AWK = r"""
NF == 2 && $2 ~ /^[0-9]+$/ { n[$1]++; x[$1] += t; y[$1] += $2; xx[$1] += t * t; xy[$1] += t * $2; next }
/objects by type$/ { t++ }
END { for (k in n) { d = n[k] * xx[k] - x[k] ^ 2; if (d > 0) print (n[k] * xy[k] - x[k] * y[k]) / d, k } }
"""
PANDAS = r"""
import re, sys
import pandas as pd

row, banner = re.compile(r"^(\S+) +(\d+)$"), re.compile(r"^(\S+ \S+),\d+ objects by type$")
times, found = [], []
for line in open(sys.argv[1]):
    if match := row.match(line):
        found.append((len(times) - 1, match[1], int(match[2])))
    elif match := banner.match(line):
        times.append(match[1])
table = pd.DataFrame(found, columns=["table", "type", "count"])
wide = table.pivot(index="table", columns="type", values="count")
hours = (pd.to_datetime(pd.Series(times)) - pd.Timestamp(times[0])).dt.total_seconds() / 3600
print(wide.apply(lambda counts: counts.cov(hours) / hours[counts.notna()].var()).sort_values().tail(10))
"""


def times(ratio):
    """Two digits, and all of those before the point."""
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}"


class Missing(Exception):
    """Something is not to be had on this machine."""


class Run:
    """A process, run to its end."""

    def __init__(self, argv):
        start = time.perf_counter()
        # grep stops at its first match where nobody reads what it prints; its count fits into any pipe.
        out = subprocess.PIPE if os.path.basename(argv[0]) == "grep" else subprocess.DEVNULL
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds = time.perf_counter() - start
        self.peak = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"peers: {' '.join(argv)[:200]}: exit {process.returncode}: {said.decode(errors='replace')}")


class Inputs:
    """Logs, made when they are first asked for."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size
        self.generator = os.path.join(folder, "generator")
        source = os.path.join(ROOT, "benches", "generator", "main.rs")
        rustc = os.environ.get("RUSTC", "rustc")
        subprocess.run([rustc, "-O", "--edition", "2024", source, "-o", self.generator], check=True)

    def log(self, kind, share=1, seed=1):
        """A log's path, and what is in it."""
        size = self.size // share
        path = os.path.join(self.folder, f"{kind}-{size}.log")
        return path, self.made(path, kind, size, seed)

    def made(self, path, kind, size, seed):
        facts = path + ".facts"
        if not os.path.exists(facts):
            done = subprocess.run([self.generator, kind, str(size), str(seed), path], check=True, stdout=subprocess.PIPE)
            with open(facts, "wb") as out:
                out.write(done.stdout)
        with open(path, "rb", buffering=0) as log:  # into the page cache
            while log.read(1 << 20):
                pass
        with open(facts, "rb") as known:
            return json.load(known)

    def packed(self, tool, options, ending):
        path, facts = self.log("plain")
        if not os.path.exists(path + ending):
            with open(path + ending, "wb") as out:
                subprocess.run([tool, *options, "-c", path], check=True, stdout=out)
        return path + ending, facts

    def archive(self):
        """Many logs of 512 KiB."""
        folder = os.path.join(self.folder, f"archive-{self.size}")
        os.makedirs(folder, exist_ok=True)
        n = max(2, min(2000, self.size // FILE))
        paths = [os.path.join(folder, f"service-{i:04}.log") for i in range(n)]
        facts = os.path.join(folder, ".facts")
        os.makedirs(facts, exist_ok=True)
        for i, path in enumerate(paths):
            if not os.path.exists(path):
                subprocess.run([self.generator, "plain", str(FILE), str(i), path], check=True, stdout=subprocess.DEVNULL)
        return folder, paths


class Bench:
    def __init__(self, objtrend, inputs, pairs):
        self.objtrend, self.inputs, self.pairs = objtrend, inputs, pairs
        self.right = set()

    def pair(self, ours, theirs, clean=None):
        """Both in alternation, after one run of each that is not counted."""
        runs = []
        for i in range(self.pairs + 1):
            if clean:
                shutil.rmtree(clean, ignore_errors=True)
            runs.append((Run(ours), Run(theirs)))
        runs = runs[1:]
        ratios = sorted(a.seconds / b.seconds for a, b in runs)
        seconds = [statistics.median(r[side].seconds for r in runs) for side in (0, 1)]
        return ratios, seconds, [max(r[side].peak for r in runs) for side in (0, 1)]

    def report(self, log, threads):
        path, facts = log
        if path not in self.right:
            done = subprocess.run([self.objtrend, "report", "--format", "json", path], check=True, stdout=subprocess.PIPE)
            found = json.loads(done.stdout)["logs"][0]
            counted = (found["lines"]["read"], found["snapshots"], found["rows"])
            if counted != (facts["lines"], facts["tables"], facts["rows"]):
                sys.exit(f"peers: {path} is read wrongly: {counted} lines, tables and rows, but there are {facts}")
            self.right.add(path)
        return [self.objtrend, "report", f"-j{threads}", path]

    def against(self, kind, threads, *peer, share=1):
        def go():
            log = self.inputs.log(kind, share)
            return self.pair(self.report(log, threads), [*needed(*peer), log[0]])
        return go

    def unpacking(self, tool, options, ending):
        def go():
            needed(tool)
            log = self.inputs.packed(tool, options, ending)
            return self.pair(self.report(log, 0), [tool, "-dc", log[0]])
        return go

    def batch(self):
        folder, paths = self.inputs.archive()
        out = os.path.join(self.inputs.folder, "reports")
        ours = [self.objtrend, "batch", "-q", "--no-plots", folder, "--out", out]
        return self.pair(ours, ["wc", "-l", *paths], clean=out)

    def rows(self):
        """What is read, beside what, and how that is measured."""
        threads = os.cpu_count() or 1
        some = f"{threads} threads"
        pandas = (sys.executable, "-c", PANDAS)
        return [
            ("bare tables, 1 thread", "wc -l", self.against("plain", 1, "wc", "-l")),
            ("bare tables", "wc -l", self.against("plain", threads, "wc", "-l")),
            ("bare tables", "rg -c ^", self.against("plain", threads, "rg", "-c", "^")),
            ("bare tables", "grep -c ^", self.against("plain", threads, "grep", "-c", "^")),
            ("bare tables, a quarter", "gawk, a line fitted per type", self.against("plain", threads, "gawk", AWK, share=4)),
            ("bare tables, a quarter", "Python, a regex a line and pandas", self.against("plain", threads, *pandas, share=4)),
            ("60 % other lines", "wc -l", self.against("mixed", threads, "wc", "-l")),
            ("a logger's prefix on every row", "wc -l", self.against("prefixed", threads, "wc", "-l")),
            ("Docker's JSON lines", "wc -l", self.against("docker", threads, "wc", "-l")),
            ("two processes row by row", "wc -l", self.against("interleaved", threads, "wc", "-l")),
            ("200 types in every table", "wc -l", self.against("wide", threads, "wc", "-l")),
            ("bare tables, gzip -6", "gzip -dc", self.unpacking("gzip", ["-6"], ".gz")),
            ("bare tables, zstd -3", "zstd -dc", self.unpacking("zstd", ["-3", "-q"], ".zst")),
            ("files of 512 KiB, batch --no-plots", "wc -l *", self.batch),
        ]


def needed(program, *arguments):
    if not shutil.which(program):
        raise Missing(f"no {program}")
    if "pandas" in "".join(arguments) and subprocess.run([program, "-c", "import pandas"], capture_output=True).returncode:
        raise Missing("no pandas")
    return [program, *arguments]


def size_of(text):
    match = re.fullmatch(r"(\d+)([KMG]?)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text} is no size such as 256M or 1G")
    return int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30}[match[2]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=size_of, default="1G", help="of each log (default 1G)")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each of the two (default 5)")
    parser.add_argument("--only", metavar="REGEX", default="", help="rows that this matches")
    parser.add_argument("--objtrend", metavar="FILE", help="a program built before (default: builds one)")
    parser.add_argument("--inputs", metavar="DIR", help="keep the logs there (default: they are thrown away)")
    args = parser.parse_args()
    if not args.objtrend:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
        target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
        args.objtrend = os.path.join(target, "release", "objtrend")
    # A process begins as a copy of this one, so that none seems smaller.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)

    def peak(mib):
        return f"< {own * 1.1:.0f} MiB" if mib < own * 1.1 else f"{mib:.0f} MiB"

    with tempfile.TemporaryDirectory(prefix="objtrend-peers-") as temporary:
        if args.inputs:
            os.makedirs(args.inputs, exist_ok=True)
        bench = Bench(args.objtrend, Inputs(args.inputs or temporary, args.size), args.pairs)
        print(f"Logs of {args.size / (1 << 20):g} MiB, medians of {args.pairs} pairs, {os.cpu_count()} threads.\n")
        print("| log | beside | times as long | lowest to highest | objtrend | peer | peak | peer's peak |")
        print("| --- | --- | ---: | :---: | ---: | ---: | ---: | ---: |", flush=True)
        for log, peer, go in bench.rows():
            if not re.search(args.only, f"{log}, {peer}"):
                continue
            try:
                ratios, seconds, peaks = go()
            except Missing as missing:
                print(f"| {log} | {peer} | {missing} here | | | | | |", flush=True)
                continue
            cells = [times(statistics.median(ratios)), f"{times(ratios[0])} to {times(ratios[-1])}"]
            cells += [f"{s:.3g} s" for s in seconds] + [peak(mib) for mib in peaks]
            print(f"| {log} | {peer} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
