#!/bin/sh
# vmstat's columns as values of this host: vmstat.sh TO [SECONDS [TIMES]]
# TO is as farmctl send takes it: HOST[:PORT].
to=${1:?usage: vmstat.sh TO [SECONDS [TIMES]]}
node=$(uname -n)

vmstat -n "${2:-10}" ${3:+"$3"} | awk -v node="$node" '
	NR == 2 { for (i = 1; i <= NF; i++) name[i] = $i }
	NR > 2 {
		for (i = 1; i <= NF; i++)
			printf "Hosts/%s/vmstat_%s=%s\n", node, name[i], $i
		fflush()
	}' | farmctl send --to "$to"
