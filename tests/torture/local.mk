# What proves the segment: kills, races, hostile bytes. Short runs in `make check`, long ones by name.
SHM_PROOF_LIBS = $(SHM_LIBS) $(COMMON_LIBS)

# torture: writers that are killed, readers that keep account. Without the reader's validation it has to fail.
check_LIBRARIES += tests/torture/libshm_unchecked.a
tests_torture_libshm_unchecked_a_SOURCES = $(shm_libshm_a_SOURCES)
tests_torture_libshm_unchecked_a_CPPFLAGS = $(AM_CPPFLAGS) -DRING_WITHOUT_VALIDATION

check_PROGRAMS += tests/torture/torture tests/torture/torture_unchecked
tests_torture_torture_SOURCES = tests/torture/torture.c tests/torture/pattern.h
tests_torture_torture_LDADD = $(SHM_PROOF_LIBS)
tests_torture_torture_unchecked_SOURCES = $(tests_torture_torture_SOURCES)
tests_torture_torture_unchecked_LDADD = tests/torture/libshm_unchecked.a $(COMMON_LIBS)

dist_check_SCRIPTS += tests/torture/torture.sh
TESTS += tests/torture/torture.sh
PHONY_TARGETS += torture
torture: tests/torture/torture tests/torture/torture_unchecked
	TORTURE_KILLS=1000 $(srcdir)/tests/torture/torture.sh

# The tests' own test: code that is broken in one place has to be noticed.
EXTRA_DIST += tests/torture/mutants.sh
PHONY_TARGETS += mutants
mutants:
	CC='$(CC)' $(srcdir)/tests/torture/mutants.sh

# bench
check_PROGRAMS += tests/bench/bench_shm
tests_bench_bench_shm_LDADD = $(SHM_PROOF_LIBS)
PHONY_TARGETS += bench-shm
bench-shm: tests/bench/bench_shm
	tests/bench/bench_shm

# single_step: every instruction of the writer
check_PROGRAMS += tests/torture/single_step
TESTS += tests/torture/single_step
tests_torture_single_step_SOURCES = tests/torture/single_step.c tests/torture/pattern.h
tests_torture_single_step_LDADD = $(SHM_PROOF_LIBS)

# kill_at_syscall: every system call of opening and closing
check_PROGRAMS += tests/torture/kill_at_syscall
TESTS += tests/torture/kill_at_syscall
tests_torture_kill_at_syscall_SOURCES = tests/torture/kill_at_syscall.c tests/torture/pattern.h
tests_torture_kill_at_syscall_LDADD = $(SHM_PROOF_LIBS)

# threads: for ThreadSanitizer (configure --enable-sanitizers=thread); elsewhere one more torture
check_PROGRAMS += tests/torture/threads
TESTS += tests/torture/threads
tests_torture_threads_SOURCES = tests/torture/threads.c tests/torture/pattern.h
tests_torture_threads_LDADD = $(SHM_PROOF_LIBS) -lpthread
PHONY_TARGETS += check-threads
check-threads: tests/torture/threads
	tests/torture/threads 300000

# hostile segments
FUZZ_TARGETS += tests/fuzz/fuzz_segment_reader
tests_fuzz_fuzz_segment_reader_SOURCES = tests/fuzz/fuzz_segment_reader.c $(FUZZ_MAIN)
tests_fuzz_fuzz_segment_reader_LDADD = $(SHM_PROOF_LIBS) -lpthread
tests_fuzz_fuzz_segment_reader_LDFLAGS = $(FUZZ_LDFLAGS)

# who may do what, and a file system without room; skipped where the kernel or the user don't allow it
check_PROGRAMS += tests/torture/permissions tests/torture/full_shm
TESTS += tests/torture/permissions tests/torture/full_shm
tests_torture_permissions_LDADD = $(SHM_PROOF_LIBS)
tests_torture_full_shm_LDADD = $(SHM_PROOF_LIBS)

# event streams: dashboard and gateway killed under readers of all kinds; minutes, needs Node.js
EXTRA_DIST += tests/torture/streams.test.mjs
PHONY_TARGETS += torture-sse
torture-sse: gateway/ocpp-gateway boardd/ocpp-boardd tools/ocpp-sim tools/ocpp-log
	cd $(srcdir)/tests/integration && { test -d node_modules || npm ci --silent; }
	OCPP_BOARD_BUILD=$(abs_top_builddir) node --test $(srcdir)/tests/torture/streams.test.mjs
