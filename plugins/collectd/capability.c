/* capability.c - may this process do that? */
#include "abi.h"

#include <linux/capability.h>
#include <sys/syscall.h>

/* Asked of the kernel, so that no library is needed for one bit. */
int
check_capability(int arg)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (arg < 0 || arg >= 32 * _LINUX_CAPABILITY_U32S_3)
		return -1;
	if (syscall(SYS_capget, &header, data) != 0)
		return -1;
	return (data[arg / 32].effective & (1u << arg % 32)) != 0 ? 0 : -1;
}
