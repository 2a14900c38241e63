/* Command-line options of ocpp-boardd; its man page's list is made from them. */
#ifndef BOARDD_OPTIONS_H
#define BOARDD_OPTIONS_H

#include "common/options.h"

extern const struct program boardd_program;

#endif
