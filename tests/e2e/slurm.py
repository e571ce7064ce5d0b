"""A Slurm cluster of one's own: its controller and nodes, on loopback."""

import os
import socket
import subprocess

from farm import eventually
from namespaces import FAMILY, NOBODY

CONF = """
ClusterName=lab
SlurmctldHost=localhost(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
SlurmctldPort=26817
SlurmctldPidFile={folder}/ctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmdSpoolDir={folder}/%n
StateSaveLocation={folder}/state
SlurmctldLogFile={folder}/ctld.log
SlurmdLogFile={folder}/%n.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
ReturnToService=2
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobCompType=jobcomp/none
{accounting}
SlurmctldTimeout=30
SlurmdTimeout=300
MinJobAge=300
KillWait=2
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[26821-26822] CPUs=2 RealMemory=100 State=UNKNOWN
NodeName=gone NodeAddr=127.0.0.2 Port=26831 CPUs=4 RealMemory=8000 State=DOWN Reason=lost
PartitionName=batch Nodes=n[1-2],gone Default=YES MaxTime=60 State=UP
PartitionName=debug Nodes=n1 MaxTime=30 State=UP
"""

NO_ACCOUNTING = """JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none"""
ACCOUNTING = """JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobRequeue=1
PriorityType=priority/multifactor
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=26819"""
DBD_CONF = """
AuthType=auth/none
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=26819
SlurmUser=nobody
LogFile={folder}/dbd.log
PidFile={folder}/dbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=farm
StoragePass=s3cret
StorageLoc=slurm
"""

# Slurm knows jobs by /proc.
NODE = ("--mount-proc", *FAMILY)


class Slurm:
    """Needs no munge, and only for accounting a database: a Server of
    database.py."""

    def __init__(self, folder, database=None):
        self.folder = folder
        self.database = database
        self.processes = {}
        self.nodes = []
        for name in ("state", "n1", "n2"):
            (folder / name).mkdir()
        conf = folder / "slurm.conf"
        conf.write_text(CONF.format(
            user="nobody", folder=folder, host=socket.gethostname(),
            accounting=ACCOUNTING if database else NO_ACCOUNTING))
        (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        self.environment = {"SLURM_CONF": str(conf)}

    def start(self):
        # Names are not resolved where 127.0.0.1 is the only address.
        subprocess.run(["ip", "address", "replace", "127.0.0.2/8", "dev",
                        "lo"], check=True)
        if self.database:
            self._start_accounting()
        self._daemon("slurmctld", "-D", "-c")
        for node in ("n1", "n2"):
            self.nodes.append(
                self._start(*NODE, "slurmd", "-D", "-N", node))
        eventually(lambda: self.run("sinfo", "-h", "-n", "n1,n2", "-N", "-o",
                                    "%T", check=False)
                   .split() == ["idle"] * 3, "two nodes that are idle", 120)

    def _start_accounting(self):
        conf = self.folder / "slurmdbd.conf"
        conf.write_text(DBD_CONF.format(folder=self.folder))
        conf.chmod(0o600)
        self.start_slurmdbd()
        self.run("sacctmgr", "-i", "add", "cluster", "lab")
        self.run("sacctmgr", "-i", "add", "account", "physics")
        self.run("sacctmgr", "-i", "add", "user", "nobody",
                 "account=physics")

    def start_slurmdbd(self):
        self._daemon("slurmdbd", "-D",
                     MYSQL_UNIX_PORT=str(self.database.folder / "socket"))
        eventually(lambda: self.run("sacctmgr", "-n", "list", "qos",
                                    check=False), "slurmdbd", 120)

    def _daemon(self, *command, **environment):
        self.processes[command[0]] = self._start(*command, **environment)

    def _start(self, *command, **environment):
        with open(self.folder / "daemons.log", "ab") as log:
            return subprocess.Popen(
                NOBODY + command,
                env={**os.environ, **self.environment, **environment},
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def run(self, *command, check=True):
        return subprocess.run(
            NOBODY + command, env={**os.environ, **self.environment},
            text=True,
            capture_output=True, timeout=60, check=check).stdout

    def submit(self, *options):
        out = self.run("sbatch", "--parsable", "-D", str(self.folder), "-o",
                       "/dev/null", *options)
        return out.strip()

    def stop(self, *names):
        """These daemons; all of them, and what they run, if none is
        named."""
        if not names:
            self._stop_nodes()
        gone = [self.processes.pop(name)
                for name in names or list(reversed(self.processes))]
        for process in gone:
            process.terminate()
        for process in gone:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(30)

    def _stop_nodes(self):
        while self.nodes:
            node = self.nodes.pop()
            node.kill()
            node.wait(30)
