/* ocpp-log -A: all that a segment holds, for ocpp-boardd to open later (board.source = file:). */
#ifndef TOOLS_LOG_CAPTURE_H
#define TOOLS_LOG_CAPTURE_H

#include "tools/log_options.h"
#include "tools/log_print.h"

/*
 * Writes the events that match, up to those that are there at the beginning, in the order of time.
 * False when there is no segment, or `out` took not all; said on stderr.
 */
bool log_capture(const struct log_options *options, const struct log_style *style, const char *dir,
                 FILE *out);

#endif
