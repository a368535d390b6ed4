"""Reads a running Pylon and sets weights with the PyPI client, sync and async, and checks that the two agree.

Usage: NODE_URL=… python_client.py URL OPEN_ACCESS_TOKEN IDENTITY IDENTITY_TOKEN
NODE_URL is where the node's JSON-RPC is posted to. The service runs `--network dev`: netuid 1 has 256 neurons, 64 of
them validators.
"""

import asyncio
import json
import os
import sys
import time
import urllib.request

from pylon_client.artanis import AsyncConfig, AsyncPylonClient, Config, PylonClient
from pylon_client.artanis import PylonForbidden, PylonNotFound, PylonResponseException

NETUID = 1
NEURONS = 256
VALIDATORS = 64
# The hotkey that the identity signs with.
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
KEYS = {}
CONTRACT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
ABI = [{"type": "event", "name": "Pinged", "anonymous": False, "inputs": [
    {"name": "count", "type": "uint256", "indexed": True},
    {"name": "memo", "type": "string", "indexed": False},
]}]
# The hash of `Pinged(uint256,string)`.
PINGED = "0x073752eed95a41262f1441f4146a8a5113394075dce9230068c794d77fa0db4d"
COUNT = 2**256 - 1
MEMO = "hällo"


def check(name, condition, got):
    if not condition:
        raise SystemExit(f"{name}: unexpected {got!r}")
    print(f"ok {name}")


def check_neurons(name, answer, block=None):
    check(f"{name}: count", len(answer.neurons) == NEURONS, len(answer.neurons))
    check(f"{name}: order", [n.uid for n in answer.neurons.values()] == list(range(NEURONS)), "order")
    check(f"{name}: keys", all(key == n.hotkey for key, n in answer.neurons.items()), "keys")
    check(f"{name}: stake", any(n.stakes.total > 0 for n in answer.neurons.values()), "no stake")
    if block is not None:
        check(f"{name}: block", answer.block.number == block, answer.block)


def check_validators(name, answer, block=None):
    check(f"{name}: count", len(answer.validators) == VALIDATORS, len(answer.validators))
    stakes = [n.stakes.total for n in answer.validators]
    check(f"{name}: order", stakes == sorted(stakes, reverse=True), stakes[:3])
    check(f"{name}: permits", all(n.validator_permit for n in answer.validators), "permit")
    if block is not None:
        check(f"{name}: block", answer.block.number == block, answer.block)


def reads(client, block):
    """Every other read that the client has an endpoint for, by name."""
    for version in ("v1", "unstable"):
        public = getattr(client, version).open_access
        identity = getattr(client, version).identity
        for caller, api, scope in (("open", public, (NETUID,)), ("identity", identity, ())):
            name = f"{version} {caller}"
            yield f"{name} certificate", lambda a=api, s=scope: a.get_certificate(*s, hotkey=KEYS["certificate"])
            yield f"{name} commitments", lambda a=api, s=scope: a.get_commitments(*s)
            yield f"{name} commitment", lambda a=api, s=scope: a.get_commitment(*s, hotkey=KEYS["commitment"])
            yield f"{name} all revealed", lambda a=api, s=scope: a.get_all_revealed_commitments(*s)
            yield f"{name} revealed", lambda a=api, s=scope: a.get_revealed_commitments(*s, hotkey=KEYS["revealed"])
            yield f"{name} evm associations", lambda a=api, s=scope: a.get_latest_evm_associations(*s)
            yield f"{name} extrinsic", lambda a=api: a.get_extrinsic(block, 0)
            yield f"{name} block info", lambda a=api: a.get_latest_block_info()
        yield f"{version} own commitment", lambda a=identity: a.get_own_commitment()
        yield f"{version} own revealed", lambda a=identity: a.get_own_revealed_commitments()
    for caller, api, scope in (
        ("open", client.unstable.open_access, (NETUID,)),
        ("identity", client.unstable.identity, ()),
    ):
        name = f"unstable {caller}"
        yield f"{name} latest prices", lambda a=api: a.get_latest_prices()
        yield f"{name} prices", lambda a=api: a.get_prices(block)
        yield f"{name} latest price", lambda a=api, s=scope: a.get_latest_price(*s)
        yield f"{name} price", lambda a=api, s=scope: a.get_price(*s, block_number=block)
        yield f"{name} drand", lambda a=api: a.get_drand_last_stored_round()
    yield "unstable open evm logs", lambda: client.unstable.open_access.get_evm_logs(CONTRACT, 0, block, ABI)
    for mechanism in (0, 1):
        yield f"unstable identity weights status of mechanism {mechanism}", lambda m=mechanism: (
            client.unstable.identity.get_weights_status(block, mechanism_id=m)
        )


def find_keys(address, token):
    """Hotkeys that have a certificate, a plain commitment, and one that was revealed, if any."""
    def get(path):
        url = f"{address}/api/v1/subnet/{NETUID}/block/latest/{path}"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    # The first block of all holds no extrinsic.
    while get("neurons")["block"]["number"] < 1:
        time.sleep(0.1)
    KEYS["weighed"] = [key for key in get("neurons")["neurons"] if key != ALICE][:2]
    revealed = get("commitments/revealed")["commitments"]
    KEYS["certificate"] = next(iter(get("certificates")))
    KEYS["commitment"] = next(iter(get("commitments")["commitments"]))
    KEYS["revealed"] = next(iter(revealed), KEYS["commitment"])


def log_a_ping(node):
    """Has the contract log one ping in the next block, and waits for that."""
    memo = (32).to_bytes(32, "big") + len(MEMO.encode()).to_bytes(32, "big") + MEMO.encode().ljust(32, b"\0")
    log = {"address": CONTRACT, "topics": [PINGED, hex(COUNT)], "data": "0x" + memo.hex()}

    def call(method, params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(node, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["result"]

    call("dev_addLogs", {"logs": [log]})
    while not call("eth_getLogs", [{"fromBlock": "0x0", "address": CONTRACT}]):
        time.sleep(0.1)


def outcome(name, answer=None, error=None):
    """What a read ended in; nothing there is an answer too for what a neuron need not have."""
    may_lack = name.endswith(("revealed", "own commitment"))
    if error is not None:
        check(f"{name}: not found", may_lack and isinstance(error, PylonNotFound), error)
        return "not found"
    check(name, answer is not None, answer)
    if name.endswith("evm logs"):
        told = [(log.event, log.args, log.address) for log in answer.logs]
        check(f"{name}: decoded", told == [("Pinged", {"count": COUNT, "memo": MEMO}, CONTRACT)], answer)
    return type(answer).__name__


def writes(client):
    """Every way to set weights, by name, and whether they can be."""
    v1, unstable = client.v1.identity, client.unstable.identity
    first, second = KEYS["weighed"]
    good = {first: 0.75, second: 0.25}
    yield "v1 weights", True, lambda: v1.put_weights(good)
    yield "unstable weights", True, lambda: unstable.put_weights(good)
    yield "unstable weights of mechanism 0", True, lambda: unstable.put_weights(good, mechanism_id=0)
    for what, bad in (
        ("zero", {first: 0.0}),
        ("negative", {first: 1.0, second: -1.0}),
        ("nobody's", {"nobody": 1.0}),
    ):
        yield f"v1 {what} weights", False, lambda w=bad: v1.put_weights(w)
        yield f"unstable {what} weights", False, lambda w=bad: unstable.put_weights(w)


def check_write(name, good, answer=None, error=None):
    if good:
        check(name, type(answer).__name__ == "SetWeightsResponse", answer or error)
    else:
        refused = getattr(error, "status_code", None) == 400 and "Validation failed for PUT" in str(error)
        check(f"{name}: refused", refused, answer or error)


def run_writes(client):
    block = client.v1.identity.get_latest_neurons().block.number
    for name, good, call in writes(client):
        try:
            check_write(f"sync {name}", good, call())
        except PylonResponseException as error:
            check_write(f"sync {name}", good, error=error)
    # They are on chain some blocks later, committed where the subnet wants that.
    for _ in range(300):
        updated = client.v1.identity.get_latest_neurons().neurons[ALICE].last_update
        if updated > block:
            break
        time.sleep(0.2)
    check("sync weights arrive", updated > block, updated)
    status = client.unstable.identity.get_weights_status(updated)
    check("sync weights status", status.weights_submitted, status)


async def run_writes_async(client):
    for name, good, call in writes(client):
        try:
            check_write(f"async {name}", good, await call())
        except PylonResponseException as error:
            check_write(f"async {name}", good, error=error)


def commitments(client):
    """Every way to commit, by name, and what stands afterwards; last a timelocked one, which nothing writes over."""
    v1, unstable = client.v1.identity, client.unstable.identity
    yield "v1 commitment", "0x01ab", lambda: v1.set_commitment("0x01ab")
    yield "unstable commitment", "0x02", lambda: unstable.set_commitment(b"\x02")
    yield "v1 timelocked commitment", None, lambda: v1.set_revealed_commitment("model-v1", 600)
    yield "unstable timelocked commitment", None, lambda: unstable.set_revealed_commitment("model-v2", 15)


def check_commitment(name, expected, answer, own):
    if expected is None:
        check(name, answer.reveal_round > 0 and own.reveal_round == answer.reveal_round, (answer, own))
    else:
        check(name, own.commitment == expected, own)


def own_revealed(client):
    """The texts of one's own that the chain has opened; nothing is not found."""
    try:
        return [one.commitment for one in client.v1.identity.get_own_revealed_commitments().commitments]
    except PylonNotFound:
        return []


def run_commitments(client):
    for name, expected, call in commitments(client):
        answer = call()
        check_commitment(f"sync {name}", expected, answer, client.unstable.identity.get_own_commitment().commitment)
    for _ in range(300):
        opened = own_revealed(client)
        if "model-v2" in opened:
            break
        time.sleep(0.2)
    check("sync the chain opens it", "model-v2" in opened and "model-v1" not in opened, opened)


async def run_commitments_async(client):
    for name, expected, call in commitments(client):
        answer = await call()
        own = await client.unstable.identity.get_own_commitment()
        check_commitment(f"async {name}", expected, answer, own.commitment)


def run_reads(client, block):
    found = {}
    for name, call in reads(client, block):
        try:
            found[name] = outcome(f"sync {name}", call())
        except PylonNotFound as error:
            found[name] = outcome(f"sync {name}", error=error)
    return found


async def run_reads_async(client, block):
    found = {}
    for name, call in reads(client, block):
        try:
            found[name] = outcome(f"async {name}", await call())
        except PylonNotFound as error:
            found[name] = outcome(f"async {name}", error=error)
    return found


def run_sync(config, address):
    with PylonClient(Config(**config)) as client:
        identity, public = client.v1.identity, client.v1.open_access
        latest = identity.get_latest_neurons()
        check("identities", identity.netuid == NETUID, identity.netuid)
        check_neurons("sync identity latest", latest)
        block = latest.block.number
        check_neurons("sync identity by number", identity.get_neurons(block), block)
        check_neurons("sync identity recent", identity.get_recent_neurons())
        check_validators("sync identity validators latest", identity.get_latest_validators())
        check_validators("sync identity validators", identity.get_validators(block), block)
        check_neurons("sync open latest", public.get_latest_neurons(NETUID))
        by_number = public.get_neurons(NETUID, block)
        check_neurons("sync open by number", by_number, block)
        check("sync same block same neurons", by_number.neurons == latest.neurons, block)
        check_neurons("sync open recent", public.get_recent_neurons(NETUID))
        check_validators("sync open validators latest", public.get_latest_validators(NETUID))
        check_validators("sync open validators", public.get_validators(NETUID, block), block)
        info = public.get_latest_block_info()
        check("sync latest block", info.number >= block and info.timestamp > 1_600_000_000, info)
        found = run_reads(client, block)
        run_writes(client)
        unstable = client.unstable.open_access
        check_neurons("sync unstable latest", unstable.get_latest_neurons(NETUID))
        try:
            public.get_neurons(NETUID, 4_000_000_000)
            raise SystemExit("a block of the far future was answered")
        except PylonNotFound as error:
            check("sync unknown block", "4000000000" in str(error), str(error))
    with PylonClient(Config(address=address, open_access_token="wrong")) as client:
        try:
            client.v1.open_access.get_latest_neurons(NETUID)
            raise SystemExit("a wrong token was accepted")
        except PylonForbidden:
            print("ok sync wrong token")
    return block, latest, found


async def run_async(config, block, expected, found):
    async with AsyncPylonClient(AsyncConfig(**config)) as client:
        identity, public = client.v1.identity, client.v1.open_access
        check_neurons("async identity latest", await identity.get_latest_neurons())
        by_number = await identity.get_neurons(block)
        check("async equals sync", by_number.neurons == expected.neurons, block)
        check_neurons("async identity recent", await identity.get_recent_neurons())
        check_validators("async identity validators", await identity.get_validators(block), block)
        check_validators("async identity validators latest", await identity.get_latest_validators())
        check_neurons("async open latest", await public.get_latest_neurons(NETUID))
        check_neurons("async open by number", await public.get_neurons(NETUID, block), block)
        check_neurons("async open recent", await public.get_recent_neurons(NETUID))
        check_validators("async open validators", await public.get_validators(NETUID, block), block)
        check_validators("async open validators latest", await public.get_latest_validators(NETUID))
        info = await public.get_latest_block_info()
        check("async latest block", info.number >= block, info)
        check("async reads equal sync reads", await run_reads_async(client, block) == found, found)
        await run_writes_async(client)


async def commit_async(config):
    async with AsyncPylonClient(AsyncConfig(**config)) as client:
        await run_commitments_async(client)


def main():
    address, open_access_token, identity_name, identity_token = sys.argv[1:5]
    config = dict(
        address=address,
        open_access_token=open_access_token,
        identity_name=identity_name,
        identity_token=identity_token,
    )
    log_a_ping(os.environ["NODE_URL"])
    find_keys(address, open_access_token)
    block, latest, found = run_sync(config, address)
    asyncio.run(run_async(config, block, latest, found))
    with PylonClient(Config(**config)) as client:
        run_commitments(client)
    asyncio.run(commit_async(config))
    print("the existing client reads this service, sets weights and commits by it")


main()
