# gateway: station -> events
noinst_LIBRARIES += gateway/libgateway.a
gateway_libgateway_a_SOURCES = \
	gateway/actions.c gateway/actions.h \
	gateway/actions_v16.c gateway/actions_v201.c gateway/actions_v21.c \
	gateway/admission.c gateway/admission.h \
	gateway/calls.c gateway/calls.h \
	gateway/control.c gateway/control.h gateway/control_commands.c gateway/control_internal.h \
	gateway/control_peer.c gateway/control_peer.h \
	gateway/control_request.c gateway/control_request.h \
	gateway/deflate_offer.c gateway/deflate_offer.h \
	gateway/gateway.c gateway/gateway.h \
	gateway/gateway_options.c gateway/gateway_options.h \
	gateway/handshake.c gateway/handshake.h \
	gateway/hash.h gateway/identity.h \
	gateway/limits.c gateway/limits.h \
	gateway/linger.c gateway/linger.h \
	gateway/listener.c gateway/listener.h \
	gateway/loop_clock.c gateway/loop_clock.h \
	gateway/newcomer.c gateway/newcomer.h gateway/newcomer_internal.h gateway/newcomer_tls.c \
	gateway/ocppj.c gateway/ocppj.h \
	gateway/publish.c gateway/publish.h \
	gateway/registry.c gateway/registry.h \
	gateway/station.c gateway/station.h gateway/station_messages.c \
	gateway/station_file.c gateway/station_file.h \
	gateway/transaction_ids.c gateway/transaction_ids.h \
	gateway/transport.c gateway/transport.h \
	gateway/unknown_stations.c gateway/unknown_stations.h \
	gateway/websocket.c gateway/websocket.h
GATEWAY_LIBS = gateway/libgateway.a $(SHM_LIBS) $(COMMON_LIBS) $(WSLAY_LIBS)

sbin_PROGRAMS += gateway/ocpp-gateway
gateway_ocpp_gateway_SOURCES = gateway/main.c
gateway_ocpp_gateway_LDADD = $(GATEWAY_LIBS)

if HAVE_CHECK
GATEWAY_SUITES = \
	tests/unit/test_actions \
	tests/unit/test_calls \
	tests/unit/test_chaos \
	tests/unit/test_control \
	tests/unit/test_deflate_offer \
	tests/unit/test_handshake \
	tests/unit/test_limits \
	tests/unit/test_newcomer \
	tests/unit/test_ocppj \
	tests/unit/test_registry \
	tests/unit/test_station \
	tests/unit/test_station_file \
	tests/unit/test_transport \
	tests/unit/test_websocket \
	tests/unit/test_websocket_deflate
check_PROGRAMS += $(GATEWAY_SUITES)
TESTS += $(GATEWAY_SUITES)
tests_unit_test_actions_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_calls_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_chaos_SOURCES = tests/unit/test_chaos.c tests/unit/gateway_fixture.h
tests_unit_test_chaos_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_control_SOURCES = tests/unit/test_control.c tests/unit/gateway_fixture.h
tests_unit_test_control_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_deflate_offer_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_handshake_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_limits_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_newcomer_SOURCES = tests/unit/test_newcomer.c tests/unit/gateway_fixture.h
tests_unit_test_newcomer_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_ocppj_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_registry_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_station_SOURCES = tests/unit/test_station.c tests/unit/gateway_fixture.h
tests_unit_test_station_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_station_file_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_transport_SOURCES = tests/unit/test_transport.c tests/unit/tls_fixture.h
tests_unit_test_transport_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_websocket_SOURCES = tests/unit/test_websocket.c tests/unit/websocket_fixture.h
tests_unit_test_websocket_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
tests_unit_test_websocket_deflate_SOURCES = tests/unit/test_websocket_deflate.c tests/unit/websocket_fixture.h
tests_unit_test_websocket_deflate_LDADD = $(GATEWAY_LIBS) $(CHECK_LIBS)
endif

FUZZ_TARGETS += tests/fuzz/fuzz_control tests/fuzz/fuzz_deflate_offer tests/fuzz/fuzz_handshake \
	tests/fuzz/fuzz_ocppj tests/fuzz/fuzz_websocket
tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c $(FUZZ_MAIN)
tests_fuzz_fuzz_control_LDADD = $(GATEWAY_LIBS)
tests_fuzz_fuzz_control_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_deflate_offer_SOURCES = tests/fuzz/fuzz_deflate_offer.c $(FUZZ_MAIN)
tests_fuzz_fuzz_deflate_offer_LDADD = $(GATEWAY_LIBS)
tests_fuzz_fuzz_deflate_offer_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_handshake_SOURCES = tests/fuzz/fuzz_handshake.c $(FUZZ_MAIN)
tests_fuzz_fuzz_handshake_LDADD = $(GATEWAY_LIBS)
tests_fuzz_fuzz_handshake_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ocppj_SOURCES = tests/fuzz/fuzz_ocppj.c $(FUZZ_MAIN)
tests_fuzz_fuzz_ocppj_LDADD = $(GATEWAY_LIBS)
tests_fuzz_fuzz_ocppj_LDFLAGS = $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_websocket_SOURCES = tests/fuzz/fuzz_websocket.c $(FUZZ_MAIN)
tests_fuzz_fuzz_websocket_LDADD = $(GATEWAY_LIBS)
tests_fuzz_fuzz_websocket_LDFLAGS = $(FUZZ_LDFLAGS)
