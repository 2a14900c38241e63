#include "boardd/state/vocabulary.h"

#include <bsd/stdlib.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define SLOTS (2 * VOCABULARY_WORDS) /* a power of two */

struct vocabulary {
    uint32_t seed;
    uint16_t count; /* words[1] to words[count] are taken */
    uint16_t slots[SLOTS];
    char words[VOCABULARY_WORDS][VOCABULARY_MAX_WORD + 1];
};

/* "Other" is the first: what is said of a word that found no room. */
static const char *const known[] = {
    "Other",
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEVSE",
    "SuspendedEV",
    "Finishing",
    "Reserved",
    "Unavailable",
    "Faulted",
    "Occupied",
    "NoError",
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "LocalListConflict",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "ResetFailure",
    "UnderVoltage",
    "WeakSignal",
    "EVConnected",
    "Idle",
    "Energy.Active.Import.Register",
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Interval",
    "Energy.Active.Export.Interval",
    "Energy.Active.Net",
    "Energy.Reactive.Import.Register",
    "Energy.Reactive.Export.Register",
    "Power.Active.Import",
    "Power.Active.Export",
    "Power.Offered",
    "Power.Factor",
    "Power.Reactive.Import",
    "Current.Import",
    "Current.Export",
    "Current.Offered",
    "Voltage",
    "Frequency",
    "Temperature",
    "SoC",
    "RPM",
    "Wh",
    "kWh",
    "varh",
    "kvarh",
    "W",
    "kW",
    "VA",
    "kVA",
    "var",
    "kvar",
    "A",
    "V",
    "Celsius",
    "Celcius",
    "Fahrenheit",
    "K",
    "Percent",
    "L1",
    "L2",
    "L3",
    "N",
    "L1-N",
    "L2-N",
    "L3-N",
    "L1-L2",
    "L2-L3",
    "L3-L1",
    "Body",
    "Cable",
    "EV",
    "Inlet",
    "Outlet",
    "Upstream",
    "Downloaded",
    "DownloadFailed",
    "Downloading",
    "DownloadScheduled",
    "DownloadPaused",
    "InstallationFailed",
    "Installing",
    "Installed",
    "InstallRebooting",
    "InstallScheduled",
    "InstallVerificationFailed",
    "InvalidSignature",
    "SignatureVerified",
    "FormationViolation",
    "FormatViolation",
    "GenericError",
    "NotImplemented",
    "NotSupported",
    "OccurenceConstraintViolation",
    "OccurrenceConstraintViolation",
    "PropertyConstraintViolation",
    "ProtocolError",
    "RpcFrameworkError",
    "SecurityError",
    "TypeConstraintViolation",
    "MessageTypeNotSupported",
};

/* FNV-1a with a seed: stations choose their words. */
static uint32_t hash_of(const struct vocabulary *vocabulary, const char *word, size_t length)
{
    uint32_t hash = UINT32_C(2166136261) ^ vocabulary->seed;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)word[i]) * UINT32_C(16777619);
    return hash ^ hash >> 15;
}

static uint16_t *find_slot(const struct vocabulary *vocabulary, const char *word, size_t length)
{
    uint32_t at = hash_of(vocabulary, word, length);
    for (;; at++) { /* half of the slots are free at least */
        const uint16_t *slot = &vocabulary->slots[at & (SLOTS - 1)];
        const char *taken = vocabulary->words[*slot];
        if (*slot == 0 || (strncmp(taken, word, length) == 0 && taken[length] == '\0'))
            return (uint16_t *)(uintptr_t)slot;
    }
}

static size_t cut(const char *word, size_t length)
{
    const char *end = memchr(word, '\0', length);
    return text_cut_utf8(word, end != NULL ? (size_t)(end - word) : length, VOCABULARY_MAX_WORD);
}

struct vocabulary *vocabulary_new(void)
{
    struct vocabulary *vocabulary = calloc(1, sizeof(*vocabulary));
    if (vocabulary == NULL)
        return NULL;
    vocabulary->seed = arc4random();
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        vocabulary_add(vocabulary, known[i], strlen(known[i]));
    return vocabulary;
}

void vocabulary_free(struct vocabulary *vocabulary)
{
    free(vocabulary);
}

uint16_t vocabulary_add(struct vocabulary *vocabulary, const char *word, size_t length)
{
    length = length > 0 ? cut(word, length) : 0;
    if (length == 0)
        return 0;
    uint16_t *slot = find_slot(vocabulary, word, length);
    if (*slot != 0)
        return *slot;
    if (vocabulary->count + 1 == VOCABULARY_WORDS)
        return 1;
    *slot = ++vocabulary->count;
    memcpy(vocabulary->words[*slot], word, length);
    return *slot;
}

uint16_t vocabulary_find(const struct vocabulary *vocabulary, const char *word, size_t length)
{
    length = length > 0 ? cut(word, length) : 0;
    return length > 0 ? *find_slot(vocabulary, word, length) : 0;
}

const char *vocabulary_word(const struct vocabulary *vocabulary, uint16_t number)
{
    return number <= vocabulary->count ? vocabulary->words[number] : "";
}
