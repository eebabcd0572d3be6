#!/bin/sh
# What a run began with is kept as start.pt: left alone by --resume, gone when a run begins with random weights, and blended by shares.
#     kept_start.sh TRAINING_PROGRAM COMPACT_MODEL FOLDER OPTIONS...
set -e
train=$1 compact=$2 folder=$3
shift 3
rm -rf "$folder"
"$train" "$@" --out "$folder/run" --steps 2 > /dev/null
before=$(cksum < "$folder/run/start.pt")
"$train" "$@" --out "$folder/run" --steps 3 --resume > /dev/null
[ "$before" = "$(cksum < "$folder/run/start.pt")" ] || { echo "start.pt changed"; exit 1; }

mix() { "$compact" "$folder/run/best.pt" --full-precision --out "$folder/$1.pt" --blend "$folder/run/$2.pt" --blend-share "$3" > /dev/null; }
mix best best 0.4
mix none start 0
mix all start 1
cmp "$folder/best.pt" "$folder/none.pt"
if cmp -s "$folder/best.pt" "$folder/all.pt"; then echo "nothing was blended"; exit 1; fi

"$train" "$@" --init-from none --out "$folder/random" --steps 1 > /dev/null
[ ! -e "$folder/random/start.pt" ] || { echo "a start.pt of random weights"; exit 1; }
echo "kept what it began as"
