# tools
bin_PROGRAMS += tools/ocpp-sim
noinst_LIBRARIES += tools/libtools.a tools/libsim.a

tools_libtools_a_SOURCES = tools/tool_config.c tools/tool_config.h

# all of ocpp-sim but its main, so that tests link the same objects
tools_libsim_a_SOURCES = \
	tools/sim_answers.c tools/sim_answers.def tools/sim_answers.h \
	tools/sim_calls.c \
	tools/sim_charge.c tools/sim_charge.h \
	tools/sim_connector.c \
	tools/sim_fleet.c tools/sim_fleet.h \
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
	tools/sim_websocket.c tools/sim_websocket.h
tools_ocpp_sim_SOURCES = tools/sim_main.c
SIM_LIBS = tools/libsim.a tools/libtools.a $(SHM_LIBS) $(COMMON_LIBS) $(WSLAY_LIBS) -lm
tools_ocpp_sim_LDADD = $(SIM_LIBS)

if HAVE_CHECK
SIM_SUITES = tests/unit/test_sim_answers tests/unit/test_sim_fleet tests/unit/test_sim_messages
check_PROGRAMS += $(SIM_SUITES)
TESTS += $(SIM_SUITES)
tests_unit_test_sim_answers_SOURCES = tests/unit/test_sim_answers.c
tests_unit_test_sim_answers_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_sim_answers_LDADD = $(SIM_LIBS) $(CHECK_LIBS)
tests_unit_test_sim_fleet_SOURCES = tests/unit/test_sim_fleet.c
tests_unit_test_sim_fleet_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_sim_fleet_LDADD = $(SIM_LIBS) $(CHECK_LIBS)
tests_unit_test_sim_messages_SOURCES = tests/unit/test_sim_messages.c
tests_unit_test_sim_messages_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_sim_messages_LDADD = $(SIM_LIBS) $(CHECK_LIBS)
endif
