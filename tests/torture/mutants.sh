#!/bin/sh
# Breaks the segment's code in one place at a time, and expects the torture tests to notice: mutants.sh [NAME ...]
# A test that passes with broken code would prove nothing.
set -eu
top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc=${CC:-cc}
chosen=" $* "
failures=0

# mutant NAME TEST FILE SED-SCRIPT [COMPILER-OPTION ...]
mutant() {
    name=$1 test=$2 file=$3 script=$4
    shift 4
    case $chosen in "  " | *" $name "*) ;; *) return ;; esac
    rm -rf "$work/source"
    mkdir -p "$work/source/tests"
    cp -R "$top/common" "$top/shm" "$work/source"
    cp -R "$top/tests/torture" "$work/source/tests"
    chmod -R u+w "$work/source"
    sed "$script" "$top/$file" >"$work/source/$file"
    if cmp -s "$top/$file" "$work/source/$file"; then
        echo "FAILED $name: $file has changed, there is nothing to break"
        failures=$((failures + 1))
        return
    fi
    cd "$work/source"
    $cc -std=c11 -D_GNU_SOURCE -I. -O1 -w "$@" -o "$work/test" "tests/torture/$test.c" shm/ring*.c shm/seg*.c \
        shm/station*.c shm/event.c shm/counters.c common/text.c -lpthread
    attempt=1 # some need a race to show
    while timeout 60 "$work/test" >"$work/log" 2>&1 && [ $attempt -lt 10 ]; do
        attempt=$((attempt + 1))
    done
    if [ $attempt -eq 10 ]; then
        echo "FAILED $name: $test did not notice"
        failures=$((failures + 1))
    else
        printf 'ok     %s: %s says "%s"\n' "$name" "$test" "$(grep -v '^=' "$work/log" | tail -n 1)"
    fi
}

mutant no_intent single_step shm/ring_writer.h \
    '/atomic_store_explicit(&shared->intent/d'
mutant early_head single_step shm/ring_writer.h \
    's/^    ring_store_header(to, seq/    atomic_store_explicit(\&shared->head_seq, seq + 1, memory_order_release);\n&/'
mutant straddle single_step shm/ring_writer.h \
    's/^        position = (position | mask) + 1;/        position += 0;/'
mutant adopt_below_intent single_step shm/ring_writer.c \
    's/^    if (head < ring->first_seq/    writer->position -= writer->position > 64 ? 64 : 0;\n&/'
mutant no_index_check single_step shm/ring_reader.c \
    's/head - seq >= ring->index_slots/false/'
mutant no_intent_check single_step shm/ring_reader.c \
    's/intent - position > ring->capacity/false/'
mutant slot_never_odd single_step shm/station_slot.c \
    's/word_load(&shared->lock) | 1/word_load(\&shared->lock)/'
mutant slot_not_repaired single_step shm/station_slots.c \
    's/if (station_slot_is_torn(&slots->table, slot))/if (false)/'
mutant closing_too_late single_step shm/station_slot.c \
    '/_set_closed/,/^}/{/, closing, CLOSING_WORDS/{h;d};/^    end(/G}'
mutant closing_inherited single_step shm/station_slot.c \
    '/, &none, CLOSING_WORDS/d'
mutant closing_unchecked torture shm/station_reader.c \
    's/^            load_closing(.*/            ;/;s/^            record->slot = number;/& if (record->status != STATION_ONLINE) load_closing(record, segment_element(\&table->closings, number));/'
mutant slot_unchecked torture shm/station_reader.c \
    's/if (word_load(&slot->lock) == before)/if (true)/'
mutant first_seq_lost kill_at_syscall shm/segment_life.c \
    '/memcpy(former->first_seq/d'
mutant fresh_file_stays kill_at_syscall shm/segment_file.c \
    's/^    unlink(names->fresh);$/    (void)names;/'
mutant not_superseded kill_at_syscall shm/segment_life.c \
    's/SEGMENT_SUPERSEDED/SEGMENT_RUNNING/'
mutant not_validated torture shm/ring_reader.c \
    's/^#ifdef RING_WITHOUT_VALIDATION.*/#if 1/'
mutant plain_store threads shm/words.h \
    's/^        word_store(to, word);/        *(volatile uint64_t *)to = word;/' -fsanitize=thread -g
mutant plain_load threads shm/words.h \
    's/^        word = word_load(from);/        word = *(volatile const uint64_t *)from;/' -fsanitize=thread -g

exit $((failures > 0))
