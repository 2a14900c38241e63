# common: knows no OCPP
noinst_LIBRARIES += common/libcommon.a
common_libcommon_a_SOURCES = \
	common/backoff.c common/backoff.h \
	common/base64.c common/base64.h \
	common/command_line.c common/command_line.h \
	common/config.c common/config.h common/config_keys.def \
	common/config_check.c common/config_secret.c \
	common/config_value.c common/config_value.h \
	common/cpus.c common/cpus.h \
	common/control_socket.c common/control_socket.h \
	common/daemon.c common/daemon.h \
	common/deflate.c common/deflate.h \
	common/digest.c common/digest.h \
	common/host_lookup.c common/host_lookup.h \
	common/http1.c common/http1.h \
	common/json_escape.c common/json_scan.c common/json_scan.h \
	common/log.c common/log.h \
	common/options.c common/options.h \
	common/redis_url.c common/redis_url.h \
	common/password.c common/password.h \
	common/text.c common/text.h \
	common/text_buffer.c common/text_buffer.h \
	common/timestamp.c common/timestamp.h \
	common/tls.c common/tls.h \
	common/tls_internal.h \
	common/tls_stream.c common/tls_stream.h \
	common/token_bucket.c common/token_bucket.h
if WITH_HIREDIS
common_libcommon_a_SOURCES += common/store_link.c common/store_link.h
endif
COMMON_LIBS = common/libcommon.a $(LIBEVENT_LIBS) $(LIBBSD_LIBS) $(INIH_LIBS) $(SSL_LIBS) $(CRYPTO_LIBS) $(CRYPT_LIBS) $(ZLIB_LIBS)

if HAVE_CHECK
COMMON_SUITES = \
	tests/unit/test_base64 \
	tests/unit/test_command_line \
	tests/unit/test_config \
	tests/unit/test_control_socket \
	tests/unit/test_cpus \
	tests/unit/test_daemon \
	tests/unit/test_deflate \
	tests/unit/test_digest \
	tests/unit/test_host_lookup \
	tests/unit/test_http1 \
	tests/unit/test_json_scan \
	tests/unit/test_log \
	tests/unit/test_options \
	tests/unit/test_redis_url \
	tests/unit/test_password \
	tests/unit/test_text \
	tests/unit/test_text_buffer \
	tests/unit/test_timestamp \
	tests/unit/test_tls \
	tests/unit/test_token_bucket
check_PROGRAMS += $(COMMON_SUITES)
TESTS += $(COMMON_SUITES)
tests_unit_test_base64_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_command_line_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_config_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_control_socket_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_cpus_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_daemon_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_deflate_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_digest_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_host_lookup_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_http1_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_json_scan_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_log_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_options_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_redis_url_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_password_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_text_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_text_buffer_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_timestamp_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_tls_SOURCES = tests/unit/test_tls.c tests/unit/tls_fixture.h
tests_unit_test_tls_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_token_bucket_LDADD = $(COMMON_LIBS) $(CHECK_LIBS)
endif

FUZZ_TARGETS += tests/fuzz/fuzz_deflate tests/fuzz/fuzz_http1 tests/fuzz/fuzz_json_scan
tests_fuzz_fuzz_deflate_SOURCES = tests/fuzz/fuzz_deflate.c $(FUZZ_MAIN)
tests_fuzz_fuzz_deflate_LDADD = $(COMMON_LIBS)
tests_fuzz_fuzz_deflate_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_http1_SOURCES = tests/fuzz/fuzz_http1.c $(FUZZ_MAIN)
tests_fuzz_fuzz_http1_LDADD = $(COMMON_LIBS)
tests_fuzz_fuzz_http1_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_json_scan_SOURCES = tests/fuzz/fuzz_json_scan.c $(FUZZ_MAIN)
tests_fuzz_fuzz_json_scan_LDADD = $(COMMON_LIBS) $(JSONC_LIBS)
tests_fuzz_fuzz_json_scan_LDFLAGS = $(FUZZ_LDFLAGS)
