from __future__ import annotations

import json
import subprocess
import sys

import pytest

from serverless_pipeline.local.sandbox import limits

SEEN = """
import json, resource, sys
limits = [resource.getrlimit(limit) for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE)]
print(json.dumps([limits, sys.argv[1:]]))
"""


def test_a_command_runs_with_lambdas_quotas_and_without_core_dumps() -> None:
    words = limits.limited([sys.executable, "-S", "-c", SEEN])

    output = subprocess.run(words, check=True, capture_output=True, text=True).stdout

    assert json.loads(output) == [[[1024, 1024], [1024, 1024], [0, 0]], []]
    assert (limits.FILES, limits.PROCESSES) == (1024, 1024)


def test_the_words_reach_the_command_as_they_are() -> None:
    arguments = ["two words", "", "'$HOME'", '"; exit 3', "--", "-x", "*"]

    words = limits.limited([sys.executable, "-S", "-c", SEEN, *arguments])

    output = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert json.loads(output)[1] == arguments


def test_the_command_takes_the_place_of_the_shell_and_ends_as_it_ends() -> None:
    words = limits.limited([sys.executable, "-S", "-c", "import os, sys; print(os.getpid()); sys.exit(7)"])

    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        output, _ = process.communicate()

    assert (output, process.returncode) == (f"{process.pid}\n", 7)


@pytest.mark.parametrize(("refused", "quota"), [("-p", "-u"), ("-u", "-p")])
def test_the_quota_of_processes_is_set_in_the_shells_own_word(refused: str, quota: str) -> None:
    shell, option, program, *words = limits.limited(["echo", "run"])
    told = f'ulimit() {{ [ "$1" != {refused} ] && echo "set $*"; }}; {program}'

    output = subprocess.run([shell, option, told, *words], check=True, capture_output=True, text=True).stdout

    assert output.splitlines() == ["set -c 0", "set -n 1024", f"set {quota} 1024", "run"]
