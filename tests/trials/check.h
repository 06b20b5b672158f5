/* What programs check with. Who includes it declares before

       fail(const char *file, int line, const char *what, long value)

   which names what did not hold, and ends the process with status 1. */
#ifndef CHECK_H
#define CHECK_H

/* Holds, or fails. */
#define check(condition)                                                  \
	do {                                                                  \
		if (!(condition))                                                 \
			fail(__FILE_NAME__, __LINE__, "should hold: " #condition, 0); \
	} while (0)

/* Two integers are equal, or fails and names the first. */
#define check_equal(got, wanted)                                             \
	do {                                                                     \
		long got_ = (long)(got);                                             \
		if (got_ != (long)(wanted))                                          \
			fail(__FILE_NAME__, __LINE__, #got " should be " #wanted, got_); \
	} while (0)

#endif
