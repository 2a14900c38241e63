#!/bin/sh
# Each program and its page know the same options: every option of the page is accepted by the program, every option of
# the program's usage stands in the page.
set -eu

failed=0
complain() {
    echo "$*"
    failed=1
}

program_of() {
    for directory in . boardd forward gateway tools; do
        [ ! -x "$directory/$1" ] || printf '%s/%s\n' "$directory" "$1"
    done
}

# letters of the list items ".It Fl x"
page_letters() { sed -n 's/^\.It Fl \([A-Za-z0-9]\).*/\1/p' "$1" | sort -u; }

usage_letters() { "$1" -h | sed -n 's/^  -\([A-Za-z0-9]\).*/\1/p' | sort -u; }

check() {
    page=$1
    program=$(program_of "$(basename "${page%.[18]}")")
    [ -n "$program" ] || [ "$page" != man/ocpp-forward.8 ] || grep -q '^#define WITH_HIREDIS' config.h || return 0
    [ -n "$program" ] || {
        complain "$page has no program"
        return
    }
    page_letters "$page" >options.page.$$
    usage_letters "$program" >options.usage.$$
    [ -s options.usage.$$ ] || complain "$program -h prints no options"
    if ! diff options.usage.$$ options.page.$$ >options.diff.$$; then
        complain "$program: options of the usage (<) and of $page (>) differ:"
        cat options.diff.$$
    fi
    while read -r letter; do
        # whatever the argument is good for: what counts is that the letter is known
        answer=$("$program" "-$letter" /nonexistent -h 2>&1 </dev/null || true)
        case $answer in
        *"option -$letter is unknown"* | *"llegal option"* | *"nvalid option"*)
            complain "$program does not know -$letter, which $page describes"
            ;;
        esac
    done <options.page.$$
    rm -f options.page.$$ options.usage.$$ options.diff.$$
}

for source in "${srcdir:?}"/man/*.[18].in; do
    check "man/$(basename "$source" .in)"
done
exit "$failed"
