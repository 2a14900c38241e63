/* Command line of ocpp-forward; its man page is made from it. */
#ifndef FORWARD_FORWARD_OPTIONS_H
#define FORWARD_FORWARD_OPTIONS_H

#include "common/options.h"

extern const struct program forward_program;

#endif
