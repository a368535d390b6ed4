"""Makes a wallet with the package that this Python has, and compares signatures with the example `wallet`.

Usage: wallets.py PATH-TO-THE-EXAMPLE PATH-OF-WALLETS NAME-OF-THE-WALLET
"""

import os
import subprocess
import sys

try:
    from bittensor_wallet import Keypair, Wallet
except ImportError:
    from bittensor.wallet import Keypair, Wallet

EXAMPLE, PATH, NAME = sys.argv[1:]
PASSWORD = "correct horse 1!"
MESSAGE = "signed by a hotkey"


def ours(*arguments):
    done = subprocess.run(
        [EXAMPLE, *arguments],
        env={**os.environ, "WALLET_PASSWORD": PASSWORD},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout.split()


def made(hotkey, keypair, encrypt=False):
    wallet = Wallet(name=NAME, hotkey=hotkey, path=PATH)
    password = {"password": PASSWORD} if encrypt else {}
    wallet.hotkey_file.set_keypair(keypair, encrypt=encrypt, overwrite=True, **password)
    return keypair


def compared(hotkey, keypair):
    address, signature = ours("sign", PATH, NAME, hotkey, MESSAGE)
    assert address == keypair.ss58_address, (hotkey, address, keypair.ss58_address)
    public = Keypair(ss58_address=address)
    assert public.verify(MESSAGE.encode(), bytes.fromhex(signature[2:])), hotkey
    theirs = "0x" + bytes(keypair.sign(MESSAGE.encode())).hex()
    ours("verify", address, MESSAGE, theirs)
    print(f"{NAME}: {hotkey} {address}")


words = Keypair.generate_mnemonic(24)
compared("phrase", made("phrase", Keypair.create_from_mnemonic(words)))
compared("sealed", made("sealed", Keypair.create_from_mnemonic(words), encrypt=True))
compared("uri", made("uri", Keypair.create_from_uri("//Alice//hotkey")))
given = {"use_password": False, "overwrite": True, "suppress": True}
seeded = Wallet(name=NAME, hotkey="seed", path=PATH)
seeded.regenerate_hotkey(seed=os.urandom(32).hex(), **given)
compared("seed", seeded.hotkey)
created = Wallet(name=NAME, hotkey="created", path=PATH)
created.create_new_hotkey(**given)
compared("created", created.hotkey)
