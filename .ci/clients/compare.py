"""Compares what a client read with what Pylon's own chain layer reads at the same blocks, field by field.

Usage: compare.py READ-EXAMPLE WS-URL FILE
READ-EXAMPLE is the built crates/pylon-chain/examples/read.rs; FILE is what a client's script wrote (shape.py).
"""

import json
import subprocess
import sys

SECTIONS = ("block", "netuid", "neurons", "metagraph", "hyperparameters", "epoch", "prices", "commitments")
SHOWN = 20


def differences(path, theirs, ours):
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted(theirs.keys() | ours.keys()):
            if key not in theirs:
                yield f"{path}.{key}: only we have {ours[key]!r}"
            elif key not in ours:
                yield f"{path}.{key}: only they have {theirs[key]!r}"
            else:
                yield from differences(f"{path}.{key}", theirs[key], ours[key])
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, pair in enumerate(zip(theirs, ours)):
            yield from differences(f"{path}[{index}]", *pair)
    elif theirs != ours:
        yield f"{path}: they read {str(theirs)[:200]}, we read {str(ours)[:200]}"


def count(value):
    if isinstance(value, dict):
        return sum(map(count, value.values()))
    if isinstance(value, list):
        return sum(map(count, value))
    return 1


def main():
    example, url, path = sys.argv[1:4]
    with open(path, encoding="utf-8") as file:
        written = json.load(file)
    found, compared = [], 0
    for number, theirs in enumerate(written["readings"]):
        block = theirs["block"]["hash"]
        command = [example, "--url", url, "--block", block, "--netuid", theirs["netuid"]]
        answer = subprocess.run(command, check=True, capture_output=True, timeout=60)
        ours = json.loads(answer.stdout)
        for section in SECTIONS:
            if not theirs.get(section):
                found.append(f"reading {number}: nothing under {section}")
                continue
            found.extend(differences(f"reading {number}: {section}", theirs[section], ours[section]))
            compared += count(ours[section])

    before, after = written["readings"]
    registered = written["registered"]
    if any(neuron["hotkey"] == registered["hotkey"] for neuron in before["neurons"]):
        found.append("the hotkey was registered before")
    axons = [neuron["axon"] for neuron in after["neurons"] if neuron["hotkey"] == registered["hotkey"]]
    if [(axon["ip"], axon["port"]) for axon in axons] != [(registered["ip"], registered["port"])]:
        found.append(f"the axon that was served is not read: {axons}")

    heads = [int(head["number"]) for head in written["heads"]]
    if len(heads) < 3 or heads != list(range(heads[0], heads[0] + len(heads))):
        found.append(f"the heads are not three or more in a row: {heads}")

    for difference in found[:SHOWN]:
        print(difference)
    if found:
        raise SystemExit(f"{written['client']}: {len(found)} differences in {compared} values")
    print(f"{written['client']}: {compared} values equal ours, heads {heads[0]} to {heads[-1]} followed")


main()
