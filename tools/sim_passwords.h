/*
 * The password file of ocpp-sim: one "identity:password" a line, '#' begins a comment line, empty
 * lines are skipped.
 */
#ifndef TOOLS_SIM_PASSWORDS_H
#define TOOLS_SIM_PASSWORDS_H

#include <stdbool.h>
#include <stddef.h>

struct sim_password {
    char *identity;
    char *password;
};

struct sim_passwords {
    struct sim_password *rows;
    size_t count;
};

/* Refuses a file that group or others can read, and lines that are not of the form. `error` names
 * file and line. */
bool sim_passwords_read(struct sim_passwords *passwords, const char *path, char *error,
                        size_t error_size);
void sim_passwords_free(struct sim_passwords *passwords);

#endif
