#!/usr/bin/perl
# A collector in Perl: do services answer?  Each is a node of its own.
#
#	- exec: {command: [services.pl, ssh=22, web=80], format: monalisa}
#
# Lines of tabs, as MonALISA's monStatusCmd reads them, and DONE in the end.
use strict;
use warnings;
use IO::Socket::INET;

for (@ARGV) {
	my ($name, $port) = split /=/;
	my $socket = IO::Socket::INET->new(PeerHost => 'localhost',
	    PeerPort => $port, Timeout => 2);
	print join("\t", $name, 'up', $socket ? 1 : 0, 'port', $port), "\n";
}
print "DONE\n";
