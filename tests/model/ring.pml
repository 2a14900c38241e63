/*
 * The ring of shm/ring_writer.h and shm/ring_reader.c: one writer that may be killed at any point
 * and is followed by another, one reader. Stores become visible in any order, as far as fences and
 * releases leave them free; loads likewise.
 *
 * Data is counted in words, a record has one or two: {header, payload}. What a word holds is told by
 * ghosts: the record's number, which writer wrote it, its length.
 *
 * A mutant is chosen by a macro and has to violate an assertion:
 *   LATE_INTENT NO_WRITER_FENCE NO_RELEASE NO_ACQUIRE NO_READER_FENCE NO_INDEX_CHECK
 *   NO_INTENT_CHECK ADOPT_AT_END STRADDLE
 */
#ifndef CAPACITY
#define CAPACITY 4
#endif
#ifndef SLOTS
#define SLOTS 4
#endif
#ifndef RECORDS
#define RECORDS 4
#endif
#define NOBODY 9

typedef word { byte seq; byte by; byte length; byte part }

/* what the reader sees */
byte intent, head;
byte slot_position[SLOTS];
word data[CAPACITY];

/* stores on their way, at most one of each kind */
bool intent_pending, head_pending, slot_pending, word_pending[2];
byte new_intent, new_head, new_slot, new_slot_position, new_offset[2];
word new_word[2];

/* ghosts */
byte published_by[RECORDS + 1];
byte published_length[RECORDS + 1];
bool killed, dead;
bool over; /* the read is done: what the others still do would only add states */

#define ALL_VISIBLE                                                                                \
    (!intent_pending && !head_pending && !slot_pending && !word_pending[0] && !word_pending[1])

/* Values that nobody will look at again are set to 0: fewer states. */
inline drop_word(i)
{
    word_pending[i] = false;
    new_offset[i] = 0;
    new_word[i].seq = 0;
    new_word[i].by = 0;
    new_word[i].length = 0;
    new_word[i].part = 0
}

inline show_intent() { intent = new_intent; intent_pending = false; new_intent = 0 }
inline show_head() { head = new_head; head_pending = false; new_head = 0 }
inline drop_slot() { slot_pending = false; new_slot = 0; new_slot_position = 0 }
inline show_slot() { slot_position[new_slot] = new_slot_position; drop_slot() }

inline show_word(i)
{
    data[new_offset[i]].seq = new_word[i].seq;
    data[new_offset[i]].by = new_word[i].by;
    data[new_offset[i]].length = new_word[i].length;
    data[new_offset[i]].part = new_word[i].part;
    drop_word(i)
}

/* Memory: what is on its way arrives, in any order. */
proctype memory()
{
    do
    :: d_step { !over && intent_pending -> show_intent() }
    :: d_step { !over && head_pending -> show_head() }
    :: d_step { !over && slot_pending -> show_slot() }
    :: d_step { !over && word_pending[0] -> show_word(0) }
    :: d_step { !over && word_pending[1] -> show_word(1) }
    od
}

inline fence() { ALL_VISIBLE }

inline store_intent(value)
{
    d_step { !intent_pending -> new_intent = value; intent_pending = true }
}

inline store_word(i, at, number, me, size)
{
    d_step {
        new_offset[i] = at;
        new_word[i].seq = number;
        new_word[i].by = me;
        new_word[i].length = size;
        new_word[i].part = i;
        word_pending[i] = true
    }
}

inline publish(me)
{
    atomic {
        if
        :: size = 1
        :: size = 2
        fi;
#ifndef STRADDLE
        if
        :: position % CAPACITY + size > CAPACITY ->
            position = position + CAPACITY - position % CAPACITY
        :: else
        fi
#endif
    };
#ifndef LATE_INTENT
    store_intent(position + size);
#endif
#ifndef NO_WRITER_FENCE
    fence();
#endif
    store_word(0, position % CAPACITY, seq, me, size);
    if
    :: size == 2 -> store_word(1, (position + 1) % CAPACITY, seq, me, size)
    :: else
    fi;
    d_step {
        new_slot = seq % SLOTS;
        new_slot_position = position;
        slot_pending = true
    };
#ifdef LATE_INTENT
    fence();
    store_intent(position + size);
#endif
#ifndef NO_RELEASE
    fence();
#endif
    d_step {
        !head_pending ->
        published_by[seq] = me;
        published_length[seq] = size;
        new_head = seq + 1;
        head_pending = true
    };
    d_step {
        position = position + size;
        seq = seq + 1;
        size = 0
    }
}

/*
 * The process ends. What it stored and was not visible yet is lost (not by a processor, but the
 * compiler may have put it later); any part of it may have become visible before.
 */
inline die()
{
    d_step {
        intent_pending = false;
        new_intent = 0;
        head_pending = false;
        new_head = 0;
        drop_slot();
        drop_word(0);
        drop_word(1);
        dead = true
    }
}

proctype writer()
{
    byte position = 0, seq = 0, size;

    {
        do
        :: seq < RECORDS -> publish(0)
        :: seq == RECORDS -> break
        od
    } unless {
        killed
    };
    die()
}

proctype killer()
{
    killed = true
}

proctype second_writer()
{
    byte position, seq, size;

    dead;
    atomic {
        seq = head;
        position = intent;
#ifdef ADOPT_AT_END
        position = (head == 0 -> 0
                    : slot_position[(head - 1) % SLOTS] + published_length[head - 1]);
#endif
    };
    do
    :: seq < RECORDS -> publish(1)
    :: seq == RECORDS -> break
    od
}

/*
 * One read of one record; all numbers and moments are tried. Of what is loaded only the judgement is
 * kept: fewer states.
 */
inline load_header()
{
    d_step {
        at = position % CAPACITY;
        good[0] = data[at].seq == wanted && data[at].part == 0 &&
                  data[at].by == published_by[wanted] &&
                  data[at].length == published_length[wanted];
        have[0] = true;
        at = 0
    }
}

inline load_payload()
{
    d_step {
        at = position % CAPACITY + 1;
        good[1] = data[at].seq == wanted && data[at].part == 1 &&
                  data[at].by == published_by[wanted];
        have[1] = true;
        at = 0
    }
}

inline load_intent()
{
    d_step {
        assert(position <= intent); /* else the ring would be called corrupt */
        in_data = intent - position <= CAPACITY
    }
}

inline load_head()
{
    d_step { in_index = head - wanted < SLOTS }
}

#define PAYLOAD_IS_INSIDE (position % CAPACITY + 1 < CAPACITY)

proctype reader()
{
    byte wanted, position, at;
    bool have[2], good[2], in_data, in_index, early;

#ifdef NO_ACQUIRE
    /* what follows may be loaded before the head is */
    atomic {
        select (wanted : 0 .. RECORDS - 1);
        position = slot_position[wanted % SLOTS]
    };
    goto load;
looked:
    if
    :: wanted >= head -> goto out
    :: else
    fi;
    load_head();
    goto validate;
load:
#else
    /* which record is asked for is decided late: fewer states */
    atomic {
        head > 0 -> select (wanted : 0 .. head - 1);
        load_head()
    };
#ifndef NO_INDEX_CHECK
    if
    :: !in_index -> goto out /* lapped */
    :: else
    fi;
#endif
    position = slot_position[wanted % SLOTS];
#endif
#ifdef NO_READER_FENCE
    if
    :: load_intent(); load_head(); early = true
    :: skip
    fi;
#endif
    do
    :: !have[0] -> load_header()
    :: !have[1] && PAYLOAD_IS_INSIDE -> load_payload()
    :: have[0] && (have[1] || !PAYLOAD_IS_INSIDE) -> break
    od;
#ifdef NO_ACQUIRE
    goto looked;
validate:
#endif
    /* fence; then the intent and the head, in any order */
    if
    :: early
    :: !early -> load_intent(); load_head()
    :: !early -> load_head(); load_intent()
    fi;
#ifdef NO_INDEX_CHECK
    in_index = true;
#endif
#ifdef NO_INTENT_CHECK
    in_data = true;
#endif
    if
    :: in_index && in_data ->
        /* it is called whole */
        assert(good[0]);
        assert(published_length[wanted] == 1 || good[1])
    :: else
    fi;
out:
    over = true
}

init
{
    byte i;

    atomic {
        for (i : 0 .. RECORDS) {
            published_by[i] = NOBODY
        }
        for (i : 0 .. CAPACITY - 1) {
            data[i].seq = NOBODY
        }
        run memory();
        run writer();
        run killer();
        run second_writer();
        run reader()
    }
}
