#!/usr/bin/perl
# Something as an event of NetLogger's, whose numbers are values, too:
# logins.pl HOST [PORT].  Here it is who is logged in.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX qw(strftime);
use Sys::Hostname;
use Time::HiRes qw(time);

# A value that is empty or holds blanks or quotes stands in quotes.
sub quoted {
	my ($value) = @_;

	return $value if $value =~ /^[^\s"]+$/;
	$value =~ s/(["\\])/\\$1/g;
	return "\"$value\"";
}

# Fields come in pairs and stay in their order.
sub event {
	my ($program, $event, @fields) = @_;
	my $now = time;
	my $line = sprintf "DATE=%s.%06d HOST=%s PROG=%s LVL=Usage NL.EVNT=%s",
	    strftime('%Y%m%d%H%M%S', gmtime $now), ($now - int $now) * 1e6,
	    hostname(), $program, $event;

	while (my ($name, $value) = splice @fields, 0, 2) {
		$line .= " $name=" . quoted($value);
	}
	return "$line\n";
}

my ($host, $port) = (@ARGV, 14830);
die "usage: logins.pl HOST [PORT]\n" unless @ARGV;
my $socket = IO::Socket::INET->new(
	PeerAddr => $host, PeerPort => $port, Proto => 'tcp')
    or die "logins.pl: $host:$port: $@\n";

my %seen = map { (split)[0] => 1 } qx(who);
print $socket event('logins', 'Users', COUNT => scalar keys %seen,
	NAMES => join ' ', sort keys %seen);
close $socket or die "logins.pl: $host:$port: $!\n";
