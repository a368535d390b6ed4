"""A validator in a few lines, on the existing client: pip install bittensor-pylon-client==2.3.1

    pylon-service serve --network dev          # says where it listens, and `token dev …`
    PYLON_TOKEN=… python examples/validator.py http://127.0.0.1:8000 dev
"""
import math, os, sys, time

from pylon_client.artanis import Config, PylonClient


def quality(miner):
    return 1 + math.log1p(miner.stakes.alpha) / 10 if miner.axon_info.port else 0.0


scores = {}
address, name = sys.argv[1:3]
with PylonClient(Config(address=address, identity_name=name, identity_token=os.environ["PYLON_TOKEN"])) as client:
    while True:
        subnet = client.v1.identity.get_latest_neurons()
        block = subnet.block.number
        if not client.unstable.identity.get_weights_status(block, mechanism_id=0).weights_submitted:
            now = {hotkey: quality(miner) for hotkey, miner in subnet.neurons.items() if not miner.validator_permit}
            scores = {hotkey: 0.3 * score + 0.7 * scores.get(hotkey, score) for hotkey, score in now.items()}
            client.v1.identity.put_weights(scores)
            print(f"block {block}: weights for {len(scores)} miners", flush=True)
        time.sleep(12)
