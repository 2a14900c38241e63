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
