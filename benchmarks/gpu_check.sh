#!/usr/bin/env bash
# Everything that only an NVIDIA GPU can show, in less than 10 minutes: the tests marked gpu, a training step beside PyTorch's in float32
# and in TF32, its profile by CUDA events, and NCCL with one rank. Run `benchmarks/gpu_check.sh [PYTHON]`.
# It ends with a Markdown table to paste. A part that failed, or took longer than its limit, says so in its row; the exit code
# is 0 only if every part ran. Without a GPU there is one line that says why, and the exit code is 1.

cd "$(dirname "$0")/.." || exit 1
python=${1:-.venv/bin/python}
facts=$("$python" benchmarks/gpu_facts.py 2>&1) || { echo "$facts" | tail -n 1; exit 1; }
rows=()
failed=0

# part NAME SECONDS COMMAND...: run the command for at most that long; its last line is what the table says of it.
part() {
    local name=$1 limit=$2 start=$SECONDS output code result
    shift 2
    echo "== $name: at most $limit s"
    output=$(timeout --kill-after=5 "$limit" "$@" 2>&1)
    code=$?
    echo "$output"
    result=$(echo "$output" | grep -v '^[[:space:]]*$' | tail -n 1)
    if [ $code -eq 124 ] || [ $code -eq 137 ]; then
        result="stopped after its limit of $limit s"
    elif [ $code -ne 0 ]; then
        result="failed: ${result:-exit code $code, without a word}"
    fi
    [ $code -eq 0 ] || failed=1
    rows+=("| $name | ${result//|/\\|} | $((SECONDS - start)) |")
}

mpiexec=$(dirname "$python")/mpiexec
[ -x "$mpiexec" ] || mpiexec=mpiexec

part "tests marked gpu" 180 "$python" -m pytest -m gpu tests/test_gpu.py
part "training step, float32" 90 "$python" benchmarks/gpu_step.py
part "training step, TF32" 90 "$python" benchmarks/gpu_step.py --tf32
part "profile of the step" 90 "$python" benchmarks/gpu_profile.py
part "NCCL, one rank, cupyx.distributed" 60 "$python" benchmarks/gpu_nccl.py
part "NCCL, one rank, minifcn.distributed" 60 "$mpiexec" -n 1 "$python" benchmarks/gpu_nccl.py --ours

printf '\n%s\n\n| part | result | seconds |\n|---|---|---:|\n' "$facts"
printf '%s\n' "${rows[@]}"
exit $failed
