"""Reads and writes through a running Pylon with the PyPI client 1.8.0, sync and async, and checks that the two agree.

Usage: python_client_1.py URL OPEN_ACCESS_TOKEN IDENTITY IDENTITY_TOKEN
The service runs `--network dev`: netuid 1 has 256 neurons, 64 of them validators.

This client logs an identity in and sends no token afterwards: the session that it gets keeps it in. For open access
it sends nothing at all, so that the token stands in the address that it is given.
"""

import asyncio
import json
import sys
import time
import urllib.request

from pylon_client.artanis import AsyncConfig, AsyncPylonClient, Config, PylonClient
from pylon_client.artanis import PylonForbidden, PylonResponseException, PylonUnauthorized

NETUID = 1
NEURONS = 256
VALIDATORS = 64


def check(name, condition, got):
    if not condition:
        raise SystemExit(f"{name}: unexpected {got!r}")
    print(f"ok {name}")


def reads(client, block, hotkey):
    """Every read that the client has an endpoint for, by name."""
    for version in ("v1", "unstable"):
        public = getattr(client, version).open_access
        identity = getattr(client, version).identity
        for caller, api, scope in (("open", public, (NETUID,)), ("identity", identity, ())):
            name = f"{version} {caller}"
            yield f"{name} neurons", lambda a=api, s=scope: a.get_neurons(*s, block_number=block)
            yield f"{name} latest neurons", lambda a=api, s=scope: a.get_latest_neurons(*s)
            yield f"{name} recent neurons", lambda a=api, s=scope: a.get_recent_neurons(*s)
            yield f"{name} validators", lambda a=api, s=scope: a.get_validators(*s, block_number=block)
            yield f"{name} latest validators", lambda a=api, s=scope: a.get_latest_validators(*s)
            yield f"{name} commitments", lambda a=api, s=scope: a.get_commitments(*s)
            yield f"{name} commitment", lambda a=api, s=scope: a.get_commitment(*s, hotkey=hotkey)
            yield f"{name} block info", lambda a=api: a.get_latest_block_info()
            yield f"{name} extrinsic", lambda a=api: a.get_extrinsic(block, 0)
        yield f"{version} own commitment", lambda a=identity: a.get_own_commitment()


def outcome(mode, name, answer, block, hotkey):
    """Checks an answer; returns what must be the same however it is asked for."""
    name = f"{mode} {name}"
    if name.endswith("neurons"):
        neurons = list(answer.neurons.values())
        check(name, [n.uid for n in neurons] == list(range(NEURONS)), len(neurons))
        check(f"{name}: stake", any(n.stakes.total > 0 for n in neurons), "no stake")
        return [(n.uid, n.hotkey, n.coldkey) for n in neurons]
    if name.endswith("validators"):
        stakes = [n.stakes.total for n in answer.validators]
        check(name, len(stakes) == VALIDATORS and stakes == sorted(stakes, reverse=True), stakes[:3])
        return [n.hotkey for n in answer.validators]
    if name.endswith("commitments"):
        check(name, hotkey in answer.commitments, answer)
        return sorted(answer.commitments)
    if name.endswith("commitment"):
        check(name, answer.hotkey == hotkey and answer.commitment.startswith("0x"), answer)
        return answer.commitment
    if name.endswith("block info"):
        check(name, answer.number >= block and answer.timestamp > 1_600_000_000, answer)
        return None
    check(name, answer.block_number == block and answer.call.call_function, answer)
    return answer.extrinsic_hash


def run_sync(config, block, hotkey):
    found = {}
    with PylonClient(Config(**config)) as client:
        for name, call in reads(client, block, hotkey):
            try:
                found[name] = outcome("sync", name, call(), block, hotkey)
            except PylonResponseException as error:
                found[name] = not_found("sync", name, error)
        try:
            client.v1.identity.get_neurons(4_000_000_000)
            raise SystemExit("a block of the far future was answered")
        except PylonResponseException as error:
            check("sync unknown block", error.status_code == 404 and "4000000000" in str(error), str(error))
    return found


async def run_async(config, block, hotkey):
    found = {}
    async with AsyncPylonClient(AsyncConfig(**config)) as client:
        for name, call in reads(client, block, hotkey):
            try:
                found[name] = outcome("async", name, await call(), block, hotkey)
            except PylonResponseException as error:
                found[name] = not_found("async", name, error)
    return found


def writes(client, weighed, number):
    """Every write that the client has an endpoint for, by name."""
    for version in ("v1", "unstable"):
        identity = getattr(client, version).identity
        yield f"{version} weights", lambda a=identity: a.put_weights({weighed: 1.0})
        yield f"{version} commitment", lambda a=identity: a.set_commitment(f"0x{number:02x}")


def run_writes(config, weighed):
    with PylonClient(Config(**config)) as client:
        for name, call in writes(client, weighed, 10):
            answer = call()
            check(f"sync {name}", type(answer).__name__.startswith("Set"), answer)
        own = client.v1.identity.get_own_commitment()
        check("sync commitment stands", own.commitment == "0x0a", own)
        bad = client.v1.identity
        try:
            bad.put_weights({"nobody": 1.0})
            raise SystemExit("weights of nobody were taken")
        except PylonResponseException as error:
            check("sync weights of nobody", error.status_code == 400, str(error))


async def run_writes_async(config, weighed):
    async with AsyncPylonClient(AsyncConfig(**config)) as client:
        for name, call in writes(client, weighed, 11):
            answer = await call()
            check(f"async {name}", type(answer).__name__.startswith("Set"), answer)
        own = await client.v1.identity.get_own_commitment()
        check("async commitment stands", own.commitment == "0x0b", own)


def not_found(mode, name, error):
    """The identity's own neuron need not have committed anything."""
    check(f"{mode} {name}: not found", name.endswith("own commitment") and error.status_code == 404, error)
    return "not found"


def check_refusals(address, identity):
    """Who shows no token, or a wrong one, is not let in."""
    with PylonClient(Config(address=address, open_access_token="unsent")) as client:
        try:
            client.v1.open_access.get_latest_neurons(NETUID)
            raise SystemExit("no token was accepted")
        except PylonUnauthorized:
            print("ok no token")
    with PylonClient(Config(address=address, identity_name=identity, identity_token="wrong")) as client:
        try:
            client.v1.identity.get_latest_neurons()
            raise SystemExit("a wrong token was accepted")
        except PylonForbidden:
            print("ok wrong token")


def first_commitment(address, token):
    """A block that holds extrinsics, and a hotkey that has committed something plain."""
    while True:
        request = urllib.request.Request(
            f"{address}/api/v1/subnet/{NETUID}/block/latest/commitments",
            headers={"Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found = json.load(answer)
        # The first block of all holds no extrinsic.
        if found["block"]["number"] >= 1:
            return found["block"]["number"], next(iter(found["commitments"]))
        time.sleep(0.1)


def main():
    address, open_access_token, identity_name, identity_token = sys.argv[1:5]
    block, hotkey = first_commitment(address, open_access_token)
    config = dict(
        address=address.replace("http://", f"http://:{open_access_token}@"),
        open_access_token=open_access_token,
        identity_name=identity_name,
        identity_token=identity_token,
    )
    found = run_sync(config, block, hotkey)
    check("async equals sync", asyncio.run(run_async(config, block, hotkey)) == found, found)
    run_writes(config, hotkey)
    asyncio.run(run_writes_async(config, hotkey))
    check_refusals(address, identity_name)
    print("the client 1.8.0 reads this service, sets weights and commits by it")


main()
