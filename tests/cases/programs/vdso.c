/* Clocks and the CPU's number, through both entries, agree with what the kernel itself says at offset 39 of
   their slots; errors are the kernel's too. */
#include "case.h"

/* The code that enters the kernel for a call of the vDSO. */
#define KERNEL(name) ((long (*)())(case_table + LIBSYS_NR_##name * LIBSYS_SLOT_SIZE + 39))

static long nanoseconds(struct timespec t) {
	check(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void clocks(void) {
	const int ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_TAI,
	                   CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_PROCESS_CPUTIME_ID,
	                   CLOCK_THREAD_CPUTIME_ID};
	for (unsigned i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct timespec first, slot, raw, last;
		check_equal(KERNEL(clock_gettime)(ids[i], &first), 0);
		check_equal(__sys_clock_gettime(ids[i], &slot), 0);
		check_equal(__sys_raw_clock_gettime(ids[i], &raw), 0);
		check_equal(KERNEL(clock_gettime)(ids[i], &last), 0);
		check(nanoseconds(first) <= nanoseconds(slot));
		check(nanoseconds(slot) <= nanoseconds(raw));
		check(nanoseconds(raw) <= nanoseconds(last));
		check_equal(KERNEL(clock_getres)(ids[i], &first), 0);
		check_equal(__sys_clock_getres(ids[i], &slot), 0);
		check_equal(__sys_raw_clock_getres(ids[i], &raw), 0);
		check_equal(nanoseconds(slot), nanoseconds(first));
		check_equal(nanoseconds(raw), nanoseconds(first));
	}
	check_equal(__sys_clock_getres(CLOCK_MONOTONIC, NULL), 0);
}

static void errors(void) {
	struct timespec time;
	check_equal(__sys_raw_clock_gettime(1000, &time), -EINVAL);
	check_equal(__sys_raw_clock_getres(1000, &time), -EINVAL);
	case_errno = 0;
	check_equal(__sys_clock_gettime(1000, &time), -1);
	check_equal(case_errno, EINVAL);
	case_errno = 0;
	check_equal(__sys_clock_getres(1000, &time), -1);
	check_equal(case_errno, EINVAL);
	/* As the kernel does: the pointer of a clock that the vDSO cannot read is the kernel's to refuse. */
	check_equal(__sys_raw_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, (void *)8), -EFAULT);
}

static void seconds(void) {
	/* A second may end between two of these. */
	long first = KERNEL(time)(NULL), stored = 0, raw_stored = 0;
	long slot = __sys_time(&stored), raw = __sys_raw_time(&raw_stored), last = KERNEL(time)(NULL);
	check(first <= slot && slot <= raw && raw <= last && last <= first + 5);
	check_equal(stored, slot);
	check_equal(raw_stored, raw);
	check(__sys_time(NULL) >= last);
	struct timeval begin, day, raw_day, end;
	check_equal(KERNEL(gettimeofday)(&begin, NULL), 0);
	check_equal(__sys_gettimeofday(&day, NULL), 0);
	check_equal(__sys_raw_gettimeofday(&raw_day, NULL), 0);
	check_equal(KERNEL(gettimeofday)(&end, NULL), 0);
	check(begin.tv_sec * 1000000 + begin.tv_usec <= day.tv_sec * 1000000 + day.tv_usec);
	check(day.tv_sec * 1000000 + day.tv_usec <= raw_day.tv_sec * 1000000 + raw_day.tv_usec);
	check(raw_day.tv_sec * 1000000 + raw_day.tv_usec <= end.tv_sec * 1000000 + end.tv_usec);
	struct timezone zone = {-1, -1}, raw_zone = {-1, -1};
	check_equal(KERNEL(gettimeofday)(NULL, &zone), 0);
	check_equal(__sys_gettimeofday(NULL, &raw_zone), 0);
	check_equal(zone.tz_minuteswest, raw_zone.tz_minuteswest);
}

static void cpu(void) {
	unsigned cpu, node, slot_cpu = -1u, slot_node = -1u, raw_cpu = -1u, raw_node = -1u;
	/* On one CPU only, so that the answers are the same. */
	check_equal(__sys_getcpu(&cpu, NULL, NULL), 0);
	unsigned long mask[16] = {0};
	mask[cpu / 64] = 1ul << cpu % 64;
	check_equal(__sys_sched_setaffinity(0, sizeof mask, mask), 0);
	check_equal(KERNEL(getcpu)(&cpu, &node, NULL), 0);
	check_equal(__sys_getcpu(&slot_cpu, &slot_node, NULL), 0);
	check_equal(__sys_raw_getcpu(&raw_cpu, &raw_node, NULL), 0);
	check_equal(slot_cpu, cpu);
	check_equal(raw_cpu, cpu);
	check_equal(slot_node, node);
	check_equal(raw_node, node);
}

int main(void) {
	clocks();
	errors();
	seconds();
	cpu();
	return 0;
}
