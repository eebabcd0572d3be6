#!/bin/sh
# resume_after_kill.sh FOLDER PROGRAM ARGUMENTS...
# A training that is killed without warning and resumed must write the same best.pt, byte for byte, as one that was left alone.
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
"$@" --out "$folder/straight" > "$folder/straight.txt" 2>&1 || { cat "$folder/straight.txt"; exit 1; }
"$@" --out "$folder/killed" > "$folder/killed.txt" 2>&1 &
process=$!
while [ ! -e "$folder/killed/last.pt" ]; do
  kill -0 $process 2> /dev/null || { cat "$folder/killed.txt"; exit 1; }
  sleep 0.02
done
kill -9 $process
wait $process
echo "killed: exit status $?"
[ ! -e "$folder/killed/best.pt" ] || { echo "it was done before it was killed"; exit 1; }
"$@" --out "$folder/killed" --resume || exit 1
cmp "$folder/straight/best.pt" "$folder/killed/best.pt" && echo "the same weights"
