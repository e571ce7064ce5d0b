/* byteorder.c - 64-bit numbers of the network. */
#include "abi.h"

unsigned long long
ntohll(unsigned long long n)
{
	return be64toh(n);
}

unsigned long long
htonll(unsigned long long n)
{
	return htobe64(n);
}
