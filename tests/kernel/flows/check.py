"""check.py [OPTION...] SKTOP LOAD KIND [NAME=NUMBER...]: what sktop says of a load whose bytes and
connections are known (load.c), in the network namespace that this runs in.

All runs of sktop watch the same load from before its start until nothing moves any more. Nothing
is timed: the load counts, and a run is over when its samples stand still.

For each host, process and cgroup, the sum of rate x interval over all samples and the growth of
tx-sum and rx-sum are held against the truth. Exit status 0: all within the tolerance.
"""
import argparse, json, subprocess, sys, threading, time

PATIENCE = 120  # seconds without what is waited for: the machine is not slow, something hangs
TOLERANCE = 0.005
DIRECTIONS = ("tx", "rx")
NOBODY = None  # the pid of the row that has the sockets of unknown processes


class Run:
    """sktop -b -j, and its samples so far."""

    def __init__(self, options, delay, pane, more=(), inside=()):
        self.name = "%s s, %s" % (delay, pane)
        self.pane, self.samples, self.changed = pane, [], threading.Condition()
        self.hurried = float(delay) < 1  # a busy machine may not find every owner in time
        command = [*inside, options.sktop, "-b", "-j", "-n", "-d", delay, *more,
                   *options.sktop_options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.samples.append(json.loads(line))
                self.changed.notify_all()

    def wait(self, what, is_so):
        with self.changed:
            if not self.changed.wait_for(lambda: is_so(self.samples), PATIENCE):
                sys.exit("FAILED: %s: waited in vain for %s" % (self.name, what))

    def end(self):
        self.process.terminate() # SIGINT may be ignored in the background
        self.process.wait()


def rows(sample, pane):
    return sample[pane] or []


def standing_still(samples):
    """Nothing moves in a sample, and its sums are those of the sample before."""
    def moves(sample):
        return [row.get(d) for pane in ("hosts", "processes") if pane in sample
                for row in rows(sample, pane) for d in DIRECTIONS if row.get(d)]

    def sums(sample):
        flows = sample.get("flows") or {}
        return [flows.get(d + "-sum") for d in DIRECTIONS] + [sample["losses"]["events-lost"]]
    return len(samples) >= 3 and not any(moves(s) for s in samples[-2:]) and \
        sums(samples[-1]) == sums(samples[-2]) == sums(samples[-3])


class Figure:
    """All that a run says of one row in one direction."""

    def __init__(self, run, pane, key, value, direction, first):
        self.flowed = self.sum = None
        self.flowed_at_least = self.sum_at_least = False # lower bounds, as sktop marks them
        before = None
        for number, sample in enumerate(run.samples):
            for row in rows(sample, pane):
                if row[key] != value:
                    continue
                rate, total = row.get(direction), row.get(direction + "-sum")
                if number >= first:
                    if rate is not None and sample["interval"]:
                        self.flowed = (self.flowed or 0) + rate * sample["interval"]
                    self.flowed_at_least |= bool(row.get(direction + "-at-least"))
                    if total is not None:
                        self.sum = total
                        self.sum_at_least = bool(row.get(direction + "-sum-at-least"))
                elif total is not None:
                    before = total
        if self.sum is not None:
            self.sum -= before or 0


class Checker:
    def __init__(self, options):
        self.options, self.failed, self.lines = options, 0, []

    def fail(self, words):
        self.failed = 1
        print("FAILED: " + words)

    def number(self, what, truth, got, doubted=False, least=None, may_doubt=False):
        """Within the tolerance; or, if marked as a lower bound, not above it."""
        share = "" if got is None or not truth else "%+.2f %%" % (100 * (got - truth) / truth)
        self.lines.append("%-58s %15d %15s %10s%s" % (
            what, truth, "-" if got is None else "%.0f" % got, share, " at least" * bool(doubted)))
        if self.options.report:
            return
        if doubted and not self.options.doubts and not may_doubt:
            self.fail("%s: is marked as a lower bound, but nothing was lost" % what)
        if got is None:
            if truth if least is None else least > 1:
                self.fail("%s: unknown, %d in truth" % (what, truth))
        elif got > truth * (1 + TOLERANCE) + 1:
            self.fail("%s: %.0f, more than %d" % (what, got, truth))
        elif got < (truth if least is None else least) * (1 - TOLERANCE) - 1 and not doubted:
            self.fail("%s: %.0f of %d, and not marked as a lower bound" % (what, got, truth))

    def row(self, run, pane, key, value, truth, first, least=None, may_doubt=False):
        for d in DIRECTIONS:
            figure = Figure(run, pane, key, value, d, first)
            for kind, got, doubted in (
                    ("rate x interval", figure.flowed, figure.flowed_at_least),
                    ("growth of the sum", figure.sum, figure.sum_at_least)):
                self.number("%s: %s %s %s" % (run.name, value, d, kind), truth[d], got,
                            doubted, least and least[d], may_doubt)

    def unknown(self, run, pane, key, value, first):
        """Neither 0 nor anything else is said of bytes that nobody counts."""
        if not any(row[key] == value for s in run.samples for row in rows(s, pane)):
            self.fail("%s: %s is not shown" % (run.name, value))
        for d in DIRECTIONS:
            figure = Figure(run, pane, key, value, d, first)
            for kind, got, doubted in ("rate", figure.flowed, figure.flowed_at_least), \
                    ("sum", figure.sum, figure.sum_at_least):
                if got is not None and not doubted:
                    self.fail("%s: %s %s: the %s is %s, but nobody can know it" % (
                        run.name, value, d, kind, got))

    def nobody(self, run, pane, key, values, first):
        """What stands with those that are not named."""
        got = dict.fromkeys(DIRECTIONS, 0)
        for value in values:
            for d in DIRECTIONS:
                got[d] += Figure(run, pane, key, value, d, first).flowed or 0
        return got

    def whole(self, run, truth, first):
        flows = [s.get("flows") or {} for s in run.samples]
        ends = truth["server"], truth["client"]
        for d in DIRECTIONS:
            bytes_ = sum(end[d] for end in ends)
            rate = sum(f[d] * s["interval"] for f, s in zip(flows, run.samples)
                       if s["interval"] and f.get(d) is not None) if any(flows) else None
            last = flows[-1].get(d + "-sum")
            self.number("%s: all %s rate x interval" % (run.name, d), bytes_, rate,
                        any(f.get("at-least") for f in flows))
            self.number("%s: all %s growth of the sum" % (run.name, d), bytes_,
                        None if last is None else last - (flows[first - 1].get(d + "-sum") or 0),
                        flows[-1].get("sums-at-least"))

    def count(self, run, truth, key, first):
        """Connections opened or closed; both ends are of this namespace."""
        ends = [truth["server"]["connections"], truth["client"]["connections"]]
        if key == "closed" and self.options.keep:
            ends = [n - self.options.keep for n in ends]
        flows = [(s.get("flows") or {}, s["interval"]) for s in run.samples]
        got = sum(f[key] * i for f, i in flows if i and f.get(key) is not None) \
            if any(f for f, _ in flows) else None
        self.number("%s: connections %s, rate x interval" % (run.name, key), sum(ends), got,
                    any(f.get("at-least") for f, _ in flows))
        last = flows[-1][0].get(key + "-sum")
        self.number("%s: connections %s, growth of the sum" % (run.name, key), sum(ends),
                    None if last is None else last - (flows[first - 1][0].get(key + "-sum") or 0),
                    flows[-1][0].get("sums-at-least"))


def make_runs(options):
    runs = []
    for delay in options.delays:
        runs.append(Run(options, delay, "processes", ["--pane", "hosts,processes"]))
    if options.cgroup and not options.no_hosts:
        runs.append(Run(options, options.delays[0], "cgroups", ["--pane", "hosts", "--group",
                                                                "cgroup"]))
    return runs


def watch(options, load):
    """Starts the runs, then the load. Returns the runs, the truth, and where it begins."""
    ready = json.loads(load.stdout.readline() or sys.exit(load.wait()))
    runs = make_runs(options)
    for run in runs:
        # the process of the listener is known, and what stood before has been seen
        run.wait("two samples", lambda samples: len(samples) >= 2)
    firsts = [len(run.samples) for run in runs]
    load.stdin.write(b"go\n")
    load.stdin.flush()
    truth = json.loads(load.stdout.readline() or sys.exit("FAILED: the load ended"))
    for run in runs:
        then = len(run.samples)
        run.wait("samples that stand still",
                 lambda samples: len(samples) >= then + 3 and standing_still(samples))
        run.end()
    load.stdin.close()
    load.wait()
    assert ready["server"]["pid"] == truth["server"]["pid"]
    return runs, truth, firsts


def judge(checker, run, truth, first):
    options = checker.options
    if options.unknown:
        for name in "server", "client":
            if run.pane != "cgroups":
                checker.unknown(run, "processes", "pid", truth[name]["pid"], first)
            elif truth[name]["cgroup"]:
                checker.unknown(run, "hosts", "host", truth[name]["cgroup"], first)
        return
    if run.pane == "cgroups":
        for name in "server", "client":
            if truth[name]["cgroup"]:
                judge_maker(checker, run, "hosts", "host", truth[name]["cgroup"],
                            ["(unknown)", "(none)", "-"], truth, name, first)
        return
    if not options.no_hosts:
        for host, bytes_ in truth["hosts"].items():
            checker.row(run, "hosts", "host", host, bytes_, first)
    for name in "server", "client":
        judge_maker(checker, run, "processes", "pid", truth[name]["pid"], [NOBODY], truth, name,
                    first)
    if not options.no_whole:
        checker.whole(run, truth, first)
        checker.count(run, truth, "opened", first)
        checker.count(run, truth, "closed", first)


def judge_maker(checker, run, pane, key, value, nobody, truth, name, first):
    """Without BPF nobody can know who opened a connection that no sample has seen: what is
    missing with its maker is then with nobody, and not with another one. So each process may
    have moved more than is known."""
    least = None
    if run.hurried or (name == "client" and checker.options.makers_unknown):
        others = checker.nobody(run, pane, key, nobody, first)
        least = {d: max(truth[name][d] - others[d], 0) for d in DIRECTIONS}
    checker.row(run, pane, key, value, truth[name], first, least,
                checker.options.makers_unknown or run.hurried)


def judge_losses(checker, runs):
    """Made so that events are lost: that is said, and the figures are lower bounds."""
    for run in runs:
        last = run.samples[-1]
        if not last["losses"]["events-lost"]:
            checker.fail("%s: no event was lost" % run.name)
        if not last["flows"]["sums-at-least"]:
            checker.fail("%s: the sums of all are not marked as lower bounds" % run.name)
        if not any(row.get("rx-sum-at-least") for row in rows(last, "hosts")):
            checker.fail("%s: no host is marked as a lower bound" % run.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("sktop")
    add("load")
    add("kind")
    add("numbers", nargs="*")
    add("--delays", type=lambda text: text.split(","), default=["1", "0.2"])
    add("--cgroup", help="where cgroup v2 is mounted and may be written")
    add("--traced", metavar="PART", help="what tracepoints must tell (ends, bytes); skipped where "
        "the kernel or the build has none")
    add("--report", action="store_true", help="print all figures, and judge none")
    add("--doubts", action="store_true", help="figures may be marked as lower bounds")
    add("--lossy", action="store_true", help="events must be lost, and that must be said")
    add("--unknown", action="store_true", help="nobody can know these bytes")
    add("--makers-unknown", action="store_true", help="nobody tells who opened a connection")
    add("--no-hosts", action="store_true", help="such sockets have no address")
    add("--no-whole", action="store_true", help="leave out the whole: it is of TCP")
    add("--keep", type=int, default=0, help="so many connections stay open")
    add("--sktop-options", type=str.split, default=[])
    options = parser.parse_args()
    options.doubts |= options.lossy
    command = [options.load] + (["-g", options.cgroup] if options.cgroup else [])
    load = subprocess.Popen(command + [options.kind] + options.numbers,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    started = time.monotonic()
    runs, truth, firsts = watch(options, load)
    checker = Checker(options)
    if options.traced and not all(options.traced in s["tracepoints"]
                                  for r, f in zip(runs, firsts) for s in r.samples[f:]):
        sys.exit(77)
    if options.lossy:
        judge_losses(checker, runs)
    for run, first in zip(runs, firsts):
        judge(checker, run, truth, first)
    if checker.failed or options.report:
        print("%-58s %15s %15s" % ("", "truth", "sktop"))
        print("\n".join(checker.lines))
    print("%s: %d figures of %d samples in %.1f s" % (
        options.kind, len(checker.lines), sum(len(r.samples) for r in runs),
        time.monotonic() - started))
    return checker.failed


if __name__ == "__main__":
    sys.exit(main())
