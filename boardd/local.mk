# boardd: events -> browser
sbin_PROGRAMS += boardd/ocpp-boardd
noinst_LIBRARIES += boardd/libboardd.a

# all of the daemon but its main, so that tests link the same objects
boardd_libboardd_a_SOURCES = \
	boardd/http/address_limits.c boardd/http/address_limits.h \
	boardd/api/api_auth.c \
	boardd/api/api_commands.c \
	boardd/api/api_connections.c \
	boardd/api/api_events.c \
	boardd/api/api_messages.c \
	boardd/api/api_metrics.c boardd/api/api_metrics_post.c \
	boardd/api/api_openapi.c \
	boardd/api/api_overview.c \
	boardd/api/api_page.c boardd/api/api_page.h \
	boardd/api/api_streams.c \
	boardd/api/api_telemetry.c \
	boardd/board.c boardd/board.h \
	boardd/commands/command.c boardd/commands/command.h \
	boardd/commands/control_route.c boardd/commands/control_route.h \
	boardd/state/hidden.c boardd/state/hidden.h \
	boardd/boardd_options.c boardd/boardd_options.h \
	boardd/http/guard.c boardd/http/guard.h \
	boardd/http/http_accept.c boardd/http/http_internal.h boardd/http/http_reply.c boardd/http/http_server.c boardd/http/http_server.h \
	boardd/http/json_out.c boardd/http/json_out.h \
	boardd/state/custom_metrics.c boardd/state/custom_metrics.h \
	boardd/state/fold.c boardd/state/fold.h boardd/state/fold_internal.h \
	boardd/state/fold_parts.c boardd/state/fold_v16.c boardd/state/fold_v2.c \
	boardd/state/match_map.c boardd/state/match_map.h \
	boardd/state/question_memo.c boardd/state/question_memo.h \
	boardd/state/text_cache.c boardd/state/text_cache.h \
	boardd/state/name_table.c boardd/state/name_table.h \
	boardd/sources/own_events.c boardd/sources/own_events.h \
	boardd/api/parameters.def \
	boardd/state/position.c boardd/state/position.h \
	boardd/http/query.c boardd/http/query.h \
	boardd/state/ring_index.c boardd/state/ring_index.h \
	boardd/api/routes.c boardd/api/routes.def boardd/api/routes.h \
	boardd/sources/capture_line.c boardd/sources/capture_line.h \
	boardd/sources/event_fold.c boardd/sources/event_fold.h \
	boardd/sources/file_source.c boardd/sources/file_source.h \
	boardd/sources/private_segment.c boardd/sources/private_segment.h \
	boardd/sources/segment_source.c boardd/sources/source.c boardd/sources/source.h \
	boardd/sources/sources.c boardd/sources/sources.h \
	boardd/state/selection.c boardd/state/selection.h \
	boardd/sandbox/confine.c boardd/sandbox/confine.h \
	boardd/sandbox/landlock.c boardd/sandbox/landlock.h \
	boardd/sandbox/sandbox.c boardd/sandbox/sandbox.h \
	boardd/sandbox/syscall_filter.c boardd/sandbox/syscall_filter.h \
	boardd/http/session_limits.c boardd/http/session_limits.h \
	boardd/login/account_file.c boardd/login/account_file.h \
	boardd/login/accounts.c boardd/login/accounts.h \
	boardd/login/api_tokens.c boardd/login/api_tokens.h \
	boardd/login/auth_helper.c boardd/login/auth_helper.h \
	boardd/login/hasher.c boardd/login/hasher.h \
	boardd/login/login.c boardd/login/login.h boardd/login/login_method.h \
	boardd/login/login_password.c boardd/login/login_program.c boardd/login/login_token.c \
	boardd/login/login_report.c boardd/login/login_report.h \
	boardd/login/role.c boardd/login/role.h \
	boardd/login/session.c boardd/login/session.h \
	boardd/login/throttle.c boardd/login/throttle.h \
	boardd/login/users_file.c boardd/login/users_file.h \
	boardd/stream/sse.c boardd/stream/sse.h boardd/stream/sse_feed.c boardd/stream/sse_internal.h boardd/stream/sse_text.c \
	boardd/http/static_files.c boardd/http/static_files.h \
	boardd/state/station_json.c \
	boardd/state/station_sessions.c boardd/state/station_sessions.h \
	boardd/state/station_state.c boardd/state/station_state.h \
	boardd/state/stations.c boardd/state/stations.h boardd/state/stations_internal.h \
	boardd/state/stations_json.c boardd/state/stations_memo.c boardd/state/stations_memo.h \
	boardd/state/stations_query.c \
	boardd/state/store.c boardd/state/store.h \
	boardd/state/tail.c boardd/state/tail.h \
	boardd/state/statsd.c boardd/state/statsd.h \
	boardd/state/telemetry.c boardd/state/telemetry.h boardd/state/telemetry_internal.h \
	boardd/state/telemetry_json.c \
	boardd/state/telemetry_meter.c boardd/state/telemetry_meter.h \
	boardd/state/telemetry_series.c boardd/state/telemetry_series.h \
	boardd/state/unknown_list.c boardd/state/unknown_list.h \
	boardd/state/vocabulary.c boardd/state/vocabulary.h
if WITH_HIREDIS
boardd_libboardd_a_SOURCES += \
	boardd/commands/redis_route.c boardd/commands/redis_route.h \
	boardd/sources/redis_begin.c boardd/sources/redis_feed.c boardd/sources/redis_feed.h \
	boardd/sources/redis_internal.h \
	boardd/sources/redis_source.c boardd/sources/redis_source.h \
	boardd/sources/redis_streams.c boardd/sources/redis_tables.c
endif
BOARDD_LIBS = boardd/libboardd.a $(SHM_LIBS) $(COMMON_LIBS) $(HIREDIS_LIBS) $(SECCOMP_LIBS) -lm
boardd_ocpp_boardd_SOURCES = boardd/main.c
boardd_ocpp_boardd_LDADD = $(BOARDD_LIBS)

# publishes synthetic events for tests and benches
check_PROGRAMS += tests/tools/publish_events
tests_tools_publish_events_SOURCES = tests/tools/publish_events.c
tests_tools_publish_events_LDADD = $(SHM_LIBS) $(COMMON_LIBS)

if HAVE_CHECK
BOARDD_SUITES = \
	tests/unit/test_custom_metrics \
	tests/unit/test_text_cache \
	tests/unit/test_command \
	tests/unit/test_hidden \
	tests/unit/test_file_source \
	tests/unit/test_fold \
	tests/unit/test_guard \
	tests/unit/test_http_server \
	tests/unit/test_json_out \
	tests/unit/test_login \
	tests/unit/test_match_map \
	tests/unit/test_question_memo \
	tests/unit/test_query \
	tests/unit/test_ring_index \
	tests/unit/test_routes \
	tests/unit/test_sandbox \
	tests/unit/test_session \
	tests/unit/test_session_limits \
	tests/unit/test_sse \
	tests/unit/test_stations \
	tests/unit/test_store \
	tests/unit/test_store_memo \
	tests/unit/test_store_reads \
	tests/unit/test_telemetry \
	tests/unit/test_throttle \
	tests/unit/test_users
check_PROGRAMS += $(BOARDD_SUITES)
TESTS += $(BOARDD_SUITES)
BOARDD_TEST_LIBS = $(BOARDD_LIBS) $(CHECK_LIBS)
tests_unit_test_custom_metrics_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_telemetry_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_text_cache_LDADD = $(BOARDD_TEST_LIBS)
if WITH_HIREDIS
check_PROGRAMS += tests/unit/test_redis_source
TESTS += tests/unit/test_redis_source
tests_unit_test_redis_source_LDADD = $(BOARDD_TEST_LIBS)
endif
tests_unit_test_file_source_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_fold_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_command_SOURCES = tests/unit/test_command.c $(BOARD_FIXTURE)
tests_unit_test_command_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_hidden_SOURCES = tests/unit/test_hidden.c $(BOARD_FIXTURE)
tests_unit_test_hidden_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_guard_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_http_server_SOURCES = tests/unit/test_http_server.c $(BOARD_FIXTURE)
tests_unit_test_http_server_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_json_out_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_match_map_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_question_memo_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_query_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_ring_index_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_routes_SOURCES = tests/unit/test_routes.c $(BOARD_FIXTURE)
tests_unit_test_routes_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_sandbox_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_session_limits_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_session_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_sse_SOURCES = tests/unit/test_sse.c $(BOARD_FIXTURE)
tests_unit_test_sse_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_stations_SOURCES = tests/unit/test_stations.c $(BOARD_FIXTURE)
tests_unit_test_stations_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_store_SOURCES = tests/unit/test_store.c $(BOARD_FIXTURE)
tests_unit_test_store_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_store_memo_SOURCES = tests/unit/test_store_memo.c $(BOARD_FIXTURE)
tests_unit_test_store_memo_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_store_reads_SOURCES = tests/unit/test_store_reads.c $(BOARD_FIXTURE)
tests_unit_test_store_reads_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_login_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_throttle_LDADD = $(BOARDD_TEST_LIBS)
tests_unit_test_users_LDADD = $(BOARDD_TEST_LIBS)
BOARD_FIXTURE = tests/unit/board_fixture.h tests/unit/segment_fixture.h
endif

FUZZ_TARGETS += tests/fuzz/fuzz_capture_line
tests_fuzz_fuzz_capture_line_SOURCES = tests/fuzz/fuzz_capture_line.c $(FUZZ_MAIN)
tests_fuzz_fuzz_capture_line_LDADD = $(BOARDD_LIBS)
tests_fuzz_fuzz_capture_line_LDFLAGS = $(FUZZ_LDFLAGS)
FUZZ_TARGETS += tests/fuzz/fuzz_cookie tests/fuzz/fuzz_http_server tests/fuzz/fuzz_position tests/fuzz/fuzz_query
FUZZ_TARGETS += tests/fuzz/fuzz_fold
tests_fuzz_fuzz_cookie_SOURCES = tests/fuzz/fuzz_cookie.c $(FUZZ_MAIN)
tests_fuzz_fuzz_cookie_LDADD = $(BOARDD_LIBS)
tests_fuzz_fuzz_cookie_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_position_SOURCES = tests/fuzz/fuzz_position.c $(FUZZ_MAIN)
tests_fuzz_fuzz_position_LDADD = $(BOARDD_LIBS)
tests_fuzz_fuzz_position_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_http_server_SOURCES = tests/fuzz/fuzz_http_server.c $(FUZZ_MAIN)
tests_fuzz_fuzz_http_server_LDADD = $(BOARDD_LIBS)
tests_fuzz_fuzz_http_server_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_query_SOURCES = tests/fuzz/fuzz_query.c $(FUZZ_MAIN)
tests_fuzz_fuzz_query_LDADD = $(BOARDD_LIBS)
tests_fuzz_fuzz_query_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_fold_SOURCES = tests/fuzz/fuzz_fold.c $(FUZZ_MAIN)
tests_fuzz_fuzz_fold_LDADD = $(BOARDD_LIBS)
tests_fuzz_fuzz_fold_LDFLAGS = $(FUZZ_LDFLAGS)
