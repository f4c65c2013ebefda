#!/usr/bin/env bash
# A compiler's launcher: runs it, and notes the CPU seconds of it and all that it has started, with its output file.
#   timed.sh <log> <compiler> <arguments...>
log="$1"
shift
code=0
"$@" || code=$?
output=""
previous=""
for argument in "$@"; do
    [ "$previous" = -o ] && output="$argument"
    previous="$argument"
done
# The second line of `times` is that of the children: 1m2.345s 0m0.678s. (Not in a pipe: its shell has no children.)
LC_ALL=C    # the decimal point
times >"$log.$$"
{
    read -r _
    read -r cpu
} <"$log.$$"
rm -f "$log.$$"
echo "$code $cpu $output" >>"$log"
exit "$code"
