"""Reads a running Pylon with the PyPI client, sync and async, and checks that the two agree.

Usage: python_client.py URL OPEN_ACCESS_TOKEN IDENTITY IDENTITY_TOKEN
The service runs `--network dev`: netuid 1 has 256 neurons, 64 of them validators.
"""

import asyncio
import sys

from pylon_client.artanis import AsyncConfig, AsyncPylonClient, Config, PylonClient
from pylon_client.artanis import PylonForbidden, PylonNotFound

NETUID = 1
NEURONS = 256
VALIDATORS = 64


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
    return block, latest


async def run_async(config, block, expected):
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


def main():
    address, open_access_token, identity_name, identity_token = sys.argv[1:5]
    config = dict(
        address=address,
        open_access_token=open_access_token,
        identity_name=identity_name,
        identity_token=identity_token,
    )
    block, latest = run_sync(config, address)
    asyncio.run(run_async(config, block, latest))
    print("the existing client reads this service")


main()
