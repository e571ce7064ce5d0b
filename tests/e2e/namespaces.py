"""Namespaces that daemons of others run in, within those of the tests."""

# As root, some want more than a root of a namespace may.
NOBODY = ("unshare", "--user", "--map-user=65534", "--map-group=65534")

# Behind it: what a daemon started outlives it, but not the first process of
# its namespace, which ends with its parent.
FAMILY = ("--pid", "--fork", "--kill-child", "sh", "-c", '"$@"; exit', "sh")
