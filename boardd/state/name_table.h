/*
 * Numbers for names (identities, actions) of the records that an index knows: a name's number is
 * given back when its last record is gone, so the memory is bounded by what is in the ring,
 * whatever names stations invent.
 */
#ifndef BOARDD_NAME_TABLE_H
#define BOARDD_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct name_table;

/* Numbers go from 1 to max_names; 0 is no name. */
struct name_table *name_table_new(uint32_t max_names);
void name_table_free(struct name_table *table);
void name_table_clear(struct name_table *table);

/* The number of that name, or 0. */
uint32_t name_table_find(const struct name_table *table, const char *name, size_t length);
/*
 * As name_table_find, upper and lower case of ASCII being the same; NAME_TABLE_SEVERAL when there
 * is more than one such name.
 */
#define NAME_TABLE_SEVERAL UINT32_MAX
uint32_t name_table_find_any_case(const struct name_table *table, const char *name, size_t length);
/*
 * One more record of that name, with that sequence number; *previous becomes that of the one before
 * (UINT64_MAX: none). 0 when the name is empty, there are too many names, or no memory.
 */
uint32_t name_table_add(struct name_table *table, const char *name, size_t length, uint64_t seq,
                        uint64_t *previous);
/* One record less. */
void name_table_remove(struct name_table *table, uint32_t number);
/* Sequence number of the newest record, and how many there are. `number` is one that was given. */
uint64_t name_table_newest(const struct name_table *table, uint32_t number);
uint32_t name_table_records(const struct name_table *table, uint32_t number);
/* Its bytes, not NUL-terminated, until its last record is gone. */
const char *name_table_text(const struct name_table *table, uint32_t number, size_t *length);
uint32_t name_table_count(const struct name_table *table);

#endif
