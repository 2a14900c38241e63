/*
 * The life of a segment (shm/segment_life.c): gateways that start in any order, may be killed at any
 * step, and have the same sizes as the one before or others; a reader that follows from the first
 * segment on. Rings are large enough here: nothing is overwritten, so the reader has to get every
 * record of every segment that it opens exactly once, and to be told how many there were in others.
 *
 * Mutants:
 *   NO_LOCK        gateways don't take the instance's lock
 *   EARLY_RENAME   a new segment takes the name before it is complete
 *   START_AT_ZERO  a new segment does not go on with the sequence
 *   KEEP_FRESH     what a killed gateway left half-made is not removed
 *   NO_SECOND_LOOK the reader leaves a superseded segment without looking at its head again
 *   NO_DRAIN       the reader leaves a segment that lost its name without reading its rest
 */
#define GATEWAYS 3
#define EACH     1 /* records of each gateway */
#define TOTAL    (GATEWAYS * EACH)
#define NONE     9

typedef segment {
    bool complete; /* the magic is there */
    bool superseded;
    byte size;
    byte first, head;
}

segment file[GATEWAYS]; /* a gateway makes one at most: that with its number */
byte name = NONE;       /* what the segment's name leads to */
byte fresh = NONE;      /* what the temporary name leads to */
bool locked;
bool killed[GATEWAYS];
byte started, ended;

byte publisher[TOTAL]; /* ghost: who published the record, 0 nobody */

inline adopt()
{
    assert(file[mine].complete);
    file[mine].superseded = false
}

/* `former` is what had the name before, or NONE. */
inline make_new()
{
    assert(fresh == NONE); /* O_EXCL: it could not start */
    mine = me;
    fresh = mine;
    d_step {
        file[mine].size = size;
#ifndef START_AT_ZERO
        if
        :: former != NONE -> file[mine].first = file[former].head
        :: else
        fi;
#endif
        file[mine].head = file[mine].first
    };
#ifndef EARLY_RENAME
    file[mine].complete = true;
#endif
    if
    :: former != NONE -> file[former].superseded = true
    :: else
    fi;
    d_step { name = fresh; fresh = NONE };
#ifdef EARLY_RENAME
    file[mine].complete = true;
#endif
    former = NONE
}

inline publish()
{
    d_step {
        assert(publisher[seq] == 0); /* one number, one record */
        publisher[seq] = me + 1;
        seq++;
        file[mine].head = seq
    }
}

proctype gateway(byte me)
{
    byte size, mine, former, seq, count;
    bool held;

    {
        d_step { started == me -> started++ }; /* in the order of their numbers: fewer states */
        if
        :: size = 1
        :: me > 0 -> size = 2
        fi;
#ifndef NO_LOCK
        atomic { !locked -> locked = true; held = true };
#endif
#ifndef KEEP_FRESH
        fresh = NONE;
#endif
        former = name;
        if
        :: former != NONE && file[former].size == size -> mine = former; adopt()
        :: else -> make_new()
        fi;
        seq = file[mine].head;
        do
        :: count < EACH -> publish(); count++
        :: else -> break
        od
    } unless {
        killed[me] && started > me
    };
    atomic {
        if
        :: held -> locked = false
        :: else
        fi;
        ended++
    }
}

/* All but the last one. */
proctype killer()
{
    byte i;

    do
    :: i < GATEWAYS - 1 ->
        if
        :: killed[i] = true
        :: skip
        fi;
        i++
    :: else -> break
    od
}

inline open_again()
{
    d_step {
        /* everything of the one it leaves has been read, and nothing more will come to it */
        assert(mine == NONE || mine == name || next == file[mine].head);
        mine = name;
        assert(file[mine].complete);
        if
        :: file[mine].first > next -> /* records of segments that it never saw */
            lost = lost + file[mine].first - next;
            next = file[mine].first
        :: else
        fi
    }
}

proctype reader()
{
    byte mine = NONE, next, read, lost;

    name != NONE;
    open_again();
    do
    :: next < file[mine].head ->
        d_step {
            assert(publisher[next] != 0);
            next++;
            read++
        }
    :: next >= file[mine].head -> /* the end, at this moment */
        if
        :: file[mine].superseded ->
            if
#ifndef NO_SECOND_LOOK
            :: next < file[mine].head -> skip
#endif
            :: else -> open_again()
            fi
        :: name != mine ->
#ifndef NO_DRAIN
            do
            :: next < file[mine].head -> next++; read++
            :: else -> break
            od;
#endif
            open_again()
        :: ended == GATEWAYS && name == mine && next == file[mine].head -> break
        :: else
        fi
    od;
    assert(read + lost == file[name].head)
}

init
{
    byte i;

    atomic {
        run reader();
        run killer();
        for (i : 0 .. GATEWAYS - 1) {
            run gateway(i)
        }
    }
}
