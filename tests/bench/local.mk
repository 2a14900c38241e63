# Benches: numbers for people, not pass or fail. They need Python 3, nothing else.
BENCH_TOOLS = tests/bench/bare_replier tests/bench/http_load tests/bench/station_load
EXTRA_PROGRAMS += $(BENCH_TOOLS)
CLEANFILES += $(BENCH_TOOLS)
EXTRA_DIST += tests/bench/bench.py tests/bench/bench_board.py tests/bench/bench_gateway.py tests/bench/bench_isolation.py
tests_bench_bare_replier_SOURCES = tests/bench/bare_replier.c
tests_bench_bare_replier_LDADD = $(GATEWAY_LIBS)
tests_bench_http_load_SOURCES = tests/bench/http_load.c
tests_bench_station_load_SOURCES = tests/bench/station_load.c

PHONY_TARGETS += bench-board bench-gateway bench-isolation
bench-gateway: $(BENCH_TOOLS) gateway/ocpp-gateway
	OCPP_BOARD_BUILD=$(abs_top_builddir) python3 -B $(srcdir)/tests/bench/bench_gateway.py
bench-isolation: $(BENCH_TOOLS) gateway/ocpp-gateway boardd/ocpp-boardd ocpp-board
	OCPP_BOARD_BUILD=$(abs_top_builddir) python3 -B $(srcdir)/tests/bench/bench_isolation.py
bench-board: tests/bench/http_load tests/tools/publish_events$(EXEEXT) boardd/ocpp-boardd
	OCPP_BOARD_BUILD=$(abs_top_builddir) python3 -B $(srcdir)/tests/bench/bench_board.py
