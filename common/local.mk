# common: knows no OCPP
noinst_LIBRARIES += common/libcommon.a
common_libcommon_a_SOURCES = \
	common/config.c common/config.h common/config_keys.def \
	common/daemon.c common/daemon.h \
	common/http1.c common/http1.h \
	common/json_scan.c common/json_scan.h \
	common/log.c common/log.h \
	common/options.c common/options.h
COMMON_LIBS = common/libcommon.a $(LIBEVENT_LIBS) $(LIBBSD_LIBS) $(INIH_LIBS) $(CRYPTO_LIBS)

if HAVE_CHECK
COMMON_SUITES = \
	tests/unit/test_config tests/unit/test_daemon tests/unit/test_http1 \
	tests/unit/test_json_scan tests/unit/test_log tests/unit/test_options
check_PROGRAMS += $(COMMON_SUITES)
TESTS += $(COMMON_SUITES)
endif
