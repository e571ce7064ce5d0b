#!/usr/bin/python3
"""Keep values in files by day; for the writer exec.  usage: store.py FOLDER"""
import json, os, sys

rows = {}
for line in sys.stdin:
    row = json.loads(line)
    if "batch" not in row:
        rows.setdefault(row["time"][:10], []).append(line)
        continue
    for day, lines in rows.items():
        with open(os.path.join(sys.argv[1], day), "a") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
    rows.clear()
    print("ok", row["batch"], flush=True)
