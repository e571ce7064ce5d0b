#!/bin/sh
# A collector in shell: the load, and how many tasks there are.
#
#	- exec: {command: [/usr/local/lib/farm/load.sh], every: 1m}
#
# A value on each line: its name, the value, a unit if there is one.
set -e
read -r one _ _ tasks _ <"${1:-/proc/loadavg}"
echo "load_one $one"
echo "tasks_running ${tasks%/*} 1"
echo "tasks ${tasks#*/} 1"
