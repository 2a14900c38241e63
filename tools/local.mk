# tools
sbin_PROGRAMS += tools/ocpp-ctl
bin_PROGRAMS += tools/ocpp-log tools/ocpp-sim tools/ocpp-stat
noinst_LIBRARIES += tools/libctl.a tools/liblog.a tools/libsim.a tools/libstat.a tools/libtools.a

tools_libtools_a_SOURCES = \
	tools/terminal.c tools/terminal.h \
	tools/tool_config.c tools/tool_config.h
TOOLS_LIBS = tools/libtools.a $(SHM_LIBS) $(COMMON_LIBS)

# all of a program but its main, so that tests link the same objects
tools_liblog_a_SOURCES = \
	tools/log_filter.c tools/log_filter.h \
	tools/log_capture.c tools/log_capture.h tools/log_follow.c tools/log_follow.h \
	tools/log_options.c tools/log_options.h \
	tools/log_print.c tools/log_print.h
tools_ocpp_log_SOURCES = tools/log_main.c
LOG_LIBS = tools/liblog.a $(TOOLS_LIBS)
tools_ocpp_log_LDADD = $(LOG_LIBS)

tools_libctl_a_SOURCES = \
	tools/ctl_options.c tools/ctl_options.h \
	tools/ctl_talk.c tools/ctl_talk.h
tools_ocpp_ctl_SOURCES = tools/ctl_main.c
CTL_LIBS = tools/libctl.a $(TOOLS_LIBS)
tools_ocpp_ctl_LDADD = $(CTL_LIBS)

tools_libsim_a_SOURCES = \
	tools/sim_answers.c tools/sim_answers.def tools/sim_answers.h \
	tools/sim_calls.c \
	tools/sim_charge.c tools/sim_charge.h \
	tools/sim_connector.c \
	tools/sim_fleet.c tools/sim_fleet.h \
	tools/sim_handshake.c tools/sim_handshake.h \
	tools/sim_incidents.c \
	tools/sim_messages.h tools/sim_messages_v16.c tools/sim_messages_v2.c \
	tools/sim_options.c tools/sim_options.h \
	tools/sim_passwords.c tools/sim_passwords.h \
	tools/sim_profile.c tools/sim_profile.h \
	tools/sim_random.c tools/sim_random.h \
	tools/sim_station.c tools/sim_station.h tools/sim_station_parts.h \
	tools/sim_stats.c tools/sim_stats.h \
	tools/sim_target.c \
	tools/sim_text.c tools/sim_text.h \
	tools/sim_websocket.c tools/sim_websocket.h \
	tools/sim_wire.c tools/sim_wire.h
tools_ocpp_sim_SOURCES = tools/sim_main.c
SIM_LIBS = tools/libsim.a $(TOOLS_LIBS) $(WSLAY_LIBS) -lm
tools_ocpp_sim_LDADD = $(SIM_LIBS)

tools_libstat_a_SOURCES = \
	tools/stat_options.c tools/stat_options.h \
	tools/stat_print.c tools/stat_print.h \
	tools/stat_sample.c tools/stat_sample.h
tools_ocpp_stat_SOURCES = tools/stat_main.c
STAT_LIBS = tools/libstat.a $(LOG_LIBS)
tools_ocpp_stat_LDADD = $(STAT_LIBS)

if HAVE_CHECK
TOOLS_SUITES = \
	tests/unit/test_log_follow \
	tests/unit/test_log_print \
	tests/unit/test_sim_answers \
	tests/unit/test_sim_fleet \
	tests/unit/test_sim_messages \
	tests/unit/test_sim_websocket \
	tests/unit/test_stat_print
check_PROGRAMS += $(TOOLS_SUITES)
TESTS += $(TOOLS_SUITES)
tests_unit_test_log_follow_LDADD = $(LOG_LIBS) $(CHECK_LIBS)
tests_unit_test_log_print_LDADD = $(LOG_LIBS) $(CHECK_LIBS)
tests_unit_test_sim_answers_LDADD = $(SIM_LIBS) $(CHECK_LIBS)
tests_unit_test_sim_fleet_LDADD = $(SIM_LIBS) $(CHECK_LIBS)
tests_unit_test_sim_messages_LDADD = $(SIM_LIBS) $(CHECK_LIBS)
tests_unit_test_sim_websocket_LDADD = $(SIM_LIBS) $(CHECK_LIBS)
tests_unit_test_stat_print_LDADD = $(STAT_LIBS) $(CHECK_LIBS)
endif

FUZZ_TARGETS += tests/fuzz/fuzz_log_print
tests_fuzz_fuzz_log_print_SOURCES = tests/fuzz/fuzz_log_print.c $(FUZZ_MAIN)
tests_fuzz_fuzz_log_print_LDADD = $(LOG_LIBS)
tests_fuzz_fuzz_log_print_LDFLAGS = $(FUZZ_LDFLAGS)
