/* Without the functions that hold the instruction: src/internal/syscall.h says how calls are made. Without VDSO_USEFUL
 * too: the slots of the clocks go to the vDSO. */

#define __SYSCALL_LL_E(x) (x)
#define __SYSCALL_LL_O(x) (x)

/* Named by a function of musl's header that nothing calls; defined nowhere. */
hidden long __syscall6(long, long, long, long, long, long, long);

#define IPC_64 0
