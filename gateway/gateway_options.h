/*
 * Command-line options of ocpp-gateway; linked into the program and into the generator of its man
 * page's list.
 */
#ifndef GATEWAY_OPTIONS_H
#define GATEWAY_OPTIONS_H

#include "common/options.h"

extern const struct program gateway_program;

#endif
