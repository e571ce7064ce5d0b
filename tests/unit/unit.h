/* unit.h - what every unit test includes: cmocka and what it needs first. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

/*
 * A failed assertion ends the program.  cmocka would jump out of the test and
 * begin the next on the same stack, where threads of the first still work on
 * what was theirs; what they do to it then hangs or crashes anywhere.
 */
__attribute__((constructor)) static inline void
end_at_the_first_failure(void)
{
	(void)setenv("CMOCKA_TEST_ABORT", "1", 0);
}

#endif
