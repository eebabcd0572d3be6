#!/bin/sh
# same_samples.sh TRAIN_DETECTOR SHOW_BATCH FOLDER COUNT OPTIONS...: what show_batch draws is what train_detector learns from, COUNT samples.
train=$1 show=$2 folder=$3 count=$4
shift 4
learnt=$("$train" "$@" --batch 2 --preflight 2 --out "$folder/none" | sed -n 's/^preflight: \([0-9]* texts.*\); .*/\1/p')
shown=$("$show" "$@" --count "$count" --out "$folder/shown.png" | sed -n 's/.*in the crops //p')
echo "learnt: $learnt"
echo "shown:  $shown"
[ -n "$learnt" ] && [ "$learnt" = "$shown" ] && echo "the same samples"
