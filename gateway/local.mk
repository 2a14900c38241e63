# gateway: station -> events
noinst_LIBRARIES += gateway/libgateway.a
gateway_libgateway_a_SOURCES = \
	gateway/gateway_options.c gateway/gateway_options.h
