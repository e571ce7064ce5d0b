"""Debian's Nagios 4, nsca and nrpe, as servers of a test's own."""

import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

from farm import eventually

PLUGINS = pathlib.Path("/usr/lib/nagios/plugins")
# NSCA's encryption_method, and what it is called here.
METHODS = [(0, "plain"), (1, "xor"), (3, "3des"), (14, "aes256")]
PATH = os.environ["PATH"] + ":/usr/sbin"

MAIN = """
log_file={0}/nagios.log
cfg_file={0}/objects.cfg
object_cache_file={0}/objects.cache
precached_object_file={0}/objects.precache
resource_file={0}/resource.cfg
status_file={0}/status.dat
status_update_interval=1
check_external_commands=1
command_file={0}/nagios.cmd
lock_file={0}/nagios.pid
temp_file={0}/nagios.tmp
temp_path={0}
check_result_path={0}/checkresults
check_result_reaper_frequency=1
query_socket={0}/nagios.qh
state_retention_file={0}/retention.dat
nagios_user=root
nagios_group=root
use_syslog=0
interval_length=1
log_passive_checks=1
"""

OBJECTS = """
define command{
 command_name dummy
 command_line /bin/true
}
define timeperiod{
 timeperiod_name 24x7
 alias always
 sunday 00:00-24:00
 monday 00:00-24:00
 tuesday 00:00-24:00
 wednesday 00:00-24:00
 thursday 00:00-24:00
 friday 00:00-24:00
 saturday 00:00-24:00
}
define contact{
 contact_name nobody
 host_notifications_enabled 0
 service_notifications_enabled 0
 host_notification_period 24x7
 service_notification_period 24x7
 host_notification_options n
 service_notification_options n
 host_notification_commands dummy
 service_notification_commands dummy
}
"""

HOST = """
define host{{
 host_name {0}
 address 127.0.0.1
 check_command dummy
 active_checks_enabled 0
 max_check_attempts 1
 check_period 24x7
 contacts nobody
 notification_period 24x7
}}
"""

SERVICE = """
define service{{
 host_name {0}
 service_description {1}
 check_command {2}
 active_checks_enabled {3}
 max_check_attempts 1
 check_interval 1
 retry_interval 1
 check_period 24x7
 contacts nobody
 notification_period 24x7
}}
"""


def program(name):
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def service(host, name, command="dummy"):
    return SERVICE.format(host, name, command, int(command != "dummy"))


class Nagios:
    """A Nagios of these hosts and services, which it is told of."""

    def __init__(self, folder, hosts=(), objects=""):
        self.folder = folder
        self.folder.mkdir()
        self.command_file = folder / "nagios.cmd"
        self.spool = folder / "checkresults"
        self.spool.mkdir()
        (folder / "resource.cfg").write_text("")
        (folder / "nagios.cfg").write_text(MAIN.format(folder))
        (folder / "objects.cfg").write_text(
            OBJECTS + "".join(HOST.format(h) for h in hosts) + objects)
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [program("nagios4"), str(self.folder / "nagios.cfg")],
            stdout=(self.folder / "out").open("w"), stderr=subprocess.STDOUT)
        eventually(lambda: self.command_file.is_fifo() and self.status(),
                   "Nagios is up")

    def status(self):
        """{(host, service or None): fields of status.dat}"""
        try:
            text = (self.folder / "status.dat").read_text()
        except OSError:
            return {}
        found = {}
        for kind, block in re.findall(
                r"^(host|service)status \{\n(.*?)^\s*\}", text, re.M | re.S):
            fields = dict(line.strip().split("=", 1)
                          for line in block.splitlines() if "=" in line)
            found[fields["host_name"], fields.get("service_description")
                  if kind == "service" else None] = fields
        return found

    def wait(self, host, name, state, output=""):
        """Until that is its state, and stands in its output; its fields."""
        def is_so():
            fields = self.status().get((host, name), {})
            return fields if fields.get("current_state") == str(state) and \
                fields.get("has_been_checked") == "1" and \
                output in fields.get("plugin_output", "") else None

        return eventually(is_so, f"{host}/{name} is {state}", 60)

    def signal(self, number):
        """To it and to its children, one of which reads the command file."""
        main = self.process.pid
        children = pathlib.Path(f"/proc/{main}/task/{main}/children")
        for pid in [main, *map(int, children.read_text().split())]:
            os.kill(pid, number)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A program in the foreground that listens."""

    def __init__(self, port, *command, log):
        self.port = port
        self.process = subprocess.Popen(
            [str(c) for c in command], stdout=log.open("w"),
            stderr=subprocess.STDOUT)
        eventually(self.answers, f"{command[0]} listens")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
            return True
        except OSError:
            assert self.process.poll() is None
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def nsca(folder, command_file, method, password="sekrit"):
    """Debian's nsca, which writes to the command file."""
    port = free_port()
    config = folder / "nsca.cfg"
    config.write_text(
        f"server_port={port}\nserver_address=127.0.0.1\nnsca_user=root\n"
        f"nsca_group=root\ncommand_file={command_file}\n"
        f"alternate_dump_file={folder}/nsca.dump\npid_file={folder}/nsca.pid\n"
        f"max_packet_age=30\npassword={password}\n"
        f"decryption_method={method}\n")
    return Server(port, program("nsca"), "-f", "-c", config,
                  log=folder / "nsca.log")
