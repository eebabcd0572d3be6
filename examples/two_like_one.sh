#!/bin/sh
# two_like_one.sh FOLDER PROGRAM ARGUMENTS...
# The losses of two processes with batches of 3 and common batch norms must be those of one with batches of 6.
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
"$@" --batch 6 --out "$folder/one" > "$folder/one.txt" 2>&1 || { cat "$folder/one.txt"; exit 1; }
sh "$(dirname "$0")/in_processes.sh" 2 "$@" --batch 3 --sync-norms --out "$folder/two" > "$folder/two.txt" 2>&1 || { cat "$folder/two.txt"; exit 1; }
cat "$folder/two.txt"
for run in one two; do sed -n 's/^step [0-9]* train: total \([^,]*\),.*/\1/p' "$folder/$run.txt" > "$folder/$run.losses"; done
paste "$folder/one.losses" "$folder/two.losses" | awk '
  { print "losses", $1, $2; difference = $1 - $2; if (difference < 0) difference = -difference; if (difference > 0.0002 * $1) wrong = 1 }
  END { exit wrong || NR == 0 }' && echo "the same losses"
