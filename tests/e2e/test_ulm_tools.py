"""farmctl ulm: files of NetLogger's lines, merged, sorted, filtered and
converted."""

import json
import random
import resource
import subprocess
import xml.etree.ElementTree as ET

import pytest


FIRST = ("DATE=20000330112320.957943 HOST=dps1.lbl.gov PROG=testProg "
         "LVL=Usage NL.EVNT=WriteData SEND.SZ=49332")
SECOND = ('DATE=20000330112320.957944 HOST=dps2 PROG=testProg LVL=Error '
          'NL.EVNT=ReadData SEND.SZ=7 MSG="a \\"b\\" <c>" X=2 X=007')
THIRD = "DATE=20000330112321 HOST=dps2 PROG=other LVL=Usage"


def ulm(tree, *arguments, lines=None, **how):
    return subprocess.run([tree.farmctl, "ulm", *arguments], input=lines,
                          capture_output=True, text=True, check=False,
                          timeout=120, **how)


def shuffled(n):
    chance = random.Random(7)
    return [f"DATE=200003301123{chance.randrange(60):02d}."
            f"{chance.randrange(50):06d} HOST=h{i % 7} PROG=p LVL=Usage "
            f"NL.EVNT=E N={i}" for i in range(n)]


def by_date(lines):
    return sorted(lines, key=lambda line: line.split()[0])


def text(lines):
    return "".join(line + "\n" for line in lines)


def test_sorted_in_bounded_memory(tree, tmp_path):
    """So little that there are runs of runs, in the address space of one."""
    lines = shuffled(40000)
    (tmp_path / "log").write_text(text(lines))
    room = 128 << 20
    done = ulm(tree, "sort", "--memory", "64KiB", "--folder", tmp_path,
               tmp_path / "log",
               preexec_fn=None if "asan" in str(tree.build) or
               "tsan" in str(tree.build) else lambda: resource.setrlimit(
                   resource.RLIMIT_AS, (room, room)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == text(by_date(lines))
    assert [p.name for p in tmp_path.iterdir()] == ["log"]
    assert ulm(tree, "sort", lines=text(lines)).stdout == done.stdout


@pytest.mark.parametrize("verb", ["sort", "merge"])
def test_nothing(tree, tmp_path, verb):
    (tmp_path / "log").write_text("")
    done = ulm(tree, verb, tmp_path / "log")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_merged(tree, tmp_path):
    lines = shuffled(3000)
    files = []
    for i in range(7):
        files.append(tmp_path / f"log{i}")
        files[-1].write_text(text(by_date(lines[i * 400:(i + 1) * 400])))
    done = ulm(tree, "merge", *files)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == text(by_date(lines[:2800]))


def test_merged_without_order(tree, tmp_path):
    (tmp_path / "a").write_text(text([SECOND, FIRST, THIRD]))
    done = ulm(tree, "merge", tmp_path / "a")
    assert done.returncode == 2
    assert done.stderr == (
        f"farmctl: ulm: {tmp_path}/a:2: older than the line before it; "
        "farmctl ulm sort puts files in order\n")
    assert done.stdout == text([SECOND, FIRST, THIRD])


@pytest.mark.parametrize("arguments,want", [
    (["*"], [FIRST, SECOND, THIRD]),
    (["*/testProg"], [FIRST, SECOND]),
    (["*/*/dps2"], [SECOND, THIRD]),
    (["*/*/*/WriteData"], [FIRST]),
    (["*/*/*/*.SEND.SZ>40000"], [FIRST]),
    (["*/*/*/*.SEND.SZ<40000"], [SECOND]),
    (["*/other,*/*/dps1.lbl.gov"], [FIRST, THIRD]),
    (["*", "--where", "LVL=Err*"], [SECOND]),
    (["*", "--where", 'MSG=a "b" \\<c\\>'], [SECOND]),
    (["*", "--where", "X=007", "--where", "X=2"], [SECOND]),
    (["*", "--from", "2000-03-30T11:23:20.957944Z"], [SECOND, THIRD]),
    (["*", "--to", "2000-03-30T11:23:20.957944Z"], [FIRST]),
])
def test_filtered(tree, arguments, want):
    done = ulm(tree, "filter", *arguments, lines=text([FIRST, SECOND, THIRD]))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == text(want)


def test_converted(tree):
    lines = text([FIRST, SECOND, THIRD])

    done = ulm(tree, "convert", "--format", "json", lines=lines)
    assert (done.returncode, done.stderr) == (0, "")
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert objects[0] == {
        "DATE": "20000330112320.957943", "HOST": "dps1.lbl.gov",
        "PROG": "testProg", "LVL": "Usage", "NL.EVNT": "WriteData",
        "SEND.SZ": 49332}
    assert (objects[1]["MSG"], objects[1]["X"]) == ('a "b" <c>', [2, "007"])

    done = ulm(tree, "convert", "--format", "xml", lines=lines)
    assert (done.returncode, done.stderr) == (0, "")
    events = ET.fromstring(done.stdout)
    assert [[(f.get("name"), f.text) for f in e] for e in events][0] == [
        tuple(field.split("=")) for field in FIRST.split()]
    assert ("MSG", 'a "b" <c>') in [(f.get("name"), f.text)
                                    for f in events[1]]

    done = ulm(tree, "convert", "--format", "influx", lines=lines)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "testProg,host=dps1.lbl.gov,level=Usage,event=WriteData "
        "SEND.SZ=49332 954415400957943000",
        'testProg,host=dps2,level=Error,event=ReadData SEND.SZ=7,'
        'MSG="a \\"b\\" <c>",X=2,X=7 954415400957944000',
        "other,host=dps2,level=Usage count=1i 954415401000000000"]


def test_bad_lines(tree, tmp_path):
    (tmp_path / "log").write_bytes(
        FIRST.encode() + b"\r\n\nDATE=x HOST=h PROG=p LVL=u\n" +
        70000 * b"x" + b"\nDATE=20000330112320 HOST=h LVL=u\n" +
        b"DATE=20000330112320 HOST=h PROG=\xff LVL=u\n" + THIRD.encode())
    done = ulm(tree, "sort", tmp_path / "log", "/nonexistent")
    assert done.returncode == 2
    assert done.stdout == ""
    done = ulm(tree, "sort", tmp_path / "log")
    assert done.returncode == 2
    assert done.stdout == text([FIRST, THIRD])
    where = f"farmctl: ulm: {tmp_path}/log"
    assert done.stderr.splitlines() == [
        f'{where}:3: DATE: "x" is not YYYYMMDDhhmmss[.digits]',
        f"{where}:4: a line of more than 65535 bytes",
        f"{where}:5: PROG is missing",
        f"{where}:6: byte 33 is not UTF-8"]


@pytest.mark.parametrize("arguments,code,said", [
    ([], 64, "usage: farmctl ulm merge FILE..."),
    (["mix"], 64, 'farmctl: ulm: there is no "mix"; farmctl ulm --help says '
     "what is"),
    (["merge"], 64, "farmctl: ulm: merge: too few arguments"),
    (["merge", "--memory", "1MiB", "x"], 64,
     "farmctl: ulm: merge does not take that option"),
    (["convert", "/dev/null"], 2, "farmctl: ulm: --format says what events "
     "become: json, xml or influx"),
    (["sort", "--memory", "1kB"], 2,
     "farmctl: ulm: --memory: 1kB is too little"),
    (["sort", "/nonexistent"], 2,
     "farmctl: ulm: /nonexistent: No such file or directory"),
    (["filter", "*/a/b/-1000/-1/p"], 2, "farmctl: ulm: predicate: its times "
     "mean nothing here; --from and --to do"),
    (["filter", "*/a/b/avg(p,5m)>1"], 2, "farmctl: ulm: predicate: a single "
     "event has no windows of time"),
    (["filter", "*", "--where", "x"], 2,
     'farmctl: ulm: --where: "x" is not NAME=PATTERN'),
])
def test_refused(tree, arguments, code, said):
    done = ulm(tree, *arguments, lines="")
    assert done.returncode == code
    assert done.stderr.startswith(said), done.stderr
