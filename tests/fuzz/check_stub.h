/* check_stub.h - stands in for Check in the fuzzers' programs (-include), whose assertions need a test around them. */
#ifndef CHECK_H
#define CHECK_H

#include "tests/fuzz/fuzz.h"

#define ck_assert(condition)          fuzz_check(condition)
#define ck_assert_msg(condition, ...) fuzz_check(condition)
#define ck_assert_uint_eq(a, b)       fuzz_check((a) == (b))
#define ck_assert_uint_ne(a, b)       fuzz_check((a) != (b))
#define ck_assert_uint_le(a, b)       fuzz_check((a) <= (b))
#define ck_assert_uint_lt(a, b)       fuzz_check((a) < (b))
#define ck_assert_int_eq(a, b)        fuzz_check((a) == (b))
#define ck_assert_ptr_nonnull(a)      fuzz_check((a) != NULL)
#define ck_abort_msg(...)             fuzz_failed("reached", __FILE__, __LINE__)

#endif
