/*
 * malloc() of this program and of the modules in it: what it gives is zeros.
 *
 * libganglia's reading of `mtu' steps through the addresses of the interfaces
 * in strides that are too short, so that behind the second it looks at memory
 * that nobody has written.  In a gmond that is zeros by luck, and passed over;
 * other bytes may be taken for an interface that is not there, which ends the
 * process.
 */
#include <stdlib.h>

/* A sanitizer's own malloc fills what it gives, and must be seen to be it. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
__attribute__((visibility("default"))) void *
malloc(size_t size)
{
	return calloc(1, size);
}
#endif
