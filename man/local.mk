# man: mdoc pages; the lists in them come from the code's own tables
manual_pages = \
	man/ocpp-board-api.7 \
	man/ocpp-board-control.5 \
	man/ocpp-board-filter.7 \
	man/ocpp-board-shm.5 \
	man/ocpp-board-store.7 \
	man/ocpp-board.conf.5 \
	man/ocpp-board.8 \
	man/ocpp-boardd.8 \
	man/ocpp-forward.8 \
	man/ocpp-ctl.8 \
	man/ocpp-gateway.8 \
	man/ocpp-log.1 \
	man/ocpp-sim.1 \
	man/ocpp-stat.1
manual_sources = \
	man/ocpp-board-api.7.in \
	man/ocpp-board-control.5.in \
	man/ocpp-board-filter.7.in \
	man/ocpp-board-shm.5.in \
	man/ocpp-board-store.7.in \
	man/ocpp-board.conf.5.in \
	man/ocpp-board.8.in \
	man/ocpp-boardd.8.in \
	man/ocpp-forward.8.in \
	man/ocpp-ctl.8.in \
	man/ocpp-gateway.8.in \
	man/ocpp-log.1.in \
	man/ocpp-sim.1.in \
	man/ocpp-stat.1.in
man_MANS = $(manual_pages)
EXTRA_DIST += $(manual_sources)
CLEANFILES += $(manual_pages)

noinst_PROGRAMS += man/man_tables
man_man_tables_SOURCES = man/man_tables.c
man_man_tables_CPPFLAGS = $(AM_CPPFLAGS) -DLOCALSTATEDIR='"$(localstatedir)"'
man_man_tables_LDADD = forward/libforward.a boardd/libboardd.a gateway/libgateway.a $(CTL_LIBS) $(STAT_LIBS) $(SIM_LIBS)

$(manual_pages): man/man_tables$(EXEEXT) $(manual_sources)
	$(AM_V_GEN)man/man_tables$(EXEEXT) $(srcdir)/$@.in >$@.new && mv -f $@.new $@

# they find pages and programs by themselves
manual_tests = tests/man/filter.sh tests/man/keys.sh tests/man/lint.sh tests/man/options.sh tests/man/routes.sh
TESTS += $(manual_tests)
EXTRA_DIST += $(manual_tests)
