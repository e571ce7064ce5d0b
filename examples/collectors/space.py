#!/usr/bin/python3
"""A collector in Python: space on the disks that are its arguments.

    - exec: {command: [/usr/local/lib/farm/space.py, /, /home], format: json}
"""

import json
import shutil
import sys

for path in sys.argv[1:]:
    usage = shutil.disk_usage(path)
    for name in ("total", "free"):
        print(json.dumps({"parameter": f"space_{name}", "unit": "By",
                          "node": path.replace("/", "_"),
                          "value": getattr(usage, name)}))
