#!/usr/bin/env python3
"""The same work without the gate and through it, taking turns, so that what the machine does meanwhile meets both alike.

To be run behind the gate, with the kubeconfig of the cluster itself in $DIRECT. Prints Markdown rows: what, without, through the gate.

    turns.py gets CALLS PATH        calls on one open connection each
    turns.py exec TRIPS NS POD      a byte there and back through one exec each
    turns.py lists RUNS COMMAND…    the command as a whole
"""

import base64
import http.client
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlsplit

GATED = os.environ["KUBECONFIG"]
SIDES = (os.environ["DIRECT"], GATED)


def environment(kubeconfig: str) -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": kubeconfig}


def timed(work) -> float:
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def in_turns(runs: int, works: list) -> list[list[float]]:
    took: list[list[float]] = [[], []]
    for run in range(-3, runs):
        for side in (0, 1) if run % 2 else (1, 0):
            time_of_it = timed(works[side])
            if run >= 0:
                took[side].append(time_of_it)
    return [sorted(times) for times in took]


def row(what: str, values: list[float], digits: int = 2) -> None:
    without, gated = values
    print(f"| {what} | {without:,.{digits}f} ms | {gated:,.{digits}f} ms |", flush=True)


def file_of(part: dict, name: str) -> str:
    if name in part:
        return part[name]
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(base64.b64decode(part[name + "-data"]))
    return file.name


def caller(kubeconfig: str, path: str):
    text = subprocess.run(
        ["kubectl", "config", "view", "--raw", "--minify", "-o", "json"], env=environment(kubeconfig), check=True, capture_output=True
    ).stdout
    config = json.loads(text)
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    context = ssl.create_default_context(cafile=file_of(cluster, "certificate-authority"))
    headers = {}
    if "token" in user:
        headers["Authorization"] = f"Bearer {user['token']}"
    else:
        context.load_cert_chain(file_of(user, "client-certificate"), file_of(user, "client-key"))
    connection = http.client.HTTPSConnection(urlsplit(cluster["server"]).netloc, context=context)

    def call() -> None:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    return call


def gets(calls: str, path: str) -> None:
    took = in_turns(int(calls), [caller(side, path) for side in SIDES])
    row(f"a get on an open connection, median of {calls}", [statistics.median(times) for times in took])
    row("the same, slowest of a hundred", [times[int(len(times) * 0.99) - 1] for times in took])


def execs(trips: str, namespace: str, pod: str) -> None:
    def shell(kubeconfig: str):
        command = ["kubectl", "-n", namespace, "exec", "-i", pod, "--", "cat"]
        child = subprocess.Popen(command, env=environment(kubeconfig), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def trip() -> None:
            child.stdin.write(b"x\n")
            child.stdin.flush()
            child.stdout.readline()

        return child, trip

    shells = [shell(side) for side in SIDES]
    took = in_turns(int(trips), [trip for _, trip in shells])
    row(f"there and back through an exec, median of {trips}", [statistics.median(times) for times in took])
    for child, _ in shells:
        child.stdin.close()
        child.wait()


def lists(runs: str, *command: str) -> None:
    def run(kubeconfig: str):
        return lambda: subprocess.run(command, env=environment(kubeconfig), check=True, stdout=subprocess.DEVNULL)

    took = in_turns(int(runs), [run(side) for side in SIDES])
    medians = [statistics.median(times) for times in took]
    row(f"`{' '.join(command)}` of 10,000 pods, median of {runs}", medians, 0)
    print(f"| the same, how many times as long | | {medians[1] / medians[0]:.3f} |", flush=True)
    memory(os.getppid())


def memory(gate: int) -> None:
    with open(f"/proc/{gate}/status") as status:
        most = next(line.split()[1] for line in status if line.startswith("VmHWM"))
    print(f"| most memory of the gate meanwhile | | {int(most) // 1024} MB |", flush=True)


{"gets": gets, "exec": execs, "lists": lists}[sys.argv[1]](*sys.argv[2:])
