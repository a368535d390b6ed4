"""Uses a running Pylon with the PyPI client `bittensor-pylon` 0.0.8, sync and async, and checks that the two agree.

Usage: python_client_classic.py URL
The service runs `--network dev` with `classic.auth = "none"`, for this client sends no token: netuid 1 has 256 neurons,
and the identity signs with //Alice, a validator.
"""

import asyncio
import datetime
import sys
import time

import httpx
from pylon_client import AsyncPylonClient, Epoch, Metagraph, PylonClient

NEURONS = 256
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BLOCK = 1


def check(name, condition, got):
    if not condition:
        raise SystemExit(f"{name}: unexpected {got!r}")
    print(f"ok {name}")


def reads(client, committer):
    """Every read that does not change from one block to the next, by name."""
    yield "block hash", lambda: client.get_block_hash(BLOCK)
    yield "block timestamp", lambda: client.get_block_timestamp(BLOCK)
    yield "metagraph", lambda: client.get_metagraph(BLOCK)
    yield "epoch", lambda: client.get_epoch(BLOCK)
    yield "hyperparams", lambda: client.get_hyperparams()
    yield "commitment", lambda: client.get_commitment(committer)
    yield "commitment at", lambda: client.get_commitment(committer, block=BLOCK)
    yield "commitments", lambda: client.get_commitments()
    yield "commitments at", lambda: client.get_commitments(block=BLOCK)


def check_reads(mode, answers, committer):
    metagraph = answers["metagraph"]
    check(f"{mode} metagraph", isinstance(metagraph, Metagraph) and metagraph.block == BLOCK, metagraph)
    check(f"{mode} neurons", [n.uid for n in metagraph.get_neurons()] == list(range(NEURONS)), "order")
    check(f"{mode} validator", metagraph.get_neuron(ALICE).validator_permit, ALICE)
    check(f"{mode} block hash", answers["block hash"] == metagraph.block_hash, answers["block hash"])
    made = datetime.datetime.fromisoformat(answers["block timestamp"])
    check(f"{mode} block timestamp", made.tzinfo is not None, made)
    epoch = answers["epoch"]
    check(f"{mode} epoch", isinstance(epoch, Epoch) and epoch.start <= BLOCK < epoch.end, epoch)
    check(f"{mode} hyperparams", answers["hyperparams"]["tempo"] == epoch.end - epoch.start, answers["hyperparams"])
    check(f"{mode} commitments", bytes.fromhex(answers["commitments"][committer]), answers["commitments"])
    check(f"{mode} commitment", answers["commitment"] == answers["commitments"][committer], answers["commitment"])


def check_latest(mode, block, metagraph, epoch):
    check(f"{mode} latest block", block > 0, block)
    check(f"{mode} latest metagraph", len(metagraph.neurons) == NEURONS and metagraph.block > 0, metagraph.block)
    check(f"{mode} latest epoch", epoch.start <= metagraph.block + 5, epoch)


def check_weights(mode, one, sum_, several, kept, forced, hotkeys):
    """They are of one epoch, unless it ended meanwhile."""
    check(f"{mode} set_weight", one == {"hotkey": hotkeys[0], "weight": 0.5, "epoch": one["epoch"]}, one)
    check(f"{mode} update_weight", sum_["hotkey"] == hotkeys[0] and sum_["weight"] in (0.75, 0.25), sum_)
    check(f"{mode} set_weights", several["count"] == 2 and several["weights"][hotkeys[1]] == 1.5, several)
    check(f"{mode} weights", kept["epoch"] >= one["epoch"] and kept["weights"][hotkeys[1]] == 1.5, kept)
    check(f"{mode} force_commit_weights", set(forced["committed_weights"].values()) >= {1.5}, forced)


def writes(client):
    """What is answered when it is final, by name. The owner's key is not configured."""
    yield "set_commitment", lambda: client.set_commitment(b"classic".hex())
    yield "own commitment", lambda: client.get_commitment(ALICE)


def refusal(call):
    try:
        return call()
    except httpx.HTTPStatusError as error:
        return error.response.status_code, error.response.json()["detail"]


REFUSED = (404, "Commitment not found or error fetching.")


def early_in_an_epoch(url):
    """Waits, if the epoch is about to end: weights belong to one."""
    with PylonClient(base_url=url) as client:
        while client.get_epoch().end - client.get_latest_block() < 5:
            time.sleep(0.5)


def sync_uses(url, committer, hotkeys):
    with PylonClient(base_url=url) as client:
        answers = {name: read() for name, read in reads(client, committer)}
        check_reads("sync", answers, committer)
        check_latest("sync", client.get_latest_block(), client.get_metagraph(), client.get_epoch())
        check_weights(
            "sync",
            client.set_weight(hotkeys[0], 0.5),
            client.update_weight(hotkeys[0], 0.25),
            client.set_weights({hotkeys[1]: 1.5, hotkeys[2]: 2.0}),
            client.get_weights(),
            client.force_commit_weights(),
            hotkeys,
        )
        block = client.get_latest_block()
        check("sync weights at a block", hotkeys[2] in client.get_weights(block)["weights"], block)
        check("sync writes", [write() for _, write in writes(client)] == [None, b"classic".hex()], "another")
        check("sync refusal", refusal(lambda: client.get_commitment(ALICE, block=BLOCK)) == REFUSED, "another")
        return answers


async def async_uses(url, committer, hotkeys):
    async with AsyncPylonClient(base_url=url) as client:
        answers = {name: await read() for name, read in reads(client, committer)}
        check_reads("async", answers, committer)
        check_latest("async", await client.get_latest_block(), await client.get_metagraph(), await client.get_epoch())
        check_weights(
            "async",
            await client.set_weight(hotkeys[0], 0.5),
            await client.update_weight(hotkeys[0], 0.25),
            await client.set_weights({hotkeys[1]: 1.5, hotkeys[2]: 2.0}),
            await client.get_weights(),
            await client.force_commit_weights(),
            hotkeys,
        )
        check("async writes", [await write() for _, write in writes(client)] == [None, b"classic".hex()], "another")
        return answers


def main():
    url = sys.argv[1]
    with PylonClient(base_url=url) as client:
        committer = next(hotkey for hotkey in client.get_commitments() if hotkey != ALICE)
        hotkeys = [neuron.hotkey for neuron in client.get_metagraph().get_neurons()[100:103]]
    # The head moves between the two.
    latest = ("hyperparams", "commitment", "commitments")
    early_in_an_epoch(url)
    first = sync_uses(url, committer, hotkeys)
    early_in_an_epoch(url)
    second = asyncio.run(async_uses(url, committer, hotkeys))
    for name, answer in first.items():
        if name not in latest:
            check(f"{name}: alike", second[name] == answer, name)


if __name__ == "__main__":
    main()
