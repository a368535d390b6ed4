"""Lays down in a devnet, raw, as the pallets keep it: commitments of every kind, and that //Alice owns the subnet
and may change it and set weights at any time. Then goes past the subnet's first epoch: until that the runtime's
two counts of blocks since the last one differ.

Usage: lay_down.py WS-URL
"""

import json
import sys
import urllib.request

import xxhash

NETUID = 1
HASH = bytes(range(32))
# No text: decoders that show bytes as text where they can show these as bytes.
BYTES = bytes([0xFF, 0xFE, 0x00, 0x80])


def twox(data, words):
    return b"".join(xxhash.xxh64(data, seed=seed).digest()[::-1] for seed in range(words))


def key(hotkey):
    prefix = twox(b"Commitments", 2) + twox(b"CommitmentOf", 2)
    return prefix + NETUID.to_bytes(2, "little") + twox(hotkey, 1) + hotkey


def compact(length):
    assert length < 64
    return bytes([length << 2])


def registration(deposit, block, *fields):
    return deposit.to_bytes(8, "little") + block.to_bytes(4, "little") + compact(len(fields)) + b"".join(fields)


def raw(data):
    return bytes([len(data) + 1]) + data


COMMITMENTS = [
    registration(0, 1, raw(b"https://example.com/axon")),
    registration(5, 2, raw(b"x"), b"\x87", raw(bytes(128))),
    registration(0, 3, b"\x86" + compact(4) + BYTES + (1_000).to_bytes(8, "little")),
    registration(0, 4, b"\x82" + HASH, b"\x83" + HASH, b"\x84" + HASH),
    registration(0, 5, b"\x85" + HASH, b"\x88" + compact(4) + BYTES),
]


ALICE = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")


def of_subtensor(item, netuid=None):
    key = b"" if netuid is None else netuid.to_bytes(2, "little")
    return twox(b"SubtensorModule", 2) + twox(item, 2) + key


SETTINGS = [
    (of_subtensor(b"SubnetOwner", NETUID), ALICE),
    (of_subtensor(b"WeightsSetRateLimit", NETUID), bytes(8)),
    (of_subtensor(b"AdminFreezeWindow"), bytes(2)),
    (of_subtensor(b"OwnerHyperparamRateLimit"), bytes(2)),
]


# The tempo of the dev world.
FIRST_EPOCH = 20


def ask(url, method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    request = urllib.request.Request(url, body.encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        answer = json.load(response)
    if "error" in answer:
        raise SystemExit(f"{method}: {answer['error']}")


def main():
    url = sys.argv[1].replace("ws://", "http://")
    pairs = [
        ["0x" + key(bytes([number]) * 32).hex(), "0x" + value.hex()]
        for number, value in enumerate(COMMITMENTS, start=1)
    ]
    pairs += [["0x" + key.hex(), "0x" + value.hex()] for key, value in SETTINGS]
    ask(url, "dev_setStorage", pairs)
    ask(url, "dev_newBlock", {"count": FIRST_EPOCH})


main()
