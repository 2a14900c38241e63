# systemd: a unit for each daemon, and the users they run as
unit_sources = systemd/ocpp-gateway.service.in systemd/ocpp-boardd.service.in systemd/ocpp-forward.service.in
units = systemd/ocpp-gateway.service systemd/ocpp-boardd.service
if WITH_HIREDIS
units += systemd/ocpp-forward.service
endif
unitdir = $(prefix)/lib/systemd/system
nodist_unit_DATA = $(units)
sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = systemd/ocpp-board.conf
CLEANFILES += $(units)
EXTRA_DIST += $(unit_sources) tests/systemd.sh
$(units): $(unit_sources) Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && $(SED) 's|@sbindir[@]|$(sbindir)|' $(srcdir)/$@.in >$@.new && mv -f $@.new $@
TESTS += tests/systemd.sh
