/* System calls that are refused, by a filter of the kernel (seccomp). */
#include "confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#define OTHER_NUMBERS 0x40000000u /* x32: the same calls, numbered anew */
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#endif

#define LOAD(FIELD)                                                            \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, FIELD))
#define ANSWER(WHAT) BPF_STMT(BPF_RET | BPF_K, WHAT)
#define FAIL(ERRNO) ANSWER(SECCOMP_RET_ERRNO | (ERRNO))
/* With the number loaded. */
#define REFUSE_AS(CALL, ERRNO)                                                 \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##CALL, 0, 1), FAIL(ERRNO)
#define REFUSE(CALL) REFUSE_AS(CALL, EPERM)

#define NAMESPACES                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#ifdef MACHINE
static int
install(struct sock_filter *filter, size_t n, struct error *err)
{
	struct sock_fprog program = { .len = (unsigned short)n,
		.filter = filter };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
		return 1;
	if (errno == EINVAL)
		return 0; /* built without */
	return error_set(err, "seccomp: %m");
}

int
confine_system_calls(struct error *err)
{
	struct sock_filter filter[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
		ANSWER(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
#ifdef OTHER_NUMBERS
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_NUMBERS, 0, 1),
		FAIL(EPERM),
#endif
		/* Others' processes. */
		REFUSE(ptrace),
		REFUSE(process_vm_readv),
		REFUSE(process_vm_writev),
		REFUSE(kcmp),
		REFUSE(pidfd_getfd),
		/* File systems. */
		REFUSE(mount),
		REFUSE(umount2),
		REFUSE(pivot_root),
		REFUSE(chroot),
		REFUSE(move_mount),
		REFUSE(open_tree),
		REFUSE(fsopen),
		REFUSE(fsconfig),
		REFUSE(fsmount),
		REFUSE(fspick),
		REFUSE(quotactl),
		REFUSE(swapon),
		REFUSE(swapoff),
		REFUSE(open_by_handle_at),
		/* The kernel and the machine. */
		REFUSE(kexec_load),
		REFUSE(init_module),
		REFUSE(finit_module),
		REFUSE(delete_module),
		REFUSE(bpf),
		REFUSE(perf_event_open),
		REFUSE(userfaultfd),
		REFUSE(io_uring_setup),
		REFUSE(reboot),
		REFUSE(acct),
		REFUSE(settimeofday),
		REFUSE(clock_settime),
		REFUSE(clock_adjtime),
		REFUSE(adjtimex),
		REFUSE(sethostname),
		REFUSE(setdomainname),
#ifdef SYS_kexec_file_load
		REFUSE(kexec_file_load),
#endif
#ifdef SYS_iopl
		REFUSE(iopl),
		REFUSE(ioperm),
#endif
		/* Keys. */
		REFUSE(keyctl),
		REFUSE(add_key),
		REFUSE(request_key),
		/* Namespaces; who cannot show the filter its flags is asked to
		   take the older call, as libc does. */
		REFUSE(unshare),
		REFUSE(setns),
		REFUSE_AS(clone3, ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1),
		FAIL(EPERM),
		ANSWER(SECCOMP_RET_ALLOW),
	};

	return install(filter, sizeof(filter) / sizeof(filter[0]), err);
}

int
confine_exec(struct error *err)
{
	struct sock_filter filter[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
		ANSWER(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
#ifdef OTHER_NUMBERS
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, OTHER_NUMBERS, 0, 1),
		FAIL(EPERM),
#endif
		REFUSE(execve),
		REFUSE(execveat),
		ANSWER(SECCOMP_RET_ALLOW),
	};

	return install(filter, sizeof(filter) / sizeof(filter[0]), err);
}
#else
int
confine_system_calls(struct error *err)
{
	(void)err;
	return 0;
}

int
confine_exec(struct error *err)
{
	(void)err;
	return 0;
}
#endif
