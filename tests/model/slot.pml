/*
 * A slot of the station table (shm/station_slot.c): two words under a sequence lock, one of them in
 * the slot's closing, written by a gateway that may be killed in the middle; the next one repairs
 * the slot and goes on. Stores become visible in any order that fences and releases leave them.
 *
 * Mutants: NO_WRITER_FENCE NO_RELEASE NO_ACQUIRE NO_READER_FENCE NO_REPAIR
 */
#define CHANGES 3
#define ATTEMPTS 2

/* what the reader sees */
byte lock, word[2];

/* stores on their way */
bool lock_pending, word_pending[2];
byte new_lock, new_word[2];

bool killed, dead, over;

#define ALL_VISIBLE (!lock_pending && !word_pending[0] && !word_pending[1])

proctype memory()
{
    do
    :: d_step { !over && lock_pending -> lock = new_lock; lock_pending = false; new_lock = 0 }
    :: d_step { !over && word_pending[0] -> word[0] = new_word[0]; word_pending[0] = false; new_word[0] = 0 }
    :: d_step { !over && word_pending[1] -> word[1] = new_word[1]; word_pending[1] = false; new_word[1] = 0 }
    od
}

inline store_lock(value) { d_step { !lock_pending -> new_lock = value; lock_pending = true } }
inline store_word(i, value) { d_step { !word_pending[i] -> new_word[i] = value; word_pending[i] = true } }

/* `mine` is what the writer knows the lock to be */
inline change(value)
{
    mine = mine | 1;
    store_lock(mine);
#ifndef NO_WRITER_FENCE
    ALL_VISIBLE;
#endif
    store_word(0, value);
    store_word(1, value);
#ifndef NO_RELEASE
    ALL_VISIBLE;
#endif
    mine = mine + 1;
    store_lock(mine)
}

proctype writer()
{
    byte mine, value = 1;

    {
        do
        :: value <= CHANGES -> change(value); value++
        :: else -> break
        od
    } unless {
        killed
    };
    atomic {
        lock_pending = false;
        word_pending[0] = false;
        word_pending[1] = false;
        new_lock = 0;
        new_word[0] = 0;
        new_word[1] = 0;
        dead = true
    }
}

proctype killer() { killed = true }

proctype second_writer()
{
    byte mine;

    dead;
    mine = lock;
#ifdef NO_REPAIR
    if
    :: mine % 2 == 1 -> mine++; store_lock(mine)
    :: else
    fi;
#else
    if
    :: mine % 2 == 1 -> change(0) /* what stands there may be half of each: free it */
    :: else
    fi;
#endif
    change(CHANGES + 1)
}

proctype reader()
{
    byte before, seen[2], attempt;
    bool have[2];

again:
    attempt++;
#ifdef NO_ACQUIRE
    goto load;
looked:
    before = lock;
    goto check;
#endif
    before = lock;
    if
    :: before % 2 == 1 -> goto next
    :: else
    fi;
load:
    have[0] = false;
    have[1] = false;
    do
    :: !have[0] -> d_step { seen[0] = word[0]; have[0] = true }
    :: !have[1] -> d_step { seen[1] = word[1]; have[1] = true }
    :: have[0] && have[1] -> break
#ifdef NO_READER_FENCE
    :: !have[0] || !have[1] -> if :: lock != before -> goto next :: else -> goto rest fi
#endif
    od;
#ifdef NO_ACQUIRE
    goto looked;
check:
    if
    :: before % 2 == 1 -> goto next
    :: else
    fi;
#endif
    if
    :: lock != before -> goto next
    :: else
    fi;
    assert(seen[0] == seen[1]);
    goto out;
#ifdef NO_READER_FENCE
rest: /* the second look at the lock came before the last words */
    if
    :: !have[0] -> seen[0] = word[0]
    :: else
    fi;
    if
    :: !have[1] -> seen[1] = word[1]
    :: else
    fi;
    assert(seen[0] == seen[1]);
    goto out;
#endif
next:
    if
    :: attempt < ATTEMPTS -> goto again
    :: else
    fi;
out:
    over = true
}

init
{
    atomic {
        run memory();
        run writer();
        run killer();
        run second_writer();
        run reader()
    }
}
