"""Strict little readers of what farmctl prints for programs."""

import csv
import io
import re

INFLUX_KEY = r"(?:[^,= \\\n]|\\[,= ])+"
INFLUX_LINE = re.compile(
    r"((?:[^, \\\n]|\\[, ])+)"  # measurement
    rf"((?:,{INFLUX_KEY}={INFLUX_KEY})*)"
    rf" ({INFLUX_KEY})="
    r'("(?:[^"\\]|\\["\\])*"|[^ ",]+)'
    r" (-?[0-9]+)$")
PROMETHEUS_LINE = re.compile(
    r"([a-zA-Z_:][a-zA-Z0-9_:]*)"
    r'\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*",?)*)\}'
    r" (NaN|[+-]Inf|[-+0-9.eE]+)$")
PROMETHEUS_LABEL = re.compile(r'([a-zA-Z0-9_]+)="((?:[^"\\]|\\[\\"n])*)"')


def _influx_value(text):
    if text[0] == '"':
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    if text in ("true", "false"):
        return text == "true"
    if text[-1] in "iu":
        number = int(text[:-1])
        low, high = {"i": (-2**63, 2**63 - 1), "u": (0, 2**64 - 1)}[text[-1]]
        assert low <= number <= high, text
        return number
    assert re.fullmatch(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?", text), text
    return float(text)


def influx(text):
    """[(measurement, {tag: value}, value, ns)] of line protocol."""
    assert text == "" or text.endswith("\n")

    def plain(escaped):
        return re.sub(r"\\([,= ])", r"\1", escaped)

    lines = []
    for line in text.split("\n")[:-1]:
        hit = INFLUX_LINE.match(line)
        assert hit, f"not line protocol: {line}"
        pairs = re.findall(rf",({INFLUX_KEY})=({INFLUX_KEY})", hit[2])
        assert hit[3] == "value"
        lines.append((plain(hit[1]), {plain(k): plain(v) for k, v in pairs},
                      _influx_value(hit[4]), int(hit[5])))
    return lines


def prometheus(text):
    """{(metric, labels in order): value text} of the text format 0.0.4."""
    assert text == "" or text.endswith("\n")
    unescaped = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
    samples, closed, current = {}, set(), None
    for line in text.split("\n")[:-1]:
        hit = PROMETHEUS_LINE.match(line)
        assert hit, f"not Prometheus' text format: {line}"
        if hit[1] != current:
            assert hit[1] not in closed, f"{hit[1]} is in two places"
            closed.add(current)
            current = hit[1]
        key = (hit[1], tuple(
            (k, re.sub(r'\\[\\"n]', lambda m: unescaped[m[0]], v))
            for k, v in PROMETHEUS_LABEL.findall(hit[2])))
        assert key not in samples, f"{line}: twice"
        samples[key] = hit[3]
    return samples


def table(text):
    """[{title: cell}], of cells without two blanks in a row."""
    lines = text.split("\n")
    assert lines[-1] == ""
    titles = re.split(r"  +", lines[0])
    for line in lines[:-1]:
        assert line == line.rstrip(), f"blanks at the end: {line!r}"
    rows = []
    for line in lines[1:-1]:
        cells = re.split(r"  +", line)
        rows.append(dict(zip(titles, cells)))
    return rows


def rows(text):
    """[{column: text}] of CSV."""
    return list(csv.DictReader(io.StringIO(text, newline="")))
