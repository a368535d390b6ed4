"""Reads a devnet with the bittensor SDK, registers a hotkey, serves an axon with it, reads again, and writes as a
validator.

Usage: bittensor_client.py WS-URL OUTPUT
"""

import asyncio
import contextlib
import importlib.metadata
import os
import sys
import traceback

import bittensor
from bittensor.keyfiles import Keypair

import shape

NETUID = 1
IP, PORT = "203.0.113.11", 8092
TIMEOUT = 60


class Wallet:
    coldkey = Keypair.create_from_uri("//Bob")
    coldkeypub = coldkey
    hotkey = Keypair.create_from_uri("//Bob//bittensor")


class Validator:
    coldkey = coldkeypub = hotkey = Keypair.create_from_uri("//Alice")


async def read(client):
    view = await client.at()
    info = await view.block_info()

    neurons = await view.neurons.all(NETUID)
    metagraph = await view.subnets.metagraph(NETUID)
    assert [neuron.hotkey for neuron in neurons] == metagraph.hotkeys

    entries = await view.runtime(bittensor.runtime_api.SubnetInfoRuntimeApi.get_subnet_hyperparams_v3, [NETUID])
    hyperparameters = shape.hyperparameters(entries)
    # The same as the SDK shows it: whole numbers where the chain has 32 fraction bits.
    shown = await view.subnets.subnet_hyperparameters(NETUID)
    assert list(shown) == list(hyperparameters), shown
    for name, value in shown.items():
        assert hyperparameters[name] in (value, int(value) << 32), (name, value)

    status = await view.epochs.epoch_status(NETUID)
    records = await view.runtime(bittensor.runtime_api.SwapRuntimeApi.current_alpha_price_all, [])
    in_tao = await view.prices.alpha_prices()
    assert in_tao == {record["netuid"]: record["price"] / 10**9 for record in records}, in_tao

    commitments = dict(await view.query_map(bittensor.storage.Commitments.CommitmentOf, [NETUID]))
    shown = await view.subnets.commitments(NETUID)
    assert all(shown[hotkey].block == held["block"] for hotkey, held in commitments.items())
    # It shows what was revealed too, which the chain keeps elsewhere.
    assert all(held.hotkey in commitments or held.status == "revealed" for held in shown.values())

    return {
        "block": {
            "number": info.number,
            "hash": info.hash,
            "parent": info.header["parentHash"],
            "timestamp": int(info.timestamp.timestamp()),
        },
        "netuid": NETUID,
        "neurons": [shape.neuron(neuron.raw) for neuron in neurons],
        "metagraph": shape.metagraph(metagraph.raw),
        "hyperparameters": hyperparameters,
        "epoch": {
            "tempo": status["tempo"],
            "last_epoch_block": status["last_epoch_block"],
            "pending_epoch_at": status["pending_epoch_at"] or 0,
            "subnet_epoch_index": status["epoch_index"],
            "blocks_since_last_step": status["blocks_since_last_step"],
        },
        "prices": shape.prices(records),
        "commitments": {hotkey: shape.commitment(held) for hotkey, held in commitments.items()},
    }


async def follow(client, count):
    heads = []
    # Closed here, so that its end is answered before anything else happens to the connection.
    async with contextlib.aclosing(client.blocks()) as blocks:
        async for header in blocks:
            heads.append({"number": header.number, "parent": header.parent_hash})
            if len(heads) == count:
                return heads


async def write(client, child):
    """Weights in every way, a commitment, children and a take: sent by //Alice and found in storage."""
    alice = Validator.hotkey.ss58_address
    storage, calls = bittensor.storage.SubtensorModule, bittensor.calls.SubtensorModule

    async def submit(call, **options):
        (await client.submit_call(call, Validator, **options)).raise_for_failure()

    async def execute(intent):
        (await client.execute(intent, Validator)).raise_for_failure()

    async def commit_reveal(enabled):
        call = bittensor.calls.AdminUtils.sudo_set_commit_reveal_weights_enabled
        await submit(call(netuid=NETUID, enabled=enabled))

    async def stored(item, *keys):
        return await (await client.at()).query(item, list(keys))

    uid = await client.neurons.uid(alice, NETUID)
    uids = [other for other in range(64) if other != uid]
    weights = [1 + other % 7 for other in uids]

    await commit_reveal(False)
    await execute(bittensor.SetWeights(netuid=NETUID, uids=uids, weights=weights))
    row = await stored(storage.Weights, NETUID, uid)
    assert [to for to, _ in row] == uids, row

    await commit_reveal(True)
    commit = "0x" + bytes(range(32)).hex()
    await submit(calls.commit_weights(netuid=NETUID, commit_hash=commit), signer="hotkey")
    commits = await stored(storage.WeightCommits, NETUID, alice)
    assert [held[0] for held in commits] == [commit], commits
    await execute(bittensor.CommitWeights(netuid=NETUID, uids=uids, weights=weights))
    pending = await (await client.at()).query_map(storage.TimelockedWeightCommits, [NETUID])
    assert any(held[0] == alice for _, commits in pending for held in commits), pending

    info = {"fields": [[{"Raw9": b"bittensor"}]]}
    await submit(bittensor.calls.Commitments.set_commitment(netuid=NETUID, info=info), signer="hotkey")
    held = await stored(bittensor.storage.Commitments.CommitmentOf, NETUID, alice)
    assert shape.commitment(held)["fields"] == [{"kind": "Raw", "bytes": "0x" + b"bittensor".hex()}], held

    await execute(bittensor.SetChildren(netuid=NETUID, children=[[2**63, child]], hotkey_ss58=alice))
    children, _ = await stored(storage.PendingChildKeys, NETUID, alice)
    assert [tuple(entry) for entry in children] == [(2**63, child)], children
    await execute(bittensor.SetChildkeyTake(netuid=NETUID, take=5_000, hotkey_ss58=alice))
    assert await stored(storage.ChildkeyTake, alice, NETUID) == 5_000


async def run(url, output):
    wallet = Wallet()
    hotkey = wallet.hotkey.ss58_address
    client = await bittensor.Client(url).connect()
    before = await read(client)
    heads = await follow(client, 3)
    # The SDK's own BurnedRegister goes through the MEV shield, which a devnet has not: its plan is read
    # (burn and collateral), the call is sent as it is.
    plan = await client.plan(bittensor.BurnedRegister(netuid=NETUID, hotkey_ss58=hotkey), wallet)
    assert plan.ok and plan.fee is not None, plan
    call = bittensor.calls.SubtensorModule.burned_register(netuid=NETUID, hotkey=hotkey)
    (await client.submit_call(call, wallet)).raise_for_failure()
    axon = bittensor.ServeAxon(netuid=NETUID, ip=IP, port=PORT)
    (await client.execute(axon, wallet)).raise_for_failure()
    neuron = (await client.subnets.metagraph(NETUID)).by_hotkey(hotkey)
    assert neuron is not None, "the hotkey is not registered"
    assert neuron.coldkey == wallet.coldkey.ss58_address, neuron
    assert neuron.axon == f"{IP}:{PORT}", neuron.axon
    assert await client.neurons.uid(hotkey, NETUID) == neuron.uid
    after = await read(client)
    await write(client, hotkey)
    await client.close()
    record = after["neurons"][neuron.uid]["axon"]
    shape.write(
        output,
        client=f"bittensor {importlib.metadata.version('bittensor')}",
        readings=[before, after],
        heads=heads,
        registered={"hotkey": hotkey, "ip": record["ip"], "port": record["port"]},
    )


async def main():
    try:
        await asyncio.wait_for(run(*sys.argv[1:3]), 3 * TIMEOUT)
    except BaseException:
        traceback.print_exc()
        # After a failure the SDK's session waits for ever to be closed, even by the end of the loop.
        os._exit(1)


asyncio.run(main())
