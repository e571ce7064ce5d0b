"""A Grid Engine of one's own: its master and one host, on loopback."""

import os
import pathlib
import subprocess

from farm import eventually
from namespaces import FAMILY, NOBODY

HOST = "grid"
SHARE = pathlib.Path("/usr/share/gridengine")
PROGRAMS = pathlib.Path("/usr/lib/gridengine")

# All of it runs in namespaces, so that it is on a host whose name 127.0.0.1
# has, whatever this machine is called, and is nobody's.
INSIDE = """#!/bin/sh
exec unshare --mount --uts sh -c '
mount --bind {folder}/hosts /etc/hosts && hostname {host} && exec "$@"' \\
sh {nobody} "$@"
"""

PROGRAM = """#!/bin/sh
exec {folder}/inside {program} "$@"
"""

# Three quarters for cms, one for who has no project.
SHARE_TREE = """id=0
name=Root
type=0
shares=1
childnodes=1,2
id=1
name=cms
type=1
shares=300
childnodes=NONE
id=2
name=default
type=0
shares=100
childnodes=NONE
"""

SUBMIT = ("-b", "y", "-cwd", "-terse", "-o", "/dev/null", "-e", "/dev/null")

BOOTSTRAP = """Version: 6.2
admin_user nobody
default_domain none
ignore_fqdn false
spooling_method classic
spooling_lib libspoolc
spooling_params {cell}/common;{cell}/spool
binary_path {programs}
qmaster_spool_dir {cell}/spool
security_mode none
listener_threads 2
worker_threads 2
scheduler_threads 1
"""

CHANGES = {
    "execd_spool_dir": "{cell}/exec",
    "load_report_time": "00:00:01",
    "min_uid": "0",
    "min_gid": "0",
    "mailer": "/bin/true",
    "gid_range": "50000-50100",
    "shell_start_mode": "unix_behavior",
    "reporting_params": "accounting=true reporting=false "
                        "flush_time=00:00:01 accounting_flush_time=00:00:01 "
                        "joblog=false sharelog=00:00:00",
}


class GridEngine:
    """Two queues, of three slots and of one."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "root"
        self.cell = self.root / "lab"
        self.processes = []
        self.programs = folder / "programs"
        self.accounting = self.cell / "common" / "accounting"
        self.environment = {
            "SGE_ROOT": str(self.root), "SGE_CELL": "lab",
            "SGE_QMASTER_PORT": "26444", "SGE_EXECD_PORT": "26445",
            "SGE_SINGLE_LINE": "1"}
        self._files()
        self._spool()

    def _files(self):
        for name in ("common", "spool/job_scripts", "exec"):
            (self.cell / name).mkdir(parents=True)
        for name in ("bin", "lib", "utilbin"):
            (self.root / name).mkdir()
            (self.root / name / "lx-amd64").symlink_to(PROGRAMS)
        (self.root / "util").symlink_to(SHARE / "util")
        common = self.cell / "common"
        common.joinpath("bootstrap").write_text(BOOTSTRAP.format(
            cell=self.cell, programs=PROGRAMS))
        common.joinpath("act_qmaster").write_text(HOST + "\n")
        (self.folder / "hosts").write_text(f"127.0.0.1 {HOST} localhost\n")
        self._script(self.folder / "inside", INSIDE, host=HOST,
                     nobody=" ".join(NOBODY))
        self._script(self.folder / "editor",
                     '#!/bin/sh\nexec sed -i "$CHANGE" "$1"\n')
        self.programs.mkdir()
        for name in ("qstat", "qhost", "sge_share_mon"):
            self._script(self.programs / name, PROGRAM,
                         program=PROGRAMS / name)

    def _script(self, path, text, **words):
        path.write_text(text.format(folder=self.folder, **words))
        path.chmod(0o755)

    def _spool(self):
        """What its installation would ask for."""
        configuration = self.folder / "configuration"
        lines = (SHARE / "default-configuration").read_text().splitlines()
        configuration.write_text("".join(
            f"{name} {CHANGES.get(name, value).format(cell=self.cell)}\n"
            for name, _, value in (line.partition(" ") for line in lines)))
        self.run("spoolinit", "classic", "libspoolc",
                 f"{self.cell}/common;{self.cell}/spool", "init")
        for what, source in (("configuration", configuration),
                             ("complexes", SHARE / "util/resources/centry"),
                             ("usersets", SHARE / "util/resources/usersets"),
                             ("managers", "nobody"),
                             ("operators", "nobody"),
                             ("adminhosts", HOST)):
            self.run("spooldefaults", what, str(source))

    def start(self):
        self._daemon("sge_qmaster")
        eventually(lambda: self.run("qconf", "-sh", check=False) == HOST + "\n",
                   "a master", 120)
        self._configure()
        self._daemon("sge_execd")
        # "-NA-" until it has said its load.
        eventually(lambda: self.run("qstat", "-f").count(" lx-amd64 ") == 2
                   and "-NA-" not in self.run("qstat", "-f"),
                   "two queues with a load", 120)

    def _configure(self):
        self.run("qconf", "-as", HOST)
        self._edit("-ae", f"s/^hostname .*/hostname {HOST}/")
        self._edit("-ap", "s/^slots .*/slots 999/; "
                   "s/^allocation_rule .*/allocation_rule $fill_up/", "smp")
        self._edit("-aprj", "s/^name .*/name cms/")
        for queue, slots in (("all.q", 3), ("long.q", 1)):
            self._edit("-aq", f"s/^hostlist .*/hostlist {HOST}/; "
                       "s/^pe_list .*/pe_list smp/; "
                       "s/^load_thresholds .*/load_thresholds NONE/; "
                       f"s/^slots .*/slots {slots}/", queue)
        self._edit("-msconf", "s/^schedule_interval .*/schedule_interval 0:0:1/")

    def share(self):
        tree = self.folder / "tree"
        tree.write_text(SHARE_TREE)
        self.run("qconf", "-Astree", str(tree))

    def _edit(self, option, change, *names):
        """qconf shows a template to an editor, and takes what that leaves."""
        self.run("qconf", option, *names, CHANGE=change,
                 EDITOR=str(self.folder / "editor"))

    def _daemon(self, name):
        log = open(self.folder / f"{name}.log", "ab")
        self.processes.append(subprocess.Popen(
            self._command(*FAMILY, PROGRAMS / name),
            env=self._environment(SGE_ND="1"), stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, cwd=self.folder))

    def _command(self, *command):
        return [str(word) for word in (self.folder / "inside", *command)]

    def _environment(self, **more):
        return {**os.environ, **self.environment,
                "LD_LIBRARY_PATH": str(PROGRAMS), **more}

    def run(self, program, *arguments, check=True, **more):
        done = subprocess.run(
            self._command(PROGRAMS / program, *arguments), text=True,
            capture_output=True, timeout=60, check=False, cwd=self.folder,
            env=self._environment(**more), stdin=subprocess.DEVNULL)
        assert not check or done.returncode == 0, \
            f"{program} {arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def submit(self, *words):
        """Options and the job's words; returns its number."""
        said = self.run("qsub", *SUBMIT, *words)
        return said.strip().partition(".")[0]

    def state(self, job):
        """In letters; None if it is not listed."""
        for line in self.run("qstat", "-u", "*").splitlines()[2:]:
            words = line.split()
            if words[0] == job:
                return words[4]
        return None

    def accounted(self):
        """The jobs in the accounting file, in its order."""
        if not self.accounting.exists():
            return []
        return [line.split(":")[5]
                for line in self.accounting.read_text().splitlines()
                if not line.startswith("#")]

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait(30)
        self.processes = []
