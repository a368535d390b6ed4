"""Reads a devnet with turbobt, registers a hotkey, serves an axon with it, reads again, and writes as a validator.

Usage: turbobt_client.py WS-URL OUTPUT
"""

import asyncio
import importlib.metadata
import sys

import scalecodec.utils.ss58
import turbobt
from bittensor.keyfiles import Keypair

import shape

NETUID = 1
IP, PORT = "203.0.113.10", 8091
TIMEOUT = 60


class Wallet:
    coldkey = Keypair.create_from_uri("//Bob")
    hotkey = Keypair.create_from_uri("//Bob//turbobt")


class Validator:
    coldkey = hotkey = Keypair.create_from_uri("//Alice")


def ss58(account):
    return scalecodec.utils.ss58.ss58_encode(account)


async def api(bittensor, trait, method, block_hash, **arguments):
    """A runtime API that turbobt has no method for, by its own way to call any."""
    return await bittensor.subtensor.api_call(trait, method, block_hash=block_hash, **arguments)


async def read(bittensor):
    block = await bittensor.head.get()
    at = block.hash
    body = await bittensor.subtensor.chain.getBlock(at)
    header = body["block"]["header"]
    assert header["number"] == block.number, header
    subnet = bittensor.subnet(NETUID)

    neurons = await bittensor.subtensor.neuron_info.get_neurons_lite(NETUID, at)
    # The same through the classes that users see, which show fractions and TAO.
    shown = await subnet.list_neurons(at)
    for lite, neuron in zip(neurons, shown, strict=True):
        assert (neuron.uid, neuron.hotkey, neuron.coldkey) == (lite["uid"], lite["hotkey"], lite["coldkey"])
        assert round(neuron.incentive * 65535) == lite["incentive"], lite
        assert int(neuron.axon_info.ip) == lite["axon_info"]["ip"], lite
    by_hotkey = await subnet.get_neuron(neurons[3]["hotkey"], at)
    assert by_hotkey == shown[3], by_hotkey

    graph = await api(bittensor, "SubnetInfoRuntimeApi", "get_metagraph", at, netuid=NETUID)
    for accounts in ("hotkeys", "coldkeys"):
        graph[accounts] = [ss58(account) for account in graph[accounts]]

    entries = await api(bittensor, "SubnetInfoRuntimeApi", "get_subnet_hyperparams_v3", at, netuid=NETUID)
    hyperparameters = shape.hyperparameters(entries)
    for older in (await subnet.get_hyperparameters(at), await subnet.get_hyperparameters_v2(at)):
        same = [name for name in older if name in hyperparameters]
        assert len(same) > 20, same
        for name in same:
            value = older[name]["bits"] if isinstance(older[name], dict) else older[name]
            assert value == hyperparameters[name], (name, value)

    state = await subnet.get_state(at)
    assert state["hotkeys"] == graph["hotkeys"], "get_subnet_state differs from the metagraph"
    described = await subnet.get(at)
    assert described.tempo == hyperparameters["tempo"], described

    schedule = {}
    for name, item in {
        "tempo": "Tempo",
        "last_epoch_block": "LastEpochBlock",
        "pending_epoch_at": "PendingEpochAt",
        "subnet_epoch_index": "SubnetEpochIndex",
        "blocks_since_last_step": "BlocksSinceLastStep",
    }.items():
        # turbobt knows no defaults.
        stored = await bittensor.subtensor.state.getStorage(f"SubtensorModule.{item}", NETUID, block_hash=at)
        schedule[name] = stored or 0

    commitments = await bittensor.subtensor.commitments.CommitmentOf.fetch(NETUID, block_hash=at)
    plain = await subnet.commitments.fetch(at)
    assert set(plain) == {hotkey for (_, hotkey), _ in commitments}, len(plain)

    return {
        "block": {
            "number": block.number,
            "hash": at,
            "parent": header["parentHash"],
            "timestamp": int((await block.get_timestamp()).timestamp()),
        },
        "netuid": NETUID,
        "neurons": [shape.neuron(neuron) for neuron in neurons],
        "metagraph": shape.metagraph(graph),
        "hyperparameters": hyperparameters,
        "epoch": schedule,
        "prices": shape.prices(await api(bittensor, "SwapRuntimeApi", "current_alpha_price_all", at)),
        "commitments": {hotkey: shape.commitment(held) for (_, hotkey), held in commitments},
    }


async def follow(bittensor, count):
    chain = bittensor.subtensor.chain
    subscription = await bittensor.subtensor.subscribe(await chain.subscribeFinalizedHeads())
    heads = []
    async for header in subscription:
        heads.append({"number": int(header["number"], 16), "parent": header["parentHash"]})
        if len(heads) == count:
            break
    await chain.unsubscribeFinalizedHeads(subscription.id)
    return heads


async def write(bittensor, child):
    """Weights in every way, a commitment, children and a take: sent by //Alice and found in storage."""
    alice = Validator.hotkey.ss58_address
    subnet = bittensor.subnet(NETUID)
    uid = (await subnet.get_neuron(alice)).uid
    weights = {other: 1 + other % 7 for other in range(64) if other != uid}

    async def submit(module, function, **arguments):
        extrinsic = await bittensor.subtensor.author.submitAndWatchExtrinsic(
            module, function, arguments, key=Validator.hotkey
        )
        await extrinsic.wait_for_finalization()

    async def commit_reveal(enabled):
        call = "sudo_set_commit_reveal_weights_enabled"
        await submit("AdminUtils", call, netuid=NETUID, enabled=enabled)

    async def stored(item, *keys):
        return await bittensor.subtensor.state.getStorage(f"SubtensorModule.{item}", *keys)

    await commit_reveal(False)
    await subnet.weights.set(weights, wallet=Validator)
    row = await stored("Weights", NETUID, uid)
    assert [to for to, _ in row] == list(weights), row

    await commit_reveal(True)
    commit = "0x" + bytes(range(32)).hex()
    await submit("SubtensorModule", "commit_weights", netuid=NETUID, commit_hash=commit)
    commits = await stored("WeightCommits", NETUID, alice)
    assert [held[0] for held in commits] == [commit], commits
    reveal_round = await subnet.weights.commit(weights, wallet=Validator)
    pending = await bittensor.subtensor.subtensor_module.TimelockedWeightCommits.fetch(NETUID)
    rounds = {(ss58(held[0]), held[3]) for _, commits in pending for held in commits}
    assert (alice, reveal_round) in rounds, pending

    await subnet.commitments.set(b"turbobt", wallet=Validator)
    assert (await subnet.commitments.get(alice))["data"] == b"turbobt"

    await submit("SubtensorModule", "set_children", hotkey=alice, netuid=NETUID, children=[(2**63, child)])
    children, _ = await stored("PendingChildKeys", NETUID, alice)
    assert [(part, ss58(hotkey)) for part, hotkey in children] == [(2**63, child)], children
    await submit("SubtensorModule", "set_childkey_take", hotkey=alice, netuid=NETUID, take=5_000)
    assert await stored("ChildkeyTake", alice, NETUID) == 5_000


async def run(url, output):
    wallet = Wallet()
    async with turbobt.Bittensor(url, wallet=wallet) as bittensor:
        before = await read(bittensor)
        heads = await follow(bittensor, 3)
        neurons = bittensor.subnet(NETUID).neurons
        await neurons.register(wallet.hotkey, timeout=TIMEOUT)
        await neurons.serve(IP, PORT, timeout=TIMEOUT)
        neuron = await bittensor.subnet(NETUID).get_neuron(wallet.hotkey.ss58_address)
        assert neuron is not None, "the hotkey is not registered"
        assert neuron.coldkey == wallet.coldkey.ss58_address, neuron
        assert (str(neuron.axon_info.ip), neuron.axon_info.port) == (IP, PORT), neuron.axon_info
        after = await read(bittensor)
        await write(bittensor, neuron.hotkey)
    shape.write(
        output,
        client=f"turbobt {importlib.metadata.version('turbobt')}",
        readings=[before, after],
        heads=heads,
        registered={"hotkey": neuron.hotkey, "ip": int(neuron.axon_info.ip), "port": neuron.axon_info.port},
    )


asyncio.run(asyncio.wait_for(run(*sys.argv[1:3]), 3 * TIMEOUT))
