# tests that start the real processes
EXTRA_DIST += tests/check.sh tests/fuzz/run.sh \
	tests/integration/.npmrc tests/integration/package.json tests/integration/package-lock.json \
	tests/integration/harness.mjs tests/integration/http.mjs tests/integration/processes.mjs \
	tests/integration/schemas.mjs tests/integration/station.mjs \
	tests/integration/attacks.test.mjs tests/integration/attacks_load.test.mjs \
	tests/integration/compat.test.mjs tests/integration/dashboard.test.mjs tests/integration/filter.test.mjs tests/integration/launcher.test.mjs tests/integration/gateways.test.mjs tests/integration/log.test.mjs tests/integration/metrics.test.mjs tests/integration/stations.test.mjs tests/integration/login_program.test.mjs tests/integration/logins.test.mjs \
	tests/integration/control.test.mjs \
	tests/integration/malformed.test.mjs tests/integration/ocppj.test.mjs tests/integration/restart.test.mjs tests/integration/routes.test.mjs \
	tests/integration/sessions.test.mjs tests/integration/simulator.test.mjs tests/integration/stall.test.mjs \
	tests/integration/sandbox.test.mjs tests/integration/streams.test.mjs tests/integration/tls.test.mjs tests/tools/shm_reader.py
