# forward: events -> Redis streams
noinst_LIBRARIES += forward/libforward.a
# what needs no Redis library
forward_libforward_a_SOURCES = \
	forward/command_entry.c forward/command_entry.h \
	forward/feed_keys.c forward/feed_keys.h \
	forward/forward_options.c forward/forward_options.h \
	forward/position.c forward/position.h \
	forward/resp.c forward/resp.h \
	forward/segment_feed.c forward/segment_feed.h
if WITH_HIREDIS
sbin_PROGRAMS += forward/ocpp-forward
forward_libforward_a_SOURCES += \
	forward/batch.c forward/batch.h \
	forward/commands.c forward/commands.h \
	forward/feed.c forward/feed.h \
	forward/forwarder.c forward/forwarder.h \
	forward/metrics.c forward/metrics.h \
	forward/sync.c forward/sync.h \
	forward/table_names.c forward/table_names.h \
	forward/tables.c forward/tables.h
FORWARD_LIBS = forward/libforward.a $(SHM_LIBS) $(COMMON_LIBS) $(HIREDIS_LIBS)
forward_ocpp_forward_SOURCES = forward/main.c
forward_ocpp_forward_LDADD = $(FORWARD_LIBS)
endif

if HAVE_CHECK
FORWARD_SUITES = tests/unit/test_command_entry tests/unit/test_forward_position tests/unit/test_resp
check_PROGRAMS += $(FORWARD_SUITES)
TESTS += $(FORWARD_SUITES)
tests_unit_test_command_entry_LDADD = forward/libforward.a $(SHM_LIBS) $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_resp_LDADD = forward/libforward.a $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_forward_position_LDADD = forward/libforward.a $(SHM_LIBS) $(COMMON_LIBS) $(CHECK_LIBS)
endif

EXTRA_DIST += tests/integration/forward.test.mjs tests/integration/redis.mjs

# What proves it, and what it costs; both need redis-tools.
EXTRA_DIST += tests/torture/forward.mjs tests/torture/forward_outage.mjs tests/bench/bench_forward.py
PHONY_TARGETS += torture-forward torture-forward-outage bench-forward
FORWARD_TOOLS = forward/ocpp-forward boardd/ocpp-boardd gateway/ocpp-gateway tools/ocpp-sim tests/tools/publish_events
torture-forward: $(FORWARD_TOOLS)
	cd $(srcdir)/tests/integration && npm ci --silent
	OCPP_BOARD_BUILD=$(abs_top_builddir) timeout 900 node --test $(srcdir)/tests/torture/forward.mjs
torture-forward-outage: $(FORWARD_TOOLS) tests/bench/station_load ocpp-board
	cd $(srcdir)/tests/integration && npm ci --silent
	OCPP_BOARD_BUILD=$(abs_top_builddir) timeout 900 node --test $(srcdir)/tests/torture/forward_outage.mjs
bench-forward: $(FORWARD_TOOLS)
	OCPP_BOARD_BUILD=$(abs_top_builddir) timeout 600 python3 -B $(srcdir)/tests/bench/bench_forward.py
