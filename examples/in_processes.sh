#!/bin/sh
# in_processes.sh N PROGRAM ARGUMENTS...
# Runs a program in N processes of this machine that train together. Ends with the status of the first that failed; what process 0 prints
# is printed. `torchrun --no-python --nproc-per-node=N PROGRAM ARGUMENTS...` does the same where PyTorch is installed.
count=$1
shift
export WORLD_SIZE=$count MASTER_ADDR=127.0.0.1 MASTER_PORT=${MASTER_PORT:-$((20000 + $$ % 10000))}
rank=$((count - 1))
others=
while [ $rank -gt 0 ]; do
  RANK=$rank "$@" > /dev/null &
  others="$others $!"
  rank=$((rank - 1))
done
RANK=0 "$@"
status=$?
for process in $others; do
  wait $process
  other=$?
  [ $status -ne 0 ] || status=$other
done
exit $status
