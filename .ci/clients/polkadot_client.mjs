// Reads a devnet with @polkadot/api, registers a hotkey, serves an axon with it, and reads again. The shape of
// what is written is told in shape.py.
//
// Usage: polkadot_client.mjs WS-URL OUTPUT
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { packageInfo } from '@polkadot/api';

const NETUID = 1;
const [IP, PORT] = [0xcb00710c, 8093]; // 203.0.113.12
const TIMEOUT = 180_000;

const number = (value) => value.toString();
const flag = (value) => value.isTrue;
const list = (values, map) => [...values].map(map);

const axon = (info) => ({
  ip: number(info.ip),
  port: number(info.port),
  protocol: number(info.protocol),
  version: number(info.version),
  block: number(info.block),
});

const neuron = (lite) => ({
  uid: number(lite.uid),
  hotkey: number(lite.hotkey),
  coldkey: number(lite.coldkey),
  active: flag(lite.active),
  axon: axon(lite.axonInfo),
  stake: list(lite.stake, ([, rao]) => BigInt(number(rao))).reduce((sum, rao) => sum + rao, 0n).toString(),
  rank: number(lite.rank),
  incentive: number(lite.incentive),
  consensus: number(lite.consensus),
  trust: number(lite.trust),
  validator_trust: number(lite.validatorTrust),
  dividends: number(lite.dividends),
  emission: number(lite.emission),
  last_update: number(lite.lastUpdate),
  validator_permit: flag(lite.validatorPermit),
  pruning_score: number(lite.pruningScore),
});

const metagraph = (graph) => ({
  netuid: number(graph.netuid),
  block: number(graph.block),
  tempo: number(graph.tempo),
  blocks_since_last_step: number(graph.blocksSinceLastStep),
  hotkeys: list(graph.hotkeys, number),
  coldkeys: list(graph.coldkeys, number),
  axons: list(graph.axons, axon),
  active: list(graph.active, flag),
  validator_permit: list(graph.validatorPermit, flag),
  last_update: list(graph.lastUpdate, number),
  emission: list(graph.emission, number),
  dividends: list(graph.dividends, number),
  incentives: list(graph.incentives, number),
  consensus: list(graph.consensus, number),
  block_at_registration: list(graph.blockAtRegistration, number),
  alpha_stake: list(graph.alphaStake, number),
  tao_stake: list(graph.taoStake, number),
  total_stake: list(graph.totalStake, number),
});

const hyperparameter = ({ name, value }) => {
  const held = value.value;
  return [name.toUtf8(), value.isBool ? flag(held) : number(held.bits ?? held)];
};

const field = (data) => {
  if (data.value === null || data.isNone || data.isResetBondsFlag) return { kind: data.type };
  if (data.isTimelockEncrypted) {
    const { encrypted, revealRound } = data.asTimelockEncrypted;
    return { kind: data.type, bytes: encrypted.toHex(), reveal_round: number(revealRound) };
  }
  return { kind: data.type.startsWith('Raw') ? 'Raw' : data.type, bytes: data.value.toHex() };
};

const commitment = ([key, registration]) => {
  const { block, deposit, info } = registration.unwrap();
  return [number(key.args[1]), { block: number(block), deposit: number(deposit), fields: list(info.fields, field) }];
};

async function read(api) {
  const hash = await api.rpc.chain.getBlockHash();
  const { block } = await api.rpc.chain.getBlock(hash);
  const at = await api.at(hash);
  const { subtensorModule } = at.query;
  const lites = await at.call.neuronInfoRuntimeApi.getNeuronsLite(NETUID);
  const full = await at.call.neuronInfoRuntimeApi.getNeurons(NETUID);
  assert.deepEqual(list(full, neuron), list(lites, neuron));
  const entries = (await at.call.subnetInfoRuntimeApi.getSubnetHyperparamsV3(NETUID)).unwrap();
  const prices = await at.call.swapRuntimeApi.currentAlphaPriceAll();
  const commitments = await at.query.commitments.commitmentOf.entries(NETUID);
  const now = await at.query.timestamp.now();
  return {
    block: {
      number: number(block.header.number),
      hash: hash.toHex(),
      parent: block.header.parentHash.toHex(),
      timestamp: number(now.toBigInt() / 1000n),
    },
    netuid: number(NETUID),
    neurons: list(lites, neuron),
    metagraph: metagraph((await at.call.subnetInfoRuntimeApi.getMetagraph(NETUID)).unwrap()),
    hyperparameters: Object.fromEntries(list(entries, hyperparameter)),
    epoch: {
      tempo: number(await subtensorModule.tempo(NETUID)),
      last_epoch_block: number(await subtensorModule.lastEpochBlock(NETUID)),
      pending_epoch_at: number(await subtensorModule.pendingEpochAt(NETUID)),
      subnet_epoch_index: number(await subtensorModule.subnetEpochIndex(NETUID)),
      blocks_since_last_step: number(await subtensorModule.blocksSinceLastStep(NETUID)),
    },
    prices: Object.fromEntries(list(prices, ({ netuid, price }) => [number(netuid), number(price)])),
    commitments: Object.fromEntries(commitments.map(commitment)),
  };
}

const follow = (api, count) =>
  new Promise((resolve, reject) => {
    const heads = [];
    const stopped = api.rpc.chain.subscribeNewHeads((header) => {
      if (heads.length === count) return;
      heads.push({ number: number(header.number), parent: header.parentHash.toHex() });
      if (heads.length === count) stopped.then((stop) => stop()).then(() => resolve(heads), reject);
    });
    stopped.catch(reject);
  });

const finalized = (tx, signer) =>
  new Promise((resolve, reject) => {
    tx.signAndSend(signer, { nonce: -1 }, ({ dispatchError, isError, status }) => {
      if (dispatchError?.isModule) {
        const { section, name } = dispatchError.registry.findMetaError(dispatchError.asModule);
        reject(new Error(`${section}.${name}`));
      } else if (dispatchError || isError) {
        reject(new Error(`${dispatchError ?? status}`));
      } else if (status.isFinalized) {
        resolve();
      }
    }).catch(reject);
  });

async function run(url, output) {
  const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true, throwOnConnect: true });
  const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
  const coldkey = keyring.addFromUri('//Charlie');
  const hotkey = keyring.addFromUri('//Charlie//polkadot');

  const before = await read(api);
  const heads = await follow(api, 3);
  const register = api.tx.subtensorModule.burnedRegister(NETUID, hotkey.address);
  assert.ok((await register.paymentInfo(coldkey)).partialFee.toBigInt() > 0n);
  await finalized(register, coldkey);
  await finalized(api.tx.subtensorModule.serveAxon(NETUID, 1, IP, PORT, 4, 4, 0, 0), hotkey);
  const uid = (await api.query.subtensorModule.uids(NETUID, hotkey.address)).unwrap();
  const served = (await api.query.subtensorModule.axons(NETUID, hotkey.address)).unwrap();
  assert.deepEqual([number(served.ip), number(served.port)], [number(IP), number(PORT)]);
  const after = await read(api);
  assert.equal(after.neurons[uid.toNumber()].hotkey, hotkey.address);
  assert.equal(after.neurons[uid.toNumber()].coldkey, coldkey.address);
  await api.disconnect();

  writeFileSync(
    output,
    JSON.stringify({
      client: `${packageInfo.name} ${packageInfo.version}`,
      readings: [before, after],
      heads,
      registered: { hotkey: hotkey.address, ip: number(IP), port: number(PORT) },
    }),
  );
}

setTimeout(() => {
  console.error('no end after three minutes');
  process.exit(1);
}, TIMEOUT).unref();
await run(...process.argv.slice(2, 4));
