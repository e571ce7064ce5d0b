#!/bin/sh
# vmstat's columns as they come: for `mode: stream' and `format: csv'.
# usage: vmstat.sh [SECONDS]
vmstat -n "${1:-10}" | awk -v OFS=, 'NR > 1 { $1 = $1; print; fflush() }'
