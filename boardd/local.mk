# boardd: events -> browser
sbin_PROGRAMS += boardd/ocpp-boardd
noinst_LIBRARIES += boardd/libboardd.a

# all of the daemon but its main, so that tests link the same objects
boardd_libboardd_a_SOURCES = \
	boardd/address_limits.c boardd/address_limits.h \
	boardd/api_auth.c \
	boardd/api_connections.c \
	boardd/api_events.c \
	boardd/api_messages.c \
	boardd/api_metrics.c \
	boardd/api_openapi.c \
	boardd/api_overview.c \
	boardd/api_page.c boardd/api_page.h \
	boardd/api_streams.c \
	boardd/board.c boardd/board.h \
	boardd/boardd_options.c boardd/boardd_options.h \
	boardd/guard.c boardd/guard.h \
	boardd/http_internal.h boardd/http_reply.c boardd/http_server.c boardd/http_server.h \
	boardd/json_out.c boardd/json_out.h \
	boardd/name_table.c boardd/name_table.h \
	boardd/own_events.c boardd/own_events.h \
	boardd/parameters.def \
	boardd/position.c boardd/position.h \
	boardd/query.c boardd/query.h \
	boardd/ring_index.c boardd/ring_index.h \
	boardd/routes.c boardd/routes.def boardd/routes.h \
	boardd/segment_source.c boardd/source.h \
	boardd/selection.c boardd/selection.h \
	boardd/session.c boardd/session.h \
	boardd/sse.c boardd/sse.h boardd/sse_feed.c boardd/sse_internal.h boardd/sse_text.c \
	boardd/static_files.c boardd/static_files.h \
	boardd/stations.c boardd/stations.h \
	boardd/store.c boardd/store.h \
	boardd/tail.c boardd/tail.h \
	boardd/telemetry.c boardd/telemetry.h
BOARDD_LIBS = boardd/libboardd.a $(SHM_LIBS) $(COMMON_LIBS) -lm
boardd_ocpp_boardd_SOURCES = boardd/main.c
boardd_ocpp_boardd_LDADD = $(BOARDD_LIBS)

# publishes synthetic events for tests and benches
check_PROGRAMS += tests/tools/publish_events
tests_tools_publish_events_SOURCES = tests/tools/publish_events.c
tests_tools_publish_events_LDADD = $(SHM_LIBS) $(COMMON_LIBS)

if HAVE_CHECK
BOARDD_SUITES = \
	tests/unit/test_guard \
	tests/unit/test_http_server \
	tests/unit/test_json_out \
	tests/unit/test_query \
	tests/unit/test_ring_index \
	tests/unit/test_routes \
	tests/unit/test_session \
	tests/unit/test_sse \
	tests/unit/test_store
check_PROGRAMS += $(BOARDD_SUITES)
TESTS += $(BOARDD_SUITES)
BOARDD_TEST_LIBS = $(BOARDD_LIBS) $(CHECK_LIBS)
tests_unit_test_guard_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_http_server_SOURCES = tests/unit/test_http_server.c $(BOARD_FIXTURE)
tests_unit_test_http_server_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_json_out_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_query_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_ring_index_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_routes_SOURCES = tests/unit/test_routes.c $(BOARD_FIXTURE)
tests_unit_test_routes_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_session_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_sse_SOURCES = tests/unit/test_sse.c $(BOARD_FIXTURE)
tests_unit_test_sse_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_store_SOURCES = tests/unit/test_store.c $(BOARD_FIXTURE)
tests_unit_test_store_LDADD = $(BOARDD_TEST_LIBS)
BOARD_FIXTURE = tests/unit/board_fixture.h tests/unit/segment_fixture.h
endif

FUZZ_TARGETS += tests/fuzz/fuzz_http_server tests/fuzz/fuzz_query
tests_fuzz_fuzz_http_server_SOURCES = tests/fuzz/fuzz_http_server.c $(FUZZ_MAIN)
tests_fuzz_fuzz_http_server_LDADD = $(BOARDD_LIBS)
tests_fuzz_fuzz_http_server_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_query_SOURCES = tests/fuzz/fuzz_query.c $(FUZZ_MAIN)
tests_fuzz_fuzz_query_LDADD = $(BOARDD_LIBS)
tests_fuzz_fuzz_query_LDFLAGS = $(FUZZ_LDFLAGS)
